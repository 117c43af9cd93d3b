"""Tables of the modelling and reporting pipelines."""

from __future__ import annotations

import pandera.pandas as pa

from bentjets.learning.data.splitting.protocols import PROTOCOLS
from bentjets.tables.table import choice, count, flag, make_table, number, text

_ENTRY = {
    "model": text("the network, the ensemble or the baseline", ".+"),
    "protocol": choice("how it was tested", *PROTOCOLS),
}


def _share(description: str) -> pa.Column:
    return number(description, "", 0, 1)


_ACCURACY = {
    "accuracy": _share("share of them that is classified rightly"),
    "accuracy_low": _share("lower bound of it (Wilson, 95 %)"),
    "accuracy_high": _share("upper bound of it (Wilson, 95 %)"),
}

RUNS = make_table(
    "The trained runs of a model: one network each.",
    {
        "protocol": _ENTRY["protocol"],
        "fold": count("number of the fold that tests it, from 0"),
        "seed": count("seed of the training"),
        "state": choice("how far it has come", "finished"),
        "epochs": count("epochs that were trained"),
        "kept_epoch": count("the epoch whose weights are kept, from 1"),
        "val_loss": number("cross-entropy of the validation images in that epoch", "", 0),
        "val_accuracy": _share("share of the validation images that it classified rightly"),
        "temperature": number("what the logits are divided by, fitted on the validation images"),
        "n_training": count("images to learn from"),
        "n_validation": count("images that chose the epoch and the temperature"),
        "device": text("what it was trained on", ".+"),
        "precision": text("arithmetic of the training", ".+"),
        "weights_sha256": text("SHA-256 of the file of its weights", "[0-9a-f]{64}"),
    },
)

PREDICTIONS = make_table(
    "What each run says of each source that tests it: every number of a model comes from here.",
    {
        "model": _ENTRY["model"],
        "kind": choice("what it is", "network", "ensemble", "baseline"),
        "protocol": _ENTRY["protocol"],
        "fold": count("number of the fold whose sources these are, from 0"),
        "seed": count("seed of the training; of an ensemble that of its first run"),
        "source_id": text("the source", ".+"),
        "label": text("its class", ".+"),
        "probability_.+": pa.Column(
            float,
            [pa.Check.ge(0, error="at least 0"), pa.Check.le(1, error="at most 1")],
            regex=True,
            description="probability of a class: one column each, which sum to 1",
            metadata={"unit": ""},
        ),
    },
)

EMBEDDING = make_table(
    "What the network of a model's first run reads of each source, in two dimensions: the first "
    "two principal components of what its head reads.",
    {
        "source_id": text("the source", ".+", unique=True),
        "model": text("the model", ".+"),
        "run": text("the run whose network it is: protocol, fold and seed", ".+"),
        "part": choice("what the source was to that network", "training", "validation", "test"),
        "x": number("along the first component"),
        "y": number("along the second component"),
        "x_share": _share("share of the features' variance along the first, the same in each row"),
        "y_share": _share("the same along the second"),
    },
)

COMPARISON = make_table(
    "Whether one model is better than another, or only luckier: the exact McNemar test.",
    {
        "protocol": _ENTRY["protocol"],
        "better": text("the model that more images are right for", ".+"),
        "worse": text("the other", ".+"),
        "n": count("images that both predicted"),
        "only_better_right": count("images that only the better one classifies rightly"),
        "only_worse_right": count("images that only the worse one classifies rightly"),
        "p_value": _share("probability of a difference as large, were both equally good"),
        "p_corrected": _share("the same, corrected for the number of pairs (Holm)"),
    },
)

RELIABILITY = make_table(
    "How sure a model is, and how often it is right then.",
    {
        **_ENTRY,
        "low": _share("lower edge of the bin of the largest probability"),
        "high": _share("its upper edge"),
        "n": number("images in it, the mean over the seeds", "", 0),
        "confidence": _share("mean of their largest probabilities"),
        **_ACCURACY,
    },
)

PROPERTIES = make_table(
    "How good a model is on the lower, middle and upper third of the sources by a property.",
    {
        **_ENTRY,
        "property": text("the property, a column of the manifest", ".+"),
        "low": number("least value of this part, in the unit of the property"),
        "high": number("largest value of this part, in the unit of the property"),
        "n": number("images of this part, the mean over the seeds", "", 0),
        **_ACCURACY,
    },
)

IMPORTANCE = make_table(
    "Which moments of its islands tell the class of a source.",
    {
        "model": text("the baseline", ".+"),
        "feature": text("the moment, a column of the manifest", ".+"),
        "value": number(
            "coefficient per standard deviation, above 0 where it speaks for the second class; or "
            "accuracy lost when the moment is shuffled among the test sources"
        ),
        "low": number("least of a fold"),
        "high": number("largest of a fold"),
    },
)

TABLE1 = make_table(
    "The paper's Table 1: how many sources of each class are in each batch, a column for a class.",
    {
        "batch": text("number of the batch, as in the names of the files; `test`, `total`", ".+"),
        "total": count("sources of all classes"),
    },
    others=True,
)

HAND_ANGLES = make_table(
    "Opening angles that experts measured by three clicks, and those of the automatic ruler.",
    {
        "source_id": text("the source", ".+"),
        "expert": text("who measured, the last time", ".+"),
        "hand_deg": number("by hand", "deg", 0, 180),
        "ruler_deg": number(
            "by the ruler; missing where it could not tell", "deg", 0, 180, missing=True
        ),
        "ruler_error_deg": number("its one-sigma error", "deg", 0, missing=True),
    },
)

LABEL_DOUBTS = make_table(
    "How likely the label of each source is wrong, by predictions that never saw it; the most "
    "doubtful first. A doubt is no error: look at the source.",
    {
        "source_id": text("the source", ".+", unique=True),
        "label": text("its class", ".+"),
        "label_probability": _share("what networks and rules on shapes give that class, averaged"),
        "suggested": text("the class that speaks most against it", ".+"),
        "suggested_probability": _share("what they give that one"),
        "margin": number("by how much the label is ahead, each class over its own threshold"),
        "is_error": flag("whether confident learning calls the label an error"),
        "suspicion": count("place in this list, from 1: the most doubtful"),
    },
)

SOURCES = make_table(
    "Everything known of each source of the catalogue; of every model also '<model>: class', the "
    "class that it predicts, and '<model>: probability', what it gives that class.",
    {
        "source_id": text("name of the source, unique", ".+", unique=True),
        "name": text("name of the source in its catalogue"),
        "ra_deg": number("right ascension, J2000", "deg", missing=True),
        "dec_deg": number("declination, J2000", "deg", missing=True),
        "morphology": text("class that the catalogue gives"),
        "state": choice("how far it came", "accepted", "rejected", "not processed", "no cutout"),
        "reason": text("why it is not accepted; empty where it is"),
        "flags": text("quality checks that fail, joined by semicolons"),
        "votes": text("verdicts of experts that stand, counted"),
        "seen_as": text("classes that experts gave, counted"),
        "disagrees": text(
            "who speaks against the class, joined by semicolons: models, experts, angle, second "
            "opinion"
        ),
        "second_opinion": text("classes that other catalogues give; with ? where doubtful"),
        "suggested": text("class that speaks most against its own; empty where nothing was tested"),
        "opening_angle_deg": number(
            "between the two tails, by the geometric ruler", "deg", 0, 180, missing=True
        ),
        "opening_angle_error_deg": number("its standard deviation", "deg", 0, missing=True),
    },
    others=True,
)
