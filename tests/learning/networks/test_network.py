import time

import pytest
import torch
from safetensors.torch import save_model

from bentjets.errors import InputError, ServiceError
from bentjets.learning.networks import (
    Description,
    TrainedNetwork,
    build_network,
    check_weights,
    save_network,
)
from bentjets.learning.networks import network as network_module
from bentjets.learning.settings import ImageSettings

CLASSES = ("WAT", "NAT")


def write_weights(network, path):
    if path.suffix == ".safetensors":
        save_model(network.to(memory_format=torch.contiguous_format), path)
    else:
        torch.save(network.state_dict(), path)


def build(settings, classes=CLASSES, seed=0):
    return build_network(settings, classes, entry="mine", seed=seed)


def one_line(error, *words):
    text = str(error.value)
    assert text.startswith("models.mine") and "\n" not in text
    assert all(word in text for word in words), text


@pytest.mark.parametrize(
    ("timm_model", "size"), [("test_resnet", 32), ("test_vit", 32), ("bentjets_six_conv", 64)]
)
@pytest.mark.parametrize("channels", [1, 3])
def test_network_says_what_it_is(model_settings, timm_model, size, channels):
    settings = model_settings(timm_model, image_size=size, channels=channels)
    network = build(settings)
    assert network(torch.zeros(2, channels, size, size)).shape == (2, 2)
    cfg = network.pretrained_cfg
    assert cfg["label_names"] == ["WAT", "NAT"]
    assert cfg["num_classes"] == network.num_classes == 2
    assert tuple(cfg["input_size"]) == (channels, size, size)
    assert network.training


def test_seed_sets_the_random_weights_and_leaves_the_generator(model_settings):
    before = torch.get_rng_state()
    networks = [build(model_settings(), seed=seed) for seed in (1, 1, 2)]
    first, same, other = (network.fc.weight for network in networks)
    assert torch.equal(first, same)
    assert not torch.equal(first, other)
    assert torch.equal(before, torch.get_rng_state())


@pytest.mark.parametrize("suffix", [".safetensors", ".pth"])
@pytest.mark.parametrize("n_outputs", [2, 5])
def test_local_weights_get_a_seeded_head(model_settings, tmp_path, suffix, n_outputs):
    donor = build(model_settings("test_resnet"), [str(i) for i in range(n_outputs)], seed=7)
    path = tmp_path / f"donor{suffix}"
    write_weights(donor, path)
    settings = model_settings("test_resnet", weights=str(path))
    first, same, other = (build(settings, seed=seed) for seed in (8, 8, 9))
    assert torch.equal(first.conv1[0].weight, donor.conv1[0].weight)
    assert torch.equal(other.conv1[0].weight, donor.conv1[0].weight)
    assert torch.equal(first.fc.weight, same.fc.weight)
    assert not torch.equal(first.fc.weight, other.fc.weight)
    assert not torch.equal(first.fc.weight, donor.fc.weight[:2])
    assert "state_dict" not in first.pretrained_cfg


def save_donor(folder, settings, classes=CLASSES):
    described = Description(
        format=1, classes=classes, images=ImageSettings(), image_size=settings.image_size,
        channels=settings.channels, mean=0.1, std=0.2, symmetry=settings.symmetry,
    )  # fmt: skip
    donor = build(settings, classes, seed=7)
    save_network(folder, TrainedNetwork(donor, described))
    return donor


@pytest.mark.parametrize("symmetry", ["none", "dihedral"])
def test_the_head_of_a_saved_network_of_these_classes_is_kept(model_settings, tmp_path, symmetry):
    donor = save_donor(tmp_path, model_settings(symmetry=symmetry))
    weights = str(tmp_path / "model.safetensors")
    built = build(model_settings(symmetry=symmetry, weights=weights), seed=8)
    for name, value in donor.state_dict().items():
        assert torch.equal(built.state_dict()[name], value), name


def test_classes_in_another_order_are_refused(model_settings, tmp_path):
    save_donor(tmp_path, model_settings(), ("NAT", "WAT"))
    weights = str(tmp_path / "model.safetensors")
    with pytest.raises(InputError) as caught:
        build(model_settings(weights=weights))
    one_line(caught, str(tmp_path), "NAT, WAT", "WAT, NAT", "in that order")


def test_other_classes_get_a_head_of_their_own(model_settings, tmp_path):
    donor = save_donor(tmp_path, model_settings(), ("FRI", "FRII"))
    built = build(model_settings(weights=str(tmp_path / "model.safetensors")), seed=8)
    assert not torch.equal(built.fc.weight, donor.fc.weight)
    assert torch.equal(built.stages[0][0].weight, donor.stages[0][0].weight)


def test_weights_of_another_network(model_settings, tmp_path):
    path = tmp_path / "vit.safetensors"
    write_weights(build(model_settings("test_vit")), path)
    with pytest.raises(InputError) as caught:
        build(model_settings("test_resnet", weights=str(path)))
    one_line(caught, "vit.safetensors", "does not fit test_resnet at 32 px")


@pytest.mark.parametrize("suffix", [".safetensors", ".pth"])
@pytest.mark.parametrize("kept", [0, 100, -1000])
def test_truncated_weights(model_settings, tmp_path, suffix, kept):
    path = tmp_path / f"short{suffix}"
    write_weights(build(model_settings()), path)
    path.write_bytes(path.read_bytes()[:kept])
    with pytest.raises(InputError) as caught:
        build(model_settings(weights=str(path)))
    one_line(caught, path.name, "cannot be read as plain weights")


class Harmful:
    def __reduce__(self):
        return (print, ("code of a weights file was run",))


def test_a_file_that_would_run_code_is_refused(model_settings, tmp_path, capsys):
    torch.save({"conv1.0.weight": Harmful()}, tmp_path / "harmful.pth")
    with pytest.raises(InputError) as caught:
        build(model_settings(weights=str(tmp_path / "harmful.pth")))
    one_line(caught, "cannot be read as plain weights")
    assert capsys.readouterr().out == ""


@pytest.mark.parametrize(
    ("name", "nearest"), [("resnet81", "resnet18"), ("resnet50.tv3_in1k", "resnet50.tv2_in1k")]
)
def test_a_network_that_timm_does_not_have_comes_with_the_nearest(model_settings, name, nearest):
    with pytest.raises(InputError) as caught:
        build(model_settings(name))
    one_line(caught, "timm has no network", nearest)


def test_missing_weights(model_settings, tmp_path):
    settings = model_settings(weights=str(tmp_path / "nowhere.pth"))
    for check in (build, lambda settings: check_weights(settings, "mine")):
        with pytest.raises(InputError) as caught:
            check(settings)
        one_line(caught, "nowhere.pth")


@pytest.mark.parametrize(
    ("timm_model", "size"), [("test_vit", 33), ("bentjets_six_conv", 4), ("test_convnext", 8)]
)
def test_impossible_image_size(model_settings, timm_model, size):
    with pytest.raises(InputError) as caught:
        build(model_settings(timm_model, image_size=size))
    one_line(caught, f"{timm_model} cannot take images of {size} px")


def test_no_imagenet_weights_of_our_own_network(model_settings):
    with pytest.raises(InputError) as caught:
        build(model_settings(weights="imagenet"))
    one_line(caught, "timm has none for bentjets_six_conv")


def test_no_download_without_network(model_settings, monkeypatch):
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_OFFLINE", True)
    monkeypatch.setattr(network_module, "HUB_FILES", ("never_cached",))
    start = time.monotonic()
    with pytest.raises(ServiceError) as caught:
        build(model_settings("resnet18.a1_in1k", weights="imagenet"))
    assert time.monotonic() - start < 20
    one_line(caught, "resnet18.a1_in1k", "set weights to a local file or none")
