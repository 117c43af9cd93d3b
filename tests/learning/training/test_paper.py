"""The five networks of the paper (section 5): their recipes, and two epochs of small relatives."""

import numpy as np
import pytest
import torch
import yaml
from timm.models import build_model_with_cfg, generate_default_cfgs, register_model
from timm.models.swin_transformer import SwinTransformer
from timm.models.vgg import VGG

from bentjets.learning.evaluation.attention.maps import attend
from bentjets.learning.evaluation.predicting import predict
from bentjets.learning.networks import build_network, load_network
from bentjets.learning.settings import ModelSettings
from bentjets.learning.training import read_history, train_run
from bentjets.learning.training.recipes import make_optimizer, make_scheduler
from bentjets.validation import validate
from learners import draw_bars, make_run, make_training

CLASSES = ("WAT", "NAT")
STEPS = [1e-3] * 5 + [1e-4] * 5 + [1e-5] * 5 + [1e-6] * 5
RESTARTS = [1e-3 * (1 + np.cos(np.pi * (epoch % 5) / 5)) / 2 for epoch in range(20)]
PAPER = {
    "vgg16": (torch.optim.Adam, STEPS, 134_268_738, "small_vgg", 64),
    "resnet50": (torch.optim.Adam, STEPS, 23_512_130, "test_resnet", 64),
    "vit_b16": (torch.optim.AdamW, RESTARTS, 85_800_194, "test_vit", 64),
    "swin_b": (torch.optim.AdamW, RESTARTS, 86_745_274, "small_swin", 64),
    "convnext": (torch.optim.Adam, STEPS, 87_568_514, "test_convnext", 64),
}
"""Optimiser, learning rate of each epoch, weights with two outputs; a relative and its size."""


default_cfgs = generate_default_cfgs(
    {
        "small_vgg": {
            "input_size": (3, 64, 64), "num_classes": 2, "pool_size": (7, 7),
            "mean": (0.5,) * 3, "std": (0.5,) * 3,
            "first_conv": "features.0", "classifier": "head.fc",
        },
        "small_swin": {
            "input_size": (3, 64, 64), "num_classes": 2, "fixed_input_size": True,
            "mean": (0.5,) * 3, "std": (0.5,) * 3,
            "first_conv": "patch_embed.proj", "classifier": "head.fc",
        },
    }
)  # fmt: skip


@register_model
def small_vgg(pretrained=False, **kwargs):
    """The smallest VGG: 20 million weights, most of them in its two layers of 4,096 features."""
    made = {"cfg": (8, "M", 16, "M", 16, "M")}
    return build_model_with_cfg(VGG, "small_vgg", pretrained, **made, **kwargs)


@register_model
def small_swin(pretrained=False, **kwargs):
    """The smallest Swin."""
    made = {"embed_dim": 16, "depths": (1, 1), "num_heads": (2, 2), "window_size": 4}
    return build_model_with_cfg(SwinTransformer, "small_swin", pretrained, **made, **kwargs)


@pytest.fixture(scope="module")
def entries(project):
    text = (project / "conf" / "base" / "parameters_models.yml").read_text()
    return yaml.safe_load(text)["models"]


@pytest.mark.parametrize("entry", PAPER)
def test_the_recipe_is_that_of_section_5(entries, entry):
    kind, rates, *_ = PAPER[entry]
    model = validate(ModelSettings, entries[entry])
    assert (model.weights, model.image_size, model.channels) == ("imagenet", 224, 3)
    optimizer = make_optimizer(model, [torch.nn.Parameter(torch.zeros(1))], entry=entry)
    assert type(optimizer) is kind
    scheduler, found = make_scheduler(model, optimizer, epochs=20, entry=entry), []
    for _ in range(20):
        found.append(optimizer.param_groups[0]["lr"])
        optimizer.step()
        scheduler.step()
    np.testing.assert_allclose(found, rates, rtol=1e-9)


@pytest.mark.parametrize("entry", PAPER)
def test_the_network_takes_224_px_in_three_channels_and_gives_two_outputs(entries, entry):
    *_, n_weights, _, _ = PAPER[entry]
    model = validate(ModelSettings, entries[entry] | {"weights": "none"})
    with torch.device("meta"):  # shapes without their 86 million numbers
        network = build_network(model, CLASSES, entry=entry)
        assert network(torch.zeros(4, 3, 224, 224)).shape == (4, 2)
    assert network.get_classifier().out_features == 2
    assert sum(one.numel() for one in network.parameters()) == n_weights
    assert tuple(network.pretrained_cfg["input_size"]) == (3, 224, 224)


@pytest.mark.parametrize("entry", PAPER)
def test_a_small_relative_trains_for_two_epochs(entries, tmp_path, entry):
    _, rates, _, relative, size = PAPER[entry]
    changes = {"timm_model": relative, "weights": "none", "image_size": size}
    model = validate(ModelSettings, entries[entry] | changes)
    images = draw_bars(48, 0, size)
    run = make_run(tmp_path, images, model=model, entry=entry, training=make_training(rotate="any"))
    record = train_run(run, images)
    assert (record.state, record.model) == ("finished", entry)
    assert (tmp_path / "model.safetensors").stat().st_size > 10_000
    history = read_history(tmp_path)
    assert history["epoch"].tolist() == [1, 2]
    np.testing.assert_allclose(history["learning_rate"], rates[:2], rtol=1e-6)
    assert history.notna().all(axis=None)
    trained = load_network(tmp_path)
    probabilities = predict(trained, images.find(run.plan.test))
    assert probabilities.shape == (12, 2)
    np.testing.assert_allclose(probabilities.sum(axis=1), 1)
    (shown,) = attend(trained, images, [0]).to_dict("records")
    assert shown["source_id"] == "S000" and len(shown["attention"]) == size**2
    assert not shown["flat"] and 0.5 < max(shown["attention"]) <= 1
