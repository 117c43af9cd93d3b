import pytest
import timm
import torch
from kedro.io.core import DatasetError, Version
from safetensors.torch import load_file
from torch import nn

from bentjets.datasets.timm_model import TimmModelDataset


def make_network(name="test_resnet", size_px=64, channels=1, **arguments):
    torch.manual_seed(0)
    network = timm.create_model(name, num_classes=2, in_chans=channels, **arguments).eval()
    network.pretrained_cfg.update(
        label_names=["WAT", "NAT"],
        input_size=(channels, size_px, size_px),
        mean=(0.25,) * channels,
        std=(0.125,) * channels,
    )
    return network


@pytest.fixture(scope="module")
def network():
    return make_network()


def names_in(folder):
    return sorted(path.name for path in folder.iterdir())


@pytest.mark.parametrize(
    ("name", "arguments"),
    [
        ("test_resnet", {}),
        ("test_convnext", {"channels": 3}),
        ("test_vit", {"img_size": 96, "size_px": 96}),
    ],
)
def test_timm_loads_the_same_network(tmp_path, name, arguments):
    saved = make_network(name, **arguments)
    dataset = TimmModelDataset(filepath=tmp_path / "models" / name)
    assert not dataset.exists()
    dataset.save(saved)
    assert dataset.exists()
    assert names_in(tmp_path / "models") == [name]
    assert names_in(tmp_path / "models" / name) == ["config.json", "model.safetensors"]

    by_timm = timm.create_model(f"local-dir:{tmp_path / 'models' / name}", pretrained=True).eval()
    images = torch.rand(2, *saved.pretrained_cfg["input_size"])
    for loaded in (dataset.load(), by_timm):
        torch.testing.assert_close(loaded(images), saved(images), rtol=0, atol=0)
        for key in ("input_size", "mean", "std", "label_names"):
            assert tuple(loaded.pretrained_cfg[key]) == tuple(saved.pretrained_cfg[key])
        assert loaded.num_classes == 2


def test_trained_network_in_channels_last(tmp_path):
    trained = make_network().to(memory_format=torch.channels_last).train()
    dataset = TimmModelDataset(filepath=tmp_path / "model")
    dataset.save(trained)
    loaded = dataset.load()
    assert trained.training
    assert not loaded.training
    images = torch.rand(2, 1, 64, 64)
    torch.testing.assert_close(loaded(images), trained.eval()(images))


def test_saving_what_was_loaded_changes_nothing(tmp_path, network):
    for name in ("a", "b"):
        TimmModelDataset(filepath=tmp_path / name).save(network)
        network = TimmModelDataset(filepath=tmp_path / name).load()
    for file in ("config.json", "model.safetensors"):
        assert (tmp_path / "a" / file).read_bytes() == (tmp_path / "b" / file).read_bytes()


def test_remote_filesystem(network):
    dataset = TimmModelDataset(filepath="memory:///models/resnet")
    dataset.save(network)
    assert dataset.exists()
    assert dataset.load().pretrained_cfg["label_names"] == ["WAT", "NAT"]


def test_versioning(tmp_path, network):
    dataset = TimmModelDataset(filepath=tmp_path / "model", version=Version(None, "1"))
    assert not dataset.exists()
    dataset.save(network)
    assert names_in(tmp_path / "model" / "1" / "model") == ["config.json", "model.safetensors"]
    assert dataset.load().num_classes == 2
    dataset.release()
    assert dataset.resolve_load_version() == "1"


@pytest.mark.parametrize("broken", ["writing", "renaming"])
def test_failed_save_keeps_the_old_network(tmp_path, network, monkeypatch, broken):
    dataset = TimmModelDataset(filepath=tmp_path / "model")
    dataset.save(network)
    old = load_file(tmp_path / "model" / "model.safetensors")

    rename, targets = type(tmp_path).rename, []

    def fail(*_args, **_kwargs):
        raise OSError("No space left on device")

    def fail_second(path, target):
        targets.append(target)
        return fail() if len(targets) == 2 else rename(path, target)

    if broken == "writing":
        monkeypatch.setattr("timm.models._hub.save_config_for_hf", fail)
    else:
        monkeypatch.setattr(type(tmp_path), "rename", fail_second)
    with pytest.raises(DatasetError, match="No space left"):
        dataset.save(make_network("test_convnext"))
    assert names_in(tmp_path) == ["model"]
    assert load_file(tmp_path / "model" / "model.safetensors").keys() == old.keys()


def test_saving_replaces_the_folder(tmp_path, network):
    dataset = TimmModelDataset(filepath=tmp_path / "model")
    (tmp_path / "model").mkdir()
    (tmp_path / "model" / "pytorch_model.bin").write_bytes(b"stale")
    dataset.save(network)
    assert names_in(tmp_path / "model") == ["config.json", "model.safetensors"]


@pytest.mark.parametrize("file", ["config.json", "model.safetensors"])
def test_missing_and_damaged_files(tmp_path, network, file):
    dataset = TimmModelDataset(filepath=tmp_path / "model")
    dataset.save(network)
    path = tmp_path / "model" / file
    path.write_bytes(path.read_bytes()[:-100])
    with pytest.raises(DatasetError, match=r"model cannot be read: .*; train the network again"):
        dataset.load()
    path.unlink()
    assert not dataset.exists()
    with pytest.raises(DatasetError, match=f"{file} does not exist"):
        dataset.load()


def test_weights_of_another_network(tmp_path, network):
    TimmModelDataset(filepath=tmp_path / "a").save(network)
    TimmModelDataset(filepath=tmp_path / "b").save(make_network("test_convnext"))
    (tmp_path / "b" / "model.safetensors").replace(tmp_path / "a" / "model.safetensors")
    with pytest.raises(DatasetError, match="cannot be read"):
        TimmModelDataset(filepath=tmp_path / "a").load()


def test_torch_pickles_are_never_read(tmp_path, network):
    dataset = TimmModelDataset(filepath=tmp_path / "model")
    dataset.save(network)
    (tmp_path / "model" / "model.safetensors").unlink()
    torch.save(network.state_dict(), tmp_path / "model" / "pytorch_model.bin")
    with pytest.raises(DatasetError, match=r"model\.safetensors does not exist"):
        dataset.load()


def test_what_cannot_be_saved(tmp_path):
    dataset = TimmModelDataset(filepath=tmp_path / "model")
    with pytest.raises(DatasetError, match=r"a Linear that timm did not make"):
        dataset.save(nn.Linear(2, 2))
    wrong = make_network()
    wrong.pretrained_cfg["label_names"] = ["WAT"]
    with pytest.raises(DatasetError, match=r"\['WAT'\] does not name the 2 classes"):
        dataset.save(wrong)
    assert not list(tmp_path.iterdir())
