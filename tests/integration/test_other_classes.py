"""Fanaroff-Riley classes instead of WAT and NAT, by configuration alone."""

from __future__ import annotations

import json
import pickle
import re
import shutil
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from astropy.coordinates import SkyCoord
from PIL import Image

from bentjets.radio.simulation import SurveyGeometry, simulate_catalogue, simulate_cutout

GLOBALS = """
classes:
  FR-I: "100"
  FR-II: "200"
"""
PARAMETERS = """
engine: {{n_jobs: 1}}
acquisition:
  catalogue: folder
  survey: folder
  catalogues:
    folder:
      path: {table}
      columns: {{name: Source, ra_deg: RA, dec_deg: Dec, morphology: FR}}
      classes: {{1: FR-I, 2: FR-II}}
  surveys:
    folder: {{path: {cutouts}}}
curation: {{n_batches: 3}}
modelling:
  folds: 3
  attention_per_class: 1
models:
  small_cnn:
    training: {{epochs: 1}}
reporting: {{examples_per_class: 2}}
"""


def observe(folder: Path) -> Path:
    """Draw 24 sources as FITS cutouts, and write a table that calls their classes 1 and 2."""
    sources = simulate_catalogue(24, wat_fraction=0.5, seed=6)
    folder.mkdir()
    for source in sources.to_dict("records"):
        hdu = simulate_cutout(source, geometry=SurveyGeometry(), seed=6)
        hdu.writeto(folder / f"{source['name']}.fits")
    sky = SkyCoord(sources["ra_deg"], sources["dec_deg"], unit="deg")
    table = pd.DataFrame(
        {
            "Source": sources["name"],
            "RA": sky.ra.to_string(unit="hour", sep=":", pad=True, precision=3),
            "Dec": sky.dec.to_string(sep=":", pad=True, alwayssign=True, precision=2),
            "FR": np.where(sources["morphology"] == "WAT", 1, 2),
            "z": 0.1,
        }
    )
    table.to_csv(folder.parent / "sources.csv", index=False)
    return folder.parent / "sources.csv"


@pytest.fixture(scope="module")
def finished(project: Path, kedro, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Data root of a finished run of an environment that declares other classes."""
    root = tmp_path_factory.mktemp("fanaroff_riley")
    table = observe(root / "cutouts")
    conf = root / "conf"
    shutil.copytree(project / "conf", conf, ignore=shutil.ignore_patterns("local"))
    (conf / "fanaroff_riley").mkdir()
    (conf / "fanaroff_riley" / "globals.yml").write_text(GLOBALS)
    parameters = PARAMETERS.format(table=table, cutouts=root / "cutouts")
    (conf / "fanaroff_riley" / "parameters.yml").write_text(parameters)
    kedro(root / "data", "run", "--conf-source", str(conf), "--env", "fanaroff_riley")
    return root / "data"


def test_sources_have_the_declared_classes(finished: Path) -> None:
    catalogue = pd.read_csv(finished / "01_raw/catalogue.csv")
    assert catalogue["morphology"].value_counts().to_dict() == {"FR-I": 12, "FR-II": 12}
    manifest = pd.read_csv(finished / "03_primary/manifest.csv", dtype={"label": str})
    labels = manifest[["morphology", "label"]].drop_duplicates()
    assert sorted(labels.itertuples(index=False, name=None)) == [("FR-I", "100"), ("FR-II", "200")]


def test_batches_and_release_have_them(finished: Path) -> None:
    meta = pickle.loads((finished / "03_primary/batches/batches.meta").read_bytes())
    assert (meta["labels"], meta["label_codes"]) == (["FR-I", "FR-II"], ["100", "200"])
    batch = pickle.loads((finished / "03_primary/batches/test_batch").read_bytes())
    assert set(batch["labels"]) == {"100", "200"}
    release = finished / "03_primary/release"
    description = json.loads((release / "croissant.json").read_text())["description"]
    assert description.endswith("images of radio galaxies, of the survey folder: FR-I, FR-II.")
    assert "\n# Radio galaxies, survey folder\n" in (release / "README.md").read_text()


def test_the_network_tells_them_apart(finished: Path) -> None:
    folder = finished / "06_models/small_cnn/cross_validation-0-0"
    config = json.loads((folder / "config.json").read_text())
    assert config["bentjets"]["classes"] == ["FR-I", "FR-II"]
    assert config["pretrained_cfg"]["label_names"] == ["FR-I", "FR-II"]
    predictions = pd.read_parquet(finished / "07_model_output/predictions.parquet")
    assert {"probability_FR-I", "probability_FR-II"} <= set(predictions)
    assert set(predictions["label"]) == {"FR-I", "FR-II"}


def test_tables_and_figures_name_them(finished: Path) -> None:
    folder = finished / "08_reporting"
    assert list(pd.read_csv(folder / "table1.csv")) == ["batch", "FR-I", "FR-II", "total"]
    columns = pd.read_csv(folder / "table2.csv").columns
    scores = [name for name in columns if name.endswith("_precision_percent")]
    assert scores == ["FR-I_precision_percent", "FR-II_precision_percent"]
    for name in ("table1.tex", "table2.tex"):
        latex = (folder / name).read_text()
        assert "FR-II" in latex
        assert not re.search("WAT|NAT|bent", latex)
    for picture in (folder / "figures").glob("*.png"):
        with Image.open(picture) as image:
            image.verify()


def test_the_report_says_nothing_of_bent_sources(finished: Path) -> None:
    report = (finished / "08_reporting/report.html").read_text()
    words = re.sub(r"data:image/png;base64,[^\"]*", "", report)
    assert "FR-II" in words
    assert "<h1>Radio galaxies" in words
    assert not re.search(r"\b(WAT|NAT)\b|wide-angle|narrow-angle|Sasmal", words)
