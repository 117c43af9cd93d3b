"""Tables of what others published: as it is kept, and beside one's own scores."""

from __future__ import annotations

from bentjets.learning.data.protocols import PROTOCOLS
from bentjets.tables.table import choice, count, flag, make_table, number, text

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
