from __future__ import annotations

import itertools
import time

import numpy as np
import pytest
from astropy.io import fits
from hypothesis import given
from hypothesis import strategies as st
from scipy import ndimage

from bentjets.learning.data import Fingerprint, find_duplicates, fingerprint_image
from bentjets.radio.imaging import apply_mask, scale_to_8bit
from bentjets.radio.simulation import SurveyGeometry, simulate_catalogue, simulate_cutout


def draw_source(seed: int, size: int = 150) -> np.ndarray:
    """Draw a masked image: a core and two tails on black, as large as bent sources are."""
    random = np.random.default_rng(seed)
    y, x = np.mgrid[:size, :size]
    image = np.zeros((size, size))
    for angle in random.uniform(0, 2 * np.pi, 2):
        length = random.uniform(8, 30)
        for step in np.linspace(0, length, 12):
            column, row = size / 2 + step * np.cos(angle), size / 2 + step * np.sin(angle)
            width, height = random.uniform(1.5, 4), np.exp(-step / 15) * random.uniform(0.5, 1)
            image += height * np.exp(-((x - column) ** 2 + (y - row) ** 2) / (2 * width**2))
    image = np.where(image > 0.05 * image.max(), image / image.max() * 255, 0)
    return image.astype(np.uint8)


def mask_islands(data: np.ndarray) -> np.ndarray:
    """Keep the islands above 3 sigma with a peak above 5, of an 8-bit image: nearly Eq. 5."""
    data = np.nan_to_num(data)
    sigma = 1.4826 * np.median(np.abs(data - np.median(data)))
    islands, count = ndimage.label(data > 3 * sigma)
    peaks = ndimage.maximum(data, islands, range(count + 1))
    bright = (np.arange(count + 1) > 0) & (peaks > 5 * sigma)
    return apply_mask(scale_to_8bit(data), bright[islands].astype(np.uint8))


def pairs_of(*images: np.ndarray) -> list[tuple[str, str, str]]:
    ids = [f"S{number}" for number in range(len(images))]
    found = find_duplicates(ids, [fingerprint_image(image) for image in images])
    return list(found[["kind", "source_id", "other_id"]].itertuples(index=False, name=None))


def brighten(image: np.ndarray) -> np.ndarray:
    return np.where(image > 20, image - 1, image)


def move(image: np.ndarray) -> np.ndarray:
    return np.roll(image, (3, -2), axis=(0, 1))


def dim(image: np.ndarray) -> np.ndarray:
    return (image * 0.9).astype(np.uint8)


def add_noise(image: np.ndarray) -> np.ndarray:
    noise = np.random.default_rng(1).integers(-1, 2, image.shape)
    return np.where(image > 0, np.clip(image + noise, 1, 255), 0).astype(np.uint8)


def test_equal_images_are_paired_with_the_first() -> None:
    image = draw_source(1)
    pairs = [("equal images", "S0", "S2"), ("equal images", "S0", "S3")]
    assert pairs_of(image, draw_source(2), image, image) == pairs


@pytest.mark.parametrize("change", [brighten, move, dim, add_noise])
@pytest.mark.parametrize("seed", range(5))
def test_images_that_differ_little_are_found(change, seed) -> None:
    image = draw_source(seed)
    assert pairs_of(image, draw_source(99), change(image)) == [("nearly equal images", "S0", "S2")]


def test_mostly_black_images_of_unrelated_sources_are_not_alike() -> None:
    """Hashes of the whole image are: those of its black margins."""
    assert pairs_of(*map(draw_source, range(200))) == []


def test_images_of_the_simulated_survey_are_not_alike() -> None:
    survey = SurveyGeometry()
    sources = simulate_catalogue(100, wat_fraction=0.6, seed=6).to_dict("records")
    cutouts = (simulate_cutout(source, geometry=survey, seed=6).data for source in sources)
    assert pairs_of(*map(mask_islands, cutouts)) == []


def test_real_sources_are_not_alike(real_first) -> None:
    files = sorted((real_first / "cutouts").glob("*.fits"))
    assert pairs_of(*(mask_islands(fits.getdata(file)) for file in files)) == []


def test_an_image_in_which_nothing_was_found_has_a_fingerprint() -> None:
    black = np.zeros((150, 150), np.uint8)
    assert pairs_of(black, draw_source(1), black) == [("equal images", "S0", "S2")]


def test_images_of_another_shape_are_not_equal() -> None:
    flat = np.arange(1, 13, dtype=np.uint8)
    assert "equal images" not in [
        kind for kind, *_ in pairs_of(flat.reshape(3, 4), flat.reshape(4, 3))
    ]


def test_no_images_have_no_duplicates() -> None:
    assert pairs_of() == []


@given(st.lists(st.lists(st.integers(0, 255), max_size=20), min_size=2, max_size=6), st.data())
def test_near_hashes_are_those_that_differ_in_few_bits(flips, data) -> None:
    """Bands of bits find what comparing all with all finds."""
    start = data.draw(st.binary(min_size=32, max_size=32))
    hashes = []
    for flipped in flips:
        bits = np.unpackbits(np.frombuffer(start, np.uint8))
        for bit in flipped:
            bits[bit] ^= 1
        hashes.append(np.packbits(bits).tobytes())
    fingerprints = [Fingerprint(str(number), one.hex()) for number, one in enumerate(hashes)]
    ids = [str(number) for number in range(len(hashes))]
    found = {frozenset(pair) for pair in pairs_between(find_duplicates(ids, fingerprints))}
    first_of = {one: number for number, one in reversed(list(enumerate(hashes)))}
    for one, other in itertools.combinations(range(len(hashes)), 2):
        distance = sum((a ^ b).bit_count() for a, b in zip(hashes[one], hashes[other], strict=True))
        pair = frozenset({str(first_of[hashes[one]]), str(first_of[hashes[other]])})
        assert (pair in found) == (distance <= 14) or len(pair) == 1


def pairs_between(table):
    return table[["source_id", "other_id"]].itertuples(index=False, name=None)


def test_many_images_are_compared_in_no_time() -> None:
    random = np.random.default_rng(1)
    bits = random.random((20_000, 256)) < np.linspace(0.15, 0.85, 256)  # far from even
    hashes = np.packbits(bits, axis=1)
    fingerprints = [Fingerprint(str(n), one.tobytes().hex()) for n, one in enumerate(hashes)]
    started_s = time.process_time()
    assert find_duplicates([str(n) for n in range(20_000)], fingerprints).empty
    assert time.process_time() - started_s < 20


def test_many_equal_images_are_no_quadratic_matter() -> None:
    fingerprints = [Fingerprint("same", "00" * 32)] * 20_000
    pairs = find_duplicates([str(n) for n in range(20_000)], fingerprints)
    assert len(pairs) == 19_999
    assert set(pairs["source_id"]) == {"0"}
