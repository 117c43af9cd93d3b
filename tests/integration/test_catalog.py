"""The catalog: every dataset is declared, and lies where DESIGN says."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from kedro.framework.session import KedroSession
from kedro.framework.startup import bootstrap_project

ENVIRONMENTS = ["base", "test", "first", "folder", "published", "images", "inference"]

# What users rely on (the table of docs/reference/files.md).
FILES = {
    "catalogue": "01_raw/catalogue.csv",
    "cutouts": "01_raw/cutouts",
    "acquisition_log": "01_raw/acquisition_log.csv",
    "image_log": "01_raw/image_log.csv",
    "background": "02_intermediate/background",
    "islands": "02_intermediate/islands",
    "masks": "02_intermediate/masks",
    "gaussians": "02_intermediate/gaussians.parquet",
    "processing_log": "02_intermediate/processing_log.csv",
    "images": "03_primary/images",
    "mask_images": "03_primary/masks",
    "masked_images": "03_primary/masked",
    "quality": "03_primary/quality.csv",
    "manifest": "03_primary/manifest.csv",
    "batches": "03_primary/batches",
    "release": "03_primary/release",
    "splits": "03_primary/splits.csv",
    "leaks": "03_primary/leaks.csv",
    "morphology": "02_intermediate/morphology.parquet",
    "small_cnn.folder": "06_models/small_cnn",
    "small_cnn.runs": "06_models/small_cnn/runs.csv",
    "small_cnn.predictions": "07_model_output/small_cnn/predictions.parquet",
    "predictions": "07_model_output/predictions.parquet",
    "metrics": "07_model_output/metrics.json",
    "verdict": "08_reporting/verdict.json",
    "table1": "08_reporting/table1.csv",
    "table1_ecsv": "08_reporting/table1.ecsv",
    "table1_tex": "08_reporting/table1.tex",
    "table2": "08_reporting/table2.csv",
    "table2_ecsv": "08_reporting/table2.ecsv",
    "table2_tex": "08_reporting/table2.tex",
    "figure1": "08_reporting/figures/figure1_examples.png",
    "report": "08_reporting/report.html",
    "run_record": "08_reporting/run_record.json",
}
LAYERS = {
    "01_raw": "raw",
    "02_intermediate": "intermediate",
    "03_primary": "primary",
    "06_models": "models",
    "07_model_output": "model_output",
    "08_reporting": "reporting",
}


@pytest.fixture(params=ENVIRONMENTS)
def environment(request, project: Path, tmp_path: Path, monkeypatch):
    """Catalog and pipelines of one environment."""
    monkeypatch.setenv("BENTJETS_DATA", str(tmp_path))
    bootstrap_project(project)
    env = None if request.param == "base" else request.param
    with KedroSession.create(project, env=env) as session:
        context = session.load_context()
        from kedro.framework.project import pipelines

        yield context.catalog, dict(pipelines), tmp_path


def location(dataset) -> str:
    described = dataset._describe()
    return str(described.get("filepath") or described.get("path") or "")


def test_every_dataset_of_every_pipeline_is_declared(environment) -> None:
    catalog, pipelines, _ = environment
    patterns = set(catalog.config_resolver.list_patterns()) - {"{default}"}
    assert all(pattern.startswith("{model}.") for pattern in patterns)
    declared = set(catalog.config_resolver.config)
    for name in set().union(*(pipeline.datasets() for pipeline in pipelines.values())):
        if name.startswith("params:"):
            assert name in catalog, name
        else:
            assert name in declared or f"{{model}}.{name.partition('.')[2]}" in patterns, name


# Known only when the pictures are: their layer says so, and their folder is relied on.
LATER = ("processing_log", "morphology", "source_frames", "image_log")


def test_every_dataset_lies_in_the_folder_of_its_layer(environment) -> None:
    catalog, pipelines, root = environment
    for name in pipelines["__default__"].datasets():
        dataset = catalog.get(name)
        if name.startswith(("params:", "parameters")):
            continue
        assert re.fullmatch(r"[a-z0-9_]+([.@][a-z0-9_]+)?", name), name
        layer = dataset.metadata["kedro-viz"]["layer"]
        place = location(dataset)
        if Path(place).is_relative_to(root):
            folder = Path(place).relative_to(root).parts[0]
            assert LAYERS[folder] == layer or name in LATER, name
        else:
            outside = ("overrides", "reviews", "published_results")
            assert not place or name in outside, f"{name} lies outside the data root: {place}"


@pytest.mark.parametrize("environment", ["base"], indirect=True)
def test_files_that_users_rely_on(environment) -> None:
    catalog, _, root = environment
    for name, path in FILES.items():
        assert location(catalog.get(name)) == (root / path).as_posix(), name
    # Never below the data root, which may be removed.
    assert location(catalog.get("reviews")) == f"{root}-reviews.db"


@pytest.mark.parametrize("environment", ["first"], indirect=True)
def test_the_paper_trains_its_five_networks(environment) -> None:
    catalog, pipelines, _ = environment
    models = catalog.load("params:models")
    namespaces = {node.namespace for node in pipelines["modelling"].nodes}
    trained = {name.removeprefix("modelling.") for name in namespaces - {"modelling"}}
    assert trained == {"vgg16", "resnet50", "vit_b16", "swin_b", "convnext"}
    for name in trained:
        settings = models[name].model_dump(by_alias=True)
        assert (settings["weights"], settings["image_size"]) == ("imagenet", 224)
        assert settings["optimizer"]["lr"] == 1e-3
        transformer = name in ("vit_b16", "swin_b")
        assert settings["optimizer"]["class"] == ("AdamW" if transformer else "Adam")
        if transformer:
            expected = {"class": "CosineAnnealingWarmRestarts", "T_0": 5, "eta_min": 0.0}
        else:
            expected = {"class": "StepLR", "step_size": 5, "gamma": 0.1}
        assert settings["scheduler"] == expected
    training = catalog.load("params:modelling").training
    assert (training.epochs, training.batch_size) == (20, 32)


def test_telemetry_is_off(project: Path) -> None:
    assert (project / ".telemetry").read_text().strip() == "consent: false"
