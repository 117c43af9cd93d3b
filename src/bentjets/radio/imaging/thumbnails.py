"""Small pictures of sources for a page: the sky, the outline of the mask, and the tails over it."""

from __future__ import annotations

import math
from io import BytesIO

import numpy as np
from numpy.typing import NDArray
from PIL import Image

_BLACK_RMS = -2.0
_LINEAR_RMS = 3.0
_WHITE = 255.0
_QUALITY = 40
_MAD_TO_RMS = 1.4826
# The sides of a pixel, from corner to corner (rows and columns down and right of it), clockwise.
_SIDES = {
    "top": ((0, 0), (0, 1)),
    "right": ((0, 1), (1, 1)),
    "bottom": ((1, 1), (1, 0)),
    "left": ((1, 0), (0, 0)),
}
_Corner = tuple[int, int]


def stretch_asinh(image: NDArray[np.floating]) -> NDArray[np.uint8]:
    """Scale an image to 8 bits so that faint tails and bright cores are seen together.

    The stretch is asinh (Lupton et al. 1999, AJ 118, 1406), linear below 3 rms, from -2 rms (black)
    to the peak (white); the rms is 1.4826 times the median absolute deviation.

    Parameters
    ----------
    image
        Any unit, shape (rows, columns); pixels that are not finite become black.

    Returns
    -------
    NDArray
        uint8, same shape. An image without a finite pixel, or of one value, is black.
    """
    finite = image[np.isfinite(image)].astype(np.float64)
    if not finite.size or finite.min() == finite.max():
        return np.zeros(image.shape, np.uint8)
    rms = _MAD_TO_RMS * float(np.median(np.abs(finite - np.median(finite))))
    unit = _LINEAR_RMS * (rms or float(np.abs(finite).max()))
    black, white = math.asinh(_BLACK_RMS / _LINEAR_RMS), math.asinh(float(finite.max()) / unit)
    # Where all is far below zero there is nothing to see.
    if white <= black:
        return np.zeros(image.shape, np.uint8)
    share = (np.arcsinh(np.nan_to_num(image, nan=-np.inf) / unit) - black) / (white - black)
    return np.rint(np.clip(share, 0.0, 1.0) * _WHITE).astype(np.uint8)


def webp_bytes(picture: NDArray[np.uint8]) -> bytes:
    """Encode a grey picture, row 0 at the top, as a lossy WebP file of some 3 kB."""
    file = BytesIO()
    Image.fromarray(picture).save(file, "WEBP", quality=_QUALITY)
    return file.getvalue()


def outline_path(mask: NDArray[np.uint8]) -> str:
    """Trace the outline of a mask along the sides of its pixels.

    Parameters
    ----------
    mask
        0/1, shape (rows, columns), row 0 at the top. Pixels that touch by a corner only are parted.

    Returns
    -------
    str
        The data of an SVG path (SVG 1.1, section 8.3), in pixels from the upper left corner: one
        closed loop for every island and every hole; empty without a mask.
    """
    sides = _sides_of(mask > 0)
    loops = []
    while sides:
        start = next(iter(sides))
        loops.append(_path_of(_follow(sides, start)))
    return "".join(loops)


def _sides_of(inside: NDArray[np.bool_]) -> dict[_Corner, list[_Corner]]:
    """Give the ends of the sides that part the mask from the rest, by the corner they start at."""
    padded = np.pad(inside, 1)
    core = padded[1:-1, 1:-1]
    beside = {
        "top": padded[:-2, 1:-1],
        "right": padded[1:-1, 2:],
        "bottom": padded[2:, 1:-1],
        "left": padded[1:-1, :-2],
    }
    sides: dict[_Corner, list[_Corner]] = {}
    for name, other in beside.items():
        (from_row, from_column), (to_row, to_column) = _SIDES[name]
        for row, column in np.argwhere(core & ~other).tolist():
            start = (row + from_row, column + from_column)
            sides.setdefault(start, []).append((row + to_row, column + to_column))
    return sides


def _follow(sides: dict[_Corner, list[_Corner]], start: _Corner) -> list[_Corner]:
    """Take one loop out of the sides; where two pixels touch by a corner, turn to the right."""
    loop, corner = [start], start
    while True:
        ends = sides[corner]
        end = ends[0] if len(ends) == 1 else min(ends, key=lambda one: _turn(loop, one))
        ends.remove(end)
        if not ends:
            del sides[corner]
        if end == start:
            return loop
        loop.append(end)
        corner = end


def _turn(loop: list[_Corner], end: _Corner) -> int:
    """Give -1 for a turn to the right, 1 to the left; a loop that begins may go either way."""
    if len(loop) == 1:
        return 0
    (row, column), (last_row, last_column) = loop[-1], loop[-2]
    along = (row - last_row, column - last_column)
    onwards = (end[0] - row, end[1] - column)
    return along[0] * onwards[1] - along[1] * onwards[0]


def _path_of(loop: list[_Corner]) -> str:
    """Write a loop with its corners only: straight sides are one step."""
    steps: list[list[int]] = []
    for (row, column), (next_row, next_column) in zip(loop, [*loop[1:], loop[0]], strict=True):
        down, right = next_row - row, next_column - column
        if steps and (steps[-1][0] == 0) == (down == 0):
            steps[-1][0] += down
            steps[-1][1] += right
        else:
            steps.append([down, right])
    drawn = "".join(f"v{down}" if down else f"h{right}" for down, right in steps[:-1])
    return f"M{loop[0][1]} {loop[0][0]}{drawn}z"
