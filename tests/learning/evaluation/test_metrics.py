import json

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bentjets.errors import InputError
from bentjets.learning.evaluation.metrics import measure, predict, wilson_interval
from bentjets.learning.networks import build_network

CLASSES = ("WAT", "NAT")


def table(label, predicted):
    return pd.DataFrame({"label": label, "predicted": predicted})


def test_wilson_of_the_paper():
    assert wilson_interval(53, 63) == pytest.approx((0.7319, 0.9115), abs=2e-3)


@given(st.integers(1, 500), st.data())
def test_wilson_holds_the_share_and_mirrors(n, data):
    successes = data.draw(st.integers(0, n))
    low, high = wilson_interval(successes, n)
    assert 0 <= low <= successes / n <= high <= 1
    mirrored = wilson_interval(n - successes, n)
    assert mirrored == pytest.approx((1 - high, 1 - low), abs=1e-9)


@pytest.mark.parametrize(("successes", "n"), [(0, 0), (3, 2), (-1, 2)])
def test_wilson_of_nonsense(successes, n):
    with pytest.raises(InputError):
        wilson_interval(successes, n)


def test_measures_by_hand():
    found = measure(table(["WAT"] * 3 + ["NAT"], ["WAT", "WAT", "NAT", "NAT"]), CLASSES)
    assert found["confusion"] == [[2, 1], [0, 1]]
    assert found["accuracy"] == found["majority_share"] == 0.75
    assert found["per_class"]["WAT"] == pytest.approx(
        {"precision": 1, "recall": 2 / 3, "f1": 0.8, "support": 3}
    )
    assert found["macro_f1"] == pytest.approx((0.8 + 2 / 3) / 2)
    assert json.loads(json.dumps(found)) == found


def test_a_class_never_predicted_scores_zero():
    found = measure(table(["WAT", "NAT"], ["WAT", "WAT"]), CLASSES)
    assert found["per_class"]["NAT"]["precision"] == 0


@pytest.mark.parametrize("rows", [table([], []), table(["FRI"], ["WAT"])])
def test_nothing_to_measure(rows):
    with pytest.raises(InputError):
        measure(rows, CLASSES)


def test_predictions_do_not_depend_on_the_batch_size(bars, model_settings):
    network = build_network(model_settings(), CLASSES)
    images = bars(7, 0)
    found = predict(network, images, 3)
    assert list(found.columns) == [
        "source_id", "label", "predicted", "probability_WAT", "probability_NAT",
    ]  # fmt: skip
    probabilities = found.filter(regex="^probability_")
    np.testing.assert_allclose(probabilities.sum(axis=1), 1, rtol=1e-12)
    np.testing.assert_allclose(
        probabilities, predict(network, images, 7).filter(regex="^prob"), rtol=1e-4
    )
    assert network.training


def test_network_of_other_classes(bars, model_settings):
    network = build_network(model_settings(), ("FRI", "FRII"))
    with pytest.raises(InputError, match="FRI, FRII"):
        predict(network, bars(2, 0), 2)
