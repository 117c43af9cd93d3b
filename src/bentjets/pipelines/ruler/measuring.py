"""What a worker does for one source: frame it, and measure it by its geometry."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np

from bentjets.radio.cutouts import Cutout, celestial_wcs, pixel_position, read_image
from bentjets.radio.measuring import frame_source, measure_bending

_GREY = 255.0


@dataclass(frozen=True)
class MeasuringJob:
    """The files of one source (FITS), its position (deg) and its rms (Jy/beam)."""

    cutout: bytes = field(repr=False)
    mask: bytes = field(repr=False)
    position_deg: tuple[float, float]
    rms_jy_beam: float


def frame_cutout(job: MeasuringJob) -> dict[str, Any]:
    """Frame a source, and measure it by its geometry.

    Returns
    -------
    dict
        The columns of `bentjets.tables.ruler.SOURCE_FRAMES` but the first; those of the frame only
        where there is light to frame.
    """
    cutout, mask = Cutout.from_bytes(job.cutout), read_image(job.mask).data
    position = pixel_position(celestial_wcs(cutout.header), job.position_deg)
    beam_px = cutout.beam_px
    bending = measure_bending(cutout.data, mask, position, rms=job.rms_jy_beam, beam_px=beam_px)
    told = {
        "geometric_deg": bending.opening_angle_deg,
        "geometric_error_deg": bending.uncertainty_deg,
        "reason": bending.reason,
    }
    frame = frame_source(cutout.data, mask, position, beam_px=beam_px)
    if frame is None:
        return told
    x, y = frame.place(np.array(position)).tolist()
    return told | {
        "image": np.rint(frame.image * _GREY).astype(np.uint8).tobytes(),
        "position_x": x,
        "position_y": y,
        "centre_x_px": frame.centre_px[0],
        "centre_y_px": frame.centre_px[1],
        "half_side_px": frame.half_side_px,
        "size_beams": frame.extent_px / beam_px,
        "snr": frame.peak / job.rms_jy_beam,
    }
