"""Pictures of any kind, decoded to one form."""

from __future__ import annotations

import gzip
import io

import numpy as np
import pytest
from astropy.io import fits
from PIL import Image

from bentjets.errors import InputError
from bentjets.learning.image_sets import RawImage, brightness, crop_square, decode_picture
from image_sets import png

RAMP = np.arange(64, dtype=np.uint8).reshape(8, 8) * 4


def save(picture: Image.Image, kind: str, **options: object) -> bytes:
    buffer = io.BytesIO()
    picture.save(buffer, kind, **options)
    return buffer.getvalue()


def to_fits(pixels: np.ndarray) -> bytes:
    buffer = io.BytesIO()
    fits.PrimaryHDU(pixels).writeto(buffer)
    return buffer.getvalue()


@pytest.mark.parametrize(
    "content",
    [
        png(RAMP),
        png(np.repeat(RAMP[..., None], 3, axis=2)),
        save(Image.fromarray(RAMP).convert("P"), "PNG"),
        save(Image.fromarray(RAMP).convert("LA"), "PNG"),
        save(Image.fromarray(RAMP), "TIFF"),
        to_fits(RAMP),
        to_fits(RAMP[np.newaxis, np.newaxis]),
        gzip.compress(to_fits(RAMP)),
    ],
    ids=["grey", "rgb", "palette", "alpha", "tiff", "fits", "fits with axes", "fits.gz"],
)
def test_grey_of_eight_bits_is_the_same_however_it_is_written(content) -> None:
    decoded = decode_picture(content)
    assert decoded.dtype == np.uint8
    np.testing.assert_array_equal(decoded, RAMP)


def test_transparent_pixels_are_black_and_colours_stay() -> None:
    pixels = np.zeros((4, 4, 4), np.uint8)
    pixels[..., 0], pixels[..., 3] = 200, 255
    pixels[0, 0, 3] = 0
    decoded = decode_picture(png(pixels))
    assert decoded.shape == (4, 4, 3)
    assert decoded[0, 0].tolist() == [0, 0, 0]
    assert brightness(decoded)[0, 1, 1] == pytest.approx(0.299 * 200 / 255)
    assert brightness(decoded, colours=True)[:, 1, 1] == pytest.approx([200 / 255, 0, 0])


def test_more_bits_and_floats_are_shares_of_the_peak() -> None:
    deep = RAMP.astype(np.uint16) * 100
    decoded = decode_picture(png(deep))
    assert decoded.dtype == np.uint16
    np.testing.assert_allclose(brightness(decoded)[0], deep / deep.max(), rtol=1e-6)
    values = np.array([[-1.0, np.nan], [2e-3, 4e-3]])
    np.testing.assert_allclose(
        brightness(decode_picture(to_fits(values)))[0], [[0, 0], [0.5, 1]], rtol=1e-6
    )


def test_pixels_travel_as_they_are() -> None:
    pixels = np.arange(12, dtype=">i2").reshape(3, 4)
    assert RawImage.pack(pixels).pixels().tolist() == pixels.tolist()
    assert RawImage.pack(png(RAMP)).pixels().tolist() == RAMP.tolist()


@pytest.mark.parametrize(
    ("content", "complaint"),
    [
        (b"text", "no picture"),
        (png(RAMP)[:50], "damaged"),
        (to_fits(RAMP)[:1000], "damaged"),
        (to_fits(np.full((4, 4), np.nan)), "holds no number"),
        (png(np.zeros((1, 9000), np.uint8)), "too large"),
        (to_fits(np.zeros((3, 4, 5))), "has the shape"),
    ],
)
def test_what_is_none_is_told(content, complaint) -> None:
    with pytest.raises(InputError, match=complaint):
        decode_picture(content)


@pytest.mark.parametrize(("side", "expected"), [(None, 5), (4, 4), (9, 5)])
def test_the_middle_is_a_square(side, expected) -> None:
    image = np.arange(35).reshape(1, 5, 7)
    cropped = crop_square(image, side)
    assert cropped.shape == (1, expected, expected)
    assert 17 in cropped
