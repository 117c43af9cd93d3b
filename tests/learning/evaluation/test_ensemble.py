"""Trained runs that answer together: found, checked against each other, averaged."""

import json

import numpy as np
import pytest
import timm
import torch

from bentjets.errors import InputError
from bentjets.learning.data import UNKNOWN, ImageStack
from bentjets.learning.evaluation.classifying import classify
from bentjets.learning.evaluation.ensemble import Ensemble, describe_runs, find_runs
from bentjets.learning.evaluation.novelty import fit_novelty, save_novelty
from bentjets.learning.evaluation.predicting import extract_features, predict
from bentjets.learning.networks import Description, TrainedNetwork, save_network
from bentjets.learning.settings import ImageSettings

CLASSES = ("WAT", "NAT")


def make_network(timm_model="test_resnet", seed=0, **changes) -> TrainedNetwork:
    torch.manual_seed(seed)
    network = timm.create_model(timm_model, num_classes=2, in_chans=1)
    values = {
        "format": 1,
        "classes": CLASSES,
        "images": ImageSettings(),
        "image_size": 32,
        "channels": 1,
        "mean": 0.1,
        "std": 0.2,
        "temperature": 1.7,
        "views": 8,
        "pixel_scale_arcsec": 1.8,
        "side_px": 150,
    }
    return TrainedNetwork(network.eval(), Description(**values | changes))


def make_stack(n=12, size=32, seed=3) -> ImageStack:
    images = np.random.default_rng(seed).random((n, 1, size, size), dtype=np.float32)
    names = tuple(f"S{number}" for number in range(n))
    return ImageStack(images, np.full(n, UNKNOWN), names, CLASSES)


def write_run(folder, state="finished", **changes):
    save_network(folder, make_network(**changes))
    record = {
        "format": 1, "model": "m", "protocol": "single", "fold": 0, "seed": 0, "settings": {},
        "training": {}, "classes": list(CLASSES), "n_training": 1, "n_validation": 1,
        "training_sha256": "", "validation_sha256": "", "versions": {}, "state": state,
    }  # fmt: skip
    (folder / "run.json").write_text(json.dumps(record))
    return folder


@pytest.mark.parametrize(
    ("timm_model", "size"),
    [("test_resnet", 32), ("test_convnext", 32), ("test_vit", 160), ("test_efficientnet", 32)],
)
def test_one_pass_gives_the_probabilities_and_the_features_of_two(timm_model, size) -> None:
    trained = make_network(timm_model, image_size=size)
    stack = make_stack(5, size)
    probabilities, features = classify(trained, stack, batch_size=2)
    np.testing.assert_allclose(probabilities, predict(trained, stack, 2), rtol=0, atol=1e-6)
    np.testing.assert_allclose(features, extract_features(trained, stack, 2), rtol=0, atol=1e-5)


def test_probabilities_of_an_ensemble_are_the_mean_over_its_runs() -> None:
    networks = tuple(make_network(seed=seed) for seed in range(3))
    stack = make_stack()
    answers = Ensemble(networks, (None,) * 3).answer(stack)
    expected = np.mean([predict(network, stack) for network in networks], axis=0)
    np.testing.assert_allclose(answers.probabilities, expected, atol=1e-6)
    assert answers.predicted == tuple(CLASSES[index] for index in expected.argmax(axis=1))
    assert np.isnan(answers.unlike).all()
    assert np.isnan(answers.p_value).all()


def test_a_threshold_decides_where_every_run_has_one() -> None:
    stack = make_stack()
    plain = Ensemble((make_network(),), (None,)).answer(stack)
    low = Ensemble((make_network(threshold=0.0),), (None,)).answer(stack)
    high = Ensemble((make_network(threshold=1.0),), (None,)).answer(stack)
    mixed = Ensemble((make_network(threshold=1.0), make_network()), (None, None)).answer(stack)
    assert (set(low.predicted), set(high.predicted)) == ({"NAT"}, {"WAT"})
    assert mixed.predicted == plain.predicted


def test_distances_are_averaged_over_the_runs_that_can_tell() -> None:
    stack = make_stack(40)
    network = make_network()
    features = extract_features(network, stack)
    novelty = fit_novelty(features[:25], features[25:])
    one = Ensemble((network,), (novelty,)).answer(stack)
    both = Ensemble((network, make_network(seed=1)), (novelty, None)).answer(stack)
    np.testing.assert_allclose(one.p_value, novelty.p_value(novelty.distance(features)), atol=1e-3)
    np.testing.assert_allclose(both.unlike, one.unlike)
    np.testing.assert_array_equal(one.unlike > 1, one.p_value < 0.01)


def test_runs_are_found_by_folder_model_and_pattern(tmp_path, caplog) -> None:
    model = tmp_path / "small"
    first, second = (write_run(model / f"single-0-{seed}", seed=seed) for seed in (1, 2))
    write_run(model / "single-0-3", state="training")
    assert find_runs([str(second), str(first), str(first)]) == [second, first]
    assert find_runs([str(model)]) == [first, second]
    assert "1 runs are not finished" in caplog.text
    assert find_runs([str(tmp_path / "*" / "single-0-[12]")]) == [first, second]


def test_runs_that_cannot_be_used_are_named(tmp_path) -> None:
    unfinished = write_run(tmp_path / "model" / "single-0-0", state="training")
    empty = tmp_path / "empty"
    empty.mkdir()
    damaged = write_run(tmp_path / "damaged")
    (damaged / "run.json").write_text("{")
    newer = write_run(tmp_path / "newer")
    (newer / "run.json").write_text('{"format": 99}')
    for folder, complaint in (
        (tmp_path / "nowhere", "nowhere does not exist: give the folder of a trained run"),
        (empty, "empty holds no finished run: give the folder"),
        (unfinished, "single-0-0 is not finished: train it to its end"),
        (unfinished.parent, "model holds no finished run of 1: give the folder"),
        (damaged, "run.json is damaged: train the network again"),
        (newer, "run.json is of version 99"),
    ):
        with pytest.raises(InputError, match=complaint):
            find_runs([str(folder)])


@pytest.mark.parametrize(
    ("changes", "complaint"),
    [
        ({"classes": ("NAT", "WAT")}, "two has classes NAT, WAT, .*one has WAT, NAT"),
        ({"images": ImageSettings(crop_px=64)}, "two has images .*crop_px=64"),
        ({"image_size": 48}, "two has image_size 48, .*one has 32"),
        ({"pixel_scale_arcsec": 1.5}, "two has pixel_scale_arcsec 1.5"),
        ({"side_px": 100}, "two has side_px 100"),
    ],
)
def test_runs_of_other_images_or_classes_cannot_answer_together(
    tmp_path, changes, complaint
) -> None:
    one, two = write_run(tmp_path / "one"), write_run(tmp_path / "two", **changes)
    with pytest.raises(InputError, match=complaint):
        describe_runs([one, two])
    assert len(describe_runs([one, one])) == 2


def test_a_run_without_novelty_is_loaded_with_a_word(tmp_path, caplog) -> None:
    one, two = write_run(tmp_path / "one"), write_run(tmp_path / "two", seed=1)
    features = extract_features(make_network(), make_stack())
    save_novelty(one, fit_novelty(features, features))
    ensemble = Ensemble.load([one, two])
    assert ensemble.novelties[0] is not None
    assert ensemble.novelties[1] is None
    assert "two cannot tell images that are unlike those of its training" in caplog.text
    answers = ensemble.answer(make_stack())
    assert np.isfinite(answers.unlike).all()
