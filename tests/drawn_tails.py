"""Bent sources drawn by hand: two straight tails, round blobs."""

from __future__ import annotations

import numpy as np

SIDE, BEAM = 151, 3.0
CENTRE = (75.0, 75.0)
SIGMA = BEAM / np.sqrt(8 * np.log(2))


def draw_v(angle_deg, *, towards_deg=37.0, core=0.3, apex=CENTRE, length=20.0, ratio=1.0):
    """Two straight tails, half a beam wider than the beam, and a core; the peak is 1."""
    y, x = np.mgrid[:SIDE, :SIDE]
    image = np.zeros((SIDE, SIDE))
    for side, brightness in ((0.5, 1.0), (-0.5, ratio)):
        direction = np.radians(towards_deg + side * angle_deg)
        for step in np.arange(0.5, length):
            column, row = apex + step * np.array([np.cos(direction), np.sin(direction)])
            image += brightness * np.exp(-((x - column) ** 2 + (y - row) ** 2) / (2 * 1.5**2))
    image /= image.max()
    image += core * np.exp(-((x - apex[0]) ** 2 + (y - apex[1]) ** 2) / (2 * SIGMA**2))
    return image / image.max()


def draw_blob(sigma, centre=CENTRE):
    y, x = np.mgrid[:SIDE, :SIDE]
    return np.exp(-((x - centre[0]) ** 2 + (y - centre[1]) ** 2) / (2 * sigma**2))
