import numpy as np
import pytest

from bentjets.errors import InputError
from bentjets.learning.data import ImageStack, crop_middle, stack_images

CLASSES = ("WAT", "NAT")


def make_stack(n=4):
    images = np.arange(n, dtype=np.float32).reshape(n, 1, 1, 1) * np.ones((1, 1, 8, 8), np.float32)
    return ImageStack(images, np.arange(n) % 2, tuple("abcdefgh"[:n]), CLASSES)


@pytest.mark.parametrize(
    "images",
    [np.zeros((2, 8, 8), np.float32), np.zeros((2, 1, 8, 8)), np.zeros((2, 1, 8, 8), "u1")],
)
def test_what_is_no_stack_is_refused(images):
    with pytest.raises(InputError, match="give float32 of shape"):
        ImageStack(images, np.zeros(2, np.int64), ("a", "b"), CLASSES)


@pytest.mark.parametrize(("n_labels", "n_names"), [(1, 2), (2, 1)])
def test_one_label_and_source_per_image(n_labels, n_names):
    images = np.zeros((2, 1, 8, 8), np.float32)
    with pytest.raises(InputError, match="do not match"):
        ImageStack(images, np.zeros(n_labels, np.int64), tuple("ab"[:n_names]), CLASSES)


def test_some_images_in_the_order_that_was_asked_for():
    stack = make_stack()
    for some in (stack.select([2, 0]), stack.find(["c", "a"])):
        assert some.source_ids == ("c", "a") and len(some) == 2
        assert some.images[:, 0, 0, 0].tolist() == [2, 0]
        assert some.labels.tolist() == [0, 0] and some.classes == CLASSES
    assert len(stack.find([])) == 0


def test_a_source_without_an_image():
    with pytest.raises(InputError, match="z has no image, of 2 sources"):
        make_stack().find(["a", "z"])


def test_eight_bit_and_float_images_agree():
    grey = np.random.default_rng(0).integers(0, 256, (1, 20, 20)).astype(np.uint8)
    stack = stack_images([grey, grey / np.float32(255)], [0, -1], ["a", "b"], CLASSES, size_px=16)
    assert stack.images.shape == (2, 1, 16, 16) and stack.labels.tolist() == [0, -1]
    np.testing.assert_allclose(stack.images[0], stack.images[1], atol=1e-6)
    assert stack.images.min() >= 0 and stack.images.max() <= 1


def test_own_size_is_not_resampled_and_smaller_is_averaged():
    image = np.random.default_rng(0).random((2, 16, 16), dtype=np.float32)
    same = stack_images([image], [0], ["a"], CLASSES, size_px=16)
    np.testing.assert_array_equal(same.images[0], image)
    single = np.zeros((1, 64, 64), np.float32)
    single[0, 31, 33] = 1  # a source of one pixel, which picking every fourth would lose
    small = stack_images([single], [0], ["a"], CLASSES, size_px=16)
    assert small.images.sum() == pytest.approx(1 / 16, rel=0.05)


def test_unequal_channels():
    images = [np.zeros((1, 8, 8), np.float32), np.zeros((2, 8, 8), np.float32)]
    with pytest.raises(InputError, match="different numbers of channels"):
        stack_images(images, [0, 1], ["a", "b"], CLASSES, size_px=8)


def test_no_image_at_all():
    assert len(stack_images([], [], [], CLASSES, size_px=8)) == 0


@pytest.mark.parametrize(("side", "side_px"), [(150, 96), (9, 8), (8, 8)])
def test_the_middle_is_kept(side, side_px):
    image = np.zeros((1, side, side))
    image[0, side // 2, side // 2] = 1
    cropped = crop_middle(image, side_px)
    assert cropped.shape == (1, side_px, side_px)
    assert cropped[0, side_px // 2 - 1 : side_px // 2 + 1].sum() == 1
    assert crop_middle(image, None) is image


def test_a_crop_larger_than_the_image():
    with pytest.raises(InputError, match=r"images\.crop_px is 9, and an image has 8 x 10 pixels"):
        crop_middle(np.zeros((1, 8, 10)), 9)
