import pytest

from bentjets.errors import InputError
from bentjets.learning.settings import TrainingSettings


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"timm_model": "resnet81"}, "resnet18"),
        ({"timm_model": "resnet50.tv3_in1k"}, "resnet50.tv2_in1k"),
        ({"image_size": "96"}, "whole number"),
        ({"image_size": True}, "whole number"),
        ({"weights": None}, "weights is None"),
        ({"imagesize": 96}, "image_size"),
        ({"optimizer": {"class": "Adan", "lr": 1e-3}}, "Adam"),
        ({"optimizer": {"lr": 1e-3}}, "class"),
        ({"optimizer": {"class": "Adam", "learning_rate": 1}}, "learning_rate"),
        ({"optimizer": {"class": "Adam", "lr": -1.0}}, "Invalid learning rate"),
        ({"scheduler": {"class": "StepLr"}}, "StepLR"),
        ({"scheduler": {"class": "StepLR", "gamma": 0.1}}, "step_size"),
    ],
)
def test_wrong_model_settings_say_what_to_do(model_settings, changes, message):
    with pytest.raises(InputError, match=message) as caught:
        model_settings(**changes)
    assert "model small" in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"precision": "bf16"}, "bf16-mixed"),
        ({"epochs": 0}, "epochs"),
        ({"random_orientation": 1}, "true or false"),
        ({"epoch": 3}, "epochs"),
    ],
)
def test_wrong_training_settings_say_what_to_do(training_settings, changes, message):
    with pytest.raises(InputError, match=message):
        training_settings(**changes)


def test_missing_setting():
    with pytest.raises(InputError, match="epochs is missing"):
        TrainingSettings.from_mapping({})
