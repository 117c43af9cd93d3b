"""Training on simulated sources: it learns, it is the same again, points turn with the image."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from bentjets.errors import InputError
from bentjets.learning.networks import build_network
from bentjets.learning.pretraining import PretrainingSettings, SimulatedSources
from bentjets.learning.pretraining.training import pretrain, turn_images
from bentjets.learning.ruler.frames import Views

SIDE = 32


def draw_hooks(n, seed):
    """Two straight arms from the middle: WAT where they are more than 100 deg apart."""
    rng = np.random.default_rng(seed)
    angles, turns = rng.uniform(20, 180, n), rng.uniform(0, 2 * np.pi, n)
    steps = (np.arange(SIDE) + 0.5) / SIDE * 2 - 1
    grid = np.stack(np.meshgrid(steps, steps), -1)
    arms = turns[:, None] + np.radians(angles)[:, None] * [-0.5, 0.5]
    ends = 0.7 * np.stack([np.cos(arms), np.sin(arms)], -1)
    images = np.zeros((n, 1, SIDE, SIDE))
    for share in np.linspace(0, 1, 8):
        away = (grid[None, None] - share * ends[:, :, None, None]) ** 2
        images[:, 0] += np.exp(-away.sum(-1) / (2 * 0.1**2)).sum(1)
    return SimulatedSources(
        np.clip(images, 0, 1).astype(np.float16),
        (angles < 100).astype(np.int64),
        angles.astype(np.float32),
        ends.astype(np.float32),
    )


@pytest.fixture
def model(model_settings):
    return model_settings(weights="simulated", image_size=SIDE)


def test_it_learns_to_tell_simulated_classes(model):
    chosen = PretrainingSettings(n_sources=400, epochs=12, batch_size=32, lr=5e-3)
    network = pretrain(model, draw_hooks(400, 1), chosen, seed=1)
    fresh = draw_hooks(200, 2)
    images = torch.from_numpy(fresh.images).float()
    scale = (images.mean(), images.std())
    with torch.inference_mode():
        named = network((images - scale[0]) / scale[1]).argmax(1).numpy()
    assert (named == fresh.labels).mean() > 0.8


def test_one_seed_gives_one_network_and_another_another(model):
    chosen = PretrainingSettings(epochs=1, batch_size=16)
    before = torch.get_rng_state()
    one, again, other = (
        pretrain(model, draw_hooks(32, 3), chosen, seed=seed) for seed in (4, 4, 5)
    )
    assert torch.equal(torch.get_rng_state(), before)
    for name, value in one.state_dict().items():
        assert torch.equal(value, again.state_dict()[name]), name
    assert not torch.equal(one.fc.weight, other.fc.weight)


def test_it_is_no_longer_the_random_network_that_it_was(model):
    plain = model.model_copy(update={"weights": "none"})
    random = build_network(plain, ("WAT", "NAT"), entry="mine", seed=4).state_dict()
    chosen = PretrainingSettings(epochs=1, batch_size=16)
    trained = pretrain(model, draw_hooks(32, 3), chosen, seed=4).state_dict()
    assert trained.keys() == random.keys()
    assert not any(torch.equal(random[name], trained[name]) for name in random if "weight" in name)


def test_a_symmetric_model_gets_the_weights_of_its_backbone(model):
    chosen = PretrainingSettings(epochs=1, batch_size=16)
    symmetric = model.model_copy(update={"symmetry": "dihedral"})
    one, other = (pretrain(each, draw_hooks(32, 3), chosen, seed=4) for each in (model, symmetric))
    for name, value in one.state_dict().items():
        assert torch.equal(value, other.state_dict()[name]), name


def test_a_rate_that_is_too_high_is_told_of(model):
    sources = draw_hooks(32, 3)
    broken = np.full_like(sources.ends, np.nan)
    spoilt = SimulatedSources(sources.images, sources.labels, sources.angles_deg, broken)
    with pytest.raises(InputError, match=r"diverged on simulated .*: lower modelling\.pretraining"):
        pretrain(model, spoilt, PretrainingSettings(epochs=1, batch_size=16), seed=1)


@settings(max_examples=40)
@given(
    angle=st.floats(0, 6.28),
    mirrored=st.booleans(),
    zoom=st.floats(0.87, 1.15),
    shift=st.tuples(st.floats(-0.1, 0.1), st.floats(-0.1, 0.1)),
    place=st.tuples(st.floats(-0.5, 0.5), st.floats(-0.5, 0.5)),
)
def test_points_turn_with_the_image(angle, mirrored, zoom, shift, place):
    steps = (torch.arange(64) + 0.5) / 32 - 1
    light = torch.exp(
        -((steps[None, :] - place[0]) ** 2 + (steps[:, None] - place[1]) ** 2) / (2 * 0.06**2)
    )
    views = Views.turned(
        torch.tensor([angle]),
        torch.tensor([mirrored]),
        zoom=torch.tensor([zoom]),
        shift=torch.tensor([shift]),
    )
    seen = turn_images(light[None, None], views)[0, 0]
    found = torch.stack([(seen.sum(0) * steps).sum(), (seen.sum(1) * steps).sum()]) / seen.sum()
    told = views.to_view(torch.tensor([[place]]))[0, 0]
    torch.testing.assert_close(found, told, atol=0.01, rtol=0)
