import numpy as np
import pandas as pd
import pytest

from bentjets.errors import InputError
from bentjets.learning.evaluation.attention import attend, choose_examples
from bentjets.learning.networks import build_network

CLASSES = ("WAT", "NAT")


@pytest.mark.parametrize(
    ("timm_model", "image_size"),
    [
        ("test_resnet", 64),
        ("test_vit", 64),
        ("test_convnext", 64),
        ("test_efficientnet", 64),
        ("mambaout_femto", 64),
        ("swin_tiny_patch4_window7_224", 64),
    ],
)
def test_any_network_can_be_attended(bars, model_settings, timm_model, image_size):
    network = build_network(model_settings(timm_model, image_size=image_size), CLASSES)
    images = bars(4, 0)
    found = attend(network, images, [2, 0])
    assert found["source_id"].tolist() == ["source2", "source0"]
    np.testing.assert_array_equal(np.reshape(found["image"][0], (48, 48)), images.images[2])
    maps = np.array(found["attention"].tolist())
    assert maps.shape == (2, 48 * 48)
    assert maps.min() >= 0
    assert 0.5 < maps.max() <= 1
    assert all(parameter.grad is None for parameter in network.parameters())
    assert network.training


def test_examples_are_the_surest_right_then_the_surest_wrong():
    wat = [0.6, 0.9, 0.8, 0.3, 0.1, 0.95]
    predictions = pd.DataFrame(
        {
            "label": ["WAT", "WAT", "WAT", "NAT", "NAT", "NAT"],
            "predicted": ["WAT", "WAT", "WAT", "NAT", "NAT", "WAT"],
            "probability_WAT": wat,
            "probability_NAT": [1 - p for p in wat],
        }
    )
    assert choose_examples(predictions, CLASSES, 2) == [1, 2, 4, 3, 5]
    assert choose_examples(predictions[:0], CLASSES, 2) == []


def test_row_outside(bars, model_settings):
    with pytest.raises(InputError, match="row 9"):
        attend(build_network(model_settings(), CLASSES), bars(2, 0), [9])
