"""Tables of benchmarks: tests on other image sets, and what others published."""

from __future__ import annotations

from bentjets.learning.across import KINDS
from bentjets.learning.data.splitting.protocols import PROTOCOLS
from bentjets.tables.table import choice, count, flag, make_table, number, text

_SET = "image set that tests: the last name of its path"

CONTAMINATION = make_table(
    "The ledger of contamination: images of other sets that show a source of the set of the run, "
    "and are left out of the test. One row for each pair and each thing that they share.",
    {
        "tested_on": text(_SET, ".+"),
        "kind": choice("what they have in common", *KINDS),
        "source_id": text("the image of the set that tests", ".+"),
        "other_id": text("the image of the set of the run", ".+"),
        "detail": text("how far they are apart, how one is turned, or what is the same"),
    },
)

ACROSS_SETS = make_table(
    "The matrix: networks that learnt from one set, tested on it (by their own protocol) and on "
    "other sets, without the images of the ledger.",
    {
        "model": text("the network", ".+"),
        "protocol": choice("how it was tested on its own set", *PROTOCOLS),
        "trained_on": text("image set of the run: the last name of its path", ".+"),
        "tested_on": text(_SET, ".+"),
        "runs": count("trained networks, whose mean is given"),
        "n": count("images that test"),
        "n_shared": count("images left out because the ledger has them"),
        "n_unused": count(
            "images left out because they cannot be read, or are of no trained class"
        ),
        "accuracy": number("share of the images that is classified rightly", "", 0, 1),
        "accuracy_low": number("lower bound of it (Wilson, 95 %)", "", 0, 1),
        "accuracy_high": number("upper bound of it (Wilson, 95 %)", "", 0, 1),
        "balanced_accuracy": number("mean recall of the classes that the set has", "", 0, 1),
    },
)

_RESULT = {
    "set": text("the image set: a name among benchmarks, or its own", "[a-z0-9_]+"),
    "title": text("what the set is called", ".+"),
    "model": text("the model that was tested", ".+"),
    "protocol": choice("how it was tested, as far as that is stated", *PROTOCOLS, "unstated"),
    "metric": choice("which score it is", "accuracy", "macro_f1"),
    "n": count("images that it was tested on; missing where that is not stated", missing=True),
    "citation": text("where the result stands", ".+"),
    "note": text("what else tells it from others"),
}

PUBLISHED = make_table(
    "Results that others published. Only what its citation says; nothing is estimated.",
    {
        **_RESULT,
        "made_of": text("catalogue and survey that the images were made of, by the names in conf"),
        "classes": text("its classes, joined by semicolons", "[^;]+(;[^;]+)+"),
        "value": number("the score", "", 0, 1),
        "spread": number("its stated standard deviation", "", 0, 1, missing=True),
    },
)


BESIDE_OURS = make_table(
    "Published results on the same classes beside the best network of the run. Without rows where "
    "the sources are simulated, or nothing is known of these classes.",
    {
        **_RESULT,
        "value_percent": number("the published score", "%", 0, 100),
        "low_percent": number(
            "lower bound of its 95 % interval: Wilson's of accuracy and images, else missing",
            *("%", 0, 100),
            missing=True,
        ),
        "high_percent": number("its upper bound", "%", 0, 100, missing=True),
        "our_model": text("the network of the highest accuracy", ".+"),
        "our_protocol": choice("how it was tested", *PROTOCOLS),
        "our_n": count("images that it was tested on"),
        "our_value_percent": number("its score", "%", 0, 100, missing=True),
        "our_low_percent": number("lower bound of its 95 % interval", "%", 0, 100, missing=True),
        "our_high_percent": number("its upper bound", "%", 0, 100, missing=True),
        "comparable": flag("whether images and protocol are the same"),
        "remark": text(
            "what tells the two apart, and whether they differ by more than chance", ".+"
        ),
    },
)
