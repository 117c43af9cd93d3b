import numpy as np
import pandas as pd
import pytest


def make_predictions(  # noqa: PLR0913
    probabilities, labels, *, classes=("WAT", "NAT"), model="net", kind="network",
    protocol="single", fold=0, seed=0, sources=None,
):  # fmt: skip
    """Make rows of the tidy table; a number stands for the probability of the first class."""
    values = np.asarray(probabilities, dtype=float)
    if values.ndim == 1:
        values = np.stack([values, 1 - values], axis=1)
    table = pd.DataFrame(
        {
            "model": model, "kind": kind, "protocol": protocol, "fold": fold, "seed": seed,
            "source_id": sources or [f"S{i:05d}" for i in range(len(values))],
            "label": list(labels),
        }
    )  # fmt: skip
    return table.assign(**{f"probability_{name}": values[:, i] for i, name in enumerate(classes)})


@pytest.fixture
def tidy():
    return make_predictions
