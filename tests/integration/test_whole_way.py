"""The whole way, from a catalogue to a report, as a user runs it."""

from __future__ import annotations

import hashlib
import json
import os
import pickle
import re
import shutil
import subprocess
import sys
from importlib import import_module
from pathlib import Path
from urllib.parse import unquote

import numpy as np
import pandas as pd
import pytest
from astropy.io import fits
from PIL import Image

from bentjets.datasets.reviews import ReviewsDataset
from recomputed import check_table_2, check_verdict
from services import Services
from unpinned import copy_without_pins
from unsafe_archives import make_zip
from voting import table, vote

WITHOUT_TORCH = """
import sys
from kedro.framework.cli.cli import main
try:
    main()
except SystemExit as end:
    assert not end.code, end.code
loaded = [name for name in ("torch", "lightning", "timm") if name in sys.modules]
assert not loaded, loaded
"""


@pytest.fixture(scope="module")
def dataset_without_torch(project: Path, tmp_path_factory) -> Path:
    """Make the dataset once more, in an interpreter that fails if torch was loaded."""
    root = tmp_path_factory.mktemp("again")
    pipelines = "acquisition,processing,curation"
    for words in (["registry", "list"], ["run", "--env", "test", "--pipelines", pipelines]):
        subprocess.run(
            [sys.executable, "-c", WITHOUT_TORCH, *words],
            cwd=project,
            env=os.environ | {"BENTJETS_DATA": str(root)},
            check=True,
            capture_output=True,
        )
    return root


def read(root: Path, path: str, **options) -> pd.DataFrame:
    return pd.read_csv(root / path, **options)


def test_every_promised_file_is_there(finished_run: Path) -> None:
    catalogue = read(finished_run, "01_raw/catalogue.csv")
    manifest = read(finished_run, "03_primary/manifest.csv")
    assert len(catalogue) == 12
    for source_id in catalogue["source_id"]:
        assert (finished_run / f"01_raw/cutouts/{source_id}.fits").is_file()
        for kind in ("images", "masks", "masked"):
            with Image.open(finished_run / f"03_primary/{kind}/{source_id}.png") as picture:
                assert (picture.mode, picture.size) == ("L", (150, 150))
        with fits.open(finished_run / f"02_intermediate/background/{source_id}.fits.gz") as hdus:
            assert {"MEAN", "RMS"} <= {hdu.name for hdu in hdus}
        mask = fits.getdata(finished_run / f"02_intermediate/masks/{source_id}.fits")
        assert set(np.unique(mask)) <= {0, 1}
    gaussians = pd.read_parquet(finished_run / "02_intermediate/gaussians.parquet")
    assert set(gaussians["source_id"]) <= set(catalogue["source_id"])
    assert manifest["source_id"].is_unique
    for name in (
        "03_primary/agreement.json",
        "03_primary/rejected.csv",
        "03_primary/release/data/train-00000-of-00001.parquet",
        "03_primary/release/croissant.json",
        "06_models/small_cnn/cross_validation-0-0/model.safetensors",
        "06_models/small_cnn/cross_validation-0-0/config.json",
        "06_models/small_cnn/cross_validation-0-0/run.json",
        "06_models/small_cnn/runs.csv",
        "07_model_output/metrics.json",
        "08_reporting/table1.tex",
        "08_reporting/table2.csv",
        "08_reporting/figures/figure3_attention.png",
        "08_reporting/figures/figure3_attention.pdf",
        "08_reporting/report.html",
    ):
        assert (finished_run / name).stat().st_size > 0, name


def test_logs_have_one_row_per_source_and_true_checksums(finished_run: Path) -> None:
    log = read(finished_run, "01_raw/acquisition_log.csv", keep_default_na=False)
    assert (
        log["source_id"].tolist()
        == read(finished_run, "01_raw/catalogue.csv")["source_id"].tolist()
    )
    for row in log.itertuples():
        content = (finished_run / f"01_raw/cutouts/{row.source_id}.fits").read_bytes()
        assert hashlib.sha256(content).hexdigest() == row.sha256
    processing = read(finished_run, "02_intermediate/processing_log.csv")
    assert len(processing) == len(log)


def test_batches_hold_the_masked_images_in_the_published_form(finished_run: Path) -> None:
    manifest = read(finished_run, "03_primary/manifest.csv", dtype={"label": str})
    seen = []
    counts = pd.read_csv(finished_run / "08_reporting/table1.csv", dtype={"batch": str})
    table1 = counts.set_index("batch")["total"]
    assert list(table1.index) == ["0", "1", "test", "total"]
    for name in ("data_batch_0", "data_batch_1", "test_batch"):
        batch = pickle.loads((finished_run / "03_primary/batches" / name).read_bytes())
        number = name.removeprefix("data_batch_").removesuffix("_batch")
        assert len(batch["labels"]) == table1[number]
        assert batch["data"].dtype == np.uint8
        assert batch["data"].shape == (len(batch["labels"]), 22500)
        for row, label, source_id in zip(
            batch["data"], batch["labels"], batch["filenames"], strict=True
        ):
            seen.append((source_id, label))
            with Image.open(finished_run / f"03_primary/masked/{source_id}.png") as picture:
                np.testing.assert_array_equal(row.reshape(150, 150), np.asarray(picture)[::-1])
    assert sorted(seen) == sorted(zip(manifest["source_id"], manifest["label"], strict=True))


def test_every_image_is_predicted_once_and_a_network_loads_with_timm(finished_run: Path) -> None:
    import timm

    manifest = read(finished_run, "03_primary/manifest.csv")
    predictions = pd.read_parquet(finished_run / "07_model_output/predictions.parquet")
    metrics = json.loads((finished_run / "07_model_output/metrics.json").read_text())
    for model, rows in predictions.groupby("model"):
        assert sorted(rows["source_id"]) == sorted(manifest["source_id"]), model
        names = ["WAT", "NAT"]
        chosen = rows[[f"probability_{name}" for name in names]].to_numpy().argmax(axis=1)
        right = (np.array(names)[chosen] == rows["label"]).mean()
        entry = next(one for one in metrics["entries"] if one["model"] == model)
        assert entry["metrics"]["accuracy"]["value"] == pytest.approx(right), model
    assert {"small_cnn", "majority class", "shape, logistic"} <= set(predictions["model"])
    folder = finished_run / "06_models/small_cnn/cross_validation-0-0"
    import_module("bentjets.learning.networks.architectures")  # which tells timm of its network
    assert timm.create_model(f"local-dir:{folder}", pretrained=True).num_classes == 2


def test_a_repeated_run_trains_nothing_and_leaves_the_same(finished_run: Path, kedro) -> None:
    def state() -> dict[Path, tuple[int, bytes]]:
        layers = ("06_models", "07_model_output")
        files = [path for layer in layers for path in (finished_run / layer).rglob("*.*")]
        return {path: (path.stat().st_mtime_ns, path.read_bytes()) for path in files}

    before = state()
    kedro(finished_run, "run", "--env", "test", "--pipelines", "modelling")
    after = state()
    assert {path: content for path, (_, content) in after.items()} == {
        path: content for path, (_, content) in before.items()
    }
    weights = [path for path in before if path.name == "model.safetensors"]
    assert weights
    assert all(before[path][0] == after[path][0] for path in weights)


def test_the_same_seed_gives_the_same_predictions(
    finished_run: Path, kedro, dataset_without_torch: Path
) -> None:
    kedro(dataset_without_torch, "run", "--env", "test", "--pipelines", "modelling")
    name = "07_model_output/predictions.parquet"
    assert (dataset_without_torch / name).read_bytes() == (finished_run / name).read_bytes()


def test_the_report_says_that_no_expert_looked(finished_run: Path) -> None:
    report = (finished_run / "08_reporting/report.html").read_text()
    assert "No expert has looked at these images" in report
    assert "These sources are simulated" in report
    assert report.count("data:image/png;base64,") == 13


def test_the_report_says_how_it_was_made(finished_run: Path) -> None:
    report = (finished_run / "08_reporting/report.html").read_text()
    section = report[report.index('<section id="run">') :].partition("</section>")[0]
    assert "python -m kedro run --env test" in section
    assert "acquisition.catalogues.simulated.n_sources" in section
    record = json.loads((finished_run / "08_reporting/run_record.json").read_text())
    assert record["environment"] == "test"
    pipelines = ["acquisition", "processing", "curation", "modelling", "reporting"]
    assert list(record["seconds"]) == pipelines
    assert min(record["seconds"].values()) > 0


def test_the_report_leads_to_the_files_of_the_run(finished_run: Path) -> None:
    report = (finished_run / "08_reporting/report.html").read_text()
    section = report[report.index('<section id="run">') :].partition("</section>")[0]
    links = [unquote(link) for link in re.findall(r'<a href="([^"]+)"', section)]
    assert {"../01_raw/cutouts", "../03_primary/manifest.csv", "../03_primary/release"} <= {*links}
    for link in links:
        assert (finished_run / "08_reporting" / link).exists(), link


def test_what_changes_from_run_to_run_is_in_the_report_alone(finished_run: Path) -> None:
    record = json.loads((finished_run / "08_reporting/run_record.json").read_text())
    told = [
        path.relative_to(finished_run).as_posix()
        for path in finished_run.rglob("*")
        if path.is_file() and record["date"][:16].replace("T", " ").encode() in path.read_bytes()
    ]
    assert told == ["08_reporting/report.html"]


def test_the_same_seed_gives_the_same_files_and_needs_no_torch(
    finished_run: Path, dataset_without_torch: Path
) -> None:
    files = [
        path.relative_to(dataset_without_torch)
        for layer in ("01_raw", "02_intermediate", "03_primary")
        for path in sorted((dataset_without_torch / layer).rglob("*"))
        if path.is_file() and path.suffix != ".db"
    ]
    assert len(files) > 100
    different = [
        str(path)
        for path in files
        if (dataset_without_torch / path).read_bytes() != (finished_run / path).read_bytes()
    ]
    assert different == []


def test_bad_cutouts_become_rows_and_the_others_go_on(
    finished_run: Path, kedro, tmp_path: Path
) -> None:
    """Ten good files, and one of each kind of bad one."""
    folder = tmp_path / "cutouts"
    shutil.copytree(finished_run / "01_raw/cutouts", folder)
    catalogue = read(finished_run, "01_raw/catalogue.csv")
    names = sorted(path.stem for path in folder.glob("*.fits"))
    first, second, third = (folder / f"{name}.fits" for name in names[:3])
    first.write_bytes(first.read_bytes()[:5000])
    second.unlink()
    with fits.open(third, mode="update") as hdus:
        hdus[0].data[:] = np.nan
    with fits.open(folder / f"{names[3]}.fits") as hdus:  # a cube with two axes of length one
        cube = fits.PrimaryHDU(hdus[0].data[np.newaxis, np.newaxis], hdus[0].header)
    cube.writeto(folder / f"{names[3]}.fits", overwrite=True)
    catalogue.to_csv(tmp_path / "catalogue.csv", index=False)
    root = tmp_path / "data"
    kedro(
        root,
        "run",
        "--env",
        "folder",
        "--pipelines",
        "acquisition,processing",
        "--params",
        f"cutouts={folder},catalogue={tmp_path / 'catalogue.csv'}",
    )
    log = read(root, "01_raw/acquisition_log.csv", keep_default_na=False).set_index("source_id")
    assert log["status"].value_counts().to_dict() == {"fetched": 9, "failed": 2, "missing": 1}
    assert log.loc[names[1], "status"] == "missing"
    assert "not a readable FITS file" in log.loc[names[0], "reason"]
    assert "all NaN" in log.loc[names[2], "reason"]
    assert len(list((root / "03_primary/masked").glob("*.png"))) == 9


def test_experts_decide_where_the_policy_says_so(finished_run: Path, kedro, tmp_path: Path) -> None:
    root = tmp_path / "data"
    shutil.copytree(finished_run, root, ignore=shutil.ignore_patterns("cache"))
    words = ["run", "--env", "test", "--pipelines", "curation"]
    words += ["--params", "curation.review.policy=unanimous,curation.n_batches=2"]
    refused = kedro(root, *words, check=False)
    assert "no votes of experts" in refused.stderr
    sources = read(root, "01_raw/catalogue.csv")["source_id"].tolist()
    votes = [
        vote(source, expert, "reject" if (source, expert) == (sources[0], "ada") else "accept")
        for source in sources
        for expert in ("ada", "ben")
    ]
    ReviewsDataset(filepath=f"{root}-reviews.db").save(table(*votes))
    kedro(root, *words)
    manifest = read(root, "03_primary/manifest.csv")
    assert sources[0] not in set(manifest["source_id"])
    assert len(manifest) == 11
    assert set(manifest["reviewers"]) == {"ada;ben"}
    agreement = json.loads((root / "03_primary/agreement.json").read_text())
    assert agreement["experts"] == ["ada", "ben"]
    assert agreement["percent_agreement"]["value"] == pytest.approx(11 / 12)
    # A third batch, left over from the run before, would leak into the training.
    batches = {path.name for path in (root / "03_primary/batches").iterdir()}
    assert batches == {"data_batch_0", "test_batch", "batches.meta"}


def test_numbers_of_table_2_and_the_verdict_follow_from_the_predictions(finished_run: Path) -> None:
    predictions = pd.read_parquet(finished_run / "07_model_output/predictions.parquet")
    table2 = read(finished_run, "08_reporting/table2.csv")
    splits = read(finished_run, "03_primary/splits.csv").set_index("source_id")["group"]
    check_table_2(table2, predictions, ["WAT", "NAT"], splits.to_dict())
    verdict = json.loads((finished_run / "08_reporting/verdict.json").read_text())
    runs = {
        folder.parent.name: pd.read_csv(folder)["temperature"].agg(["min", "max"]).to_list()
        for folder in (finished_run / "06_models").glob("*/runs.csv")
    }
    check_verdict(verdict, table2, predictions, ["WAT", "NAT"], runs)


def test_published_batches_go_straight_to_the_networks(
    finished_run: Path, kedro, services: Services, project: Path, tmp_path: Path
) -> None:
    batches = {
        f"RGC-Bent/{path.name}": path.read_bytes()
        for path in (finished_run / "03_primary/batches").iterdir()
    }
    address = services.add_record({"RGC-Bent.zip": make_zip(batches)})
    params = {
        "acquisition.published_record": address,
        "modelling.train": "[small_cnn]",
        "modelling.validation_batch": 1,
        "models.small_cnn.training.precision": "32-true",
        "models.small_cnn.training.epochs": 1,
    }
    words = ",".join(f"{key}={value}" for key, value in params.items())
    conf = copy_without_pins(project / "conf", tmp_path)
    data = tmp_path / "data"
    kedro(data, "run", "--conf-source", str(conf), "--env", "published", "--params", words)
    ours = read(finished_run, "08_reporting/table1.csv")
    pd.testing.assert_frame_equal(read(data, "08_reporting/table1.csv"), ours)
    predictions = pd.read_parquet(data / "07_model_output/small_cnn/predictions.parquet")
    assert len(predictions) == ours.query("batch == 'test'")["total"].item()
    report = (data / "08_reporting/report.html").read_text()
    assert address in report
    assert "No expert" not in report
