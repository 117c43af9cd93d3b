"""Published results are shown beside real skies only, and know whose images were used."""

from pathlib import Path

import pandas as pd
import pytest
from kedro.config import OmegaConfigLoader

from bentjets.hooks import settle_parameters
from bentjets.pipelines.reporting import comparing
from bentjets.report.tabulating import tables
from bentjets.settings import CONFIG_LOADER_ARGS
from results import make_metrics

PROJECT = Path(__file__).resolve().parents[2]
KEPT = pd.read_csv(PROJECT / "benchmarks" / "published.csv").fillna({"made_of": "", "note": ""})


def compare(env, classes=("WAT", "NAT"), **given):
    loader = OmegaConfigLoader(
        str(PROJECT / "conf"), env=env, runtime_params=given, **CONFIG_LOADER_ARGS
    )
    parameters = settle_parameters(loader, PROJECT)
    raw = loader["parameters"]
    return comparing.compare_published(
        KEPT,
        tables.model_table(make_metrics(protocol="single", n=63, classes=classes)),
        parameters.acquisition,
        raw["benchmarks"],
    )


@pytest.mark.parametrize("env", ["base", "test"])
def test_a_simulated_sky_invites_no_comparison(env):
    assert compare(env).empty


@pytest.mark.parametrize(
    ("env", "given", "words"),
    [
        ("first", {}, "not comparable: the same catalogue and survey"),
        ("first", {"acquisition": {"survey": "nvss"}}, "not comparable: other sources"),
        ("folder", {}, "not comparable: other sources"),
        ("published", {}, "with care: theirs by paper's selection, ours by single test; "),
        ("images", {"images": "sets/mine"}, "not comparable: other sources"),
        ("images", {"benchmark": "rgc_bent"}, "with care: theirs by paper's selection"),
    ],
)
def test_real_images_are_compared_with_those_that_they_are(env, given, words):
    rows = compare(env, **given)
    assert set(rows["set"]) == {"rgc_bent", "rgc_masked"}
    assert rows["remark"].iloc[0].startswith(words)


def test_one_of_two_benchmarks_in_the_same_file_is_told_by_its_classes():
    rows = compare("images", ("FRI", "FRII"), benchmark="mirabest_confident")
    assert rows["remark"].str.startswith("with care: their protocol is not stated").all()
    rows = compare("images", ("FRI", "FRII"), benchmark="mirabest_full")
    assert rows["remark"].str.startswith("not comparable: other sources").all()
