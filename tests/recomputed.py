"""Every number of Table 2 and of the verdict, out of predictions.parquet alone by scikit-learn.

Nothing here comes from `bentjets`: it says again, in other code, what a number is.
"""

from __future__ import annotations

import re
from itertools import combinations

import numpy as np
import pandas as pd
from scipy.stats import binomtest
from sklearn.metrics import (
    accuracy_score,
    balanced_accuracy_score,
    brier_score_loss,
    f1_score,
    precision_recall_fscore_support,
    roc_auc_score,
)

PERCENT, PLAIN = 2, 4  # decimals in the file
OVERALL = ("accuracy", "balanced_accuracy", "auc", "macro_f1", "ece", "brier")
RULES = {
    "majority class": "the majority class",
    "opening angle": "the opening angle",
    "axis ratio": "the axis ratio",
    "shape, logistic": "the logistic regression on shapes",
    "shape, forest": "the forest on shapes",
}


def probabilities(rows, classes):
    return rows[[f"probability_{name}" for name in classes]].to_numpy()


def named(rows, classes):
    return np.array(classes)[probabilities(rows, classes).argmax(axis=1)]


def area(rows, classes, weights=None):
    """Mean over classes (the second of two) of the AUC, where pairs count within a fold only."""
    weights = np.ones(len(rows)) if weights is None else weights
    areas = []
    for name in classes[1:] if len(classes) == 2 else classes:
        parts = []
        for fold in rows["fold"].unique():
            inside = (rows["fold"] == fold).to_numpy() & (weights > 0)
            is_it = (rows["label"] == name).to_numpy()[inside]
            own = weights[inside]
            pairs = own[is_it].sum() * own[~is_it].sum()
            if pairs:
                chance = rows[f"probability_{name}"].to_numpy()[inside]
                parts.append((roc_auc_score(is_it, chance, sample_weight=own), pairs))
        parts = np.array(parts)
        areas.append(np.average(parts[:, 0], weights=parts[:, 1]))
    return np.mean(areas)


def calibration_error(rows, classes, weights):
    confidence = probabilities(rows, classes).max(axis=1)
    right = named(rows, classes) == rows["label"]
    place = np.clip(np.ceil(10 * confidence - 1e-9), 1, 10)
    table = pd.DataFrame({"place": place, "gap": weights * (right - confidence)})
    return table.groupby("place")["gap"].sum().abs().sum() / weights.sum()


def scores(rows, classes, weights=None):
    """All scores of one seed."""
    weights = np.ones(len(rows)) if weights is None else weights
    truth, guess = rows["label"].to_numpy(), named(rows, classes)
    given = {"sample_weight": weights}
    found = {
        "accuracy": accuracy_score(truth, guess, **given),
        "balanced_accuracy": balanced_accuracy_score(truth, guess, **given),
        "auc": area(rows, classes, weights),
        "macro_f1": f1_score(
            truth, guess, labels=classes, average="macro", zero_division=0, **given
        ),
        "ece": calibration_error(rows, classes, weights),
        "brier": brier_score_loss(
            pd.get_dummies(pd.Categorical(truth, classes)).to_numpy(int),
            probabilities(rows, classes), scale_by_half=True, **given,
        ),
    }  # fmt: skip
    parts = precision_recall_fscore_support(truth, guess, labels=classes, zero_division=0, **given)
    for place, name in enumerate(classes):
        for measure, values in zip(("precision", "recall", "f1"), parts, strict=False):
            found[f"{name}_{measure}"] = values[place]
    return found


def column(name, part=""):
    percent = name.split("_")[-1] not in ("auc", "ece", "brier")
    return f"{name}{part and f'_{part}'}{'_percent' if percent else ''}", percent


def check_table_2(table2, predictions, classes, groups=None):
    """Compare every number of Table 2 with what follows from the predictions."""
    rows_of = dict(tuple(predictions.groupby(["model", "protocol"], sort=False)))
    told = table2[table2["kind"] != "human"]
    assert set(zip(told["model"], told["protocol"], strict=True)) == rows_of.keys()
    p_values = pair_p_values(predictions, classes)
    for row in told.to_dict("records"):
        rows = rows_of[row["model"], row["protocol"]]
        seeds = [part for _, part in rows.groupby("seed", sort=False)]
        group = rows["source_id"].map(groups or (lambda one: one))
        counted = (rows["fold"].nunique(), len(seeds), rows["source_id"].nunique(), group.nunique())
        assert counted == (row["folds"], row["seeds"], row["n"], row["groups"]), row["model"]
        assert [row["kind"]] == list(rows["kind"].unique())
        each = [scores(part, classes) for part in seeds]
        for name in each[0]:
            values = [one[name] for one in each]
            check(row, name, "", np.mean(values))
            check(row, name, "spread", np.std(values, ddof=1) if len(values) > 1 else None)
        if len(seeds) == 1 and row["groups"] == row["n"]:
            check_wilson(row, seeds[0], classes)
        best = told[(told["protocol"] == row["protocol"]) & (told["kind"] != "baseline")]
        first = best["model"].iloc[best["accuracy_percent"].argmax()]
        expected = p_values.get((row["protocol"], frozenset((row["model"], first))))
        assert_close(row["p_value"], expected, 1e-3 * (expected or 0), (row["model"], "p"))


def check(row, name, part, expected):
    where, percent = column(name, part)
    scale = 100 if percent else 1
    slack = 0.5000001 * 10.0 ** -(PERCENT if percent else PLAIN)
    expected = None if expected is None else scale * expected
    assert_close(row[where], expected, slack, (row["model"], where))


def assert_close(value, expected, slack, where):
    if expected is None:
        assert pd.isna(value), where
    else:
        assert abs(value - expected) <= slack + 1e-9, (*where, value, expected)


def check_wilson(row, rows, classes):
    """Check the intervals that are those of a share of images."""
    truth, guess = rows["label"], pd.Series(named(rows, classes), rows.index)
    shares = {"accuracy": (truth == guess, truth.notna())}
    for name in classes:
        shares[f"{name}_recall"] = ((truth == name) & (guess == name), truth == name)
        shares[f"{name}_precision"] = ((truth == name) & (guess == name), guess == name)
    for name, (right, of) in shares.items():
        bounds = (None, None)
        if of.any():
            bounds = binomtest(int(right.sum()), int(of.sum())).proportion_ci(method="wilson")
        for part, bound in zip(("low", "high"), bounds, strict=True):
            check(row, name, part, bound)


def check_bootstrap(row, rows, classes, draws=300):
    """Compare the other intervals with a bootstrap of our own, as far as chance allows."""
    random = np.random.default_rng(99)
    names = ("balanced_accuracy", "auc", "macro_f1", "brier")
    weights = [np.bincount(random.integers(0, len(rows), len(rows)), minlength=len(rows))
               for _ in range(draws)]  # fmt: skip
    drawn = pd.DataFrame([scores(rows, classes, one.astype(float)) for one in weights])
    for name in names:
        scale = 100 if column(name)[1] else 1
        low, high = scale * drawn[name].quantile([0.025, 0.975])
        for part, bound in (("low", low), ("high", high)):
            where = column(name, part)[0]
            assert abs(row[where] - bound) < 0.2 * (high - low), (where, row[where], bound)


def pair_p_values(predictions, classes):
    """Give p of the exact McNemar test after Holm for each protocol and pair."""
    found = {}
    right = predictions.assign(right=named(predictions, classes) == predictions["label"])
    for protocol, rows in right.groupby("protocol"):
        first = rows[rows["seed"] == rows["seed"].iloc[0]]
        table = first.pivot(index="source_id", columns="model", values="right")
        raw = {}
        for one, two in combinations(table.columns, 2):
            both = table[[one, two]].dropna().astype(bool)
            only = (int((both[one] & ~both[two]).sum()), int((~both[one] & both[two]).sum()))
            raw[protocol, frozenset((one, two))] = (
                binomtest(only[0], sum(only)).pvalue if sum(only) else 1
            )
        highest = 0.0
        for rank, (pair, p) in enumerate(sorted(raw.items(), key=lambda item: item[1])):
            highest = max(highest, min(1.0, p * (len(raw) - rank)))
            found[pair] = highest
    return found


def check_verdict(verdict, table2, predictions, classes, temperatures=None):
    """Take every number out of the verdict that follows from the predictions; none may be left."""
    text = "\n".join(
        [verdict["headline"], *(line for _, lines in verdict["topics"] for line in lines)]
    )
    text = text.replace("\N{NO-BREAK SPACE}", " ").replace("\N{WORD JOINER}", "")
    told = table2[table2["kind"] != "human"]
    for row in told.to_dict("records"):
        share = share_text(row)
        text = text.replace(f"{row['model']}, {share}", "")
        text = text.replace(f"{RULES.get(row['model'], row['model'])} names {share} rightly", "")
        spread = f"standard deviation of {row['accuracy_spread_percent']:.1f} points around {share}"
        text = text.replace(
            f"{row['model']}: over {row['seeds']} seeds the accuracy has a {spread}", ""
        )
        text = text.replace(f" (mean of {row['seeds']} seeds)", "")
        if row["kind"] != "baseline":
            text = without_probabilities(text, row, predictions, classes, (temperatures or {}))
    text = without_p_values(text, pair_p_values(predictions, classes))
    for row in told.to_dict("records"):
        seeds = f"{row['seeds']} seed{'s' * (row['seeds'] != 1)}"
        for known in (f"in {row['folds']} folds", f"{row['n']} images", seeds):
            text = text.replace(known, "")
        text = text.replace(row["model"], "")
    assert not re.findall(r".*\d.*", text)


def share_text(row):
    low, high = row["accuracy_low_percent"], row["accuracy_high_percent"]
    decimals = 1 if high - low < 5 else 0
    bounds = f"{low:.{decimals}f}–{high:.{decimals}f}"
    return f"{row['accuracy_percent']:.1f} % of {row['n']} images (95 % interval {bounds})"


def without_probabilities(text, row, predictions, classes, temperatures):
    own = (predictions["model"] == row["model"]) & (predictions["protocol"] == row["protocol"])
    share, threshold = surest(predictions[own], classes)
    decimals = 3 if row["ece_high"] - row["ece_low"] < 0.05 else 2
    bounds = f"{row['ece_low']:.{decimals}f}–{row['ece_high']:.{decimals}f}"
    ece = f"{row['ece']:.2f} (95 % interval {bounds})"
    told = f"{row['model']}: expected calibration error {ece} on {row['n']} images"
    assert told in text
    text = text.replace(told, "")
    if row["model"] in temperatures:
        ends = [f"{one:.2f}" for one in temperatures[row["model"]]]
        text = text.replace(f"validation images ({' to '.join(dict.fromkeys(ends))})", "")
    if share:
        low, high = binomtest(round(share * row["n"]), row["n"]).proportion_ci(method="wilson")
        told = (
            f"With an accuracy of 95 % it classifies at most {100 * share:.0f} % of them (95 % "
            f"interval {100 * low:.0f}–{100 * high:.0f}), those with a probability of at least "
            f"{threshold:.2f}"
        )
    else:
        told = "No part of them can be classified with an accuracy of 95 %"
    assert told in text
    return text.replace(told, "", 1)


def surest(rows, classes):
    """Give the largest share of images, the surest, that is right in 95 %; and where it ends."""
    confidence = probabilities(rows, classes).max(axis=1)
    right = named(rows, classes) == rows["label"].to_numpy()
    cuts = [cut for cut in np.unique(confidence) if right[confidence >= cut].mean() >= 0.95]
    return (np.mean(confidence >= min(cuts)), min(cuts)) if cuts else (0.0, None)


def without_p_values(text, p_values):
    """Take out lists of p in brackets, each number of which must be that of a pair."""
    known = {"< 0.001" if p < 0.001 else f"{p:.2g}" for p in p_values.values()}
    assert known

    def drop(match):
        said = match[0].removeprefix("p ").replace("= ", "").split(", ")
        assert said and set(said) <= known, match[0]
        return ""

    return re.sub(r"p [<=] [\d.e-]+(, ([<=] )?[\d.e-]+)*", drop, text)
