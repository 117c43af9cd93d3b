"""Modelling: who sees which image, and the same steps for every model."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import yaml
from astropy.io import fits

from bentjets.errors import InputError
from bentjets.learning.data import ImageStack, pack_batch
from bentjets.learning.settings import ImageSettings, ModelSettings
from bentjets.parameters.modelling import ModellingSettings
from bentjets.pipelines.modelling import create_pipeline, evaluating, nodes, stacking
from bentjets.radio.cutouts import fits_bytes
from bentjets.radio.imaging import network_image
from bentjets.radio.measuring import Shape
from bentjets.validation import validate
from curating import CLASSES, Content
from learners import draw_bars, make_model

FACTS = {"side_px": 32, "pixel_scale_arcsec": 1.8}
STEPS = ("train_runs", "predict_runs", "explain_model", "embed_sources")

pytestmark = pytest.mark.usefixtures("one_thread")


@pytest.fixture(scope="module")
def modelling(project) -> ModellingSettings:
    text = (project / "conf" / "base" / "parameters_modelling.yml").read_text()
    parameters = yaml.safe_load(text)["modelling"]
    parameters["training"] |= {"epochs": 2, "batch_size": 8, "precision": "32-true"}
    changes = {"train": ["tiny"], "folds": 3, "validation_batch": 1, "attention_per_class": 1}
    return validate(ModellingSettings, parameters | changes)


@pytest.fixture(scope="module")
def images() -> ImageStack:
    return draw_bars(24, seed=1)


@pytest.fixture(scope="module")
def splits(images: ImageStack) -> pd.DataFrame:
    """Three batches, of which the last is the test batch."""
    table = pd.DataFrame({"source_id": images.source_ids, "group": range(len(images))})
    table["morphology"] = [images.classes[label] for label in images.labels]
    table["batch"] = np.arange(len(images)) * 3 // len(images)
    return table.assign(split=np.where(table["batch"] == 2, "test", "train"))


@pytest.fixture(scope="module")
def trained(images, splits, modelling, tmp_path_factory) -> tuple[Path, pd.DataFrame, pd.DataFrame]:
    """Folder of a model, and what is told of its runs and their epochs."""
    folder = tmp_path_factory.mktemp("06_models") / "tiny"
    return folder, *nodes.train_runs(images, FACTS, splits, folder, make_model(), modelling)


@pytest.fixture(scope="module")
def predictions(trained, images, splits, modelling) -> pd.DataFrame:
    folder, runs, _ = trained
    return nodes.predict_runs(images, splits, folder, runs, modelling)


class TestStackingBatches:
    @staticmethod
    def batches(side_px: int = 8) -> dict:
        """Loaders of two small batches, in FITS row order; the first source is a bright row."""
        pixels = np.zeros((4, side_px, side_px), dtype=np.uint8)
        pixels[0, 2] = 255
        packed = {
            name: pack_batch(pixels, ["100", "200"] * 2, [f"{name}_{i}" for i in range(4)], name)
            for name in ("test_batch", "data_batch_0")
        }
        loaders = {name: lambda batch=batch: batch for name, batch in packed.items()}
        return loaders | {"batches.meta": lambda: pytest.fail("the description holds no images")}

    def test_images_are_those_of_the_batches(self, cutout) -> None:
        model = make_model(image_size=8)
        cutouts = {"S0": Content(fits_bytes(cutout.to_hdu()))}
        stack, facts = stacking.stack_batches(self.batches(), model, CLASSES, cutouts)
        assert stack.source_ids[0] == "data_batch_0_0"
        assert stack.source_ids[-1] == "test_batch_3"
        assert stack.labels.tolist() == [0, 1] * 4
        assert stack.images.shape == (8, 1, 8, 8)
        assert (stack.images[0, 0].sum(axis=1) == [0, 0, 8, 0, 0, 0, 0, 0]).all()
        assert facts == {"side_px": 8, "pixel_scale_arcsec": pytest.approx(1.8)}

    def test_the_middle_is_kept(self, cutout) -> None:
        model = make_model(image_size=8, images={"crop_px": 8})
        cutouts = {"S0": Content(fits_bytes(cutout.to_hdu()))}
        stack, _ = stacking.stack_batches(self.batches(12), model, CLASSES, cutouts)
        assert (stack.images[0, 0].sum(axis=1) == [8, 0, 0, 0, 0, 0, 0, 0]).all()


@pytest.fixture
def sky(cutout) -> tuple[pd.DataFrame, dict[str, Content], dict[str, Content]]:
    """Manifest, cutouts and masks of a source in the middle of its cutout."""
    mask = np.zeros(cutout.data.shape, dtype=np.uint8)
    mask[60:78, 56:95] = 1
    manifest = pd.DataFrame(
        {"source_id": ["S0"], "ra_deg": 150.0, "dec_deg": 20.0, "morphology": "NAT"}
    )
    cutouts = {"S0": Content(fits_bytes(cutout.to_hdu()))}
    return manifest, cutouts, {"S0": Content(fits_bytes(fits.PrimaryHDU(mask)))}


def test_images_of_cutouts_are_made_as_the_entry_says(sky, cutout, one_process) -> None:
    images = {"source": "cutouts", "mask": "source", "stretch": ["linear", "asinh"]}
    model = make_model(image_size=150, channels=2, images=images)
    stack, facts = stacking.stack_cutouts(*sky, model, CLASSES, one_process)
    mask = np.zeros(cutout.data.shape, dtype=np.uint8)
    mask[60:78, 56:95] = 1
    expected = network_image(
        cutout.data, mask, (74.5, 74.5), keep="source", stretch=("linear", "asinh"),
        pixel_scale_arcsec=cutout.pixel_scale_arcsec,
    )  # fmt: skip
    np.testing.assert_allclose(stack.images[0], expected, atol=1e-6)
    assert (stack.source_ids, stack.labels.tolist()) == (("S0",), [1])
    assert facts == {"side_px": 150, "pixel_scale_arcsec": cutout.pixel_scale_arcsec}


def test_an_image_that_cannot_be_made_is_named(sky, one_process) -> None:
    manifest, cutouts, _ = sky
    masks = {"S0": Content(b"no FITS file")}
    model = make_model(channels=1, images={"source": "cutouts"})
    with pytest.raises(InputError, match=r"^S0: "):
        stacking.stack_cutouts(manifest, cutouts, masks, model, CLASSES, one_process)


class TestTraining:
    def test_every_run_is_told_of(self, trained) -> None:
        folder, runs, histories = trained
        assert runs["fold"].tolist() == [0, 1, 2]
        assert set(runs["protocol"]) == {"cross_validation"}
        for fold in range(3):
            assert (folder / f"cross_validation-{fold}-0" / "model.safetensors").is_file()
        epochs = histories.groupby(["protocol", "fold", "seed"])["epoch"].apply(list)
        assert epochs.tolist() == [[1, 2]] * 3

    def test_a_new_seed_trains_only_what_is_new(self, trained, images, splits, modelling) -> None:
        folder, before, _ = trained
        weights = folder / "cross_validation-0-0" / "model.safetensors"
        made_at = weights.stat().st_mtime_ns
        more = modelling.model_copy(update={"seeds": [0, 1]})
        runs, _ = nodes.train_runs(images, FACTS, splits, folder, make_model(), more)
        assert weights.stat().st_mtime_ns == made_at
        assert runs["seed"].tolist() == [0] * 3 + [1] * 3
        pd.testing.assert_frame_equal(runs[:3], before)
        assert runs["weights_sha256"].nunique() == 6

    @pytest.mark.parametrize(("protocol", "run"), [("single", 0), ("cross_validation", 2)])
    def test_test_images_play_no_part(
        self, images, splits, modelling, tmp_path, protocol, run
    ) -> None:
        """Poison those that the run is tested on: the weights are the same."""
        settings = modelling.model_copy(update={"protocol": protocol})
        plan = nodes.plans(splits, settings)[run]
        is_test = np.isin(images.source_ids, plan.test)
        spoilt = np.where(is_test[:, None, None, None], 1 - images.images, images.images)
        labels = np.where(is_test, 1 - images.labels, images.labels)
        poisoned = replace(images, images=spoilt, labels=labels)
        weights = []
        for name, stack in (("clean", images), ("poisoned", poisoned)):
            folder = tmp_path / name / "tiny"
            runs, _ = nodes.train_runs(stack, FACTS, splits, folder, make_model(), settings)
            weights.append(runs["weights_sha256"][run])
        assert weights[0] == weights[1]


class TestPredicting:
    def test_every_image_is_predicted_once_by_a_network_that_never_saw_it(
        self, predictions, images, splits, modelling
    ) -> None:
        assert predictions["source_id"].is_unique
        assert set(predictions["source_id"]) == set(images.source_ids)
        tested = {plan.fold: set(plan.test) for plan in nodes.plans(splits, modelling)}
        for fold, rows in predictions.groupby("fold"):
            assert set(rows["source_id"]) == tested[fold]
        total = predictions[["probability_WAT", "probability_NAT"]].sum(axis=1)
        np.testing.assert_allclose(total, 1.0)
        labels = predictions.set_index("source_id")["label"]
        expected = splits.set_index("source_id")["morphology"]
        assert labels.to_dict() == expected.to_dict()

    def test_a_run_that_is_not_trained_is_named(self, trained, images, splits, modelling) -> None:
        folder, runs, _ = trained
        with pytest.raises(InputError, match="the run cross_validation-2-0 is not trained: run t"):
            nodes.predict_runs(images, splits, folder, runs[:2], modelling)

    def test_attention_is_that_of_test_images_of_the_first_run(
        self, trained, predictions, images, splits, modelling
    ) -> None:
        folder, runs, _ = trained
        attention = nodes.explain_model(images, splits, folder, runs, predictions, modelling)
        first = predictions.loc[predictions["fold"] == 0, "source_id"]
        assert 1 <= len(attention) <= 4
        assert set(attention["source_id"]) <= set(first)

    def test_all_sources_are_embedded_by_the_network_of_the_first_run(
        self, trained, images, splits, modelling
    ) -> None:
        folder, runs, _ = trained
        table = nodes.embed_sources(images, splits, folder, runs, modelling)
        assert tuple(table["source_id"]) == images.source_ids
        assert set(table["run"]) == {"cross_validation-0-0"}
        unseen = table.loc[table["part"] == "test", "source_id"]
        assert set(unseen) == set(nodes.plans(splits, modelling)[0].test)
        pd.testing.assert_frame_equal(
            table, nodes.embed_sources(images, splits, folder, runs, modelling)
        )


class TestWeighing:
    @pytest.fixture
    def manifest(self, splits) -> pd.DataFrame:
        """Moments that tell nothing, an axis ratio and an angle that tell all."""
        random = np.random.default_rng(2)
        moments = {name: random.random(len(splits)) for name in Shape.__dataclass_fields__}
        is_wat = splits["morphology"] == "WAT"
        return splits.assign(
            **moments | {"axis_ratio": 0.2 + 0.5 * ~is_wat, "opening_angle_deg": 30 + 90 * is_wat},
            snr=random.random(len(splits)),
        )

    def test_baselines_are_learnt_on_the_same_folds(self, manifest, splits, modelling) -> None:
        found, importance = evaluating.predict_baselines(manifest, splits, modelling, CLASSES)
        for model, rows in found.groupby("model"):
            assert sorted(rows["source_id"]) == sorted(splits["source_id"]), model
        angle = found[found["model"] == "opening angle"]
        assert ((angle["probability_WAT"] > 0.5) == (angle["label"] == "WAT")).all()
        assert {"shape, logistic", "shape, forest"} == set(importance["model"])

    def test_predictions_of_all_are_one_table(
        self, trained, images, manifest, splits, modelling
    ) -> None:
        folder, _, _ = trained
        two = modelling.model_copy(update={"seeds": [0, 1]})
        runs, _ = nodes.train_runs(images, FACTS, splits, folder, make_model(), two)
        own = nodes.predict_runs(images, splits, folder, runs, two)
        baselines, _ = evaluating.predict_baselines(manifest, splits, two, CLASSES)
        joined = evaluating.gather_predictions(splits, two, CLASSES, tiny=own, baselines=baselines)
        kinds = joined.groupby("model")["kind"].unique().explode().to_dict()
        assert kinds["tiny"] == "network"
        assert kinds["tiny, 2 seeds"] == "ensemble"
        assert kinds["majority class"] == "baseline"
        metrics, comparison, reliability, by_property = evaluating.measure_models(
            joined, manifest, splits, CLASSES
        )
        entries = {entry["model"]: entry for entry in metrics["entries"]}
        assert set(entries) == set(kinds)
        right = (own["probability_WAT"] >= 0.5) == (own["label"] == "WAT")
        assert entries["tiny"]["metrics"]["accuracy"]["value"] == pytest.approx(right.mean())
        assert entries["tiny"]["seeds"] == [0, 1]
        assert set(comparison["better"]) | set(comparison["worse"]) == set(kinds)
        assert set(reliability["model"]) == set(by_property["model"]) == set(kinds)


def make_models(**sources: str) -> dict[str, ModelSettings]:
    return {
        name: make_model().model_copy(update={"images": ImageSettings(source=source)})
        for name, source in sources.items()
    }


def test_every_model_goes_the_same_way_under_its_name() -> None:
    pipeline = create_pipeline(make_models(resnet50="batches", vgg16="cutouts"))
    own = {
        "resnet50": {f"resnet50.{step}" for step in ("stack_batches", *STEPS)},
        "vgg16": {f"vgg16.{step}" for step in ("stack_cutouts", *STEPS)},
    }
    weighing = {"predict_baselines", "gather_predictions", "measure_models", "rank_doubts"}
    assert {node.name for node in pipeline.nodes} == own["resnet50"] | own["vgg16"] | weighing
    assert pipeline.inputs() == {
        "batches", "cutouts", "masks", "manifest", "splits", "resnet50.folder", "vgg16.folder",
        "params:modelling", "params:classes", "params:engine", "params:models.resnet50",
        "params:models.vgg16",
    }  # fmt: skip
    for model, names in own.items():
        assert {node.name for node in pipeline.only_nodes_with_tags(model).nodes} == names
    results = (
        "images",
        "image_facts",
        "runs",
        "histories",
        "predictions",
        "attention",
        "embedding",
    )
    expected = {f"{model}.{result}" for model in own for result in results}
    assert pipeline.all_outputs() - {"baselines.predictions"} == expected | {
        "predictions", "shape_importance", "metrics", "model_comparison", "reliability",
        "metrics_by_property", "label_doubts",
    }  # fmt: skip


def test_image_sets_need_no_cutouts() -> None:
    pipeline = create_pipeline(make_models(vgg16="batches"), of_image_set=True)
    assert not {"cutouts", "masks", "batches"} & pipeline.inputs()
    names = {node.name for node in pipeline.nodes}
    assert "vgg16.stack_image_set" in names
    # Its report has no gallery, where an embedding is shown.
    assert "vgg16.embed_sources" not in names


def test_without_a_model_the_baselines_are_left() -> None:
    assert {node.name for node in create_pipeline({}).nodes} == {
        "predict_baselines", "gather_predictions", "measure_models", "rank_doubts",
    }  # fmt: skip
