import numpy as np
import pytest
import torch

from bentjets.learning.data.transforms import orient_images, prepare_images


def describe(size):
    return {"input_size": (3, size, size), "mean": (0.5, 0.4, 0.3), "std": (0.2, 0.2, 0.1)}


def test_channels_are_normalised_each_its_way():
    images = torch.full((2, 15, 15), 255, dtype=torch.uint8)
    prepared = prepare_images(images, describe(6))
    assert prepared.shape == (2, 3, 6, 6)
    np.testing.assert_allclose(prepared[0, :, 2, 2], [2.5, 3.0, 7.0], rtol=1e-5)


def test_own_size_is_not_resampled():
    images = torch.arange(64, dtype=torch.uint8).reshape(1, 8, 8)
    back = prepare_images(images, describe(8))[0, 0] * 0.2 + 0.5
    torch.testing.assert_close(back * 255, images[0].float())


def test_eight_orientations_differ_and_keep_the_pixels():
    images = torch.arange(9.0).reshape(1, 1, 3, 3).repeat(8, 1, 1, 1)
    oriented = orient_images(images, torch.arange(8))
    assert len({tuple(image.flatten().tolist()) for image in oriented}) == 8
    assert all(sorted(image.flatten().tolist()) == list(range(9)) for image in oriented)
    torch.testing.assert_close(oriented[0], images[0])


@pytest.mark.parametrize("orientation", range(4))
def test_quarter_turns(orientation):
    image = torch.arange(9.0).reshape(1, 1, 3, 3)
    expected = np.rot90(image[0, 0].numpy(), orientation)
    found = orient_images(image, torch.tensor([orientation]))[0, 0]
    np.testing.assert_array_equal(found, expected)
