"""Second opinions as a run asks for them."""

from __future__ import annotations

import logging
from pathlib import Path

import pandas as pd
import pytest
from kedro.config import OmegaConfigLoader

from bentjets.engine import EngineSettings
from bentjets.errors import InputError
from bentjets.parameters import read_parameters
from bentjets.pipelines.acquisition.opinions import load_second_opinions
from bentjets.pipelines.curation.opinions import soften_labels
from bentjets.radio.catalogues import read_catalogue
from bentjets.review import measure_opinions
from bentjets.settings import CONFIG_LOADER_ARGS
from bentjets.tables.acquisition import SECOND_OPINIONS
from bentjets.tables.curation import SOFT_LABELS

CLASSES = {"WAT": "100", "NAT": "200"}


@pytest.fixture
def ask(project):
    """Read a catalogue, and what another table says of its sources."""

    def ask(catalogue: Path, other: Path, column: str = "morphology"):
        given = {
            "catalogue": str(catalogue),
            "second_opinion": str(other),
            "acquisition": {
                "catalogues": {"second_opinion": {"columns": {"morphology": column}}},
            },
        }
        loader = OmegaConfigLoader(
            str(project / "conf"), env="folder", runtime_params=given, **CONFIG_LOADER_ARGS
        )
        acquisition = read_parameters(loader["parameters"]).acquisition
        table = read_catalogue(
            acquisition.chosen_catalogue.model_dump(), classes=dict(CLASSES), seed=0
        )
        engine = EngineSettings(n_jobs=1)
        return table, load_second_opinions(table, acquisition, CLASSES, 0, engine)

    return ask


def write(path: Path, *rows: str) -> Path:
    path.write_text("\n".join(["name,ra_deg,dec_deg,morphology,remark", *rows]) + "\n")
    return path


def test_a_table_of_ones_own_says_what_it_thinks_of_the_sources(ask, tmp_path) -> None:
    ours = write(tmp_path / "ours.csv", "a,10,20,WAT,", "b,11,20,NAT,")
    theirs = write(tmp_path / "theirs.csv", "x,10.001,20,,nat?", "y,50,20,,wat")
    _, opinions = ask(ours, theirs, "remark")
    SECOND_OPINIONS.validate(opinions)
    (row,) = opinions.to_dict("records")
    assert (row["source_id"], row["catalogue"], row["their_name"]) == ("a", "theirs", "x")
    assert (row["their_morphology"], row["doubtful"], row["agrees"]) == ("NAT", True, False)


def test_no_source_in_common_is_a_warning(ask, tmp_path, caplog) -> None:
    ours = write(tmp_path / "ours.csv", "a,10,20,WAT,")
    theirs = write(tmp_path / "theirs.csv", "y,50,20,WAT,")
    with caplog.at_level(logging.WARNING):
        _, opinions = ask(ours, theirs)
    assert SECOND_OPINIONS.validate(opinions).empty
    assert "the second opinion theirs has no source within 30 arcsec" in caplog.text


def test_a_table_that_says_nothing_of_classes_is_refused(ask, tmp_path) -> None:
    ours = write(tmp_path / "ours.csv", "a,10,20,WAT,")
    theirs = write(tmp_path / "theirs.csv", "y,10,20,,wat")
    with pytest.raises(InputError, match=r"says nothing of the class of any .*remark.*columns"):
        ask(ours, theirs)


def test_two_catalogues_of_the_field_agree_on_three_quarters(ask, real_first) -> None:
    ours, opinions = ask(real_first / "catalogue.csv", real_first / "proctor.csv", "comment")
    labels = dict(zip(ours["source_id"], ours["morphology"], strict=True))
    found = measure_opinions(opinions, labels, ours[["source_id"]], list(CLASSES))["proctor"]
    common = found["common"]
    assert common["n"] == 116
    assert common["agreement"]["value"] == pytest.approx(0.759, abs=5e-4)
    assert common["kappa"]["low"] < 0.43 < common["kappa"]["high"]
    assert common["error"]["value"] == pytest.approx(0.14, abs=0.005)


def test_labels_are_shared_as_the_opinions_on_them(ask, tmp_path) -> None:
    ours = write(tmp_path / "ours.csv", "a,10,20,WAT,", "b,11,20,NAT,")
    theirs = write(tmp_path / "theirs.csv", "x,10.001,20,,nat?", "y,50,20,,wat")
    table, opinions = ask(ours, theirs, "remark")
    nobody = pd.DataFrame(columns=["source_id", "expert", "round", "showing", "verdict"])
    soft = soften_labels(table, nobody, CLASSES, opinions)
    SOFT_LABELS.validate(soft)
    shares = soft.set_index(["source_id", "morphology"])["share"]
    assert shares["a"].to_dict() == pytest.approx({"WAT": 2 / 3, "NAT": 1 / 3})
    assert shares["b"].to_dict() == {"WAT": 0, "NAT": 1}
    alone = soften_labels(table, nobody, CLASSES)
    assert set(alone["opinions"]) == {1}
