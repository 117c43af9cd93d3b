import json
import logging
import re
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
import torch

from bentjets.errors import InputError
from bentjets.learning.data import ImageStack
from bentjets.learning.evaluation.predicting import predict, predict_logits
from bentjets.learning.networks import load_network
from bentjets.learning.training import Run, read_history, read_record, train_run
from bentjets.learning.training.classifier import Classifier
from learners import draw_bars, make_model, make_plan, make_run, make_training


def weights_of(folder):
    return (folder / "model.safetensors").read_bytes()


def accuracy(folder, images):
    return float((predict(load_network(folder), images).argmax(axis=1) == images.labels).mean())


def relabel(images, labels):
    return ImageStack(images.images, labels, images.source_ids, images.classes)


@pytest.fixture
def trained(tmp_path):
    """A finished run of two epochs, and what it was made of."""
    images = draw_bars(64, 0)
    run = make_run(tmp_path / "run", images)
    return run, images, train_run(run, images)


def test_training_learns_bars(tmp_path):
    images = draw_bars(192, 0)
    model = make_model(scheduler={"class": "StepLR", "step_size": 6, "gamma": 0.1})
    run = make_run(tmp_path, images, model=model, training=make_training(epochs=8, patience=None))
    record = train_run(run, images)
    assert accuracy(tmp_path, draw_bars(40, 2)) >= 0.9
    history = read_history(tmp_path)
    assert list(history.columns) == [
        "epoch", "train_loss", "train_accuracy", "val_loss", "val_accuracy", "learning_rate",
    ]  # fmt: skip
    assert history["epoch"].tolist() == list(range(1, 9))
    assert history["learning_rate"].tolist() == pytest.approx([3e-3] * 6 + [3e-4] * 2)
    assert record == read_record(tmp_path)
    assert (record.state, record.epochs, record.kept_epoch) == ("finished", 8, 8)
    assert record.val_accuracy == pytest.approx(history["val_accuracy"].iloc[-1])
    assert not list(tmp_path.glob("*.ckpt")) and not list(tmp_path.glob(".*"))


@pytest.mark.parametrize("class_weights", [None, torch.tensor([0.6, 3.0])])
@pytest.mark.parametrize("smoothing", [0.0, 0.2])
def test_the_loss_of_certain_shares_is_that_of_labels(class_weights, smoothing, monkeypatch):
    images, labels = torch.randn(6, 3), torch.tensor([0, 1, 1, 0, 1, 1])
    module = Classifier(
        torch.nn.Linear(3, 2),
        make_model(),
        make_training(label_smoothing=smoothing),
        entry="tiny",
        class_weights=class_weights,
    )
    monkeypatch.setattr(module, "log_dict", lambda *_, **__: None)
    hard = module.training_step((images, labels), 0)
    certain = module.training_step((images, torch.eye(2)[labels]), 0)
    torch.testing.assert_close(certain, hard)


@pytest.mark.parametrize("class_weights", [True, False])
def test_shares_are_learnt_in_place_of_labels(tmp_path, class_weights):
    images = draw_bars(64, 0)
    certain = replace(images, shares=np.eye(2, dtype=np.float32)[images.labels])
    training = make_training(epochs=2, label_smoothing=0.1, class_weights=class_weights)
    told = []
    for name, stack in (("labels", images), ("certain", certain)):
        run = make_run(tmp_path / name, stack, training=training)
        train_run(run, stack)
        told.append(predict(load_network(tmp_path / name), images))
    np.testing.assert_allclose(told[1], told[0], atol=1e-3)
    # Nothing is known of any image: so nothing is learnt, and the finished run is not kept.
    unsure = replace(images, shares=np.full((len(images), 2), 0.5, dtype=np.float32))
    run = make_run(tmp_path / "certain", unsure, training=training)
    before = read_record(run.folder)
    assert train_run(run, unsure).training_sha256 != before.training_sha256
    assert read_record(run.folder).weights_sha256 != before.weights_sha256


def test_same_seed_same_bytes_and_nothing_left_behind(tmp_path, monkeypatch):
    here = tmp_path / "here"
    here.mkdir()
    monkeypatch.chdir(here)
    before, images = torch.random.get_rng_state(), draw_bars(64, 0)
    training = make_training(rotate="any", zoom=0.1, shift=0.05)
    for name, seed in (("first", 1), ("same", 1), ("other", 2)):
        torch.rand(seed)
        before = torch.random.get_rng_state()
        train_run(make_run(tmp_path / name, images, training=training, seed=seed), images)
        assert torch.equal(before, torch.random.get_rng_state())
    assert weights_of(tmp_path / "first") == weights_of(tmp_path / "same")
    assert weights_of(tmp_path / "first") != weights_of(tmp_path / "other")
    first, same = (read_history(tmp_path / name) for name in ("first", "same"))
    pd.testing.assert_frame_equal(first, same)
    assert list(here.iterdir()) == []
    assert not torch.are_deterministic_algorithms_enabled()


@pytest.mark.parametrize("changes", [{"entry": "other"}, {"fold": 1}, {"seed": 1}])
def test_every_run_has_a_stream_of_its_own(trained, tmp_path, changes):
    run, images, _ = trained
    train_run(make_run(tmp_path / "other", images, **changes), images)
    assert weights_of(tmp_path / "other") != weights_of(run.folder)


def test_a_finished_run_is_left_as_it_is(trained):
    run, images, record = trained
    before = {path.name: path.stat().st_mtime_ns for path in run.folder.iterdir()}
    more = draw_bars(80, 5)  # sources that are none of its own do not matter
    others = ImageStack(
        np.concatenate([images.images, more.images]),
        np.concatenate([images.labels, more.labels]),
        (*images.source_ids, *(f"T{name}" for name in more.source_ids)),
        images.classes,
    )
    assert train_run(run, others) == record
    assert {path.name: path.stat().st_mtime_ns for path in run.folder.iterdir()} == before


def change_labels(run, images):
    labels = images.labels.copy()
    labels[0] = 1 - labels[0]
    return run, relabel(images, labels)


def change_pixels(run, images):
    pixels = images.images.copy()
    pixels[0] += 0.1
    return run, ImageStack(pixels, images.labels, images.source_ids, images.classes)


def change_settings(run, images):
    return replace(run, training=make_training(label_smoothing=0.1)), images


def change_model(run, images):
    return replace(run, model=make_model(optimizer={"class": "AdamW", "lr": 2e-3})), images


def change_seed(run, images):
    return replace(run, plan=make_plan(images, seed=3)), images


def change_facts(run, images):
    return replace(run, facts={"pixel_scale_arcsec": 1.8}), images


def damage_weights(run, images):
    path = run.folder / "model.safetensors"
    path.write_bytes(path.read_bytes()[:-4] + b"\0\0\0\0")
    return run, images


def lose_history(run, images):
    (run.folder / "history.csv").unlink()
    return run, images


def damage_record(run, images):
    (run.folder / "run.json").write_text('{"format": 1, "model"')
    return run, images


def change_versions(run, images):
    path = run.folder / "run.json"
    record = json.loads(path.read_text())
    record["versions"]["torch"] = "1.0"
    path.write_text(json.dumps(record))
    return run, images


@pytest.mark.parametrize(
    "change",
    [
        change_labels, change_pixels, change_settings, change_model, change_seed, change_facts,
        change_versions, damage_weights, lose_history, damage_record,
    ],
)  # fmt: skip
def test_what_is_changed_or_damaged_is_trained_again(trained, change):
    run, images, record = trained
    before = (run.folder / "run.json").stat().st_mtime_ns
    run, images = change(run, images)
    again = train_run(run, images)
    assert again.state == "finished"
    assert (run.folder / "run.json").stat().st_mtime_ns > before
    is_new = change not in (
        change_versions,
        damage_weights,
        lose_history,
        damage_record,
        change_facts,
    )
    assert (again.weights_sha256 != record.weights_sha256) == is_new
    assert read_record(run.folder) == again == train_run(run, images)


def test_other_weights_to_begin_with_are_trained_again(tmp_path):
    images = draw_bars(64, 0)
    donors = [tmp_path / "one", tmp_path / "two"]
    for seed, folder in enumerate(donors):
        train_run(make_run(folder, images, seed=seed), images)
    start = tmp_path / "start.safetensors"
    run = make_run(tmp_path / "run", images, model=make_model(weights=str(start)))
    hashes = []
    for folder in donors:
        start.write_bytes(weights_of(folder))
        hashes.append(train_run(run, images).weights_sha256)
    assert hashes[0] != hashes[1]


def test_a_run_of_another_version_is_one_line(trained):
    run, images, _ = trained
    path = run.folder / "run.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | {"format": 2}))
    before = weights_of(run.folder)
    with pytest.raises(InputError, match=r"run\.json is of version 2, .* reads 1: move") as caught:
        train_run(run, images)
    assert "\n" not in str(caught.value)
    assert weights_of(run.folder) == before


def test_training_stops_early_and_keeps_the_best_weights(tmp_path, caplog):
    caplog.set_level(logging.INFO)
    images = draw_bars(128, 0)
    labels = images.labels.copy()
    labels[64:96] = 1 - labels[64:96]  # the better it learns, the worse these get
    images = relabel(images, labels)
    run = make_run(tmp_path, images, training=make_training(epochs=30, patience=2))
    record = train_run(run, images)
    history = read_history(tmp_path)
    assert len(history) < 30
    assert history["val_loss"].argmin() == len(history) - 3 == record.kept_epoch - 1
    validation = images.find(run.plan.validation)
    logits = torch.from_numpy(predict_logits(load_network(tmp_path), validation))
    loss = torch.nn.functional.cross_entropy(logits, torch.from_numpy(validation.labels))
    assert float(loss) == pytest.approx(history["val_loss"].min(), rel=1e-4)
    line = f"tiny single-0-0: {len(history)} epochs of 30, as the validation loss did not fall"
    assert line in caplog.text


def test_one_log_line_per_run_and_no_banners(tmp_path, caplog, capfd):
    caplog.set_level(logging.INFO)
    images = draw_bars(64, 0)
    run = make_run(tmp_path, images, training=make_training(precision="bf16-mixed"))
    train_run(run, images)
    (line,) = [record.getMessage() for record in caplog.records]
    assert line.startswith("tiny single-0-0: 2 epochs; epoch ")
    printed = capfd.readouterr().out  # log lines, where another test has set up logging
    assert not any(word in printed for word in ("GPU", "Trainer", "LOCAL_RANK", "litlogger"))


def test_diverging_training(tmp_path):
    images = draw_bars(64, 0)
    model = make_model(optimizer={"class": "SGD", "lr": 1e30})
    with pytest.raises(InputError, match=r"lower the learning rate \(lr\) of models\.tiny"):
        train_run(make_run(tmp_path, images, model=model), images)


@pytest.mark.parametrize("part", ["training", "validation"])
def test_an_empty_part(tmp_path, part):
    images = draw_bars(64, 0)
    run = make_run(tmp_path, images)
    run = Run("tiny", replace(run.plan, **{part: ()}), run.model, run.training, tmp_path)
    with pytest.raises(InputError, match=f"tiny single-0-0: there are 0 {part} images"):
        train_run(run, images)


@pytest.mark.parametrize("protocol", ["single", "cross_validation"])
def test_test_images_are_not_read_before_the_end(trained, tmp_path, protocol):
    run, images, _ = trained
    clean, poisoned = tmp_path / "clean", tmp_path / "poisoned"
    train_run(make_run(clean, images, protocol=protocol), images)
    pixels, labels = images.images.copy(), images.labels.copy()
    tested = [images.source_ids.index(name) for name in run.plan.test]
    pixels[tested], labels[tested] = np.nan, 1 - labels[tested]
    poison = ImageStack(pixels, labels, images.source_ids, images.classes)
    train_run(make_run(poisoned, poison, protocol=protocol), poison)
    for path in clean.iterdir():
        if path.name != "run.json":
            assert path.read_bytes() == (poisoned / path.name).read_bytes(), path.name
    records = [read_record(folder).model_dump(exclude={"seconds"}) for folder in (clean, poisoned)]
    assert records[0] == records[1]


def test_the_example_of_the_guide_trains(project, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    text = (project / "docs" / "training.md").read_text(encoding="utf-8")
    (example,) = re.findall(r"```python\n(.*?)```", text, flags=re.DOTALL)
    bars = draw_bars(64, 0, 64)
    names = {"images": bars.images, "labels": bars.labels.tolist(), "names": bars.source_ids}
    exec(example.replace("epochs=20", "epochs=2"), names)
    assert names["record"].state == "finished"
    assert (tmp_path / "runs" / "mine" / "model.safetensors").is_file()
