import pytest
import torch

from bentjets.errors import InputError
from bentjets.learning.training import Chosen, check_models
from learners import make_model, make_training

CLASSES = ("WAT", "NAT")


def check(model=None, **training):
    check_models({"mine": Chosen(model or make_model(), make_training(**training))}, CLASSES)


@pytest.mark.parametrize("symmetry", ["none", "dihedral"])
@pytest.mark.parametrize("timm_model", ["bentjets_six_conv", "test_vit"])
def test_what_can_be_trained_passes(timm_model, symmetry):
    check(make_model(timm_model, symmetry=symmetry), layer_decay=0.5, precision="auto")


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"timm_model": "resnet81"}, "timm has no network 'resnet81'"),
        ({"weights": "nowhere.safetensors"}, "'nowhere.safetensors' is not an existing file"),
        ({"image_size": 4}, "cannot take images of 4 px"),
        ({"optimizer": {"class": "Adan"}}, "did you mean"),
        (
            {"scheduler": {"class": "OneCycleLR", "max_lr": 0.1, "total_steps": 3}},
            "over 9 epochs",
        ),
        ({"timm_model": "tnt_s_legacy_patch16_224"}, "attention cannot be shown"),
    ],
)
def test_what_cannot_be_trained_or_shown_is_one_line_of_the_entry(changes, words):
    with pytest.raises(InputError) as caught:
        check(make_model(**changes), epochs=9)
    text = str(caught.value)
    assert text.startswith("models.mine") and words in text and "\n" not in text


@pytest.mark.skipif(torch.accelerator.is_available(), reason="there is a GPU")
def test_half_precision_needs_a_gpu():
    with pytest.raises(InputError, match=r"models\.mine: precision 16-mixed needs a GPU"):
        check(precision="16-mixed")


@pytest.mark.skipif(not torch.cuda.is_available(), reason="there is no GPU")
def test_no_more_processes_than_gpus():
    with pytest.raises(InputError, match=r"models\.mine: training\.devices is 99"):
        check(devices=99)
