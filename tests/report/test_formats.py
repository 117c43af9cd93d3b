"""What tests of the report make up has the form of what the evaluation gives."""

import numpy as np
import pandas as pd
import pytest

from bentjets.learning.data import plan_runs
from bentjets.learning.evaluation import (
    accuracy_by_property,
    compare_pairs,
    ensemble_predictions,
    join_predictions,
    measure_predictions,
    predict_baselines,
    reliability,
    shape_importance,
    tabulate_run,
)
from bentjets.learning.evaluation.baselines import SHAPE_COLUMNS
from bentjets.learning.evaluation.figures import (
    draw_confusion,
    draw_importance,
    draw_properties,
    draw_reliability,
)
from bentjets.report.tabulating import latex, tables
from bentjets.report.wording import verdict
from results import make_comparison, make_entry, make_metrics, make_properties, make_reliability

CLASSES = ("WAT", "NAT")
N = 60


@pytest.fixture(scope="module")
def manifest():
    rng = np.random.default_rng(1)
    morphology = np.array(CLASSES)[np.arange(N) % 2]
    moments = {name: rng.normal(0, 1, N) + (morphology == "NAT") for name in SHAPE_COLUMNS}
    properties = {"snr": rng.uniform(10, 100, N), "peak_jy_beam": rng.uniform(0.001, 0.1, N)}
    return pd.DataFrame(
        {
            "source_id": [f"S{number:02d}" for number in range(N)],
            "morphology": morphology,
            "batch": np.arange(N) // 2 % 3,
            "opening_angle_deg": rng.uniform(20, 160, N),
            **properties,
            **moments,
        }
    )


@pytest.fixture(scope="module")
def predictions(manifest):
    """Two seeds of a network that is mostly right, their ensemble, and the real baselines."""
    runs = plan_runs(
        manifest, protocol="cross_validation", folds=3, seeds=[0, 1], validation_batch=0
    )
    labels = dict(zip(manifest["source_id"], manifest["morphology"], strict=True))
    order = list(manifest["source_id"])
    rng = np.random.default_rng(2)
    parts = []
    for run in runs:
        own = np.array([labels[source] == "WAT" for source in run.test])
        first = np.clip(0.5 + np.where(own, 0.2, -0.2) + rng.normal(0, 0.2, len(own)), 0, 1)
        probabilities = np.stack([first, 1 - first], axis=1)
        parts.append(tabulate_run("net", "network", run, probabilities, labels, CLASSES))
    parts.append(predict_baselines(manifest, runs, list(CLASSES)))
    joined = join_predictions(parts, CLASSES, order)
    ensembles = ensemble_predictions(joined, {"both": ["net"]}, CLASSES)
    return join_predictions([joined, ensembles], CLASSES, order), runs


@pytest.fixture(scope="module")
def metrics(manifest, predictions):
    groups = {source: place for place, source in enumerate(manifest["source_id"])}
    return measure_predictions(predictions[0], groups, list(CLASSES))


def test_made_up_results_have_the_form_of_real_ones(manifest, predictions, metrics):
    made = make_metrics()
    (entry,) = [one for one in metrics["entries"] if one["model"] == "net"]
    other = make_entry("net")
    assert made.keys() == metrics.keys() and other.keys() == entry.keys()
    for name in ("metrics", "abstain"):
        assert other[name].keys() == entry[name].keys()
    assert other["metrics"]["auc"].keys() == entry["metrics"]["auc"].keys()
    assert other["per_class"]["WAT"].keys() == entry["per_class"]["WAT"].keys()
    table, names = predictions[0], list(CLASSES)
    for made_up, real in (
        (make_comparison(made), compare_pairs(table, names)),
        (make_reliability(made), reliability(table, names)),
        (make_properties(made), accuracy_by_property(table, manifest, names)),
    ):
        assert list(made_up.columns) == list(real.columns)


def test_real_results_are_tabulated_and_judged(predictions, metrics):
    comparison = compare_pairs(predictions[0], list(CLASSES))
    table = tables.model_table(metrics)
    assert list(table["kind"].drop_duplicates()) == ["network", "ensemble", "baseline"]
    assert "net & 60 & 2 &" in latex.model_table_latex(table)
    words = verdict.judge_models(table, metrics, comparison, {})
    assert words["Networks and simple rules"][0].startswith("net names")


def test_real_results_are_drawn(manifest, predictions, metrics):
    table, runs = predictions
    names = list(CLASSES)
    importance = shape_importance(manifest, runs, names)
    by_property = accuracy_by_property(table, manifest, names)
    assert len(draw_confusion(metrics).axes) == 2
    assert len(draw_reliability(reliability(table, names), metrics).axes) == 2
    assert len(draw_importance(importance, names).axes) == 2
    assert len(draw_properties(by_property, metrics).axes) == 3
