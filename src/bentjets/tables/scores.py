"""Table 2 of the reporting pipeline: the scores of models."""

from __future__ import annotations

from collections.abc import Iterator

import pandera.pandas as pa

from bentjets.learning.data.splitting.protocols import PROTOCOLS
from bentjets.tables.table import choice, count, make_table, number, text

_OVERALL = {
    "accuracy": "share of the images that it names rightly",
    "balanced_accuracy": "mean over the classes of the share that it names rightly",
    "auc": "area under the ROC curve",
    "macro_f1": "mean over the classes of F1, the harmonic mean of precision and recall",
    "ece": "expected calibration error in ten bins of probability",
    "brier": "Brier score: half of the mean squared error of the probabilities",
}
_OF_CLASS = {
    "precision": "of the images that it takes for this class, the share that is of it",
    "recall": "of the images of this class, the share that it names rightly",
    "f1": "harmonic mean of precision and recall of this class",
}
_NOT_PERCENT = ("auc", "ece", "brier")
_PARTS = {
    "": "",
    "_low": ": lower bound of the 95 % interval",
    "_high": ": upper bound of the 95 % interval",
    "_spread": ": standard deviation over the seeds, missing where there is one",
}


def _score(name: str, meaning: str, prefix: str = "") -> Iterator[tuple[str, pa.Column]]:
    """Give the four columns of a score."""
    suffix, unit, highest = ("", "", 1) if name in _NOT_PERCENT else ("_percent", "%", 100)
    for part, words in _PARTS.items():
        column = number(f"{meaning}{words}", unit, 0, highest, missing=True)
        column.regex = bool(prefix)
        yield f"{prefix}{name}{part}{suffix}", column


TABLE2 = make_table(
    "The paper's Table 2: the scores of networks, ensembles and simple rules, each the mean over "
    "the seeds; last, where experts voted, how often one says what another says.",
    {
        "model": text("the network, the ensemble, the simple rule or the experts' question", ".+"),
        "kind": choice("what it is", "network", "ensemble", "baseline", "human"),
        "protocol": choice("how it was tested", *PROTOCOLS, "experts", "catalogues"),
        "folds": count("folds of the test"),
        "seeds": count("seeds of the training"),
        "n": count("images that it was tested on"),
        "groups": count("groups of images that belong together, as which intervals count them"),
        "p_value": number(
            "of the exact McNemar test against the network or ensemble of the highest accuracy in "
            "its protocol, corrected for the number of pairs (Holm); missing for that one itself",
            "",
            0,
            1,
            missing=True,
        ),
        **{
            name: column
            for score, meaning in _OVERALL.items()
            for name, column in _score(score, meaning)
        },
        **{
            name: column
            for score, meaning in _OF_CLASS.items()
            for name, column in _score(score, meaning, prefix=".+_")
        },
    },
)

SOFT_CALIBRATION = make_table(
    "What probabilities are worth against the shares of the opinions, by the sources that have "
    "several: the mean over the seeds, with 95 % intervals.",
    {
        "model": text("the model", ".+"),
        "kind": choice("what it is", "network", "ensemble", "baseline"),
        "protocol": choice("how it was tested", *PROTOCOLS),
        "n": count("sources with several opinions"),
        **{
            f"{name}{part}": number(f"{meaning}{_PARTS[part]}", "", 0, 1)
            for name, meaning in (
                ("brier", "half of the mean squared distance of probabilities and shares"),
                ("ece", "expected calibration error in ten bins, by the share of the likeliest"),
            )
            for part in ("", "_low", "_high")
        },
    },
)
