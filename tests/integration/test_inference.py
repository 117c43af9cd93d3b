"""A trained network on new sources: the documented commands, and what they say when wrong."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from astropy.io import fits

RUNS = "06_models"


@pytest.fixture(scope="module")
def run(finished_run: Path) -> Path:
    """Folder of the first run that was trained."""
    return sorted((finished_run / RUNS).glob("*/*/model.safetensors"))[0].parent


def read(root: Path) -> pd.DataFrame:
    return pd.read_parquet(root / "07_model_output" / "classifications.parquet")


def test_cutouts_get_the_probabilities_that_evaluation_gave_them(
    finished_run, run, kedro, tmp_path
) -> None:
    cutouts = finished_run / "01_raw" / "cutouts"
    kedro(
        tmp_path,
        *("run", "--pipelines", "inference", "--env", "inference", "--params"),
        f"run={run},cutouts={cutouts},engine.n_jobs=1,inference.attention=1",
    )
    table = read(tmp_path).set_index("source_id")
    assert len(table) == len(list(cutouts.glob("*.fits")))
    predictions = pd.read_parquet(finished_run / "07_model_output" / "predictions.parquet")
    protocol, fold, seed = run.name.rsplit("-", 2)
    whose = predictions[["model", "protocol", "fold", "seed"]].astype(str).agg("/".join, axis=1)
    own = predictions[whose == "/".join([run.parent.name, protocol, fold, seed])]
    own = own.set_index("source_id")
    names = [name for name in table if name.startswith("probability_")]
    assert len(own)
    np.testing.assert_allclose(table.loc[own.index, names], own[names], rtol=0, atol=1e-5)
    assert len(list((tmp_path / "07_model_output" / "attention").glob("*.png"))) == 1


def test_sources_of_a_mosaic_and_those_beside_it(
    run, kedro, sky_image, sky_header, tmp_path
) -> None:
    image = np.tile(sky_image, (2, 2))
    fits.PrimaryHDU(image, sky_header).writeto(tmp_path / "mosaic.fits")
    table = tmp_path / "positions.csv"
    table.write_text("name,ra_deg,dec_deg\nhere,150.0,20.0\nthere,10.0,-20.0\n")
    kedro(
        tmp_path / "data",
        *("run", "--pipelines", "inference", "--env", "inference", "--params"),
        f"run={run},mosaic={tmp_path / 'mosaic.fits'},catalogue={table},engine.n_jobs=1",
    )
    found = read(tmp_path / "data")
    assert found["status"].tolist() == ["classified", "no cutout"]
    assert "lies outside mosaic.fits" in found["reason"][1]


@pytest.mark.parametrize(
    ("given", "complaint"),
    [
        ("run={tmp},cutouts={cutouts}", "holds no finished run"),
        ("run={tmp}/nowhere,cutouts={cutouts}", "does not exist: give the folder of a trained run"),
        ("cutouts={cutouts}", "inference.runs is null: add --params run=FOLDER"),
        ("run={run}", "no catalogue table given"),
        ("run={run},cutouts={tmp}", "holds no file that ends in .fits"),
        ("run={run},survey=nvss,catalogue={tmp}/t.csv", "pixels are 15 arcsec wide"),
    ],
)
def test_what_is_wrong_is_told_in_one_line_before_anything_is_fetched(
    finished_run, run, kedro, tmp_path, given, complaint
) -> None:
    folder = tmp_path / "given"
    folder.mkdir()
    (folder / "t.csv").write_text("name,ra_deg,dec_deg\nS,10,20\n")
    words = given.format(tmp=folder, run=run, cutouts=finished_run / "01_raw" / "cutouts")
    ended = kedro(
        tmp_path / "data",
        *("run", "--pipelines", "inference", "--env", "inference", "--params", words),
        check=False,
    )
    assert ended.returncode == 1
    (line,) = [line for line in ended.stderr.splitlines() if line.startswith("Error: ")]
    assert complaint in line
    assert not list((tmp_path / "data").rglob("*.fits"))
