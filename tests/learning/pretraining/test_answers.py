"""What pretraining asks of a network, and how it counts what is wrong."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from bentjets.learning.networks import build_network
from bentjets.learning.pretraining.answers import (
    BINS,
    Answers,
    Questioned,
    blur_angles,
    distance_of_ends,
    measure_loss,
)

PLACES = arrays(np.float32, (3, 2, 2), elements=st.floats(-1, 1, width=32)).map(torch.from_numpy)


@given(found=PLACES, ends=PLACES)
def test_it_does_not_matter_which_tail_is_called_the_first(found, ends):
    loss = distance_of_ends(found, ends)
    for other in (distance_of_ends(found.flip(1), ends), distance_of_ends(found, ends.flip(1))):
        torch.testing.assert_close(other, loss)
    assert distance_of_ends(ends, ends) == 0
    assert loss <= ((found - ends) ** 2).sum((1, 2)).mean() + 1e-6


def test_one_end_found_twice_is_not_right():
    ends = torch.tensor([[[-0.6, 0.0], [0.6, 0.0]]])
    twice = ends[:, [0, 0]]
    assert distance_of_ends(twice, ends) == pytest.approx(1.44)


@pytest.mark.parametrize(
    ("timm_model", "size"), [("bentjets_six_conv", 64), ("test_resnet", 64), ("test_vit", 64)]
)
def test_networks_of_all_kinds_answer(model_settings, timm_model, size):
    settings = model_settings(timm_model, image_size=size)
    network = build_network(settings, ("WAT", "NAT"), entry="mine")
    asked = Questioned(network, torch.zeros(1, 1, size, size))
    answers = asked(torch.rand(3, 1, size, size))
    assert answers.classes.shape == (3, 2)
    assert answers.angle.shape == (3, BINS)
    assert answers.ends.shape == (3, 2, 2)
    assert network.training


def test_where_light_is_can_be_told_from_the_ends_alone(model_settings):
    """What the head reads is the same wherever a source lies; what the ends are read off is not."""
    settings = model_settings("test_resnet", image_size=64)
    network = build_network(settings, ("WAT", "NAT"), entry="mine")
    asked = Questioned(network, torch.zeros(1, 1, 64, 64)).eval()
    images = torch.zeros(2, 1, 64, 64)
    images[0, 0, :16, :16] = images[1, 0, 48:, 48:] = 1.0
    with torch.inference_mode():
        ends = asked(images).ends
    assert not torch.allclose(ends[0], ends[1], atol=1e-4)


def test_the_truth_costs_least():
    labels, angles = torch.tensor([0, 1]), torch.tensor([150.0, 60.0])
    ends = torch.tensor([[[-0.5, 0.1], [0.5, 0.1]], [[-0.2, 0.6], [0.2, 0.6]]])
    names = torch.tensor([[3.0, 0.0], [0.0, 3.0]])
    right = Answers(names, blur_angles(angles).clamp_min(1e-6).log(), ends)
    least = measure_loss(right, labels, angles, ends)
    for wrong in (
        right._replace(classes=names.flip(0)),
        right._replace(angle=right.angle.flip(0)),
        right._replace(ends=ends.flip(0)),
    ):
        assert measure_loss(wrong, labels, angles, ends) > least + 0.1
