"""What the report says in words and counts: the sample, the funnel, the settings, the verdict."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from importlib.metadata import version
from platform import python_version
from typing import Any

import pandas as pd

from bentjets.report.tables import ANGLE, MAJORITY, interval_text

LISTED = 20
SIGNIFICANCE = 0.05
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
    if isinstance(value, Mapping):
        return ", ".join(
            value_text(item) if key == "class" else f"{key} {value_text(item)}"
            for key, item in value.items()
        )
    if isinstance(value, list | tuple):
        return ", ".join(value_text(item) for item in value)
    return str(value)


def list_versions() -> list[tuple[str, str]]:
    """List the versions of Python and of the packages that make the results."""
    return [("python", python_version()), *((name, version(name)) for name in _PACKAGES)]


def judge_models(table2: pd.DataFrame, comparison: pd.DataFrame) -> list[str]:
    """Say in plain sentences what the test can and cannot tell of the models.

    Parameters
    ----------
    table2 : DataFrame
        What ``tables.model_table`` gives.
    comparison : DataFrame
        What ``bentjets.learning.evaluation.comparison.compare_pairs`` gives.

    Returns
    -------
    list of str
        One sentence on each model that is not shown to beat the majority class, and one on the
        differences between the models. With several pairs the level of 5 % is divided by
        their number (Bonferroni).
    """
    models = table2[table2["model"] != MAJORITY]
    majority = float(table2.loc[table2["model"] == MAJORITY, "accuracy_percent"].iloc[0])
    sentences = [
        sentence for _, row in models.iterrows() if (sentence := _against_majority(row, majority))
    ]
    if len(comparison):
        sentences.append(_between_models(comparison, int(table2["n"].iloc[0])))
    return [_bind(sentence) for sentence in sentences]


def _against_majority(row: pd.Series, majority: float) -> str:
    if row["accuracy_low_percent"] > majority:
        return ""
    interval = f"{row['model']}: the 95 % interval of its accuracy ({interval_text(row)} %)"
    if row["accuracy_high_percent"] < majority:
        return (
            f"{interval} lies below the share of the majority class ({majority:.1f} %): it does "
            "worse than always giving the same answer."
        )
    return (
        f"{interval} contains the share of the majority class ({majority:.1f} %): this test does "
        "not show that it does better than always giving the same answer."
    )


def _between_models(comparison: pd.DataFrame, n_images: int) -> str:
    has_angle = ANGLE in {*comparison["better"], *comparison["worse"]}
    between = f"Between the models{' and the ' + ANGLE if has_angle else ''}"
    significant = comparison[comparison["p_value"] < SIGNIFICANCE / len(comparison)]
    if significant.empty:
        return (
            f"{between}, the differences are not significant on {n_images} images "
            f"(exact McNemar test, {_pairs(len(comparison))}, smallest "
            f"p = {comparison['p_value'].min():.2g})."
        )
    named = "; ".join(
        f"{row['better']} over {row['worse']} (p = {row['p_value']:.2g})"
        for _, row in significant.iterrows()
    )
    rest = len(comparison) - len(significant)
    others = " All other differences are not significant." if rest else ""
    return (
        f"{between}, on {n_images} images, these differences are significant "
        f"(exact McNemar test, {_pairs(len(comparison))}): {named}.{others}"
    )


def _pairs(count: int) -> str:
    return "one pair" if count == 1 else f"{count} pairs, Bonferroni-corrected"


def _bind(sentence: str) -> str:
    """Keep numbers from being parted from their signs at the end of a line."""
    for sign in (" %", " = "):
        sentence = sentence.replace(sign, sign.replace(" ", "\N{NO-BREAK SPACE}"))
    return sentence
