import io

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from kedro.io.core import DatasetError
from PIL import Image

from bentjets.datasets.png_image import PNGImageDataset
from bentjets.files import PNG, EncodedFile


@settings(max_examples=30)
@given(hnp.arrays(np.uint8, st.tuples(st.integers(1, 20), st.integers(1, 20))))
def test_every_image_survives(image):
    dataset = PNGImageDataset(filepath="memory:///any.png")
    dataset.save(image)
    loaded = dataset.load()
    assert loaded.dtype == np.uint8
    np.testing.assert_array_equal(loaded, image)


def test_it_is_a_greyscale_png(tmp_path):
    PNGImageDataset(filepath=tmp_path / "a.png").save(np.eye(5, dtype=np.uint8))
    with Image.open(tmp_path / "a.png") as image:
        assert (image.format, image.mode, image.size) == ("PNG", "L", (5, 5))


def test_save_args_reach_pillow(tmp_path):
    image = np.zeros((100, 100), dtype=np.uint8)
    for level in (0, 9):
        PNGImageDataset(filepath=tmp_path / str(level), save_args={"compress_level": level}).save(
            image
        )
    assert (tmp_path / "0").stat().st_size > 10 * (tmp_path / "9").stat().st_size


def png_file(image, **options):
    buffer = io.BytesIO()
    Image.fromarray(image).save(buffer, format="PNG", **options)
    return buffer.getvalue()


def test_encoded_files_are_stored_as_they_are(tmp_path, rng):
    image = rng.integers(0, 256, (20, 30), dtype=np.uint8)
    content = png_file(image, compress_level=0)
    dataset = PNGImageDataset(filepath=tmp_path / "a.png")
    dataset.save(EncodedFile(PNG, content))
    assert (tmp_path / "a.png").read_bytes() == content
    np.testing.assert_array_equal(dataset.load(), image)


def test_encoded_files_get_the_form_that_is_asked_for(tmp_path):
    image = np.zeros((100, 100), dtype=np.uint8)
    image[20:30, 5:70] = 200
    for level in (0, 9):
        dataset = PNGImageDataset(
            filepath=tmp_path / f"{level}.png", save_args={"compress_level": level}
        )
        dataset.save(EncodedFile(PNG, png_file(image)))
        np.testing.assert_array_equal(dataset.load(), image)
        dataset = PNGImageDataset(
            filepath=tmp_path / "array.png", save_args={"compress_level": level}
        )
        dataset.save(image)
        assert (tmp_path / "array.png").read_bytes() == (tmp_path / f"{level}.png").read_bytes()
    assert (tmp_path / "0.png").stat().st_size > 10 * (tmp_path / "9.png").stat().st_size


@pytest.mark.parametrize("content", [b"", b"<svg/>", b"half", b"colour"])
def test_encoded_files_that_are_no_grey_png_are_refused_where_they_are_decoded(tmp_path, content):
    made = {
        b"half": png_file(np.arange(2500, dtype=np.uint8).reshape(50, 50))[:-500],
        b"colour": png_file(np.zeros((3, 3, 3), dtype=np.uint8)),
    }
    dataset = PNGImageDataset(filepath=tmp_path / "a.png", save_args={"compress_level": 9})
    dataset.save(np.eye(5, dtype=np.uint8))
    with pytest.raises(DatasetError, match=r"a\.png"):
        dataset.save(EncodedFile(PNG, made.get(content, content)))
    np.testing.assert_array_equal(dataset.load(), np.eye(5))


@pytest.mark.parametrize(
    "image", [np.zeros((3, 3), dtype=np.float32), np.zeros((3, 3, 3), dtype=np.uint8)]
)
def test_other_arrays_are_refused(tmp_path, image):
    with pytest.raises(DatasetError, match=r"a\.png cannot hold .*; give a uint8 array"):
        PNGImageDataset(filepath=tmp_path / "a.png").save(image)
    assert not list(tmp_path.iterdir())


def test_truncated_file(tmp_path, rng):
    dataset = PNGImageDataset(filepath=tmp_path / "a.png")
    dataset.save(rng.integers(0, 256, (50, 50), dtype=np.uint8))
    content = (tmp_path / "a.png").read_bytes()
    for damaged in (content[:-500], b"", b"not an image"):
        (tmp_path / "a.png").write_bytes(damaged)
        with pytest.raises(DatasetError, match=r"a\.png cannot be read: .*; delete it"):
            dataset.load()


def test_colour_image_is_refused(tmp_path):
    Image.new("RGB", (3, 3)).save(tmp_path / "a.png")
    with pytest.raises(DatasetError, match=r"mode RGB, not 8-bit greyscale; convert"):
        PNGImageDataset(filepath=tmp_path / "a.png").load()


def test_preview(tmp_path, read_preview):
    dataset = PNGImageDataset(filepath=tmp_path / "a.png")
    dataset.save(np.array([[0, 255], [9, 100]], dtype=np.uint8))
    shown = read_preview(dataset.preview())
    assert shown.shape == (300, 300)
    assert shown[0, 0] == 0
    assert shown[0, -1] == 255
    assert shown[-1, -1] == 100
