import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from bentjets.learning.data.transforms import move_images, normalise, orient_all, orient_images

NO_MOVE = {"rotate": "none", "zoom": 0.0, "shift": 0.0}


def generator(seed=0):
    return torch.Generator().manual_seed(seed)


def draw_disc(n=1, size=65, radius=20.0, centre=(0.0, 0.0)):
    """A disc with a soft edge, whatever way the image is turned."""
    y, x = torch.meshgrid(*[torch.arange(size) - (size - 1) / 2.0] * 2, indexing="ij")
    r = torch.hypot(x - centre[0], y - centre[1])
    return torch.sigmoid((radius - r) / 2.0).repeat(n, 1, 1, 1)


def moments(images):
    """Centroid in pixels from the middle, and root of the area, of each image."""
    size = images.shape[-1]
    axis = torch.arange(size) - (size - 1) / 2.0
    total = images.sum(dim=(1, 2, 3))
    x = (images.sum(dim=(1, 2)) * axis).sum(dim=1) / total
    y = (images.sum(dim=(1, 3)) * axis).sum(dim=1) / total
    return torch.stack([x, y], dim=1), total.sqrt()


def test_grey_images_fill_all_channels_at_the_networks_scale():
    images = torch.tensor([0.2, 0.6]).reshape(1, 1, 1, 2).expand(3, 1, 2, 2)
    scaled = normalise(images, 3, 0.4, 0.2)
    assert scaled.shape == (3, 3, 2, 2)
    torch.testing.assert_close(scaled[1, 2, 0], torch.tensor([-1.0, 1.0]))
    several = torch.rand(2, 3, 4, 4)
    torch.testing.assert_close(normalise(several, 3, 0.0, 0.5), several * 2)


def test_eight_orientations_differ_and_keep_the_pixels():
    images = torch.arange(9.0).reshape(1, 1, 3, 3).repeat(8, 1, 1, 1)
    oriented = orient_images(images, torch.arange(8))
    assert len({tuple(image.flatten().tolist()) for image in oriented}) == 8
    assert all(sorted(image.flatten().tolist()) == list(range(9)) for image in oriented)
    torch.testing.assert_close(oriented[0], images[0])
    torch.testing.assert_close(orient_all(images[:1]), oriented)


@pytest.mark.parametrize("orientation", range(4))
def test_quarter_turns(orientation):
    image = torch.arange(9.0).reshape(1, 1, 3, 3)
    expected = np.rot90(image[0, 0].numpy(), orientation)
    found = orient_images(image, torch.tensor([orientation]))[0, 0]
    np.testing.assert_array_equal(found, expected)


@given(st.integers(0, 1000))
@settings(max_examples=25)
def test_rotation_by_any_angle_keeps_a_centred_disc(seed):
    disc = draw_disc(8)
    moved = move_images(disc, generator(seed), rotate="any", zoom=0.0, shift=0.0)
    assert abs(moved - disc).max() < 0.02


def test_images_are_turned_by_all_angles_and_half_of_them_mirrored():
    # Two spots at unequal distances from the middle tell angle and handedness.
    spots = sum(draw_disc(radius=3, centre=c) for c in ((20.0, 0.0), (0.0, 9.0)))
    moved = move_images(spots.repeat(400, 1, 1, 1), generator(), rotate="any", zoom=0.0, shift=0.0)
    y, x = np.mgrid[:65, :65] - 32.0
    far, near = np.hypot(x, y) > 14, np.hypot(x, y) <= 14
    images = moved[:, 0].numpy()
    angles = [
        np.arctan2((images * part * y).sum((1, 2)), (images * part * x).sum((1, 2)))
        for part in (far, near)
    ]
    counts, _ = np.histogram(angles[0], bins=8, range=(-np.pi, np.pi))
    assert counts.min() > 25
    between = np.sin(angles[1] - angles[0])
    np.testing.assert_allclose(abs(between), 1, atol=0.05)
    assert 150 < (between > 0).sum() < 250


@given(st.integers(0, 1000), st.sampled_from([0.1, 0.3]))
@settings(max_examples=20)
def test_zoom_stays_within_its_bounds(seed, zoom):
    disc = draw_disc(16, radius=12)
    moved = move_images(disc, generator(seed), rotate="none", zoom=zoom, shift=0.0)
    centre, root = moments(moved)
    ratio = root / moments(disc)[1]
    assert (ratio < (1 + zoom) * 1.02).all() and (ratio > 0.98 / (1 + zoom)).all()
    assert ratio.max() / ratio.min() > 1.02
    assert abs(centre).max() < 0.05


@given(st.integers(0, 1000), st.sampled_from([0.05, 0.2]))
@settings(max_examples=20)
def test_shift_stays_within_its_share_of_the_side(seed, shift):
    disc = draw_disc(32, radius=8)
    moved = move_images(disc, generator(seed), rotate="none", zoom=0.0, shift=shift)
    offsets = abs(moments(moved)[0])
    assert offsets.max() < shift * 65 + 0.1
    assert (offsets.max(dim=0).values > 0.6 * shift * 65).all()


def test_what_comes_in_from_outside_is_dark():
    moved = move_images(torch.ones(32, 1, 33, 33), generator(), rotate="none", zoom=0.0, shift=0.3)
    assert moved.min() == 0 and moved.max() == pytest.approx(1)


def test_no_movement_gives_the_image_itself():
    images = torch.rand(4, 1, 9, 9)
    assert move_images(images, generator(), **NO_MOVE) is images


def test_quarter_turns_keep_the_pixels_and_the_seed_says_which():
    images = torch.rand(16, 1, 9, 9)
    turn = {**NO_MOVE, "rotate": "quarter"}
    moved, same, other = (move_images(images, generator(seed), **turn) for seed in (1, 1, 2))
    assert torch.equal(moved, same) and not torch.equal(moved, other)
    for image, given_image in zip(moved, images, strict=True):
        assert any(torch.equal(image, one) for one in orient_all(given_image[None]))
