"""The pipelines by name: namespaces, tags, and names that can be asked for."""

from __future__ import annotations

import warnings
from pathlib import Path

import pytest
from kedro.config import OmegaConfigLoader
from kedro.io import DataCatalog
from kedro.pipeline import Pipeline

from bentjets.parameters import read_parameters
from bentjets.pipeline_registry import build_pipelines
from bentjets.settings import CONFIG_LOADER_ARGS

PARTS = ("acquisition", "processing", "curation", "modelling", "reporting")


def build(project: Path, env: str, **given) -> dict[str, Pipeline]:
    loader = OmegaConfigLoader(
        str(project / "conf"), env=env, runtime_params=given, **CONFIG_LOADER_ARGS
    )
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        return build_pipelines(read_parameters(loader["parameters"]))


@pytest.fixture(scope="module")
def pipelines(project: Path) -> dict[str, Pipeline]:
    return build(project, "first")


def test_the_whole_way_is_five_boxes(pipelines: dict[str, Pipeline]) -> None:
    assert set(pipelines) == {*PARTS, "inference", "ruler", "__default__"}
    whole = pipelines["__default__"]
    assert {str(node.namespace).partition(".")[0] for node in whole.nodes} == set(PARTS)
    for part in PARTS:
        chosen = whole.filter(node_namespaces=[part])
        assert set(chosen.nodes) == set(pipelines[part].nodes)
        assert set(whole.only_nodes_with_tags(part).nodes) == set(chosen.nodes)


def test_other_catalogues_are_asked_where_some_are_named(project: Path) -> None:
    for env, asks in (("first", True), ("base", False), ("folder", False)):
        whole = build(project, env)["__default__"]
        assert ("second_opinions" in whole.all_outputs()) is asks
        assert ("opinion_agreement" in whole.all_outputs()) is asks
        assert not {"second_opinions", "opinion_agreement"} & whole.inputs()


def test_soft_labels_are_learnt_where_they_are_asked_for(project: Path) -> None:
    for given, learnt in ((True, "small_cnn.softened"), (False, "small_cnn.images")):
        whole = build(project, "base", modelling={"soft_labels": given})["__default__"]
        (train,) = [node for node in whole.nodes if node.name.endswith("small_cnn.train_runs")]
        assert learnt in train.inputs
        assert ("soft_labels" in whole.all_outputs()) is given
    # They are told of where other catalogues are asked, whatever is learnt.
    assert "soft_labels" in build(project, "first")["__default__"].all_outputs()


def test_each_model_is_a_box_within_modelling(pipelines: dict[str, Pipeline]) -> None:
    for model in ("vgg16", "resnet50", "vit_b16", "swin_b", "convnext"):
        nodes = pipelines["modelling"].filter(node_namespaces=[f"modelling.{model}"]).nodes
        steps = ("stack_batches", "train_runs", "predict_runs", "explain_model", "embed_sources")
        names = [node.name for node in nodes]
        assert names[:2] == [f"modelling.{model}.{step}" for step in steps[:2]]
        assert set(names) == {f"modelling.{model}.{step}" for step in steps}
        assert set(pipelines["__default__"].only_nodes_with_tags(model).nodes) == set(nodes)


def test_datasets_and_parameters_keep_their_names(pipelines: dict[str, Pipeline]) -> None:
    datasets = pipelines["__default__"].datasets()
    assert {"catalogue", "masks", "manifest", "vgg16.runs", "report"} <= datasets
    assert {"params:processing", "params:models.vgg16"} <= datasets
    assert not any(name.startswith(f"{part}.") for part in PARTS for name in datasets)


@pytest.mark.parametrize("env", ["published", "images"])
def test_image_sets_need_neither_processing_nor_curation(project: Path, env: str) -> None:
    pipelines = build(project, env)
    assert set(pipelines) == {"acquisition", "modelling", "reporting", "__default__"}
    # The classes are those that are found, wherever those of the parameters would be read.
    assert "params:classes" not in pipelines["__default__"].inputs()
    assert "found_classes" in pipelines["modelling"].inputs() & pipelines["reporting"].inputs()


LAYERS = ("raw", "intermediate", "primary", "models", "model_output", "reporting")


@pytest.mark.parametrize("env", ["base", "first", "images", "published", "inference"])
def test_no_step_goes_back_to_a_lower_layer(project: Path, env: str) -> None:
    """Of layers in a circle, kedro-viz shows none."""
    loader = OmegaConfigLoader(str(project / "conf"), env=env, **CONFIG_LOADER_ARGS)
    catalog = DataCatalog.from_config(loader["catalog"])
    for pipeline in build(project, env).values():
        for node in pipeline.nodes:
            layers = {
                name: LAYERS.index(catalog.get(name).metadata["kedro-viz"]["layer"])
                for name in (*node.inputs, *node.outputs)
                if not name.startswith("params:")
            }
            above = max((layers[one] for one in node.inputs if one in layers), default=0)
            assert all(layers[one] >= above for one in node.outputs), node.name


def test_every_step_tells_what_it_does(pipelines: dict[str, Pipeline]) -> None:
    for node in pipelines["__default__"].nodes:
        told = node.preview().content
        assert len(told.partition("\n")[0]) > 20, node.name
        assert "Makes:\n" in told
    masks = next(node for node in pipelines["processing"].nodes if node.name.endswith("make_masks"))
    assert "(Eq. 3)" in masks.preview().content
