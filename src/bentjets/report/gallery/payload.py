"""What the gallery's scripts read: columns of the table of sources, pictures, outlines, tails."""

from __future__ import annotations

import base64
import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import pandas as pd

from bentjets.report.gallery.embeddings import join_embeddings
from bentjets.report.gallery.sources import ACCEPTED, STATES

_DIGITS = 4
_DIGITS_OF_PLACES = 8
# Readers without scripts get a table; it need not hold more than a page can.
_ROWS_IN_WORDS = 1000
# Who may speak against a class, besides the models.
_CRITICS = ("experts", "angle", "second opinion")
# What one can order by and plot, with its title.
_NUMBERS = {
    "opening_angle_deg": "opening angle (deg)",
    "largest_angular_size_arcsec": "size (arcsec)",
    "peak_mjy_beam": "peak (mJy/beam)",
    "snr": "peak / noise",
    "axis_ratio": "axis ratio",
    "curvature": "curvature",
    "tail_1_arcsec": "longer tail (arcsec)",
    "tail_2_arcsec": "shorter tail (arcsec)",
    "angle_against_class": "angle against class (errors)",
    "suspicion": "doubt of the label (1 is the largest)",
    "ra_deg": "right ascension (deg)",
    "dec_deg": "declination (deg)",
}


@dataclass(frozen=True)
class Thumbnail:
    """The picture of a source.

    Parameters
    ----------
    content
        The file (WebP), or None where the page names it only.
    side_px
        Columns and rows.
    outline
        SVG path of its mask, in pixels; may be empty.
    ruler
        End of a tail, apex, end of the other: column and row of each in the picture, in pixels from
        the upper left corner; None where the ruler sees no two tails.
    """

    content: bytes | None
    side_px: tuple[int, int]
    outline: str
    ruler: Sequence[Sequence[float]] | None


def describe_gallery(
    sources: pd.DataFrame,
    thumbnails: Mapping[str, Thumbnail],
    *,
    classes: Sequence[str],
    links: Sequence[Mapping[str, str]],
    embeddings: Sequence[pd.DataFrame] = (),
) -> dict[str, Any]:
    """Give what the template of the gallery shows.

    Parameters
    ----------
    sources : DataFrame
        The table of `tabulate_sources`.
    thumbnails : mapping of str to Thumbnail
        Pictures of the sources that have one.
    classes : sequence of str
        The classes, in their order.
    links : sequence of mapping
        What `list_links` gives.
    embeddings : sequence of DataFrame
        Places of the sources among the features of each network, if any: `join_embeddings`.

    Returns
    -------
    dict
        ``data``, the JSON text that the scripts read, safe inside of a script element; ``rows``,
        the first thousand sources in words, for readers without scripts; ``total``; ``states``,
        ``flags``, ``models`` and ``critics``, what one can choose by; ``numbers``, what one can
        order by, and ``numbers_up``, the one that the plot begins with; ``links``;
        ``embeddings``, the pairs of axes that are features of a network.
    """
    sources, axes = join_embeddings(sources, embeddings)
    names = [str(name) for name in sources]
    models = [name.removesuffix(": class") for name in names if name.endswith(": class")]
    numbers = {
        **_NUMBERS,
        **{f"{model}: probability": f"probability, {model}" for model in models},
    }
    for one in axes:
        numbers |= one.titles
    critics = {one for text in sources["disagrees"] for one in text.split(";")} - {""}
    flags = sorted({flag for text in sources["flags"] for flag in text.split(";")} - {""})
    states = [state for state in STATES if (sources["state"] == state).any()]
    pictures = [thumbnails.get(key) for key in sources["source_id"]]
    data = {
        "columns": {name: _plain(sources[name]) for name in names},
        "pictures": [
            _picture(one, key) for one, key in zip(pictures, sources["source_id"], strict=True)
        ],
        "sides": [one.side_px if one else None for one in pictures],
        "outlines": [one.outline if one else "" for one in pictures],
        "rulers": [one.ruler if one else None for one in pictures],
        "classes": list(classes),
        "models": models,
        "numbers": numbers,
        "links": list(links),
        "embeddings": [list(one.titles) for one in axes],
    }
    return {
        "data": _json(data),
        "rows": [_in_words(row, models) for row in sources.head(_ROWS_IN_WORDS).to_dict("records")],
        "total": len(sources),
        "accepted": int((sources["state"] == ACCEPTED).sum()),
        "states": states,
        "flags": flags,
        "models": models,
        "critics": [one for one in (*models, *_CRITICS) if one in critics],
        "numbers": numbers,
        "numbers_up": f"{models[0]}: probability" if models else "largest_angular_size_arcsec",
        "classes": list(classes),
        "links": list(links),
        "embeddings": [asdict(one) for one in axes],
    }


def _plain(column: pd.Series) -> list[Any]:
    """Give the values of a column as JSON has them: numbers of a few digits, null for none."""
    digits = _DIGITS_OF_PLACES if column.name in ("ra_deg", "dec_deg") else _DIGITS
    return [
        None if pd.isna(value) else _short(value, digits) if isinstance(value, float) else value
        for value in column.astype(object).tolist()
    ]


def _short(value: float, digits: int) -> float | None:
    return float(f"{value:.{digits}g}") if math.isfinite(value) else None


def _picture(thumbnail: Thumbnail | None, source_id: str) -> str | None:
    if thumbnail is None:
        return None
    if thumbnail.content is None:
        return f"thumbnails/{source_id}.webp"
    return f"data:image/webp;base64,{base64.b64encode(thumbnail.content).decode('ascii')}"


def _json(data: Any) -> str:
    """Write JSON that no text in it can end the script element early, or begin a comment."""
    text = json.dumps(data, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
    return text.replace("<", "\\u003c").replace("\u2028", "\\u2028").replace("\u2029", "\\u2029")


def _in_words(row: Mapping[Any, Any], models: Sequence[str]) -> list[str]:
    angle = row["opening_angle_deg"]
    error = row["opening_angle_error_deg"]
    network = row[f"{models[0]}: class"] if models else ""
    return [
        row["name"],
        row["morphology"],
        row["state"],
        "–" if pd.isna(angle) else f"{angle:.0f} ± {error:.0f}",
        network or "–",
        row["disagrees"].replace(";", ", ") or "–",
        row["reason"] or "–",
    ]
