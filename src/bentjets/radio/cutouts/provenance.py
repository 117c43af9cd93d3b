"""Provenance of an image: what its header keeps of where it came from."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Provenance:
    """Where an image came from: what its header keeps of that, and errors call it.

    Parameters
    ----------
    service
        What gave it: a public service, a folder, the simulation.
    survey
        Name of the survey.
    request
        What was asked for: a position, a file.
    licence
        Terms of the survey's images.
    date
        When a service gave it (UTC, ISO 8601); empty where it does not matter.
    """

    service: str
    survey: str
    request: str
    licence: str = ""
    date: str = ""

    def cards(self) -> dict[str, Any]:
        """Return the FITS cards that say so; those without a value are left out."""
        cards = {
            "SERVICE": (self.service, "what gave the image"),
            "SURVEY": (self.survey, "name of the survey"),
            "REQUEST": (self.request, ""),
            "DATE": (self.date, "when the service gave the image"),
            "LICENCE": (self.licence, ""),
        }
        return {key: (_printable(text), note) for key, (text, note) in cards.items() if text}


def _printable(text: str) -> str:
    """Keep what a FITS card may hold: printable ASCII on one line."""
    words = " ".join(text.split())
    return "".join(letter if " " <= letter <= "~" else "?" for letter in words)
