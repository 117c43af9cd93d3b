import pytest
import timm
import torch
from torch import nn

import bentjets.learning.networks.architectures  # noqa: F401 - timm learns its names
from bentjets.errors import InputError
from bentjets.learning.evaluation.attention.layers import check_attention, find_layer, replacing
from bentjets.learning.networks.dihedral import Dihedral


def build(name, **options):
    return timm.create_model(name, num_classes=2, **options).eval()


@pytest.mark.parametrize(
    ("name", "size", "module", "reads", "side"),
    [
        ("bentjets_six_conv", 64, "stages.1", False, 16),
        ("resnet18", 224, "layer3", False, 14),
        ("resnet18", 96, "layer2", False, 12),
        ("convnext_atto", 224, "stages.2", False, 14),
        ("mambaout_femto", 96, "stages.1", False, 12),
        ("test_vit", 160, "blocks.0", True, 10),
        ("xcit_nano_12_p16_224", 96, "blocks.0", True, 6),
    ],
)
def test_the_coarsest_grid_of_twelve_cells_or_the_finest_there_is(name, size, module, reads, side):
    options = {"img_size": size} if name == "test_vit" else {}
    network = build(name, **options)
    layer = find_layer(network, size, 3)
    assert layer.module is network.get_submodule(module)
    assert (layer.reads, layer.side) == (reads, side)


def test_channels_last_with_as_many_channels_as_cells():
    network = build(
        "swin_tiny_patch4_window7_224",
        img_size=64,
        window_size=4,
        embed_dim=16,
        depths=(1, 1),
        num_heads=(2, 2),
    )
    layer = find_layer(network, 64, 3)
    assert (layer.side, layer.channel_axis) == (16, 3)


def test_the_default_network_has_at_least_twelve_cells():
    assert find_layer(build("bentjets_six_conv"), 64, 3).side >= 12


def test_the_backbone_of_a_dihedral_network_is_looked_into():
    network = Dihedral(build("test_resnet"))
    assert find_layer(network, 64, 3).module is network.backbone.layer1


def test_a_network_without_such_a_layer_is_refused_by_name():
    network = build("tnt_s_legacy_patch16_224", img_size=32).train()
    with pytest.raises(InputError, match="network tnt_s_legacy_patch16_224: no layer"):
        check_attention(network, 32, 3)
    assert network.training


class InPlace(nn.Module):
    """A network whose layer is overwritten by the next."""

    def __init__(self):
        super().__init__()
        self.maps = nn.Conv2d(3, 4, 4, stride=4)
        self.head = nn.Sequential(
            nn.ReLU(inplace=True), nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(4, 2)
        )
        self.feature_info = [{"module": "maps"}]

    def forward(self, images):
        return self.head(self.maps(images))


def test_a_layer_that_is_overwritten_keeps_its_features():
    network, images = InPlace(), torch.randn(1, 3, 64, 64)
    with replacing(find_layer(network, 64, 3)) as seen:
        network(images)
    assert torch.equal(seen[0], network.maps(images))
    assert (seen[0] < 0).any()


class PastIt(InPlace):
    """A network that sees the image past its only layer, too."""

    def forward(self, images):
        return super().forward(images) + images.mean()


def test_a_layer_past_which_a_path_leads_does_not_count():
    with pytest.raises(InputError, match="network PastIt: no layer"):
        find_layer(PastIt(), 64, 3)


def test_a_network_is_left_as_it_was():
    network = build("test_resnet").train()
    before = {name: value.clone() for name, value in network.state_dict().items()}
    check_attention(network, 64, 3)
    assert network.training
    assert all(torch.equal(before[name], value) for name, value in network.state_dict().items())
    assert not any(module._forward_hooks for module in network.modules())
