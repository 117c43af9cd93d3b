"""What every survey is: something that can give the cutout of a source."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from astropy.io import fits

from bentjets.errors import InputError
from bentjets.radio.cutouts import Cutout

Source = Mapping[str, Any]
"""One row of the catalogue."""

# Where the cards of a normalised cutout say that a value came from, when it is not its own file.
_FROM_SURVEY = "survey"
_ORIGIN_CARDS = {"beam": "BEAMFROM", "frequency": "FREQFROM"}


class MissingFileError(InputError):
    """There is no file of a source."""


@dataclass(frozen=True)
class Fetched:
    """A cutout, and what it cost.

    Parameters
    ----------
    file
        The FITS file of the normalised cutout.
    attempts
        How often a public service was asked; 0 where none is needed.
    seconds
        How long that took.
    date
        When it answered (UTC, ISO 8601, to the microsecond); empty where none was asked.
    assumed
        What the image did not say of itself, so that the survey's settings did: "beam",
        "frequency".
    """

    file: bytes
    attempts: int = 0
    seconds: float = 0.0
    date: str = ""
    assumed: tuple[str, ...] = ()


class Survey(Protocol):
    """Anything that can give the image around a source."""

    @property
    def waiting(self) -> int:
        """How many sources may wait for a service at the same time; 0 if there is none."""

    def fetch(self, source: Source) -> Fetched:
        """Return the normalised cutout of a source.

        Raises
        ------
        OutsideFootprintError, MissingFileError
            If the survey does not hold that position, or file.
        InputError
            If what it holds cannot be used.
        ServiceError
            If a remote service fails.
        EndOfRunError
            If it would fail for every other source, too.
        """

    def close(self) -> None:
        """End whatever still waits."""


def fetch_cutout(source: Source, survey: Survey) -> Fetched:
    """Fetch the cutout of one source (a function to send to a worker)."""
    return survey.fetch(source)


def position_of(source: Source) -> tuple[float, float]:
    """Return right ascension and declination of a source, both in deg."""
    return float(source["ra_deg"]), float(source["dec_deg"])


def list_assumed(cutout: Cutout, given: fits.Header) -> tuple[str, ...]:
    """List what a normalised cutout has from the settings of its survey, not from its file.

    Parameters
    ----------
    cutout
        The cutout.
    given
        Header of the image that it was made of. Where that is a cutout of ours, which tells what
        was assumed when it was made, nothing is assumed anew.
    """
    return tuple(
        what
        for what, card in _ORIGIN_CARDS.items()
        if cutout.header.get(card) == _FROM_SURVEY and card not in given
    )
