"""What a worker does for one source: the quality of its image, from bytes of files."""

from __future__ import annotations

import hashlib
from dataclasses import asdict, dataclass, field
from typing import Any

from bentjets.radio.cutouts import Cutout, read_image
from bentjets.radio.measuring import QualityLimits, assess_quality


@dataclass(frozen=True)
class AssessingJob:
    """The files of one source (FITS, FITS, PNG), its position (deg), its rms (Jy/beam)."""

    cutout: bytes = field(repr=False)
    mask: bytes = field(repr=False)
    masked_image: bytes = field(repr=False)
    position_deg: tuple[float, float]
    rms_jy_beam: float
    limits: QualityLimits


def assess_image(job: AssessingJob) -> dict[str, Any]:
    """Check one image against the limits; the result names the image that was looked at."""
    quality = assess_quality(
        Cutout.from_bytes(job.cutout),
        read_image(job.mask).data,
        position_deg=job.position_deg,
        rms_jy_beam=job.rms_jy_beam,
        limits=job.limits,
    )
    return {**asdict(quality), "image_sha256": hashlib.sha256(job.masked_image).hexdigest()}
