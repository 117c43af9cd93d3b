"""What the page draws of one source: its pixels, its mask, and where they lie on the sky."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from astropy.wcs import WCS
from numpy.typing import NDArray

from bentjets.radio.cutouts import Cutout, pixel_scale_arcsec, read_image

_ARCSEC_PER_DEG = 3600.0

ReadFile = Callable[[str], bytes]
"""Gives the bytes of a source's file; raises InputError where it cannot be read."""


@dataclass(frozen=True)
class Files:
    """How the files of a source are read, by its source_id: FITS, FITS, PNG."""

    cutout: ReadFile
    mask: ReadFile
    masked_image: ReadFile


class Pictures:
    """The images of the sources, read when they are asked for and kept by nobody.

    Parameters
    ----------
    files
        How they are read.
    """

    def __init__(self, files: Files) -> None:
        self._files = files

    def cutout(self, source_id: str) -> Cutout:
        """Read the cutout of a source."""
        return Cutout.from_bytes(self._files.cutout(source_id))

    def image(self, source_id: str) -> bytes:
        """Give the pixels of a cutout: float32, little-endian, row 0 as in the FITS file."""
        return self.cutout(source_id).data.astype("<f4").tobytes()

    def mask(self, source_id: str) -> bytes:
        """Give the mask of a source: uint8, 0 and 1, in the order of the image."""
        mask = read_image(self._files.mask(source_id), name=f"the mask of {source_id}").data
        return (np.asarray(mask) > 0).astype(np.uint8).tobytes()

    def masked_png(self, source_id: str) -> bytes:
        """Give the file of the masked image, as the networks will see it."""
        return self._files.masked_image(source_id)

    def image_sha256(self, source_id: str) -> str:
        """Tell which masked image is on disk now."""
        return hashlib.sha256(self.masked_png(source_id)).hexdigest()


def describe_frame(cutout: Cutout, wcs: WCS) -> dict[str, Any]:
    """Tell size, unit, sky and beam of a cutout, as the page needs them to draw it.

    Parameters
    ----------
    cutout
        The cutout.
    wcs
        Its celestial axes.
    """
    header = cutout.header
    rows, columns = cutout.data.shape
    beam = None
    if all(key in header for key in ("BMAJ", "BMIN", "BPA")):
        major, minor, angle = cutout.beam_deg
        beam = {
            "major_arcsec": major * _ARCSEC_PER_DEG,
            "minor_arcsec": minor * _ARCSEC_PER_DEG,
            "pa_deg": angle,
        }
    return {
        "width": columns,
        "height": rows,
        "unit": str(header.get("BUNIT", "Jy/beam")),
        "pixel_scale_arcsec": pixel_scale_arcsec(wcs),
        "wcs": tangent_plane(wcs, (rows, columns)),
        "beam": beam,
        "survey": str(header.get("SURVEY", "")),
    }


def tangent_plane(wcs: WCS, shape: tuple[int, int]) -> dict[str, float]:
    """Describe an image's sky by a tangent plane at its centre, whatever its own projection is.

    The gnomonic projection of Calabretta & Greisen 2002 (A&A 395, 1077, section 5.1.3), fitted to
    one pixel around the centre: over the few arcminutes of a cutout it differs from others by
    less than 0.001 arcsec.

    Parameters
    ----------
    wcs
        Celestial axes of the image.
    shape
        Rows and columns of the image.

    Returns
    -------
    dict
        ``crpix1``, ``crpix2`` (counted from one), ``crval1``, ``crval2`` (FK5 J2000, deg), and
        ``cd11``, ``cd12``, ``cd21``, ``cd22`` (deg per pixel).
    """
    x, y = (shape[1] - 1) / 2.0, (shape[0] - 1) / 2.0
    points = wcs.pixel_to_world(
        x + np.array([0.0, 1.0, -1.0, 0.0, 0.0]), y + np.array([0.0, 0.0, 0.0, 1.0, -1.0])
    ).fk5
    ra, dec = points.ra.rad, points.dec.rad
    east, north = _project(ra, dec, ra[0], dec[0])
    return {
        "crpix1": x + 1.0,
        "crpix2": y + 1.0,
        "crval1": float(points.ra.deg[0]),
        "crval2": float(points.dec.deg[0]),
        "cd11": float(np.degrees(east[1] - east[2]) / 2.0),
        "cd12": float(np.degrees(east[3] - east[4]) / 2.0),
        "cd21": float(np.degrees(north[1] - north[2]) / 2.0),
        "cd22": float(np.degrees(north[3] - north[4]) / 2.0),
    }


def pixels_of(
    plane: dict[str, float], ra_deg: NDArray[np.float64], dec_deg: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Give the columns and rows of positions, counted from zero.

    Parameters
    ----------
    plane
        As `tangent_plane` describes it.
    ra_deg, dec_deg
        FK5 J2000, on the same half of the sky.
    """
    centre = np.radians([plane["crval1"], plane["crval2"]])
    offsets = np.degrees(_project(np.radians(ra_deg), np.radians(dec_deg), *centre))
    matrix = [[plane["cd11"], plane["cd12"]], [plane["cd21"], plane["cd22"]]]
    x, y = np.linalg.solve(matrix, offsets)
    return x + plane["crpix1"] - 1.0, y + plane["crpix2"] - 1.0


def _project(
    ra: NDArray[np.float64], dec: NDArray[np.float64], ra_0: float, dec_0: float
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Project positions on the tangent plane at one of them; all in radians."""
    turn = ra - ra_0
    depth = np.sin(dec) * np.sin(dec_0) + np.cos(dec) * np.cos(dec_0) * np.cos(turn)
    east = np.cos(dec) * np.sin(turn) / depth
    north = (np.sin(dec) * np.cos(dec_0) - np.cos(dec) * np.sin(dec_0) * np.cos(turn)) / depth
    return east, north
