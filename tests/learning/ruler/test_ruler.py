"""The network of the ruler: it learns, it is the same again, and it turns with the image."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from bentjets.errors import InputError
from bentjets.learning.ruler import RulerTraining
from bentjets.learning.ruler.frames import Examples, Frames, Views, look
from bentjets.learning.ruler.network import BINS, RulerNetwork
from bentjets.learning.ruler.reading import read_frames
from bentjets.learning.ruler.store import WEIGHTS_FILE, load_ruler, save_ruler
from bentjets.learning.ruler.training import train_ruler

SIDE = 96


def draw_hooks(n, seed):
    """Two straight arms from a point, as thick as a beam."""
    rng = np.random.default_rng(seed)
    angles, turns = rng.uniform(20, 180, n), rng.uniform(0, 2 * np.pi, n)
    steps = np.linspace(-1, 1, SIDE)
    grid = np.stack(np.meshgrid(steps, steps), -1)
    half = np.radians(angles) / 2
    arms = np.stack([turns - half, turns + half], 1)
    ends = 0.7 * np.stack([np.cos(arms), np.sin(arms)], -1)
    images = np.zeros((n, SIDE, SIDE))
    for arm in range(2):
        for share in np.linspace(0, 1, 12):
            spot = ends[:, arm] * share
            away = ((grid[None] - spot[:, None, None]) ** 2).sum(-1)
            images = np.maximum(images, np.exp(-away / (2 * 0.07**2)))
    frames = Frames(
        np.rint(255 * images).astype(np.uint8),
        rng.normal(0, 0.05, (n, 2)).astype(np.float32),
        np.full(n, 30, np.float32),
    )
    is_wat = (angles > 100).astype(np.float32)
    return Examples(frames, angles.astype(np.float32), is_wat, ends.astype(np.float32))


@pytest.fixture(scope="module")
def trained():
    settings = RulerTraining(epochs=14, batch_size=32, average=0.97, position_error_px=1.0)
    return train_ruler(draw_hooks(480, 1), settings, seed=1)


def test_it_learns_angles_ends_and_class(trained):
    fresh = draw_hooks(120, 2)
    readings = read_frames(trained, fresh.frames)
    off = readings.angles_deg - fresh.angles_deg
    assert np.median(np.abs(off)) < 12
    assert np.corrcoef(readings.angles_deg, fresh.angles_deg)[0, 1] > 0.9
    assert ((readings.wat_probability > 0.5) == (fresh.is_wat > 0.5)).mean() > 0.85
    apart = np.linalg.norm(readings.ends[:, :, None] - fresh.ends[:, None], axis=-1)
    best = np.minimum(apart[:, 0, 0] + apart[:, 1, 1], apart[:, 0, 1] + apart[:, 1, 0]) / 2
    assert np.median(best) < 0.35
    assert (readings.errors_deg > 0).all()


def test_one_seed_gives_one_network():
    settings = RulerTraining(epochs=1, batch_size=16)
    one, again, other = (train_ruler(draw_hooks(48, 3), settings, seed=s) for s in (4, 4, 5))
    for name, value in one.state_dict().items():
        assert torch.equal(value, again.state_dict()[name])
    assert not torch.equal(one.answers.weight, other.answers.weight)


@pytest.mark.parametrize("turns", [1, 2, 3])
def test_turning_or_mirroring_turns_the_ends_and_leaves_the_angle(trained, turns):
    frames = draw_hooks(20, 6).frames
    plain = read_frames(trained, frames)
    # Rows run with y: rot90 from the first to the second axis takes (x, y) to (y, -x).
    turn = np.linalg.matrix_power(np.array([[0, 1], [-1, 0]], np.float32), turns)
    turned = read_frames(
        trained,
        Frames(
            np.ascontiguousarray(np.rot90(frames.images, turns, (1, 2))),
            frames.positions @ turn.T,
            frames.half_sides_px,
        ),
    )
    mirror = np.array([-1, 1], np.float32)
    mirrored = read_frames(
        trained,
        Frames(
            np.ascontiguousarray(frames.images[:, :, ::-1]),
            frames.positions * mirror,
            frames.half_sides_px,
        ),
    )
    for other in (turned, mirrored):
        np.testing.assert_allclose(other.angles_deg, plain.angles_deg, atol=0.5)
        np.testing.assert_allclose(other.errors_deg, plain.errors_deg, atol=0.5)
    middles = plain.ends.sum(1)
    np.testing.assert_allclose(turned.ends.sum(1), middles @ turn.T, atol=0.05)
    np.testing.assert_allclose(mirrored.ends.sum(1), middles * mirror, atol=0.05)


@given(
    angle=st.floats(0, 6.28),
    mirrored=st.booleans(),
    zoom=st.floats(0.7, 1.4),
    shift=st.floats(-0.3, 0.3),
)
def test_places_go_to_a_view_and_back(angle, mirrored, zoom, shift):
    views = Views.turned(
        torch.tensor([angle]),
        torch.tensor([mirrored]),
        zoom=torch.tensor([zoom]),
        shift=torch.tensor([[shift, -shift]]),
    )
    places = torch.tensor([[[0.3, -0.5], [0.0, 0.9]]])
    torch.testing.assert_close(views.to_frame(views.to_view(places)), places, atol=1e-4, rtol=0)


def test_a_view_shows_light_and_position_where_they_are():
    images = torch.zeros(1, SIDE, SIDE, dtype=torch.uint8)
    images[0, 72:80, 20:28] = 255
    place = torch.tensor([[[-0.5, 0.583]]])
    views = Views.turned(torch.tensor([0.7]), torch.tensor([True]))
    seen = look(images, place[:, 0], views)[0]
    x, y = (views.to_view(place)[0, 0] + 1) * 32
    for channel in seen:
        row, column = divmod(int(channel.argmax()), 64)
        assert abs(row - float(y)) < 4
        assert abs(column - float(x)) < 4


def test_nothing_to_read_is_no_mistake():
    empty = Frames(np.zeros((0, SIDE, SIDE), np.uint8), np.zeros((0, 2), np.float32), np.zeros(0))
    assert read_frames(RulerNetwork().eval(), empty).ends.shape == (0, 2, 2)


def test_the_distribution_has_its_bins():
    angle, wat, ends = RulerNetwork().eval()(torch.rand(3, 2, 64, 64))
    assert angle.shape == (3, BINS)
    assert wat.shape == (3,)
    assert ends.shape == (3, 2, 2)
    assert ends.abs().max() <= 1


def test_a_ruler_is_found_again_only_by_what_it_was_made_of(tmp_path, trained):
    save_ruler(tmp_path, trained, {"seed": 1})
    again = load_ruler(tmp_path, {"seed": 1})
    assert torch.equal(again.answers.weight, trained.answers.weight)
    assert load_ruler(tmp_path, {"seed": 2}) is None
    (tmp_path / WEIGHTS_FILE).write_bytes(b"nonsense")
    with pytest.raises(InputError, match="is damaged: delete the folder"):
        load_ruler(tmp_path, {"seed": 1})
