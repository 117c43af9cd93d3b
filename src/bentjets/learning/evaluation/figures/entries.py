"""Which of the models a figure shows, and how they look and are named in all of them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from bentjets.plotting import COLOURS, GREY, MARKERS

MOST_NETWORKS = 6


def choose_best(metrics: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    """Choose the six networks or ensembles of the highest accuracy, and the best simple rule.

    Parameters
    ----------
    metrics : mapping
        What metrics.json holds: ``entries`` with ``model``, ``kind``, ``protocol`` and ``metrics``.

    Returns
    -------
    dict of str to dict
        For each model, of the first protocol, ``color`` and ``marker``; the rule is grey.
    """
    protocol = metrics["entries"][0]["protocol"]
    entries = [entry for entry in metrics["entries"] if entry["protocol"] == protocol]
    ranked = sorted(entries, key=lambda entry: -entry["metrics"]["accuracy"]["value"])
    trained = [entry["model"] for entry in ranked if entry["kind"] != "baseline"][:MOST_NETWORKS]
    rules = [entry["model"] for entry in ranked if entry["kind"] == "baseline"][:1]
    looks = zip(COLOURS, MARKERS, strict=True)
    shown = {
        model: {"color": colour, "marker": marker}
        for model, (colour, marker) in zip(trained, looks, strict=False)
    }
    return shown | {model: {"color": GREY, "marker": "x"} for model in rules}


def one_protocol(table_protocols: list[str], protocol: str) -> str:
    """Say the protocol beside a model's name where there is more than one."""
    return f" ({protocol.replace('_', ' ')})" if len({*table_protocols}) > 1 else ""
