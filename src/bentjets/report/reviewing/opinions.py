"""What other catalogues say of the same sources, and what that means for every number."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from bentjets.report.reviewing.estimates import Row, estimate_texts

_PROPERTIES = {
    "largest_angular_size_arcsec": ("Largest angular size (″)", 1.0, "{:.0f}"),
    "peak_jy_beam": ("Peak (mJy/beam)", 1e3, "{:.1f}"),
    "opening_angle_deg": ("Opening angle (°)", 1.0, "{:.0f}"),
}


def describe_opinions(record: Mapping[str, Any], classes: Sequence[str]) -> list[dict[str, Any]]:
    """Lay out what second opinions say, for the page.

    Parameters
    ----------
    record
        ``opinions``, as `bentjets.review.measure_opinions` gives them, and ``catalogue_sources``.
    classes
        The declared classes.

    Returns
    -------
    list
        For each catalogue that names a class of some source: ``name``; ``found``, a sentence;
        ``meaning``, another, empty where both agree no better than chance; ``confusion``, rows of
        ours by columns of theirs; ``agreement``, rows of what was measured, its value, its 95 %
        interval and on how many sources; and ``properties``, the agreement of parts.
    """
    return [
        {
            "name": name,
            "found": _found(name, one, record["catalogue_sources"]),
            "meaning": _meaning(one["common"]),
            "confusion": [
                [label, *(f"{n:,}" for n in row)]
                for label, row in zip(classes, one["common"]["confusion"], strict=True)
            ],
            "agreement": list(_agreement(one)),
            "properties": list(_properties(one["by_property"])),
        }
        for name, one in record["opinions"].items()
        if one["common"] is not None
    ]


def list_opinion_ceilings(record: Mapping[str, Any]) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """Give how often each other catalogue names our class of a source of the dataset."""
    for name, one in record.get("opinions", {}).items():
        if one["dataset"] is not None:
            yield f"second opinion: {name}", one["dataset"]["agreement"]


def _found(name: str, one: Mapping[str, Any], n_sources: int) -> str:
    common = one["common"]
    unread = f", of which it names no class of {one['unread']:,}" if one["unread"] else ""
    return (
        f"{name} has {one['matched']:,} of the {n_sources:,} sources of the catalogue{unread}. "
        f"{common['doubtful']:,} of its classes are marked as doubtful, or are two."
    )


def _meaning(common: Mapping[str, Any]) -> str:
    if common["error"] is None:
        return ""
    error, perfect = (
        f"{100 * one['value']:.0f} % (95 % interval {100 * one['low']:.0f}–{100 * one['high']:.0f})"
        for one in (common["error"], common["perfect"])
    )
    return (
        f"If both err alike and independently, each label is wrong in {error} of the sources, and "
        f"a perfect network would be called right in {perfect}: no network is to be expected above "
        "that, and one that is has learnt the habits of a catalogue."
    )


def _agreement(one: Mapping[str, Any]) -> Iterator[Row]:
    common, dataset = one["common"], one["dataset"]
    for title, estimate, as_share in (
        ("Both name the same class", common["agreement"], True),
        ("the same, without doubtful ones", common["firm"], True),
        ("the same, of the dataset alone", dataset and dataset["agreement"], True),
        ("Cohen's kappa", common["kappa"], False),
        ("Cohen's kappa, of the dataset alone", dataset and dataset["kappa"], False),
    ):
        if estimate is not None:
            yield [title, *estimate_texts(estimate, as_share)]


def _properties(rows: Sequence[Mapping[str, Any]]) -> Iterator[Row]:
    for row in rows:
        title, factor, form = _PROPERTIES[row["property"]]
        edges = "–".join(form.format(factor * row[edge]) for edge in ("low", "high"))
        yield [title, edges, *estimate_texts(row["agreement"], as_share=True)]
