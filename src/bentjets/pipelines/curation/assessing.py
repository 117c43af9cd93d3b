"""What a worker does for one source: quality and shape of its image, from bytes of files."""

from __future__ import annotations

import hashlib
from dataclasses import asdict, dataclass, field
from typing import Any

from bentjets.radio.cutouts import Cutout, celestial_wcs, pixel_position, read_image
from bentjets.radio.measuring import measure_quality, measure_shape


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
    """Measure what the quality checks judge in one image, and the shape of its source.

    Returns
    -------
    dict
        ``quality``, which names the image that was looked at, ``shape`` and ``side_arcsec``, the
        longer side of the cutout.
    """
    cutout, mask = Cutout.from_bytes(job.cutout), read_image(job.mask).data
    scale_arcsec = cutout.pixel_scale_arcsec
    shape = measure_shape(
        cutout.data,
        mask,
        pixel_position(celestial_wcs(cutout.header), job.position_deg),
        pixel_scale_arcsec=scale_arcsec,
    )
    quality = measure_quality(
        cutout, mask, position_deg=job.position_deg, rms_jy_beam=job.rms_jy_beam
    )
    image_sha256 = hashlib.sha256(job.masked_image).hexdigest()
    return {
        "quality": asdict(quality) | {"image_sha256": image_sha256},
        "shape": asdict(shape),
        "side_arcsec": max(cutout.data.shape) * scale_arcsec,
    }
