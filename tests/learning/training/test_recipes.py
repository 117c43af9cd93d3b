import math

import pytest
import torch

from bentjets.errors import InputError
from bentjets.learning.networks import build_network
from bentjets.learning.training.recipes import (
    check_recipes,
    freeze_backbone,
    make_optimizer,
    make_scheduler,
    parameter_groups,
)

CLASSES = ("WAT", "NAT")


def one_number():
    return [torch.nn.Parameter(torch.zeros(1))]


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"optimizer": {"class": "Adan", "lr": 1e-3}}, r"no class 'Adan': did you mean .*Adam"),
        ({"optimizer": {"class": "Adam", "learning_rate": 1}}, "learning_rate"),
        ({"optimizer": {"class": "Adam", "lr": -1.0}}, "Invalid learning rate"),
        ({"scheduler": {"class": "StepLr"}}, "no class 'StepLr': did you mean StepLR"),
        ({"scheduler": {"class": "StepLR", "gamma": 0.1}}, "step_size"),
        (
            {"scheduler": {"class": "OneCycleLR", "max_lr": 0.01, "total_steps": 5}},
            "scheduler over 8 epochs: .*total.*steps.*5",
        ),
    ],
)
def test_what_torch_cannot_do_is_one_line(model_settings, changes, message):
    with pytest.raises(InputError, match=message) as caught:
        check_recipes(model_settings(**changes), epochs=8, entry="tiny")
    assert str(caught.value).startswith(f"models.tiny.{next(iter(changes))}")
    assert "\n" not in str(caught.value)


def test_optimizer_and_schedule_are_made_with_their_arguments(model_settings):
    model = model_settings(
        optimizer={"class": "SGD", "lr": 0.5, "momentum": 0.9},
        scheduler={"class": "StepLR", "step_size": 3, "gamma": 0.1},
    )
    optimizer = make_optimizer(model, one_number(), entry="tiny")
    assert isinstance(optimizer, torch.optim.SGD)
    assert optimizer.defaults["lr"] == 0.5 and optimizer.defaults["momentum"] == 0.9
    schedule = make_scheduler(model, optimizer, epochs=9, entry="tiny")
    assert isinstance(schedule, torch.optim.lr_scheduler.StepLR) and schedule.step_size == 3


@pytest.mark.parametrize("name", ["Adam", "AdamW", "SGD", "NAdam"])
def test_a_fused_step_is_taken_where_there_is_one_and_goes_as_far(model_settings, name):
    ends = []
    for given in ({}, {"foreach": False}):
        model = model_settings(optimizer={"class": name, "lr": 0.1, **given})
        (number,) = one_number()
        optimizer = make_optimizer(model, [number], entry="tiny")
        assert bool(optimizer.defaults.get("fused")) == (not given and name != "NAdam")
        for _ in range(5):
            number.grad = torch.cos(number.detach())
            optimizer.step()
        ends.append(float(number))
    assert ends[0] == pytest.approx(ends[1], rel=1e-5) and ends[0] < -0.2


@pytest.mark.parametrize(
    ("scheduler", "argument"),
    [
        ({"class": "CosineAnnealingLR", "T_max": "epochs"}, "T_max"),
        ({"class": "OneCycleLR", "max_lr": 0.01, "total_steps": "epochs"}, "total_steps"),
    ],
)
def test_a_schedule_can_follow_the_number_of_epochs(model_settings, scheduler, argument):
    model = model_settings(scheduler=scheduler)
    optimizer = make_optimizer(model, one_number(), entry="tiny")
    schedule = make_scheduler(model, optimizer, epochs=17, entry="tiny")
    assert getattr(schedule, argument) == 17
    check_recipes(model, epochs=17, entry="tiny")


def test_a_model_may_have_no_schedule(model_settings):
    model = model_settings(scheduler=None)
    check_recipes(model, epochs=3, entry="tiny")
    optimizer = make_optimizer(model, one_number(), entry="tiny")
    assert make_scheduler(model, optimizer, epochs=3, entry="tiny") is None


@pytest.mark.parametrize("symmetry", ["none", "dihedral"])
def test_frozen_networks_learn_their_head_alone(model_settings, symmetry):
    model = model_settings("test_resnet", symmetry=symmetry)
    network = build_network(model, CLASSES, entry="tiny")
    freeze_backbone(network)
    groups = parameter_groups(network, model, layer_decay=None, entry="tiny")
    head = network.get_classifier()
    assert {id(one) for one in groups} == {id(one) for one in head.parameters()}
    learning = [one for one in network.parameters() if one.requires_grad]
    assert {id(one) for one in learning} == {id(one) for one in head.parameters()}


@pytest.mark.parametrize("timm_model", ["test_vit", "test_resnet", "bentjets_six_conv"])
@pytest.mark.parametrize("symmetry", ["none", "dihedral"])
def test_each_layer_learns_slower_than_the_next(model_settings, timm_model, symmetry):
    size = {"test_vit": 160}.get(timm_model, 32)
    model = model_settings(
        timm_model,
        symmetry=symmetry,
        image_size=size,
        optimizer={"class": "AdamW", "lr": 0.1, "weight_decay": 0.3},
    )
    network = build_network(model, CLASSES, entry="tiny")
    groups = parameter_groups(network, model, layer_decay=0.5, entry="tiny")
    rate_of = {id(one): group["lr"] for group in groups for one in group["params"]}
    inner = network.backbone if symmetry == "dihedral" else network
    parameters = list(inner.parameters())
    assert rate_of.keys() == {id(one) for one in parameters}
    assert rate_of[id(inner.get_classifier().weight)] == pytest.approx(0.1)
    first = next(one for one in parameters if one.ndim == 4)
    assert rate_of[id(first)] <= 0.05
    # Layer by layer, each rate is that of the next but for a power of the decay.
    steps = [math.log2(0.1 / rate) for rate in rate_of.values()]
    assert steps == pytest.approx([round(step) for step in steps])
    optimizer = make_optimizer(model, groups, entry="tiny")
    assert {group["weight_decay"] for group in optimizer.param_groups} == {0.0, 0.3}


def test_layers_decay_as_the_class_would_where_the_recipe_is_silent(model_settings):
    model = model_settings(optimizer={"class": "AdamW"})
    network = build_network(model, CLASSES, entry="tiny")
    groups = parameter_groups(network, model, layer_decay=0.5, entry="tiny")
    assert max(group["lr"] for group in groups) == pytest.approx(1e-3)
    assert max(group["weight_decay"] for group in groups) == pytest.approx(1e-2)
