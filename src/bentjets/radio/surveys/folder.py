"""A folder of somebody's FITS files."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from pathlib import Path

from bentjets.errors import InputError
from bentjets.radio.cutouts import (
    FITS_SUFFIXES,
    Provenance,
    fits_bytes,
    normalise_cutout,
    read_image,
)
from bentjets.radio.surveys.beams import Beams, beam_at
from bentjets.radio.surveys.survey import (
    Fetched,
    MissingFileError,
    Source,
    list_assumed,
    position_of,
)


@dataclass(frozen=True)
class FolderSurvey:
    """A folder of FITS files, one per source, called ``<name>.fits`` (or .fits.gz, .fits.fz).

    A name with a slash cannot be that of a file: there it is ``<source_id>.fits``.

    Parameters
    ----------
    name
        Name of the entry.
    path
        The folder.
    size_px
        Side of the cutouts to make of the images.
    licence
        Terms of the images.
    beam_arcsec, frequency_hz
        What to assume of files that do not say it themselves; None makes such a file an error.
    """

    name: str
    path: str
    size_px: int
    licence: str
    beam_arcsec: Beams | None = None
    frequency_hz: float | None = None
    waiting: int = field(default=0, init=False)

    def fetch(self, source: Source) -> Fetched:
        """Read the file of the source."""
        file = self._file(_stem(source))
        position = position_of(source)
        image = read_image(file, name=file.name)
        if not math.isfinite(position[1]):
            raise InputError(
                f"{file.name} has no celestial WCS that tells where its middle lies: add one to "
                "its header, or give a table of positions"
            )
        cutout = normalise_cutout(
            image,
            provenance=Provenance("folder", self.name, file.name, self.licence),
            size_px=self.size_px,
            position_deg=position,
            beam_arcsec=beam_at(self.beam_arcsec, position[1], self.name),
            frequency_hz=self.frequency_hz,
        )
        return Fetched(fits_bytes(cutout.to_hdu()), assumed=list_assumed(cutout, image.header))

    def close(self) -> None:
        """Do nothing."""

    def _file(self, name: str) -> Path:
        for suffix in FITS_SUFFIXES:
            file = Path(self.path).expanduser() / f"{name}{suffix}"
            if file.is_file():
                return file
        raise MissingFileError(f"no file called after the source in {self.path}")


def _stem(source: Source) -> str:
    """Return what the file of a source is called, without its ending."""
    name = str(source["name"])
    return str(source["source_id"]) if "/" in name else name
