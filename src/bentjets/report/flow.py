"""The way from the catalogue into the dataset as a Sankey diagram: widths count sources."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from bentjets.report.gallery import LOST

WIDTH = 860.0
_TOP, _BAND, _BAR = 34.0, 150.0, 12.0
_LEFT, _RIGHT = 10.0, 110.0
_FALL = _TOP + _BAND + 46.0
_THINNEST = 1.5
_LINE = 15.0
_REASONS = 4
_GAP = 3.0


def draw_flow(funnel: Mapping[str, Any], classes: Sequence[tuple[str, int]]) -> dict[str, Any]:
    """Lay the diagram out.

    Parameters
    ----------
    funnel : mapping
        ``stages``, a name and a number of sources each, in their order; ``losses``, each what
        `bentjets.report.wording.summaries.list_losses` gives, and the ``state`` in which it
        leaves its sources: that of `bentjets.report.gallery.LOST` tells which stage they did
        not reach. Losses without a state are none on the way.
    classes : sequence of (str, int)
        How the last stage is shared.

    Returns
    -------
    dict
        ``width`` and ``height``; ``bars`` (``x``, ``y``, ``height``, ``name``, ``count``);
        ``ribbons`` (``path``, ``kind``: kept, lost or class, ``title``, and what the gallery shows
        of it: ``state``, ``morphology``); ``notes``, lines of text below the losses (``x``, ``y``,
        ``text``, ``state``, ``reason``).
    """
    stages = funnel["stages"]
    losses = {LOST.index(loss["state"]) + 1: loss for loss in funnel["losses"] if loss.get("state")}
    scale = _BAND / max(stages[0][1], 1)
    step = (WIDTH - _LEFT - _RIGHT - _BAR) / len(stages)
    places = [_LEFT + step * number for number in range(len(stages))]
    bars = [
        {"x": x, "y": _TOP, "height": _tall(count * scale), "name": name, "count": count}
        for x, (name, count) in zip(places, stages, strict=True)
    ]
    ribbons: list[dict[str, Any]] = []
    notes: list[dict[str, Any]] = []
    for number, (name, count) in enumerate(stages[1:], start=1):
        x1, x2 = places[number - 1] + _BAR, places[number]
        ribbons.append(_ribbon("kept", (x1, _TOP), (x2, _TOP), count * scale, f"{count} {name}"))
        if number in losses:
            lost = losses[number]
            start = (x1, _TOP + count * scale)
            ribbons.append(_falling(start, x1 + 0.4 * step, lost["count"] * scale, lost))
            notes += _notes(x1 + 0.4 * step, lost)
    lowest = max([_TOP + _BAND, *(note["y"] for note in notes)])
    y = _TOP
    x1, x2 = places[-1] + _BAR, places[-1] + step
    for name, count in classes:
        ribbon = _ribbon("class", (x1, y), (x2, y), count * scale, f"{count} {name}")
        ribbons.append(ribbon | {"state": "accepted", "morphology": name})
        place = {"x": round(x2 + 8, 1), "y": round(y + count * scale / 2 + 4, 1)}
        notes.append({**place, "text": f"{count} {name}", "state": "", "reason": ""})
        y += count * scale + _GAP
    return {
        "width": WIDTH,
        "height": lowest + _LINE,
        "bars": bars,
        "ribbons": ribbons,
        "notes": notes,
    }


def _tall(height: float) -> float:
    return round(max(height, _THINNEST), 1)


def _ribbon(
    kind: str, start: tuple[float, float], end: tuple[float, float], height: float, title: str
) -> dict[str, Any]:
    (x1, y1), (x2, y2), tall = start, end, _tall(height)
    middle = (x1 + x2) / 2
    low1, low2 = y1 + tall, y2 + tall
    path = (
        f"M{x1:.1f} {y1:.1f}C{middle:.1f} {y1:.1f} {middle:.1f} {y2:.1f} {x2:.1f} {y2:.1f}"
        f"v{tall}C{middle:.1f} {low2:.1f} {middle:.1f} {low1:.1f} {x1:.1f} {low1:.1f}z"
    )
    return {"kind": kind, "path": path, "title": title, "state": "", "morphology": ""}


def _falling(
    start: tuple[float, float], x2: float, height: float, lost: Mapping[str, Any]
) -> dict[str, Any]:
    """Turn a ribbon downwards: it leaves its bar to the right, and ends at its list of reasons."""
    (x1, y1), tall = start, _tall(height)
    path = (
        f"M{x1:.1f} {y1:.1f}C{x2:.1f} {y1:.1f} {x2 + tall:.1f} {y1:.1f} {x2 + tall:.1f} {_FALL:.1f}"
        f"h{-tall}C{x2:.1f} {y1 + tall:.1f} {x2:.1f} {y1 + tall:.1f} {x1:.1f} {y1 + tall:.1f}z"
    )
    title = f"{lost['title']}: {lost['count']}"
    return {
        **{"kind": "lost", "path": path, "title": title},
        **{"state": lost["state"], "morphology": ""},
    }


def _notes(x: float, lost: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Write what was lost, and the most frequent reasons, below its ribbon."""
    shown = lost["reasons"][:_REASONS]
    rest = lost["count"] - sum(reason["count"] for reason in shown)
    lines = [{"text": f"{lost['title']}: {lost['count']}", "state": lost["state"]}]
    lines += [
        {
            "text": f"{reason['count']} {_short(reason['reason'])}",
            "state": lost["state"],
            "reason": reason["reason"],
        }
        for reason in shown
    ]
    lines += [{"text": f"{rest} for other reasons", "state": lost["state"]}] if rest else []
    return [
        {"reason": ""} | line | {"x": round(x, 1), "y": round(_FALL + _LINE * number, 1)}
        for number, line in enumerate(lines, start=1)
    ]


def _short(reason: str, longest: int = 30) -> str:
    return reason if len(reason) <= longest else f"{reason[: longest - 1]}…"
