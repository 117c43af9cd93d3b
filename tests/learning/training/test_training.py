import logging

import pandas as pd
import pytest
import torch

from bentjets.errors import InputError
from bentjets.learning.evaluation.metrics import measure, predict
from bentjets.learning.networks import build_network
from bentjets.learning.training import train_network

CLASSES = ("WAT", "NAT")


def test_training_learns_bars(bars, model_settings, training_settings):
    model = model_settings(scheduler={"class": "StepLR", "step_size": 6, "gamma": 0.1})
    network = build_network(model, CLASSES)
    settings = training_settings(epochs=8)
    network, history = train_network(network, bars(160, 0), bars(32, 1), model, settings)
    assert measure(predict(network, bars(40, 2), 16), CLASSES)["accuracy"] >= 0.9
    assert list(history.columns) == [
        "epoch", "train_loss", "val_loss", "val_accuracy", "learning_rate",
    ]  # fmt: skip
    assert history["epoch"].tolist() == list(range(1, len(history) + 1))
    assert history["learning_rate"].iloc[0] == pytest.approx(3e-3)
    assert history["learning_rate"].iloc[6] == pytest.approx(3e-4)
    assert not network.training


def test_same_seed_same_weights_and_nothing_left_behind(
    bars, model_settings, training_settings, tmp_path, monkeypatch
):
    monkeypatch.chdir(tmp_path)
    state_before = torch.random.get_rng_state()

    def train(seed):
        model, settings = model_settings(), training_settings(random_orientation=True)
        network = build_network(model, CLASSES, seed=1)
        network, history = train_network(
            network, bars(33, 0), bars(8, 1), model, settings, seed=seed
        )
        return torch.cat([p.detach().flatten() for p in network.parameters()]), history

    (first, history), (same, again), (other, _) = train(1), train(1), train(2)
    assert torch.equal(first, same)
    pd.testing.assert_frame_equal(history, again)
    assert not torch.equal(first, other)
    assert list(tmp_path.iterdir()) == []
    assert torch.equal(state_before, torch.random.get_rng_state())
    assert not torch.are_deterministic_algorithms_enabled()


def test_training_stops_early_and_keeps_the_best_weights(bars, model_settings, training_settings):
    model = model_settings(optimizer={"class": "SGD", "lr": 0.3})
    network = build_network(model, CLASSES)
    validation = bars(16, 1)
    upside_down = type(validation)(
        validation.images, 1 - validation.labels, validation.source_ids, validation.classes
    )  # the better it learns, the worse this gets
    settings = training_settings(epochs=30, patience=2)
    network, history = train_network(network, bars(64, 0), upside_down, model, settings)
    assert len(history) < 30
    assert history["val_loss"].argmin() == len(history) - 3
    table = predict(network, upside_down, 16)
    right = [table[f"probability_{label}"][i] for i, label in enumerate(table["label"])]
    loss = -torch.tensor(right).log().mean().item()
    assert loss == pytest.approx(history["val_loss"].min(), rel=1e-3)


def test_one_log_line_per_epoch_and_no_banners(
    bars, model_settings, training_settings, caplog, capfd
):
    caplog.set_level(logging.INFO)
    model = model_settings()
    settings = training_settings(epochs=2, precision="bf16-mixed")
    train_network(build_network(model, CLASSES), bars(16, 0), bars(8, 1), model, settings)
    assert [record.getMessage()[:22] for record in caplog.records] == [
        "test_resnet: epoch 1/2", "test_resnet: epoch 2/2",
    ]  # fmt: skip
    printed = capfd.readouterr().out  # log lines, where another test has set up logging
    assert not any(word in printed for word in ("GPU", "Trainer", "LOCAL_RANK", "litlogger"))


def test_diverging_training(bars, model_settings, training_settings):
    model = model_settings(optimizer={"class": "SGD", "lr": 1e30})
    with pytest.raises(InputError, match="lower the learning rate"):
        train_network(
            build_network(model, CLASSES), bars(16, 0), bars(8, 1), model, training_settings()
        )


def test_empty_validation(bars, model_settings, training_settings):
    model = model_settings()
    with pytest.raises(InputError, match="no validation images"):
        train_network(
            build_network(model, CLASSES), bars(16, 0), bars(0, 1), model, training_settings()
        )
