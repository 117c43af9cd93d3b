"""Image sets of sources that no two of look alike, to plant shared ones in."""

from __future__ import annotations

import numpy as np

from image_sets import Picture


def draw_blobs(n: int, seed: int, *, side: int = 48, stem: str = "J", parts: bool = False):
    """Draw clipped sources of a few blobs: FRI of three, FRII of six; names hold positions."""
    random = np.random.default_rng(seed)
    y, x = np.mgrid[:side, :side]
    pictures = []
    for number in range(n):
        label = ("FRI", "FRII")[number % 2]
        image = np.zeros((side, side))
        for _ in range(3 if label == "FRI" else 6):
            cy, cx = random.uniform(10, side - 10, 2)
            sy, sx = random.uniform(1.5, 5, 2)
            image += random.uniform(0.3, 1) * np.exp(
                -((y - cy) ** 2 / sy**2 + (x - cx) ** 2 / sx**2)
            )
        image = np.where(image < 0.1 * image.max(), 0, image) / image.max()
        part = ("train", "train", "train", "valid", "test")[number // 2 % 5] if parts else ""
        name = f"{stem}{100 + seed + number / 10:.3f}+10.500"
        pictures.append(Picture(name, label, part, np.rint(255 * image).astype(np.uint8)))
    return pictures
