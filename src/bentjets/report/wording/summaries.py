"""What the report says in words and counts: the sample, the funnel, leaks, the settings."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from importlib.metadata import version
from platform import python_version
from typing import Any

import pandas as pd

LISTED = 20
_LISTED_PAIRS = 5
_PACKAGES = ("bentjets", "kedro", "bdsf", "astropy", "numpy", "torch", "timm")
_NO_REASON = "no reason given"


def describe_survey(header: Mapping[str, Any], shape: Sequence[int]) -> dict[str, Any]:
    """Say what the header of a cutout (FITS: degrees, hertz) tells of its survey.

    Returns
    -------
    dict
        ``name`` and ``facts``, a list of short texts; what the header lacks is left out.
    """
    facts = [f"cutouts of {shape[1]} × {shape[0]} pixels"]
    if "CDELT2" in header:
        facts.append(f"{3600 * abs(header['CDELT2']):.3g}″ per pixel")
    if "RESTFRQ" in header:
        facts.append(f"{header['RESTFRQ'] / 1e9:.3g} GHz")
    rotated = any(key.startswith(("CROTA", "PC", "CD1_", "CD2_")) for key in header)
    if not rotated and header.get("CDELT1", 0) < 0 < header.get("CDELT2", 0):
        facts.append("north up and east to the left")
    return {"name": str(header.get("SURVEY", "an unnamed survey")), "facts": facts}


def list_reviewers(decisions: pd.DataFrame) -> list[str]:
    """List who decided, in alphabetical order; ``reviewers`` joins names by semicolons."""
    names = ";".join(decisions["reviewers"].dropna()).split(";")
    return sorted(set(names) - {""})


def list_losses(title: str, table: pd.DataFrame, file: str) -> dict[str, Any]:
    """Say how many sources were lost at one stage, which, and why, for one block of the report.

    Parameters
    ----------
    title : str
        The heading of the block.
    table : DataFrame
        The lost sources: ``source_id`` and ``reason``.
    file : str
        The file that holds all of them, named where not all are listed.

    Returns
    -------
    dict
        ``title``, ``count``, ``file``, ``reasons`` (at most 20, the most frequent first; each with
        its ``count`` and the ``sources``, at most 20) and ``more_reasons``.
    """
    lost = table.assign(reason=table["reason"].fillna("").replace("", _NO_REASON).astype(str))
    groups = sorted(lost.groupby("reason"), key=lambda group: (-len(group[1]), str(group[0])))
    reasons = [_describe_reason(str(reason), rows) for reason, rows in groups[:LISTED]]
    return {
        "title": title,
        "count": len(table),
        "file": file,
        "reasons": reasons,
        "more_reasons": len(groups[LISTED:]),
    }


def _describe_reason(reason: str, rows: pd.DataFrame) -> dict[str, Any]:
    sources = sorted(rows["source_id"].astype(str))
    return {
        "reason": reason,
        "count": len(sources),
        "sources": sources[:LISTED],
        "more_sources": len(sources[LISTED:]),
    }


def drop_unchosen(settings: Mapping[str, Any]) -> dict[str, Any]:
    """Leave out what is declared and not used: of ``surveys`` keep what ``survey`` names."""
    kept = dict(settings)
    for key, chosen in settings.items():
        entries = settings.get(f"{key}s")
        if isinstance(entries, Mapping) and chosen in entries:
            kept[f"{key}s"] = {chosen: entries[chosen]}
    return kept


def flatten(settings: Mapping[str, Any], prefix: str = "") -> Iterator[tuple[str, str]]:
    """Turn a nested mapping into pairs of a dotted name and a text."""
    for key, value in settings.items():
        name = f"{prefix}{key}"
        if isinstance(value, Mapping) and value:
            yield from flatten(value, f"{name}.")
        else:
            yield name, value_text(value)


def value_text(value: Any) -> str:
    """Write a parameter as a reader would."""
    if value is None or (isinstance(value, Mapping) and not value):
        return "–"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, list | tuple):
        return ", ".join(value_text(item) for item in value)
    return str(value)


def list_versions() -> list[tuple[str, str]]:
    """List the versions of Python and of the packages that make the results."""
    return [("python", python_version()), *((name, version(name)) for name in _PACKAGES)]


def describe_leaks(leaks: pd.DataFrame, n_batches: int) -> dict[str, Any]:
    """Say which sources that are not independent stand in different batches.

    Parameters
    ----------
    leaks : DataFrame
        Pairs: ``kind``, ``source_id``, ``other_id``, ``batch`` and ``other_batch`` (the later
        one), ``detail``; those between training and test first.
    n_batches : int
        How many batches there are, the last of which is the test batch.

    Returns
    -------
    dict
        ``sentence``, and ``kinds``: for each kind its ``kind``, the numbers of pairs in training
        and ``test`` and in two ``training`` batches, and the first ``pairs`` (at most 5) with
        ``more_pairs``, how many are not listed.
    """
    if leaks.empty:
        return {"sentence": "No two sources that are not independent are in different batches.",
                "kinds": []}  # fmt: skip
    tested = leaks["other_batch"] == n_batches - 1
    is_one = len(leaks) == 1
    return {
        "sentence": (
            f"{len(leaks):,} {'pair' if is_one else 'pairs'} of sources that are not independent "
            f"{'is' if is_one else 'are'} in different batches, {int(tested.sum()):,} of them in "
            "training and test: what a network is said to be worth may be flattered by them."
        ),
        "kinds": [
            {
                "kind": str(kind),
                "test": int(tested[rows.index].sum()),
                "training": int((~tested[rows.index]).sum()),
                "pairs": [
                    f"{one} and {other}"
                    for one, other in zip(
                        rows["source_id"][:_LISTED_PAIRS],
                        rows["other_id"][:_LISTED_PAIRS],
                        strict=True,
                    )
                ],
                "more_pairs": len(rows[_LISTED_PAIRS:]),
            }
            for kind, rows in leaks.groupby("kind", sort=False)
        ],
    }


def compare_settings(models: Mapping[str, Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Lay the settings of models side by side.

    Parameters
    ----------
    models : mapping of str to mapping
        Settings of each model, nested.

    Returns
    -------
    list of dict
        For each setting its dotted ``name`` and ``values``: one for each model, or a single one
        where all of them agree.
    """
    flat = {name: dict(flatten(settings)) for name, settings in models.items()}
    rows = []
    for key in dict.fromkeys(key for settings in flat.values() for key in settings):
        values = [settings.get(key, value_text(None)) for settings in flat.values()]
        rows.append({"name": key, "values": values[:1] if len({*values}) == 1 else values})
    return rows
