"""Each option of the training does what it says."""

import numpy as np
import pytest
import torch
from safetensors.torch import load_file

from bentjets.learning.data import ImageStack
from bentjets.learning.evaluation.predicting import predict_logits
from bentjets.learning.networks import build_network, load_network
from bentjets.learning.training import read_history, train_run
from bentjets.learning.training.classifier import Classifier
from bentjets.learning.training.fitting import class_weights
from learners import draw_bars, make_model, make_run, make_training

CLASSES = ("WAT", "NAT")


def train(folder, images, *, model=None, **training):
    run = make_run(folder, images, model=model, training=make_training(**training))
    train_run(run, images)
    return run, load_file(folder / "model.safetensors")


def start_of(run):
    seed = run.seed_of("weights") % 2**32
    return build_network(run.model, CLASSES, entry=run.entry, seed=seed).state_dict()


@pytest.mark.parametrize("symmetry", ["none", "dihedral"])
def test_a_frozen_network_learns_its_head_alone(tmp_path, symmetry):
    model = make_model(symmetry=symmetry)
    run, weights = train(tmp_path, draw_bars(64, 0), model=model, freeze=True)
    start = {name.removeprefix("backbone."): value for name, value in start_of(run).items()}
    for name, value in start.items():
        if "running" in name or "num_batches" in name:
            continue
        assert torch.equal(value, weights[name]) == (not name.startswith("fc.")), name


def test_layers_near_the_image_learn_slower(tmp_path):
    moved = {}
    for decay in (None, 0.3):
        run, weights = train(tmp_path / str(decay), draw_bars(64, 0), layer_decay=decay)
        start = start_of(run)
        moved[decay] = [
            float((weights[name] - start[name]).abs().mean())
            for name in ("stages.0.0.weight", "fc.weight")
        ]
    assert moved[0.3][0] < 0.6 * moved[None][0]
    assert moved[0.3][1] == pytest.approx(moved[None][1], rel=0.3)


def test_class_weights_make_classes_count_alike():
    images = draw_bars(40, 0).select([*range(0, 40, 2), *range(1, 11, 2)])
    counts = np.bincount(images.labels)
    assert counts.tolist() == [20, 5]
    weights = class_weights(images)
    np.testing.assert_allclose(weights * counts, [12.5, 12.5])


def test_class_weights_raise_the_rare_class(tmp_path):
    rare = draw_bars(160, 0)
    # One NAT in four among the images to learn from, and no way to tell them apart.
    labels = (np.arange(160) % 4 == 0).astype(np.int64)
    images = ImageStack(np.zeros_like(rare.images) + 0.1, labels, rare.source_ids, CLASSES)
    said = {}
    for weighted in (False, True):
        folder = tmp_path / str(weighted)
        train(folder, images, epochs=6, patience=None, class_weights=weighted)
        logits = predict_logits(load_network(folder), images)
        said[weighted] = (logits[:, 1] - logits[:, 0]).mean()
    assert said[True] > said[False] + 0.3


def test_label_smoothing_is_in_the_loss():
    logits, labels = torch.tensor([[2.0, -1.0]]), torch.tensor([0])
    images = torch.zeros(1, 1, 32, 32)
    for smoothing in (0.0, 0.2):
        network = build_network(make_model(), CLASSES, entry="tiny")
        module = Classifier(
            network, make_model(), make_training(label_smoothing=smoothing), entry="tiny"
        )
        network.forward = lambda _: logits
        module.log_dict = lambda *_, **__: None
        share = torch.tensor([1 - smoothing / 2, smoothing / 2])
        expected = -(share * logits.log_softmax(dim=1)).sum()
        assert float(module.training_step((images, labels), 0)) == pytest.approx(float(expected))


def test_accumulated_batches_make_the_step_of_a_larger_one(tmp_path):
    # A transformer: no statistics of a batch, and no dropout.
    model = make_model("test_vit", optimizer={"class": "SGD", "lr": 0.05})
    weights = [
        train(
            tmp_path / f"{size}-{n}", draw_bars(64, 0), model=model, batch_size=size, accumulate=n
        )
        for size, n in ((8, 4), (32, 1), (8, 1))
    ]
    (_, several), (_, one), (_, more_steps) = weights
    for name in one:
        torch.testing.assert_close(several[name], one[name], rtol=1e-4, atol=1e-6)
    assert any(not torch.allclose(more_steps[name], one[name], atol=1e-4) for name in one)


def test_kept_statistics_are_those_of_the_training_images(tmp_path):
    images = draw_bars(64, 0)
    for average in (None, 0.9):
        folder = tmp_path / str(average)
        run, weights = train(folder, images, average=average, epochs=3, patience=None)
        trained = load_network(folder)
        seen = torch.from_numpy(images.find(run.plan.training).images)
        described = trained.description
        with torch.no_grad():
            maps = trained.network.stages[0][:2]((seen - described.mean) / described.std)
        mean = weights["stages.0.2.running_mean"]
        torch.testing.assert_close(mean, maps.mean(dim=(0, 2, 3)), rtol=1e-3, atol=1e-4)


def test_the_average_follows_the_weights_slowly(tmp_path):
    images = draw_bars(64, 0)
    run, last = train(tmp_path / "last", images, epochs=3, patience=None)
    _, averaged = train(tmp_path / "average", images, epochs=3, patience=None, average=0.9)
    start = start_of(run)
    ways = [
        float((weights["fc.weight"] - start["fc.weight"]).norm()) for weights in (averaged, last)
    ]
    assert 0 < ways[0] < 0.6 * ways[1]


def test_without_patience_some_epochs_are_validated_and_the_last_is_kept(tmp_path):
    run = make_run(tmp_path, draw_bars(32, 0), training=make_training(epochs=41, patience=None))
    record = train_run(run, draw_bars(32, 0))
    history = read_history(tmp_path)
    validated = history.loc[history["val_loss"].notna(), "epoch"].tolist()
    assert validated == [*range(3, 41, 3), 41]
    assert record.kept_epoch == 41


def test_automatic_arithmetic_is_written_down(tmp_path):
    images = draw_bars(32, 0)
    record = train_run(make_run(tmp_path, images, training=make_training(precision="auto")), images)
    assert record.precision in ("32-true", "bf16-mixed")
    assert record.threads == 1 and record.device == "cpu"
