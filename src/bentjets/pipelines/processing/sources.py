"""What a worker does for one source: bytes of files in, bytes of files out.

The nodes only pass files on; decoding, fitting and encoding happen where there are many hands.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from typing import Any

import numpy as np

from bentjets.radio.cutouts import Cutout, fits_bytes, read_image
from bentjets.radio.finding import FindingSettings, background_hdus, find_sources, mask_hdu
from bentjets.radio.imaging import images

# The fields that hold files are left out of a job's print, which the engine's cache keeps.


@dataclass(frozen=True)
class FindingJob:
    """The FITS file of one cutout, with the settings and the position (deg) of its source."""

    cutout: bytes = field(repr=False)
    settings: FindingSettings
    position_deg: tuple[float, float]


@dataclass(frozen=True)
class FoundSource:
    """What is kept of source finding on one cutout: two FITS files and a record."""

    background: bytes
    mask: bytes
    record: dict[str, Any]


@dataclass(frozen=True)
class RenderingJob:
    """The FITS files of a cutout and of its mask."""

    cutout: bytes = field(repr=False)
    mask: bytes = field(repr=False)


def find_in_source(job: FindingJob) -> FoundSource:
    """Run source finding on one cutout."""
    cutout = Cutout.from_bytes(job.cutout)
    finding = find_sources(cutout, job.settings, position_deg=job.position_deg)
    return FoundSource(
        background=fits_bytes(background_hdus(cutout, finding)),
        mask=fits_bytes(mask_hdu(cutout, finding, job.settings)),
        record={
            "log": {
                "status": "ok",
                "reason": "",
                "islands": finding.islands,
                "islands_dropped": len(finding.dropped),
                "gaussians": None if job.settings.masks_only else len(finding.gaussians),
                "mean_jy_beam": float(np.nanmedian(finding.mean)),
                "rms_jy_beam": float(np.nanmedian(finding.rms)),
            },
            "gaussians": finding.gaussians.to_dict("records"),
            "dropped": [asdict(island) for island in finding.dropped],
        },
    )


def render_source(job: RenderingJob) -> tuple[bytes, bytes, bytes]:
    """Make the PNG files of one source, north up: image, mask and masked image (Eqs. 3 to 5)."""
    cutout, mask = read_image(job.cutout).data, read_image(job.mask).data
    image = images.scale_to_8bit(cutout)
    pictures = image, images.mask_to_8bit(mask), images.apply_mask(image, mask)
    whole, islands, masked = (images.png_bytes(images.flip_north_up(one)) for one in pictures)
    return whole, islands, masked
