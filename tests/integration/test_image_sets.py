"""The environment images on the command line: a release of ours, by its path alone."""

from __future__ import annotations

import hashlib
import shutil
from pathlib import Path

import pandas as pd
import yaml

from image_sets import draw_pictures, write_pickles
from services import Services
from unsafe_archives import make_zip


def test_a_release_goes_straight_to_the_networks(finished_run: Path, kedro, tmp_path: Path) -> None:
    release = finished_run / "03_primary" / "release"
    words = f"images={release},engine.n_jobs=1"
    words += ",models.small_cnn.training.epochs=1,models.small_cnn.training.steps=2"
    done = kedro(tmp_path / "data", "run", "--env", "images", "--params", words)
    assert "release: Parquet, 12 images (" in done.stdout
    columns = ["source_id", "morphology", "batch", "split"]
    ours, theirs = (
        pd.read_csv(root / "03_primary" / "splits.csv")[columns].sort_values("source_id")
        for root in (finished_run, tmp_path / "data")
    )
    pd.testing.assert_frame_equal(
        ours.reset_index(drop=True), theirs.reset_index(drop=True), check_dtype=False
    )
    table2 = pd.read_csv(tmp_path / "data" / "08_reporting" / "table2.csv")
    assert set(table2["protocol"]) == {"published"}
    run = tmp_path / "data" / "06_models" / "small_cnn" / "published-0-0"
    assert len(pd.read_csv(run / "history.csv")) == 2  # one batch is all, and steps asks for two
    report = (tmp_path / "data" / "08_reporting" / "report.html").read_text()
    assert "The published split: its test part" in report
    assert str(release) in report


def test_a_benchmark_is_fetched_checked_and_run(
    kedro, services: Services, project: Path, tmp_path: Path
) -> None:
    pictures = write_pickles(tmp_path / "mirabest", draw_pictures()) / "batches"
    archive = make_zip({f"batches/{one.name}": one.read_bytes() for one in pictures.iterdir()})
    record = services.add_record({"MiraBest.zip": archive})
    entry = {
        "address": f"{record}/files/MiraBest.zip/content",
        "file": "MiraBest.zip",
        "md5": hashlib.md5(archive).hexdigest(),
        "classes": {100: "FRI", 200: "FRII"},
        "layout": "pickled batches",
        "split": {"train": 30, "test": 11},
        "citation": "Porter & Scaife 2023",
    }
    conf = tmp_path / "conf"
    shutil.copytree(project / "conf", conf, ignore=shutil.ignore_patterns("local"))
    text = yaml.safe_dump({"benchmarks": {"mirabest": entry}})
    (conf / "base" / "parameters_benchmarks.yml").write_text(text)
    words = ["--conf-source", str(conf), "--env", "images", "--pipelines", "acquisition"]
    words += ["--params", "benchmark=mirabest,engine.n_jobs=1"]
    root = tmp_path / "data"
    done = kedro(root, "run", *words)
    assert "pickled batches, 40 images (20 FRI, 20 FRII), its own split" in done.stdout
    assert "has another split than its entry in benchmarks" in done.stdout
    assert "another layout" not in done.stdout
    assert (root / "01_raw" / "benchmarks" / "MiraBest.zip").read_bytes() == archive
    manifest = pd.read_csv(root / "03_primary" / "manifest.csv")
    assert manifest["morphology"].value_counts().to_dict() == {"FRI": 20, "FRII": 20}
