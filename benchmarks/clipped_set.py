"""An image set such as RadioGalaxyDataset: python benchmarks/clipped_set.py FOLDER.

Made of what is at hand: four classes in folders, 8-bit PNG of 300 x 300 pixels, clipped at three
times the noise: FR I and FR II of shared/fr, bent sources of shared/bent and shared/first beside
the checkout, and simulated compact sources. Then `kedro run --env images --params images=FOLDER`.
"""

from __future__ import annotations

import gzip
import io
import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pandas as pd
from astropy.io import fits
from astropy.stats import sigma_clipped_stats
from PIL import Image
from real_sources import SHARED
from scipy.ndimage import gaussian_filter

SIDE_PX, CUTOUT_PX, N_COMPACT, SEED = 300, 150, 130, 5
NOISE_MJY, BEAM_SIGMA_PX = 0.14, 1.27


def clip(image: np.ndarray) -> Image.Image:
    """Set to 0 what is below three times the noise, and pad to the side of the set."""
    image = np.nan_to_num(image)
    _, middle, noise = sigma_clipped_stats(image, sigma=3)
    kept = np.where(image > middle + 3 * noise, image, 0)
    padded = np.zeros((SIDE_PX, SIDE_PX))
    start = (SIDE_PX - CUTOUT_PX) // 2
    padded[start : start + CUTOUT_PX, start : start + CUTOUT_PX] = kept / kept.max()
    return Image.fromarray((padded * 255).round().clip(0, 255).astype(np.uint8))


def read_real() -> Iterator[tuple[str, str, np.ndarray]]:
    """Give class, name and cutout of the real sources."""
    for folder, ending in (("fr", ".fits.gz"), ("bent", ".fits.gz"), ("first", ".fits")):
        table = pd.read_csv(SHARED / folder / "catalogue.csv").drop_duplicates("name")
        for row in table.to_dict("records"):
            name = row["morphology"] if folder == "fr" else "Bent"
            path = SHARED / folder / "cutouts" / f"{row['name']}{ending}"
            if not path.exists() or (folder == "bent" and row["morphology"] != "bent"):
                continue
            content = path.read_bytes()
            content = gzip.decompress(content) if ending.endswith("gz") else content
            yield name, row["name"], fits.getdata(io.BytesIO(content)).squeeze()


def draw_compact(rng: np.random.Generator) -> np.ndarray:
    """Draw an unresolved source, somewhat wider or not, with a neighbour or not, in noise."""
    rows, columns = np.indices((CUTOUT_PX, CUTOUT_PX), dtype=float)
    image = gaussian_filter(rng.normal(size=(CUTOUT_PX, CUTOUT_PX)), BEAM_SIGMA_PX)
    image *= NOISE_MJY / image.std()
    middle = CUTOUT_PX / 2 + rng.normal(0, 0.5, 2)
    places = [middle, *rng.uniform(0, CUTOUT_PX, (rng.poisson(0.6), 2))]
    for number, (x, y) in enumerate(places):
        peak = 10 ** (rng.uniform(0, 1) if number else rng.uniform(0.4, 2.5))
        minor = BEAM_SIGMA_PX * (1 + abs(rng.normal(0, 0.15)))
        major = minor * (1 + abs(rng.normal(0, 0.2)))
        angle = rng.uniform(0, np.pi)
        along = (columns - x) * np.cos(angle) + (rows - y) * np.sin(angle)
        across = (rows - y) * np.cos(angle) - (columns - x) * np.sin(angle)
        image = image + peak * np.exp(-((along / major) ** 2 + (across / minor) ** 2) / 2)
    return image


def main() -> None:
    """Write the set, and count its images."""
    root, rng = Path(sys.argv[1]), np.random.default_rng(SEED)
    compact = (("Compact", f"C{number:03d}", draw_compact(rng)) for number in range(N_COMPACT))
    count = 0
    for images in (read_real(), compact):
        for name, source, image in images:
            (root / name).mkdir(parents=True, exist_ok=True)
            clip(image).save(root / name / f"{source}.png")
            count += 1
    print(f"{count} images in {root}")


if __name__ == "__main__":
    main()
