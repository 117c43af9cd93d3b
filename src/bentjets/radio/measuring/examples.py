"""Simulated sources with their truth, framed: what a ruler learns from and is judged by."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bentjets.radio.finding import quick_islands
from bentjets.radio.measuring.framing import frame_source
from bentjets.radio.measuring.opening_angle import measure_bending
from bentjets.radio.simulation import SkySettings, SurveyGeometry, simulate_cutout
from bentjets.radio.simulation.jets import place_blobs
from bentjets.radio.simulation.sky import draw_host
from bentjets.radio.simulation.truth import Stream, draw_row, draw_tails, tail_ends

# Of wide-angle tails.
_HALF = 0.5
_GREY = 255.0


def draw_example(
    number: int, *, seed: int, sky: SkySettings, geometry: SurveyGeometry
) -> dict[str, Any] | None:
    """Draw a source, find its islands, and frame it.

    Parameters
    ----------
    number
        Of the source, from 0: with the seed, it is all that the source depends on.
    seed
        Of the sky.
    sky, geometry
        What it is drawn from, and who looks at it.

    Returns
    -------
    dict or None
        ``image`` (bytes of uint8, SIDE x SIDE), ``position`` (catalogue position), ``ends`` (of the
        two tails) as places in the frame, -1 to 1; ``half_side_px``; the truth ``angle_deg`` and
        ``is_wat``; ``size_beams`` and ``snr`` of its light; and what
        `measure_bending` says: ``geometric_deg``, ``geometric_error_deg`` (NaN where it cannot
        tell). None where no light is found.
    """
    row = draw_row(number, _HALF, seed, sky)
    hdu = simulate_cutout(row, geometry=geometry, seed=seed, settings=sky)
    image = np.asarray(hdu.data, dtype=np.float64)
    mask, rms = quick_islands(image)
    beam_px = float(np.sqrt(geometry.beam_arcsec[0] * geometry.beam_arcsec[1]))
    beam_px /= geometry.pixel_scale_arcsec
    centre = (geometry.size_px - 1) / 2.0
    frame = frame_source(image, mask, (centre, centre), beam_px=beam_px)
    if frame is None:
        return None
    ends = tail_ends_px(row, seed=seed, sky=sky, geometry=geometry)
    bending = measure_bending(image, mask, (centre, centre), rms=rms, beam_px=beam_px)
    return {
        "image": np.rint(frame.image * _GREY).astype(np.uint8).tobytes(),
        "position": frame.place(np.array([centre, centre])).tolist(),
        "ends": frame.place(ends).tolist(),
        "half_side_px": frame.half_side_px,
        "angle_deg": row["opening_angle_deg"],
        "is_wat": row["morphology"] == "WAT",
        "size_beams": frame.extent_px / beam_px,
        "snr": frame.peak / rms,
        "geometric_deg": bending.opening_angle_deg,
        "geometric_error_deg": bending.uncertainty_deg,
    }


def tail_ends_px(
    row: Mapping[str, Any], *, seed: int, sky: SkySettings, geometry: SurveyGeometry
) -> NDArray[np.float64]:
    """Give where the tails of a simulated source end in its cutout.

    Parameters
    ----------
    row
        Of the simulated catalogue.
    seed, sky, geometry
        As those of its cutout.

    Returns
    -------
    NDArray
        Column and row of both ends, counted from zero, shape (2, 2); they may lie outside.
    """
    number = row["number"]
    tails = draw_tails(number, row["morphology"], row["size_arcsec"], seed, sky)
    target = place_blobs(tails, row["total_flux_mjy"], row["core_fraction"])
    host = np.array(draw_host(target, sky, np.random.default_rng([seed, number, Stream.HOST])))
    # East is to the left.
    to_pixels = np.array([-1.0, 1.0]) / geometry.pixel_scale_arcsec
    return np.asarray((geometry.size_px - 1) / 2.0 + (tail_ends(tails) + host) * to_pixels)
