"""Results of networks and simple rules, made up, as the modelling pipeline leaves them."""

from __future__ import annotations

from itertools import combinations

import numpy as np
import pandas as pd

BASELINES = ("majority class", "opening angle", "axis ratio", "shape, logistic", "shape, forest")
MODEL_RESULTS = ("runs", "histories", "attention")
FEATURES = (
    *("axis_ratio", "size_arcsec", "curvature", "skewness_along", "skewness_across"),
    *("kurtosis_along", "filling", "n_islands", "peak_offset_along", "peak_offset_across"),
)


def make_number(value, half_width=0.05, spread=None):
    """Make a number with its interval; without a half width it has none."""
    if value is None or half_width is None:
        return {"value": value, "low": None, "high": None, "spread": spread}
    low, high = max(0.0, value - half_width), min(1.0, value + half_width)
    return {"value": value, "low": low, "high": high, "spread": spread}


def make_entry(  # noqa: PLR0913
    model, kind="network", accuracy=0.84, *, protocol="cross_validation", folds=5, seeds=(0,),
    n=100, classes=("WAT", "NAT"), share=0.6, half_width=0.05, recall=None,
):  # fmt: skip
    """Make an entry of metrics.json."""
    spread = 0.012 if len(seeds) > 1 else None
    score = make_number(accuracy, half_width, spread)
    support = [n // len(classes)] * len(classes)
    support[0] += n - sum(support)
    right = [round(accuracy * count) for count in support]
    confusion = np.diag(right)
    for row, (count, hit) in enumerate(zip(support, right, strict=True)):
        confusion[row, (row + 1) % len(classes)] += count - hit
    return {
        "model": model,
        "kind": kind,
        "protocol": protocol,
        "folds": 1 if protocol != "cross_validation" else folds,
        "seeds": list(seeds),
        "n": n,
        "groups": n,
        "metrics": {
            **dict.fromkeys(("accuracy", "balanced_accuracy", "macro_f1"), score),
            "auc": make_number(min(1.0, accuracy + 0.06), half_width, spread),
            "ece": make_number(0.04, 0.02, spread),
            "brier": make_number(0.1, 0.02, spread),
        },
        "per_class": {
            name: {
                "precision": score,
                "recall": score if recall is None else make_number(recall, half_width, spread),
                "f1": score,
                "support": count,
            }
            for name, count in zip(classes, support, strict=True)
        },
        "confusion": confusion.tolist(),
        "abstain": {
            "target": 0.95,
            "share": share,
            "threshold": 0.91 if share else None,
            "accuracy": 0.952 if share else None,
        },
    }


def make_metrics(models=("net",), baselines=BASELINES, *, ensembles=(), **settings):
    """Make metrics.json; models may be a mapping to the arguments of `make_entry`."""
    classes = settings.get("classes", ("WAT", "NAT"))
    own = models if isinstance(models, dict) else {name: {} for name in models}
    rules = {
        name: {"accuracy": 0.6 + 0.04 * place, "seeds": (0,)}
        for place, name in enumerate(baselines)
    }
    return {
        "classes": list(classes),
        "entries": [
            *(make_entry(name, **{**settings, **given}) for name, given in own.items()),
            *(make_entry(name, "ensemble", 0.87, **settings) for name in ensembles),
            *(
                make_entry(name, "baseline", **{**settings, **given})
                for name, given in rules.items()
            ),
        ],
    }


def make_comparison(metrics, p_value=1e-5):
    """Compare all entries of a protocol; `p_value` is a number or a mapping of pairs to one."""
    rows = []
    for one, two in combinations(metrics["entries"], 2):
        if one["protocol"] != two["protocol"]:
            continue
        better, worse = sorted((one, two), key=lambda entry: -entry["metrics"]["accuracy"]["value"])
        names = (better["model"], worse["model"])
        p = p_value.get(names, 1e-5) if isinstance(p_value, dict) else p_value
        rows.append((one["protocol"], *names, one["n"], 12, 3, p / 10, p))
    columns = ["protocol", "better", "worse", "n", "only_better_right", "only_worse_right"]
    return pd.DataFrame(rows, columns=[*columns, "p_value", "p_corrected"])


def make_histories(folds=1, seeds=(0,), epochs=4, protocol="cross_validation", rng=None):
    """Make the history of each run; runs of later folds end an epoch earlier."""
    rng = rng or np.random.default_rng(0)
    parts = []
    for fold in range(folds):
        for seed in seeds:
            epoch = np.arange(1, max(2, epochs - fold) + 1)
            falling = np.exp(-3 * epoch / epochs)
            noise = rng.normal(0, 0.03, (3, len(epoch)))
            parts.append(
                pd.DataFrame(
                    {
                        "protocol": protocol, "fold": fold, "seed": seed, "epoch": epoch,
                        "train_loss": 0.05 + 0.7 * falling * np.exp(noise[0]),
                        "val_loss": 0.25 + 0.5 * falling * np.exp(noise[1]),
                        "val_accuracy": np.clip(0.92 - 0.4 * falling + noise[2], 0, 1),
                        "learning_rate": 1e-3,
                    }
                )
            )  # fmt: skip
    return pd.concat(parts, ignore_index=True)


def make_runs(histories, *, temperature=1.2):
    """Make runs.csv for histories; each run keeps its epoch of the lowest validation loss."""
    kept = histories.groupby(["protocol", "fold", "seed"])["val_loss"].idxmin()
    runs = histories.loc[kept, ["protocol", "fold", "seed"]].reset_index(drop=True)
    lengths = histories.groupby(["protocol", "fold", "seed"])["epoch"].max()
    return runs.assign(
        state="finished", epochs=list(lengths), kept_epoch=list(histories.loc[kept, "epoch"]),
        temperature=temperature, weights_sha256="5f" * 32, n_training=80, n_validation=10,
    )  # fmt: skip


def make_attention(
    sources=("S0001", "S0002"), labels=("WAT", "NAT"), *, flat=(), against=(), side=32
):
    """Make the attention of a network that calls everything a WAT."""
    row, column = np.mgrid[:side, :side] / side - 0.5
    tails = np.exp(-((row - 0.6 * column**2) ** 2) / 0.004 - column**2 / 0.06)
    rows = []
    for place, (source, label) in enumerate(zip(sources, labels, strict=True)):
        heat = np.exp(-((column - 0.1 * place) ** 2 + row**2) / 0.02)
        if source in flat:
            heat = np.zeros_like(heat)
        rows.append(
            {
                "source_id": source, "label": label, "predicted": labels[0], "probability": 0.93,
                "height": side, "width": side, "image": tails.ravel().tolist(),
                "attention": heat.ravel().tolist(), "against": source in against,
                "flat": source in flat,
            }
        )  # fmt: skip
    return pd.DataFrame(rows)


def make_importance(models=("shape, logistic", "shape, forest"), features=FEATURES):
    """Make shape_importance.csv: coefficients that may be negative, importances that are not."""
    rng = np.random.default_rng(3)
    rows = []
    for model in models:
        values = rng.normal(0, 1, len(features))
        values = values if model.endswith("logistic") else np.abs(values) / np.abs(values).sum()
        for feature, value in zip(features, values, strict=True):
            rows.append((model, feature, value, value - 0.1, value + 0.1))
    return pd.DataFrame(rows, columns=["model", "feature", "value", "low", "high"])


def make_reliability(metrics):
    """Make reliability.csv: a row per entry and bin of probability that holds images."""
    rows = []
    for entry in metrics["entries"]:
        for place, n in enumerate((8, 11, 15, 22, 44)):
            low, accuracy = 0.5 + 0.1 * place, 0.5 + 0.09 * place
            rows.append(
                {
                    "model": entry["model"], "protocol": entry["protocol"],
                    "low": low, "high": low + 0.1, "n": n, "confidence": low + 0.06,
                    "accuracy": accuracy, "accuracy_low": accuracy - 0.4 / np.sqrt(n),
                    "accuracy_high": min(1, accuracy + 0.4 / np.sqrt(n)),
                }
            )  # fmt: skip
    return pd.DataFrame(rows)


def make_properties(metrics):
    """Make metrics_by_property.csv: thirds of the sources by four columns of the manifest."""
    ends = {
        "peak_jy_beam": (0.001, 0.4),
        "snr": (8, 2900),
        "largest_angular_size_arcsec": (20, 130),
        "opening_angle_deg": (12, 180),
    }
    rows = []
    for entry in metrics["entries"]:
        value = entry["metrics"]["accuracy"]["value"]
        for name, (low, high) in ends.items():
            edges = np.geomspace(low, high, 4)
            for place in range(3):
                accuracy = min(0.98, value - 0.05 + 0.05 * place)
                rows.append(
                    {
                        "model": entry["model"], "protocol": entry["protocol"], "property": name,
                        "low": edges[place], "high": edges[place + 1], "n": entry["n"] / 3,
                        "accuracy": accuracy, "accuracy_low": accuracy - 0.08,
                        "accuracy_high": min(1, accuracy + 0.07),
                    }
                )  # fmt: skip
    return pd.DataFrame(rows)


def make_predictions(networks, baselines=None, *, seeds=(0,), n=100, classes=("WAT", "NAT")):
    """Make predictions.parquet: each model with how far it tells two classes apart (0: not)."""
    rng = np.random.default_rng(11)
    is_second = np.arange(n) % 3 == 0
    kinds = dict.fromkeys(networks, "network") | dict.fromkeys(baselines or {}, "baseline")
    parts = []
    for model, distance in {**networks, **(baselines or {})}.items():
        for seed in seeds:
            logit = rng.normal(0, 1, n) + distance * np.where(is_second, 1, -1)
            second = 1 / (1 + np.exp(-logit))
            parts.append(
                pd.DataFrame(
                    {
                        "model": model, "kind": kinds[model], "protocol": "cross_validation",
                        "fold": 0, "seed": seed, "source_id": [f"S{one:04d}" for one in range(n)],
                        "label": np.where(is_second, classes[1], classes[0]),
                        f"probability_{classes[0]}": 1 - second,
                        f"probability_{classes[1]}": second,
                    }
                )
            )  # fmt: skip
    return pd.concat(parts, ignore_index=True)
