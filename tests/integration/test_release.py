"""A release as others open it: with nothing of bentjets."""

from __future__ import annotations

import json
import os
import pickle
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import yaml
from astropy.io import fits
from astropy.table import Table
from astropy.wcs import WCS
from click.testing import CliRunner
from kedro.framework.startup import bootstrap_project
from PIL import Image

from archives import TOKEN, serve_archives
from bentjets.cli import cli

OFFLINE = {"HF_HUB_OFFLINE": "1", "HF_DATASETS_OFFLINE": "1"}
LOAD = """
import json, sys
import datasets
import numpy as np
found = datasets.load_dataset(sys.argv[1])
told = {}
for split, rows in found.items():
    told[split] = {
        row["source_id"]: [
            int(np.asarray(row["image"], dtype=np.int64).sum()), row["image"].size,
            row["label"], float(np.nansum(row["cutout"])), np.asarray(row["mask"]).max().item(),
        ]
        for row in rows
    }
features = {name: str(kind) for name, kind in found["train"].features.items()}
print(json.dumps({"splits": told, "features": features}))
"""
CROISSANT = """
import json, sys
import mlcroissant
dataset = mlcroissant.Dataset(jsonld=sys.argv[1])
issues = dataset.metadata.ctx.issues
assert not issues.errors and not issues.warnings, issues.report()
print(json.dumps([record["sources/source_id"].decode() for record in dataset.records("sources")]))
"""


@pytest.fixture(scope="module")
def release(finished_run: Path) -> Path:
    return finished_run / "03_primary" / "release"


@pytest.fixture(scope="module")
def splits(finished_run: Path) -> pd.DataFrame:
    return pd.read_csv(finished_run / "03_primary" / "splits.csv", dtype={"source_id": str})


def call(program: str, argument: Path, folder: Path) -> str:
    """Run a program in a process of its own, without the internet."""
    places = {name: str(folder) for name in ("HF_HOME", "XDG_CACHE_HOME", "CROISSANT_CACHE")}
    done = subprocess.run(
        [sys.executable, "-c", program, str(argument)],
        env=os.environ | OFFLINE | places,
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.strip().splitlines()[-1]


def test_hugging_face_loads_the_splits_as_they_are(release, splits, finished_run, tmp_path):
    told = json.loads(call(LOAD, release, tmp_path))
    ids = splits.groupby("split")["source_id"].apply(set).to_dict()
    assert {split: set(rows) for split, rows in told["splits"].items()} == ids
    assert set(ids) == {"train", "validation", "test"}
    for name in ("image", "masked_image", "mask"):
        assert told["features"][name].startswith("Image(")
    assert told["features"]["label"].startswith("ClassLabel(names=['WAT', 'NAT']")
    kinds = splits.set_index("source_id")["morphology"]
    for rows in told["splits"].values():
        for source_id, (total, size, label, values, most) in rows.items():
            picture = Image.open(finished_run / f"03_primary/images/{source_id}.png")
            assert (total, tuple(size)) == (np.asarray(picture, dtype=int).sum(), picture.size)
            assert label == ["WAT", "NAT"].index(kinds[source_id])
            cutout = fits.getdata(finished_run / f"01_raw/cutouts/{source_id}.fits")
            assert values == pytest.approx(np.nansum(cutout), rel=1e-3, abs=1e-4)
            assert most == 255


def test_mlcroissant_has_no_remark_and_reads_every_record(release, splits, tmp_path):
    ids = json.loads(call(CROISSANT, release / "croissant.json", tmp_path))
    assert sorted(ids) == sorted(splits["source_id"])


def test_the_description_names_terms_units_and_splits(release):
    described = json.loads((release / "croissant.json").read_text())
    assert described["conformsTo"] == "http://mlcommons.org/croissant/1.1"
    assert described["license"].startswith("https://creativecommons.org/")
    assert "Hossain" not in described["citeAs"]
    assert described["creator"]
    fields = {one["name"]: one["description"] for one in described["recordSet"][1]["field"]}
    assert "Jy/beam" in fields["cutout"]
    assert all(fields.values())


def test_pixels_are_where_the_sky_says(release, finished_run):
    row = pd.read_parquet(release / "data").iloc[0]
    path = finished_run / f"01_raw/cutouts/{row['source_id']}.fits"
    values = np.stack(row["cutout"])
    data = fits.getdata(path)
    np.testing.assert_array_equal(values, data[::-1])
    turned, original = WCS(fits.Header.fromstring(row["wcs"])), WCS(fits.getheader(path)).celestial
    here = turned.pixel_to_world(10, 20)
    there = original.pixel_to_world(10, data.shape[0] - 1 - 20)
    assert here.separation(there).arcsec < 1e-6
    low, high = row["stretch_min_jy_beam"], row["stretch_max_jy_beam"]
    assert (low, high) == (np.nanmin(values), np.nanmax(values))


def test_the_batches_open_as_the_published_ones_do(release, splits):
    found = []
    for path in sorted((release / "batches").iterdir()):
        with path.open("rb") as file:
            batch = pickle.load(file, encoding="latin1")
        if path.name == "batches.meta":
            assert batch["label_codes"] == ["100", "200"]
            continue
        assert len(batch["data"]) == len(batch["labels"])
        found += batch["filenames"]
    assert len(found) == len(splits)


def test_tools_of_astronomers_open_it(release, splits, tmp_path):
    table = Table.read(release / "sources.vot")
    assert len(table) == len(splits)
    assert str(table["ra_deg"].unit) == "deg"
    assert table["ra_deg"].description
    mocpy = pytest.importorskip("mocpy")
    moc = mocpy.MOC.from_fits(str(release / "footprint.moc.fits"))
    from astropy.coordinates import Latitude, Longitude

    inside = moc.contains_lonlat(Longitude(table["ra_deg"]), Latitude(table["dec_deg"]))
    assert inside.all()
    side_deg = 150 * 1.8 / 3600
    # Cells of 26 arcsec that are cut by the edge of a cutout belong to it.
    assert 1 <= moc.sky_fraction * 41253 / (len(table) * side_deg**2) < 1.4


def test_it_verifies_itself_and_finds_a_flipped_byte(release, tmp_path):
    copy = tmp_path / "release"
    shutil.copytree(release, copy)
    words = [sys.executable, str(copy / "verify.py")]
    assert subprocess.run(words, check=True, capture_output=True).stdout == (
        b"all files are as published\n"
    )
    path = next((copy / "data").iterdir())
    content = bytearray(path.read_bytes())
    content[1000] ^= 1
    path.write_bytes(content)
    damaged = subprocess.run(words, check=False, capture_output=True, text=True)
    assert damaged.returncode == 1
    assert f"data/{path.name}: damaged or missing" in damaged.stdout
    listed = (copy / "SHA256SUMS").read_text().splitlines()
    files = {one.relative_to(copy).as_posix() for one in copy.rglob("*") if one.is_file()}
    assert {line.split("  ", 1)[1] for line in listed} == files - {"SHA256SUMS"}


def test_the_card_says_what_was_really_done(release):
    card = (release / "README.md").read_text()
    block = yaml.safe_load(card.split("---")[1])
    assert block["license"] == "cc0-1.0"
    assert [one["split"] for one in block["configs"][0]["data_files"]] == [
        *("train", "validation", "test"),
    ]
    for words in (
        "The images are drawn by a program",
        "The labels are the simulation's own",
        "Nobody looked at these images",
        "`100`",
        "none stands in training and test",
    ):
        assert words in card
    assert len((release / "LICENSE").read_text()) > 5000


def test_what_is_left_out_has_reasons_and_facts(release, finished_run):
    rejected = pd.read_csv(release / "rejected.csv")
    assert {"source_id", "ra_deg", "morphology", "reason", "snr"} <= set(rejected)
    decisions = pd.read_csv(finished_run / "03_primary/decisions.csv", keep_default_na=False)
    catalogue = pd.read_csv(finished_run / "01_raw/catalogue.csv")
    assert len(rejected) == len(catalogue) - decisions["accepted"].sum()
    assert rejected["reason"].notna().all()


def test_the_command_checks_and_uploads(finished_run, project, tmp_path, monkeypatch) -> None:
    conf = tmp_path / "conf"
    shutil.copytree(project / "conf", conf)
    (conf / "local").mkdir(exist_ok=True)
    monkeypatch.setenv("BENTJETS_DATA", str(finished_run))
    monkeypatch.chdir(project)
    bootstrap_project(project)

    def run(*words: str) -> str:
        asked = ["release", "--env", "test", "--conf-source", str(conf), *words]
        done = CliRunner().invoke(cli, asked)
        said = " ".join(done.output.split())
        assert done.exit_code == (1 if said.startswith("Error") or "Error:" in said else 0)
        return said

    assert "are as they were made" in run()
    assert 'write zenodo: {token: "..."} into conf/local/credentials.yml' in run(
        "--upload", "zenodo"
    )
    with serve_archives() as archives:
        access = {"zenodo": {"token": TOKEN, "url": archives.url}}
        (conf / "local" / "credentials.yml").write_text(yaml.safe_dump(access))
        assert f"Uploaded to the draft {archives.url}/deposit/1: look at it" in run(
            "--upload", "zenodo"
        )
        assert {"README.md", "LICENSE"} < {*archives.files["1"]}
