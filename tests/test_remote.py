"""The public services themselves: off unless chosen with ``-m remote``."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import yaml

from bentjets.learning.data import is_batch_name
from bentjets.radio.catalogues import read_catalogue
from bentjets.radio.cutouts import Cutout, read_image
from bentjets.radio.surveys import open_survey
from bentjets.transport import Politeness, PoliteSession, download_record

pytestmark = pytest.mark.remote

BENT = {"source_id": "J1", "name": "J1", "ra_deg": 184.33, "dec_deg": 3.67}
POLITE = Politeness(per_second=1)


@pytest.fixture(scope="module")
def acquisition(project) -> dict[str, Any]:
    """Return the shipped parameters, numbers read as Kedro does."""
    text = (project / "conf" / "base" / "parameters_acquisition.yml").read_text()
    return yaml.safe_load(text)["acquisition"]


def fetch(acquisition: dict[str, Any], name: str, source: dict[str, Any]) -> Cutout:
    settings = acquisition["surveys"][name]
    settings["frequency_hz"] = float(settings["frequency_hz"])
    services = acquisition["services"]
    survey = open_survey(name, settings, seed=0, services=services, politeness=POLITE)
    return Cutout.from_bytes(survey.fetch(source).file)


@pytest.mark.parametrize("name", ["first", "nvss", "vlass", "lotss", "racs"])
def test_declared_surveys_give_cutouts(acquisition, name) -> None:
    source = BENT | {"ra_deg": 190.0, "dec_deg": 35.0}
    cutout = fetch(acquisition, name, source)
    assert np.isfinite(cutout.data).mean() > 0.8
    rms = 1.4826 * np.nanmedian(np.abs(cutout.data - np.nanmedian(cutout.data)))
    assert 1e-5 < rms < 2e-3  # Jy/beam, as deep as any of these surveys


def test_first_is_what_it_was(acquisition, real_first) -> None:
    """The true SkyView gives the pixels of the cutouts that were fetched from it before."""
    import pandas as pd

    row = pd.read_csv(real_first / "catalogue.csv").query("has_cutout == 1").iloc[3]
    source = {"source_id": row["name"], **row[["name", "ra_deg", "dec_deg"]]}
    known = read_image(real_first / "cutouts" / f"{row['name']}.fits").data
    found = fetch(acquisition, "first", source).data
    assert np.corrcoef(known.ravel(), found.ravel())[0, 1] > 0.95


def test_vizier_has_the_catalogue(acquisition) -> None:
    catalogue = read_catalogue(
        acquisition["catalogues"]["sasmal2022"],
        classes={"WAT": "100", "NAT": "200"},
        seed=0,
        session=PoliteSession("VizieR", POLITE),
        server=acquisition["services"]["vizier"][0],
    )
    assert catalogue["morphology"].value_counts().to_dict() == {"WAT": 430, "NAT": 287}


def test_the_archive_has_the_batches(project) -> None:
    published = yaml.safe_load((project / "conf/published/parameters.yml").read_text())
    record = published["acquisition"]["published_record"]
    session = PoliteSession("Zenodo", POLITE)
    batches = download_record(record, session=session, is_wanted=is_batch_name)
    assert "test_batch" in batches
