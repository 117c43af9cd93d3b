"""How far another catalogue agrees with ours, and what that says of both."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from bentjets.review.agreement import Estimate, estimate_share

PROPERTIES = ("largest_angular_size_arcsec", "peak_jy_beam", "opening_angle_deg")
"""By what the agreement is told, too."""

_DRAWS = 2000
_LEVEL = 0.95
# With fewer sources in common, thirds become halves, and then nothing is told of parts.
_FOR_THIRDS, _FOR_HALVES = 60, 20


def measure_opinions(
    opinions: pd.DataFrame,
    labels: Mapping[str, str],
    facts: pd.DataFrame,
    classes: Sequence[str],
    *,
    accepted: Sequence[str] = (),
    seed: int = 0,
) -> dict[str, Any]:
    """Measure how far each second opinion agrees with the labels of our catalogue.

    Parameters
    ----------
    opinions
        ``source_id``, ``catalogue``, ``their_morphology``, ``doubtful``.
    labels
        The class of each source in our catalogue.
    facts
        ``source_id`` and those of `PROPERTIES` that are known of processed sources.
    classes
        The declared classes.
    accepted
        The sources of the dataset, which networks are tested on.
    seed
        Of the bootstrap over sources, from which the intervals of kappa (95 %) come.

    Returns
    -------
    dict
        For each other catalogue ``matched`` (sources with an entry there), ``unread`` (of which no
        class is read) and, of those that both name, ``common`` and of those in the dataset,
        ``dataset``: None where there is none, or as `compare_labels` gives it; and
        ``by_property``, rows for thirds or halves of the sources in common, with ``property``,
        ``low``, ``high`` and the same numbers.
    """
    rows = opinions.assign(label=opinions["source_id"].map(dict(labels)))
    known = rows.merge(facts, how="left", on="source_id")
    found: dict[str, Any] = {}
    for name, theirs in known.groupby("catalogue", sort=False):
        read = theirs[
            theirs["their_morphology"].isin(list(classes)) & theirs["label"].isin(list(classes))
        ]
        found[str(name)] = {
            "matched": len(theirs),
            "unread": len(theirs) - len(read),
            "common": compare_labels(read, classes, seed=seed),
            "dataset": compare_labels(
                read[read["source_id"].isin(list(accepted))], classes, seed=seed
            ),
            "by_property": list(_by_property(read, classes, seed)),
        }
    return found


def compare_labels(
    both: pd.DataFrame, classes: Sequence[str], *, seed: int = 0
) -> dict[str, Any] | None:
    """Compare two labels of the same sources.

    Parameters
    ----------
    both
        ``label``, ``their_morphology`` (of the classes) and ``doubtful``, a row for a source.
    classes
        The declared classes.
    seed
        Of the bootstrap.

    Returns
    -------
    dict or None
        ``n``, ``doubtful`` (how many), ``confusion`` (rows our labels, columns theirs),
        ``agreement`` (Wilson's interval), ``firm`` (the same without doubtful ones, or None),
        ``kappa`` (Cohen's; None where it is 0/0), and ``error`` and ``perfect``: how often each
        label is wrong if both err alike and independently, and how often a perfect network would
        be called right (`error_of_agreement`; None where the agreement is no better than chance).
        Nothing of no sources.
    """
    if both.empty:
        return None
    ours, theirs = (
        pd.Index(list(classes)).get_indexer(pd.Index(both[name]))
        for name in ("label", "their_morphology")
    )
    same = ours == theirs
    confusion = np.zeros((len(classes), len(classes)), dtype=np.int64)
    np.add.at(confusion, (ours, theirs), 1)
    firm = same[~both["doubtful"].to_numpy(bool)]
    agreement = estimate_share(int(same.sum()), len(same))
    error = _error(agreement, len(classes))
    return {
        "n": len(both),
        "doubtful": len(same) - len(firm),
        "confusion": confusion.tolist(),
        "agreement": agreement,
        "firm": estimate_share(int(firm.sum()), len(firm)) if len(firm) else None,
        "kappa": _kappa(confusion, seed),
        "error": error,
        "perfect": error
        and {
            "value": 1 - error["value"],
            "low": 1 - error["high"],
            "high": 1 - error["low"],
            "n": len(both),
        },
    }


def error_of_agreement(agreement: float, n_classes: int) -> float:
    """Give how often a label is wrong, if both are wrong alike and independently.

    Both are right, or both err and name the same of the k - 1 other classes, one as likely as
    another: a = (1 - e)^2 + e^2 / (k - 1), of which e is the smaller root.

    Parameters
    ----------
    agreement
        Share a of sources that both name alike.
    n_classes
        k, at least 2.

    Returns
    -------
    float
        e, from 0 to (k - 1) / k, where labels are drawn by lot (and a = 1 / k).
    """
    by_chance = (n_classes - 1) / n_classes
    root = np.sqrt(max(0.0, 1.0 - (1.0 - agreement) / by_chance))
    return float(by_chance * (1.0 - root))


def cohen_kappas(confusions: NDArray[np.int64]) -> NDArray[np.float64]:
    """Give Cohen's kappa of confusion matrices.

    Cohen 1960, Educational and Psychological Measurement 20, 37: agreement over what chance would
    give from the frequencies of both.

    Parameters
    ----------
    confusions
        Counts, shape (draws, classes, classes).

    Returns
    -------
    ndarray of float64, shape (draws,)
        NaN where both give one and the same label to all.
    """
    n = confusions.sum(axis=(1, 2))
    observed = np.trace(confusions, axis1=1, axis2=2) / n
    by_chance = (confusions.sum(axis=1) * confusions.sum(axis=2)).sum(axis=1) / n**2
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.asarray(np.where(by_chance < 1, (observed - by_chance) / (1 - by_chance), np.nan))


def _kappa(confusion: NDArray[np.int64], seed: int) -> Estimate | None:
    value = float(cohen_kappas(confusion[None])[0])
    if np.isnan(value):
        return None
    n = int(confusion.sum())
    # To draw sources with replacement is to draw cells of the matrix by their shares.
    drawn = np.random.default_rng(seed).multinomial(n, confusion.ravel() / n, _DRAWS)
    kappas = cohen_kappas(drawn.reshape(-1, *confusion.shape))
    tail = 50 * (1 - _LEVEL)
    low, high = np.nanpercentile(kappas, [tail, 100 - tail])
    return {"value": value, "low": float(low), "high": float(high), "n": n}


def _error(agreement: Estimate, n_classes: int) -> Estimate | None:
    if agreement["value"] <= 1 / n_classes:
        return None
    value, low, high = (
        error_of_agreement(agreement[part], n_classes) for part in ("value", "high", "low")
    )
    return {"value": value, "low": low, "high": high, "n": agreement["n"]}


def _by_property(both: pd.DataFrame, classes: Sequence[str], seed: int) -> Iterator[dict[str, Any]]:
    """Compare the labels of the lower, (middle) and upper sources by each property."""
    for name in (name for name in PROPERTIES if name in both):
        valued = both[both[name].notna()]
        parts = 3 if len(valued) >= _FOR_THIRDS else 2
        if len(valued) < _FOR_HALVES:
            continue
        cuts = np.quantile(valued[name], np.arange(1, parts) / parts)
        part = np.searchsorted(cuts, valued[name].to_numpy(np.float64), side="left")
        for _, some in valued.groupby(part):
            edges = {"low": float(some[name].min()), "high": float(some[name].max())}
            measured = compare_labels(some, classes, seed=seed) or {}
            numbers = {one: measured[one] for one in ("n", "agreement", "kappa")}
            yield {"property": name, **edges, **numbers}
