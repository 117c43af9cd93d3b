"""Runs that start from a pretrained network."""

from __future__ import annotations

import pytest
import torch
from safetensors.torch import load_file

from bentjets.errors import InputError
from bentjets.learning.networks import build_network, load_network
from bentjets.learning.pretraining.store import save_pretrained
from bentjets.learning.training import train_run


@pytest.fixture
def keep(tmp_path, model_settings):
    """Keep a network of random weights as if it had been pretrained."""

    def make(seed):
        network = build_network(model_settings(), ("WAT", "NAT"), entry="mine", seed=seed)
        return save_pretrained(tmp_path / "pretrained", {"seed": seed}, network)

    return make


@pytest.fixture
def start_run(tmp_path, bars, make_runs, model_settings, training_settings):
    def train(start, **changes):
        images = bars(32, seed=1)
        model = model_settings(weights="simulated", **changes)
        run = make_runs(tmp_path / "run", images, model=model, training=training_settings(epochs=1))
        return train_run(run.__class__(**(vars(run) | {"start": start})), images)

    return train


@pytest.mark.parametrize("symmetry", ["none", "dihedral"])
@pytest.mark.parametrize("classes", [("WAT", "NAT"), ("NAT", "WAT"), ("FRI", "FRII", "compact")])
def test_all_but_the_head_is_that_of_the_kept_file(keep, model_settings, symmetry, classes):
    start = keep(7)
    model = model_settings(weights="simulated", symmetry=symmetry)
    network = build_network(model, classes, entry="mine", seed=1, start=start)
    kept = load_file(start)
    own = {name.removeprefix("backbone."): value for name, value in network.state_dict().items()}
    assert own.keys() == kept.keys()
    for name in own.keys() - {"fc.weight", "fc.bias"}:
        assert torch.equal(own[name], kept[name]), name
    assert len(own["fc.weight"]) == len(classes)
    if len(classes) == 2:
        assert not torch.equal(own["fc.weight"], kept["fc.weight"])
    random = build_network(model, classes, entry="mine", seed=1).state_dict()
    assert not torch.equal(next(iter(random.values())), next(iter(network.state_dict().values())))


def test_nothing_is_said_of_channels_that_are_right(keep, model_settings, caplog):
    build_network(model_settings(), ("A", "B"), entry="mine", start=keep(7))
    assert not caplog.records


def test_the_record_says_which_and_another_is_trained_anew(keep, start_run, tmp_path):
    first, second = keep(7), keep(8)
    record = start_run(first)
    assert record.pretraining == first.parent.name
    made_at = (tmp_path / "run" / "model.safetensors").stat().st_mtime_ns
    assert start_run(first) == record
    assert (tmp_path / "run" / "model.safetensors").stat().st_mtime_ns == made_at
    other = start_run(second)
    assert other.initial_sha256 != record.initial_sha256
    assert other.weights_sha256 != record.weights_sha256


def test_a_symmetric_run_is_trained_and_loaded(keep, start_run, tmp_path):
    assert start_run(keep(7), symmetry="dihedral").state == "finished"
    assert load_network(tmp_path / "run").description.symmetry == "dihedral"


def test_without_a_pretrained_network_no_run_is_trained(start_run):
    with pytest.raises(InputError, match=r"models\.tiny\.weights is simulated, and the pretrained"):
        start_run(None)
