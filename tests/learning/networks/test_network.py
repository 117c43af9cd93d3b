import time

import pytest
import torch
from safetensors.torch import save_file

from bentjets.errors import InputError, ServiceError
from bentjets.learning.networks import build_network
from bentjets.learning.networks import network as network_module

CLASSES = ("WAT", "NAT")


@pytest.mark.parametrize("timm_model", ["test_resnet", "test_vit"])
def test_network_says_what_it_is(model_settings, timm_model):
    network = build_network(model_settings(timm_model), CLASSES)
    assert network(torch.zeros(2, 3, 32, 32)).shape == (2, 2)
    cfg = network.pretrained_cfg
    assert cfg["label_names"] == ["WAT", "NAT"]
    assert cfg["num_classes"] == network.num_classes == 2
    assert tuple(cfg["input_size"]) == (3, 32, 32)
    assert len(cfg["mean"]) == len(cfg["std"]) == 3


def test_seed_sets_the_random_weights(model_settings):
    networks = [build_network(model_settings(), CLASSES, seed=seed) for seed in (1, 1, 2)]
    first, same, other = (network.fc.weight for network in networks)
    assert torch.equal(first, same)
    assert not torch.equal(first, other)


@pytest.mark.parametrize("suffix", [".safetensors", ".pth"])
@pytest.mark.parametrize("n_outputs", [2, 5])
def test_local_weights(model_settings, tmp_path, suffix, n_outputs):
    donor = build_network(model_settings(), [str(i) for i in range(n_outputs)], seed=7)
    path = tmp_path / f"donor{suffix}"
    save = save_file if suffix == ".safetensors" else torch.save
    save(donor.state_dict(), path)
    built = build_network(model_settings(weights=str(path)), CLASSES, seed=8)
    assert torch.equal(built.state_dict()["conv1.0.weight"], donor.state_dict()["conv1.0.weight"])
    assert built.fc.weight.shape[0] == 2
    assert torch.equal(built.fc.weight, donor.fc.weight) == (n_outputs == 2)
    assert "state_dict" not in built.pretrained_cfg


def test_weights_of_another_network(model_settings, tmp_path):
    path = tmp_path / "vit.safetensors"
    save_file(build_network(model_settings("test_vit"), CLASSES).state_dict(), path)
    with pytest.raises(InputError, match=r"model test_resnet: .* do not fit it at 32 px"):
        build_network(model_settings(weights=str(path)), CLASSES)


class Harmful:
    def __reduce__(self):
        return (print, ("code of a weights file was run",))


def test_a_file_that_would_run_code_is_refused(model_settings, tmp_path, capsys):
    torch.save({"conv1.0.weight": Harmful()}, tmp_path / "harmful.pth")
    with pytest.raises(InputError, match="cannot be read as plain weights"):
        build_network(model_settings(weights=str(tmp_path / "harmful.pth")), CLASSES)
    assert capsys.readouterr().out == ""


@pytest.mark.parametrize(
    ("name", "nearest"), [("resnet81", "resnet18"), ("resnet50.tv3_in1k", "resnet50.tv2_in1k")]
)
def test_a_network_that_timm_does_not_have_comes_with_the_nearest(model_settings, name, nearest):
    with pytest.raises(InputError, match=f"timm has no such network: .*{nearest}") as caught:
        build_network(model_settings(name), CLASSES)
    assert "\n" not in str(caught.value)


def test_missing_weights(model_settings, tmp_path):
    with pytest.raises(InputError, match=r"nowhere\.pth"):
        build_network(model_settings(weights=str(tmp_path / "nowhere.pth")), CLASSES)


def test_impossible_image_size(model_settings):
    with pytest.raises(InputError, match="cannot take images of 33 px"):
        build_network(model_settings("test_vit", image_size=33), CLASSES)


def test_no_download_without_network(model_settings, monkeypatch):
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_OFFLINE", True)
    monkeypatch.setattr(network_module, "HUB_FILES", ("never_cached",))
    start = time.monotonic()
    with pytest.raises(ServiceError, match="set weights to a local file or none") as caught:
        build_network(model_settings("resnet18.a1_in1k", weights="imagenet"), CLASSES)
    assert time.monotonic() - start < 20
    assert "resnet18.a1_in1k" in str(caught.value)
    assert "\n" not in str(caught.value)
