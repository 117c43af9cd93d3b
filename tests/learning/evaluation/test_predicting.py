import json

import numpy as np
import pytest
import torch

from bentjets.errors import InputError
from bentjets.learning.data import ImageStack
from bentjets.learning.evaluation.ensemble import Ensemble
from bentjets.learning.evaluation.predicting import (
    extract_features,
    predict,
    predict_logits,
    ready,
)
from bentjets.learning.networks import (
    Description,
    TrainedNetwork,
    build_network,
    load_network,
    save_network,
)
from bentjets.learning.settings import ImageSettings
from learners import draw_bars, make_model

CLASSES = ("WAT", "NAT")


def make(timm_model="bentjets_six_conv", **changes):
    values = {
        "format": 1, "classes": CLASSES, "images": ImageSettings(), "image_size": 32,
        "channels": 1, "mean": 0.1, "std": 0.2,
    }  # fmt: skip
    network = build_network(make_model(timm_model), CLASSES, entry="mine", seed=1)
    return TrainedNetwork(network.eval(), Description(**values | changes))


def test_probabilities_are_those_of_the_logits():
    trained, images = make(temperature=0.25), draw_bars(9, 0)
    logits = predict_logits(trained, images)
    expected = torch.from_numpy(logits / 0.25).softmax(dim=1)
    found = predict(trained, images)
    assert found.dtype == np.float64 and found.shape == (9, 2)
    np.testing.assert_allclose(found, expected, atol=1e-12)
    with torch.inference_mode():
        plain = trained.network((torch.from_numpy(images.images) - 0.1) / 0.2)
    np.testing.assert_allclose(logits, plain, atol=1e-5)


@pytest.mark.parametrize("batch_size", [1, 4, 100])
def test_the_size_of_a_batch_plays_no_part(batch_size):
    trained, images = make(views=8), draw_bars(9, 0)
    found = predict(trained, images, batch_size)
    np.testing.assert_allclose(found, predict(trained, images), atol=1e-6)


CHANGES = {
    "mean": 0.3, "std": 0.4, "temperature": 3.0, "views": 8, "symmetry": "dihedral",
    "threshold": 0.99, "classes": ("NAT", "WAT"), "image_size": 40, "channels": 3,
}  # fmt: skip
# Of the images before they are stacked: tests/pipelines/test_inference.py changes each of them.
OF_IMAGES = {"images", "pixel_scale_arcsec", "side_px"}
ONLY_SAID = {"format", "entry", "run", "bentjets"}


def test_no_field_of_the_description_is_forgotten():
    assert {*CHANGES} | OF_IMAGES | ONLY_SAID == {*Description.model_fields}


def answer(folder, changes=None):
    """What inference says by a saved network, after another hand changed its description."""
    images, trained = draw_bars(9, 0), make(threshold=0.5)
    save_network(folder, trained)
    config = json.loads((folder / "config.json").read_text())
    config["bentjets"] |= changes or {}
    (folder / "config.json").write_text(json.dumps(config))
    found = Ensemble((load_network(folder),), (None,)).answer(images)
    return found.probabilities, found.predicted


@pytest.mark.parametrize("name", CHANGES)
def test_everything_that_the_description_says_counts(tmp_path, name):
    probabilities, names = answer(tmp_path / "as it was")
    try:
        changed, renamed = answer(tmp_path / "changed", {name: CHANGES[name]})
    except (InputError, RuntimeError):  # what cannot be is not taken in silence
        assert name in ("classes", "image_size", "channels")
        return
    if name == "threshold":
        assert renamed != names
    else:
        assert abs(changed - probabilities).max() > 1e-4


def test_views_are_averaged_as_probabilities():
    trained, images = make(temperature=0.1), draw_bars(3, 0)
    seen = []
    for mirrored in (images.images, images.images[..., ::-1]):
        for k in range(4):
            turned = np.ascontiguousarray(np.rot90(mirrored, k, (2, 3)))
            seen.append(
                predict(trained, ImageStack(turned, images.labels, images.source_ids, CLASSES))
            )
    found = predict(make(temperature=0.1, views=8), images)
    np.testing.assert_allclose(found, np.mean(seen, axis=0), atol=1e-6)


@pytest.mark.parametrize(
    "timm_model", ["bentjets_six_conv", "test_resnet", "test_vit", "test_convnext"]
)
def test_features_are_what_the_head_reads(timm_model):
    trained, images = make(timm_model), draw_bars(5, 0)
    features = torch.from_numpy(extract_features(trained, images)).float()
    with torch.inference_mode():
        logits = trained.network.get_classifier()(features)
    np.testing.assert_allclose(logits, predict_logits(trained, images), atol=1e-4)


def test_no_image_at_all():
    assert predict(make(), draw_bars(0, 0)).shape == (0, 2)


def test_images_of_other_classes_or_size():
    images = draw_bars(2, 0)
    other = ImageStack(images.images, images.labels, images.source_ids, CLASSES[::-1])
    with pytest.raises(InputError, match="WAT, NAT apart, the images are of NAT, WAT"):
        predict(make(), other)
    with pytest.raises(InputError, match="sees images of 32 px, these have 40 x 40"):
        predict(make(), draw_bars(2, 0, 40))


@pytest.mark.parametrize("training", [True, False])
def test_a_network_is_left_as_it_was(training):
    network = make().network.train(training)
    with pytest.raises(ZeroDivisionError), ready(network):
        assert not network.training
        raise ZeroDivisionError
    assert network.training == training
