"""The opening angle of a bent radio galaxy, measured on its image."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from bentjets.radio.cutouts import FWHM_PER_SIGMA
from bentjets.radio.measuring.islands import REACH_BEAMS, islands_near, label_islands

_APEX_BEAMS = 2.0
# Light nearer to the apex than this has no direction.
_CORE_BEAMS = 1.0
_MIN_TAIL_BEAMS = 2.0
_MIN_TAIL_BEAM_AREAS = 1.0
# Half a round blob has 2 / pi = 0.64, a ray 1.
_MIN_COLLIMATION = 0.7
_DIVIDING_LINES = 72


Point = tuple[float, float]


@dataclass(frozen=True)
class Bending:
    """The measured opening angle of one source.

    Parameters
    ----------
    opening_angle_deg
        Angle between the two tails as seen from where they part, 0 to 180 deg; NaN where it cannot
        be told.
    uncertainty_deg
        Its standard deviation; NaN likewise.
    reason
        Why it cannot be told; empty where it can.
    apex_px
        Column and row where the tails part, counted from zero; None where the angle cannot be told.
    ends_px
        Column and row of the ends of both tails, the longer first: in the direction of the tail, as
        far from the apex as its farthest pixel; None likewise.
    """

    opening_angle_deg: float
    uncertainty_deg: float
    reason: str = ""
    apex_px: Point | None = None
    ends_px: tuple[Point, Point] | None = None


class _Tail(NamedTuple):
    """One side of a source, seen from its apex; lengths in pixels, fluxes in the image's unit."""

    moment: NDArray[np.float64]
    flux: float
    pixels: int
    collimation: float
    noise_deg: float
    length: float


def measure_bending(
    image: NDArray[np.floating],
    mask: NDArray[np.uint8],
    position_px: tuple[float, float],
    *,
    rms: float,
    beam_px: float,
) -> Bending:
    """Measure the angle between the two tails of a source.

    The angle at the host between the directions of the two tails is what parts wide-angle from
    narrow-angle tails (O'Dea & Owen 1985, AJ 90, 927; Blanton et al. 2001, AJ 121, 2915). Here:

    1. The source is the island at its position, with all islands that begin within seven beams.
    2. The apex is its brightest pixel within two beams of the position.
    3. A straight line through the apex parts its light, without that nearer than one beam, in two
       tails. The direction of a tail is that of its moment M = sum(I d), where I is the brightness
       of a pixel and d its offset from the apex. Of 72 lines, the one with the largest
       abs(M1) + abs(M2) is taken: each tail then is as collimated as can be.
    4. The opening angle is the angle between M1 and M2.

    Tails that bend are seen as straight: the angle is smaller than that at which their jets leave
    the host. Where tails merge beside a faint host, the brightest pixel lies between them: straight
    tails then seem some 5 to 12 deg farther apart, and those closer than 30 deg may be lost in one
    another, which gives their width, or a straight line.

    Parameters
    ----------
    image
        Brightness, any unit, shape (rows, columns); pixels that are not finite are left out.
    mask
        Island mask, 0/1, same shape.
    position_px
        Column and row of the host, counted from zero.
    rms
        Noise of the image, in its unit.
    beam_px
        Full width of the beam at half maximum, in pixels.

    Returns
    -------
    Bending
        The uncertainty is propagated from the noise, correlated over the beam, and from the place
        of the apex, which is taken to be known to one standard deviation of the beam. The angle is
        NaN where there is no island within seven beams of the position, where none of its light is
        farther than two beams from the apex, or where there are no two tails: one side holds less
        than the area of a beam, or its light is hardly more collimated than half a round blob.
    """
    labels = label_islands(mask)
    own = islands_near(labels, position_px, REACH_BEAMS * beam_px) & (image > 0)
    if not own.any():
        return Bending(np.nan, np.nan, "no island at the position")
    flux = image[own].astype(np.float64)
    rows, columns = np.nonzero(own)
    from_host = np.hypot(columns - position_px[0], rows - position_px[1])
    is_near = from_host <= max(_APEX_BEAMS * beam_px, from_host.min())
    apex = np.where(is_near, flux, -np.inf).argmax()
    offsets = np.stack([columns - columns[apex], rows - rows[apex]]).astype(np.float64)
    distance = np.hypot(*offsets)
    if distance.max() < _MIN_TAIL_BEAMS * beam_px:
        return Bending(np.nan, np.nan, "too small")

    is_tail = distance > _CORE_BEAMS * beam_px
    flux, offsets = flux[is_tail], offsets[:, is_tail]
    is_first = _part_tails(flux * offsets)
    beam_area_px = 2.0 * np.pi * (beam_px / FWHM_PER_SIGMA) ** 2
    noise = rms * np.sqrt(beam_area_px)
    one, other = (
        _describe_tail(flux[side], offsets[:, side], noise) for side in (is_first, ~is_first)
    )
    if (
        min(one.pixels, other.pixels) < _MIN_TAIL_BEAM_AREAS * beam_area_px
        or min(one.collimation, other.collimation) < _MIN_COLLIMATION
    ):
        return Bending(np.nan, np.nan, "no two tails")
    errors_deg = (one.noise_deg, other.noise_deg, _apex_error_deg(one, other, beam_px))
    apex_px = (float(columns[apex]), float(rows[apex]))
    longer, shorter = sorted((one, other), key=lambda tail: tail.length, reverse=True)
    return Bending(
        opening_angle_deg=_angle_between_deg(one.moment, other.moment),
        uncertainty_deg=float(np.hypot.reduce(errors_deg)),
        apex_px=apex_px,
        ends_px=(_end_px(longer, apex_px), _end_px(shorter, apex_px)),
    )


def _part_tails(moments: NDArray[np.float64]) -> NDArray[np.bool_]:
    """Tell which pixels lie on one side of the line that makes the two sums of moments longest.

    Parameters
    ----------
    moments
        Brightness times offset of each pixel, shape (2, n).
    """
    step = np.pi / _DIVIDING_LINES
    # The lines lie at odd multiples of half a step, where no pixel has its direction.
    bins = np.rint(np.arctan2(moments[1], moments[0]) / step).astype(int) % (2 * _DIVIDING_LINES)
    summed = np.stack([np.bincount(bins, part, 2 * _DIVIDING_LINES) for part in moments])
    up_to = np.cumsum(np.concatenate([np.zeros((2, 1)), summed, summed], axis=1), axis=1)
    halves = up_to[:, _DIVIDING_LINES : 2 * _DIVIDING_LINES] - up_to[:, :_DIVIDING_LINES]
    rests = summed.sum(axis=1, keepdims=True) - halves
    line = (np.hypot(*halves) + np.hypot(*rests)).argmax()
    return (bins - line) % (2 * _DIVIDING_LINES) < _DIVIDING_LINES


def _describe_tail(flux: NDArray[np.float64], offsets: NDArray[np.float64], noise: float) -> _Tail:
    moment = offsets @ flux
    length = float(np.hypot(*moment))
    if length == 0.0:
        return _Tail(moment, 0.0, 0, 0.0, np.nan, 0.0)
    distance = np.hypot(*offsets)
    across = (offsets[1] * moment[0] - offsets[0] * moment[1]) / length
    return _Tail(
        moment,
        float(flux.sum()),
        flux.size,
        length / float(flux @ distance),
        float(np.degrees(noise * np.sqrt(across @ across) / length)),
        float(distance.max()),
    )


def _end_px(tail: _Tail, apex_px: Point) -> Point:
    column, row = apex_px + tail.moment / np.hypot(*tail.moment) * tail.length
    return float(column), float(row)


def _apex_error_deg(one: _Tail, other: _Tail, beam_px: float) -> float:
    """Give the error of the angle if the apex is off by a beam's deviation in each direction.

    A shift s of the apex changes a moment by -F s, where F is the flux of the tail, and turns its
    direction by that over its length; the two tails turn together or against each other.
    """
    turns = [
        tail.flux * np.array([-tail.moment[1], tail.moment[0]]) / (tail.moment @ tail.moment)
        for tail in (one, other)
    ]
    return float(np.degrees(np.hypot(*(turns[0] - turns[1])) * beam_px / FWHM_PER_SIGMA))


def _angle_between_deg(one: NDArray[np.float64], other: NDArray[np.float64]) -> float:
    across = abs(one[0] * other[1] - one[1] * other[0])
    return float(np.degrees(np.arctan2(across, one @ other)))
