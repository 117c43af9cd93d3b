"""Numbers of Table 2 and of the verdict are those that scikit-learn finds in the predictions."""

import numpy as np
import pandas as pd
import pytest

from bentjets.learning.evaluation import compare_pairs, ensemble_predictions, measure_predictions
from bentjets.report.tabulating import tables
from bentjets.report.wording import verdict
from recomputed import check_bootstrap, check_table_2, check_verdict

N = 180
MODELS = {"good net": 1.6, "weak": 0.5}
RULES = {"majority class": 0.0, "shape, logistic": 1.0}


def make_predictions(classes, seeds=(3, 5), folds=3):
    """Make predictions of images in a random order, some of them equally sure."""
    random = np.random.default_rng(8)
    label = np.array(classes)[random.integers(0, len(classes), N)]
    fold = np.arange(N) % folds
    parts = []
    for model, strength in {**MODELS, **RULES}.items():
        for seed in seeds if model in MODELS else seeds[:1]:
            logits = random.normal(0, 1, (N, len(classes)))
            logits += strength * (label[:, None] == np.array(classes))
            if model == "majority class":
                logits[:] = np.arange(len(classes), 0, -1)
            shares = np.round(np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True), 2)
            shares[:, 0] = 1 - shares[:, 1:].sum(axis=1)
            part = pd.DataFrame(shares, columns=[f"probability_{name}" for name in classes])
            kind = "network" if model in MODELS else "baseline"
            facts = {"model": model, "kind": kind, "protocol": "cross_validation", "seed": seed}
            ids = [f"S{place:03d}" for place in range(N)]
            parts.append(part.assign(fold=fold, source_id=ids, label=label, **facts))
    return pd.concat(parts, ignore_index=True)


@pytest.mark.parametrize("classes", [("WAT", "NAT"), ("FR I", "FR II", "bent")])
@pytest.mark.parametrize("seeds", [(3,), (3, 5)])
def test_numbers_are_those_of_the_predictions(classes, seeds):
    names = list(classes)
    single = make_predictions(classes, seeds)
    both = ensemble_predictions(single, {"both": list(MODELS)}, names)
    predictions = pd.concat([single, both], ignore_index=True)
    metrics = measure_predictions(predictions, {f"S{one:03d}": one for one in range(N)}, names)
    comparison = compare_pairs(predictions, names)
    table = tables.add_p_values(tables.model_table(metrics), comparison)
    check_table_2(table, predictions, names)
    words = verdict.judge_models(table, metrics, comparison, {})
    said = {"headline": verdict.headline(table), "topics": list(words.items())}
    check_verdict(said, table, predictions, names)
    if seeds == (3,) and len(names) == 2:
        own = predictions[predictions["model"] == "good net"].reset_index(drop=True)
        check_bootstrap(table[table["model"] == "good net"].iloc[0], own, names)


def test_a_wrong_number_is_found():
    names = ["WAT", "NAT"]
    predictions = make_predictions(names, (3,))
    metrics = measure_predictions(predictions, {f"S{one:03d}": one for one in range(N)}, names)
    comparison = compare_pairs(predictions, names)
    table = tables.add_p_values(tables.model_table(metrics), comparison)
    for name in ("WAT_f1_percent", "ece", "accuracy_low_percent", "p_value"):
        wrong = table.assign(**{name: table[name] * 1.01})
        with pytest.raises(AssertionError):
            check_table_2(wrong, predictions, names)
    said = {"headline": verdict.headline(table).replace("% of 180", "% of 181"), "topics": []}
    with pytest.raises(AssertionError):
        check_verdict(said, table, predictions, names)
