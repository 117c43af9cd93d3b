"""Tables of the modelling and reporting pipelines."""

from __future__ import annotations

import pandera.pandas as pa

from bentjets.tables.table import count, make_table, text

PREDICTIONS = make_table(
    "What a network says of each image of the test batch.",
    {
        "source_id": text("the source"),
        "label": text("its class", ".+"),
        "predicted": text("its class in the eyes of the network", ".+"),
        "probability_.+": pa.Column(
            float,
            [pa.Check.ge(0, error="at least 0"), pa.Check.le(1, error="at most 1")],
            regex=True,
            required=False,
            description="probability of a class: one column each; none where a rule decides",
            metadata={"unit": ""},
        ),
    },
)

TABLE1 = make_table(
    "The paper's Table 1: how many sources of each class are in each batch, a column for a class.",
    {
        "batch": text("number of the batch, from 1; `test`, `total`", ".+"),
        "total": count("sources of all classes"),
    },
    others=True,
)
