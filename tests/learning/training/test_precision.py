import copy

import pytest
import torch
from torch import nn

from bentjets.learning.networks import build_network
from bentjets.learning.training.precision import (
    ExactConv2d,
    choose_precision,
    keep_depthwise_exact,
)
from learners import make_model

CLASSES = ("WAT", "NAT")
needs_no_gpu = pytest.mark.skipif(torch.accelerator.is_available(), reason="there is a GPU")


@pytest.mark.parametrize("wanted", ["32-true", "bf16-mixed", "16-mixed"])
def test_what_is_wanted_is_taken(wanted):
    assert choose_precision(wanted) == wanted


@needs_no_gpu
def test_the_machine_alone_decides():
    has_it = torch.cpu._is_avx512_bf16_supported()
    assert choose_precision("auto") == ("bf16-mixed" if has_it else "32-true")


@needs_no_gpu
@pytest.mark.parametrize("timm_model", ["test_convnext", "test_efficientnet"])
def test_single_channels_are_convolved_in_float32(timm_model):
    plain = build_network(make_model(timm_model), CLASSES, entry="tiny").eval()
    network = copy.deepcopy(plain)
    keep_depthwise_exact(network)
    exact = [module for module in network.modules() if isinstance(module, ExactConv2d)]
    assert exact and all(module.groups == module.in_channels for module in exact)
    kinds = {}

    def note(module, _, found):
        kinds[module] = found.dtype

    for module in network.modules():
        if isinstance(module, nn.Conv2d):
            module.register_forward_hook(note)
    images = torch.rand(2, 1, 32, 32)
    with torch.autocast("cpu", torch.bfloat16):
        network(images)
    for module, kind in kinds.items():
        wanted = torch.float32 if isinstance(module, ExactConv2d) else torch.bfloat16
        assert kind == wanted
    assert [*network.state_dict()] == [*plain.state_dict()]
    assert torch.equal(network(images), plain(images))


@needs_no_gpu
def test_only_single_channels_are():
    network = build_network(make_model("test_resnet"), CLASSES, entry="tiny")
    keep_depthwise_exact(network)
    assert not any(isinstance(module, ExactConv2d) for module in network.modules())
