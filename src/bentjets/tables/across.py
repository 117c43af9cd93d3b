"""Tables of tests on other image sets."""

from __future__ import annotations

from bentjets.learning.across import KINDS
from bentjets.learning.data.protocols import PROTOCOLS
from bentjets.tables.table import choice, count, make_table, number, text

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
