"""Real pieces of empty sky, into which simulated sources are laid."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np
from astropy.io import fits
from numpy.typing import NDArray

from bentjets.errors import InputError
from bentjets.radio.cutouts import (
    FITS_SUFFIXES,
    Cutout,
    Provenance,
    celestial_wcs,
    normalise_cutout,
    read_image,
)
from bentjets.radio.finding import quick_islands
from bentjets.radio.simulation import Background, Stream, SurveyGeometry
from bentjets.radio.surveys.beams import Beams, beam_at

_TRIES = 20
_EMPTY_ARCSEC = 45.0
_SCALE_TOLERANCE = 0.02


@dataclass(frozen=True)
class BackgroundFolder:
    """A folder of FITS images of the sky, which gives each simulated source an empty piece.

    Parameters
    ----------
    path
        The folder.
    geometry
        Grid of the cutouts; its frequency holds for images that state none.
    beam_arcsec
        The beam, or one for each zone of declination, of images that state none.
    seed
        Of the sky: the same source gets the same piece.
    """

    path: str
    geometry: SurveyGeometry
    beam_arcsec: Beams
    seed: int
    names: tuple[str, ...] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        """List the images.

        Raises
        ------
        InputError
            If there are none.
        """
        folder = Path(self.path).expanduser()
        names = (
            sorted(one.name for one in folder.iterdir() if one.name.endswith(FITS_SUFFIXES))
            if folder.is_dir()
            else []
        )
        if not names:
            raise InputError(
                f"backgrounds {self.path} is not a folder that holds FITS images: give one of "
                "images of empty sky, or leave backgrounds out"
            )
        object.__setattr__(self, "names", tuple(names))

    def lay(self, source: Mapping[str, Any]) -> tuple[Background, SurveyGeometry]:
        """Choose an empty piece of sky for a source of the simulated catalogue.

        Of an image larger than a cutout, a piece is drawn at random.

        Returns
        -------
        Background
            The piece.
        SurveyGeometry
            Its grid, beam and frequency.

        Raises
        ------
        InputError
            If no empty piece was found in twenty images; with what was wrong with the last one.
        """
        rng = np.random.default_rng([self.seed, int(source["number"]), Stream.BACKGROUND])
        trouble = ""
        for _ in range(_TRIES):
            name = self.names[rng.integers(len(self.names))]
            try:
                return self._cut(name, rng)
            except InputError as error:
                trouble = str(error)
        raise InputError(
            f"backgrounds {self.path}: none of {_TRIES} images tried has an empty middle of this "
            f"survey's pixels, the last of them: {trouble}"
        )

    def _cut(self, name: str, rng: np.random.Generator) -> tuple[Background, SurveyGeometry]:
        image = read_image(Path(self.path).expanduser() / name, name=name)
        position = self._draw_position(image, rng)
        cutout = normalise_cutout(
            image,
            provenance=Provenance("folder", "background", name),
            size_px=self.geometry.size_px,
            position_deg=position,
            beam_arcsec=beam_at(self.beam_arcsec, position[1], "background"),
            frequency_hz=self.geometry.frequency_hz,
        )
        rms_jy = self._check(cutout, name)
        major_deg, minor_deg, angle_deg = cutout.beam_deg
        geometry = replace(
            self.geometry,
            beam_arcsec=(major_deg * 3600.0, minor_deg * 3600.0, angle_deg),
            frequency_hz=cutout.frequency_hz,
        )
        image_mjy = cutout.data.astype(np.float64) * 1e3
        return Background(image_mjy, rms_jy * 1e3, name), geometry

    def _draw_position(
        self, image: fits.PrimaryHDU, rng: np.random.Generator
    ) -> tuple[float, float]:
        """Draw where in the image the middle of the piece lies, deg."""
        half = self.geometry.size_px / 2.0
        rows, columns = image.shape[-2:]
        x, y = (
            rng.uniform(min(half, side / 2.0), max(side - half, side / 2.0)) - 0.5
            for side in (columns, rows)
        )
        place = celestial_wcs(image.header).pixel_to_world(x, y).fk5
        return float(place.ra.deg), float(place.dec.deg)

    def _check(self, cutout: Cutout, name: str) -> float:
        """Give the rms (Jy/beam) of a piece whose middle is empty; refuse any other."""
        scale = cutout.pixel_scale_arcsec
        wanted = self.geometry.pixel_scale_arcsec
        if abs(scale / wanted - 1.0) > _SCALE_TOLERANCE:
            raise InputError(f"{name} has pixels of {scale:.3g} arcsec, not of {wanted:g}")
        mask, rms_jy = quick_islands(cutout.data)
        middle = self._middle()
        if np.isnan(cutout.data[middle]).any():
            raise InputError(f"{name} has pixels without a value in its middle")
        if mask[middle].any():
            raise InputError(f"{name} holds a source within {_EMPTY_ARCSEC:g} arcsec of its middle")
        return rms_jy

    def _middle(self) -> NDArray[np.bool_]:
        offsets = np.arange(self.geometry.size_px) - (self.geometry.size_px - 1) / 2.0
        distance_arcsec = (
            np.hypot(*np.meshgrid(offsets, offsets)) * self.geometry.pixel_scale_arcsec
        )
        return distance_arcsec <= _EMPTY_ARCSEC
