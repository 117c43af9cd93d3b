"""What a worker does for one source: quality and morphology of its image, from bytes of files."""

from __future__ import annotations

import hashlib
from dataclasses import asdict, dataclass, field
from typing import Any

from bentjets.radio.cutouts import Cutout, celestial_wcs, pixel_position, read_image
from bentjets.radio.measuring import (
    measure_bending,
    measure_quality,
    measure_shape,
    place_tails,
)


@dataclass(frozen=True)
class AssessingJob:
    """The files of one source (FITS, FITS, PNG), its position (deg), its rms (Jy/beam).

    Limits are no part of it, so that changing one needs no image to be measured anew.
    """

    cutout: bytes = field(repr=False)
    mask: bytes = field(repr=False)
    masked_image: bytes = field(repr=False)
    position_deg: tuple[float, float]
    rms_jy_beam: float


def assess_image(job: AssessingJob) -> dict[str, Any]:
    """Measure what the quality checks judge in one image, and how its source looks.

    Returns
    -------
    dict
        ``quality``, which names the image that was looked at, ``morphology``, and ``side_arcsec``,
        the longer side of the cutout.
    """
    cutout, mask = Cutout.from_bytes(job.cutout), read_image(job.mask).data
    scale_arcsec, wcs = cutout.pixel_scale_arcsec, celestial_wcs(cutout.header)
    position_px = pixel_position(wcs, job.position_deg)
    shape = measure_shape(cutout.data, mask, position_px, pixel_scale_arcsec=scale_arcsec)
    bending = measure_bending(
        cutout.data, mask, position_px, rms=job.rms_jy_beam, beam_px=cutout.beam_px
    )
    quality = measure_quality(
        cutout, mask, position_deg=job.position_deg, rms_jy_beam=job.rms_jy_beam
    )
    image_sha256 = hashlib.sha256(job.masked_image).hexdigest()
    return {
        "quality": asdict(quality) | {"image_sha256": image_sha256},
        "morphology": {
            **asdict(shape),
            "width_arcsec": shape.axis_ratio * shape.size_arcsec,
            "opening_angle_deg": bending.opening_angle_deg,
            "opening_angle_error_deg": bending.uncertainty_deg,
            "angle_reason": bending.reason,
            **asdict(place_tails(bending, wcs)),
        },
        "side_arcsec": max(cutout.data.shape) * scale_arcsec,
    }
