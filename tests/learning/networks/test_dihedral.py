import json

import numpy as np
import pytest
import timm
import torch

from bentjets.learning.data import ImageStack
from bentjets.learning.evaluation.predicting import extract_features, predict
from bentjets.learning.networks import (
    Description,
    TrainedNetwork,
    build_network,
    load_network,
    save_network,
)
from bentjets.learning.networks.dihedral import Dihedral
from bentjets.learning.settings import ImageSettings
from learners import draw_bars

CLASSES = ("WAT", "NAT")
FAMILIES = ["bentjets_six_conv", "test_resnet", "test_vit", "test_convnext", "test_efficientnet"]


def make(model_settings, timm_model, *, symmetry, views=1):
    settings = model_settings(timm_model, symmetry=symmetry)
    description = Description(
        format=1, classes=CLASSES, images=ImageSettings(), image_size=32, channels=1, mean=0.1,
        std=0.2, symmetry=symmetry, views=views, temperature=0.7,
    )  # fmt: skip
    network = build_network(settings, CLASSES, entry="mine", seed=1)
    return TrainedNetwork(network.eval(), description)


def eight(images):
    """The eight orientations of each image."""
    turned = [np.rot90(images, k, (2, 3)) for k in range(4)]
    return [np.ascontiguousarray(one) for one in (*turned, *(one[..., ::-1] for one in turned))]


def over_orientations(trained, stack, ask):
    return [
        ask(trained, ImageStack(images, stack.labels, stack.source_ids, CLASSES))
        for images in eight(stack.images)
    ]


@pytest.mark.parametrize("timm_model", FAMILIES)
@pytest.mark.parametrize("way", [{"symmetry": "dihedral"}, {"symmetry": "none", "views": 8}])
def test_no_orientation_matters(model_settings, timm_model, way):
    trained = make(model_settings, timm_model, **way)
    for ask in (predict, extract_features):
        first, *others = over_orientations(trained, draw_bars(4, 1), ask)
        for other in others:
            np.testing.assert_allclose(other, first, rtol=0, atol=1e-5)
    # Images still differ: the network has not become blind.
    assert np.ptp(extract_features(trained, draw_bars(4, 1)), axis=0).max() > 1e-4


def test_without_it_orientations_matter(model_settings):
    trained = make(model_settings, "bentjets_six_conv", symmetry="none")
    first, *others = over_orientations(trained, draw_bars(4, 1), predict)
    assert max(abs(other - first).max() for other in others) > 1e-3


@pytest.mark.parametrize("timm_model", FAMILIES)
def test_saved_and_loaded_it_is_the_same(model_settings, tmp_path, timm_model):
    trained, stack = make(model_settings, timm_model, symmetry="dihedral"), draw_bars(6, 2)
    save_network(tmp_path, trained)
    loaded = load_network(tmp_path)
    assert isinstance(loaded.network, Dihedral)
    assert loaded.description == trained.description
    np.testing.assert_array_equal(predict(loaded, stack), predict(trained, stack))


def test_timm_alone_loads_its_backbone(model_settings, tmp_path):
    trained = make(model_settings, "test_resnet", symmetry="dihedral")
    save_network(tmp_path, trained)
    backbone = timm.create_model(f"local-dir:{tmp_path}", pretrained=True)
    for name, value in trained.network.backbone.state_dict().items():
        assert torch.equal(backbone.state_dict()[name], value), name
    config = json.loads((tmp_path / "config.json").read_text())
    assert config["architecture"] == "test_resnet"
    assert config["bentjets"]["symmetry"] == "dihedral"
