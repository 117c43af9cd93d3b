from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from bentjets.review import measure_agreement
from bentjets.review.agreement import agreeing_pairs, cohen_kappa, fleiss_kappa
from voting import table, vote

IMAGES = {f"S{number:02d}": f"sha{number}" for number in range(20)}
LABELS = arrays(np.int64, (12, 3), elements=st.integers(0, 2))


def test_fleiss_of_the_published_example():
    """The worked example of Fleiss 1971, with 10 subjects, 14 raters and 5 categories: 0.210."""
    counts = [
        (0, 0, 0, 0, 14), (0, 2, 6, 4, 2), (0, 0, 3, 5, 6), (0, 3, 9, 2, 0), (2, 2, 8, 1, 1),
        (7, 7, 0, 0, 0), (3, 2, 6, 3, 0), (2, 5, 3, 2, 2), (6, 5, 2, 1, 0), (0, 2, 2, 3, 7),
    ]  # fmt: skip
    labels = np.array([np.repeat(np.arange(5), row) for row in counts])
    assert fleiss_kappa(labels) == pytest.approx(0.210, abs=5e-4)


def test_cohen_of_a_textbook_table():
    """20 yes-yes, 5 yes-no, 10 no-yes, 15 no-no: observed 0.7, by chance 0.5."""
    labels = np.repeat([[1, 1], [1, 0], [0, 1], [0, 0]], [20, 5, 10, 15], axis=0)
    assert cohen_kappa(labels) == pytest.approx(0.4)
    assert agreeing_pairs(labels) == pytest.approx(0.7)


@given(LABELS, st.permutations([0, 1, 2]))
def test_names_of_labels_and_raters_are_nothing(labels, order):
    renamed = np.array(order)[labels]
    for measure in (agreeing_pairs, fleiss_kappa):
        value = measure(labels)
        for other in (renamed, labels[:, order], labels[::-1]):
            assert measure(other) == pytest.approx(value, nan_ok=True)


@given(LABELS)
def test_kappa_is_one_where_all_agree_and_never_more(labels):
    same = np.repeat(labels[:, :1], 3, axis=1)
    if len(np.unique(same)) > 1:
        assert fleiss_kappa(same) == pytest.approx(1)
        assert cohen_kappa(same[:, :2]) == pytest.approx(1)
    assert not fleiss_kappa(labels) > 1 + 1e-12


def test_nobody_voted():
    assert measure_agreement(table(), IMAGES) == {"experts": [], "n_votes": 0}
    assert measure_agreement(table(vote("other", "ada")), IMAGES)["n_votes"] == 0


def cast():
    rng = np.random.default_rng(1)
    for number, (key, sha256) in enumerate(IMAGES.items()):
        verdict = "reject" if number < 5 else "accept"
        shape = "WAT" if number % 2 else "NAT"
        options = {"image_sha256": sha256, "morphology": shape}
        yield vote(key, "ada", verdict, reason="small" if number < 5 else "", **options)
        other = rng.random() < 0.2
        options["morphology"] = "WAT" if other else shape
        yield vote(key, "bo", "accept" if number == 0 else verdict, **options)
    yield vote("S00", "ada", "accept", showing=2, image_sha256="sha0")
    yield vote("S09", "ada", "accept", showing=2, image_sha256="sha9")
    yield vote("S10", "ada", "accept", showing=2, image_sha256="an older one")
    yield vote("S00", "cy", "accept", round=2)


def test_two_experts():
    found = measure_agreement(table(*cast()), IMAGES, seed=3)
    assert (found["experts"], found["n_sources"], found["n_votes"]) == (["ada", "bo"], 20, 43)
    assert found["n_stale"] == 1
    assert found["percent_agreement"]["value"] == pytest.approx(0.95)
    assert found["human_ceiling"]["verdict"] == found["percent_agreement"]
    kappa = found["cohen_kappa"]
    assert kappa["low"] < kappa["value"] < kappa["high"] <= 1
    assert kappa["n"] == 20
    shape = found["human_ceiling"]["morphology"]
    assert 0.6 < shape["low"] < shape["value"] < shape["high"] <= 1
    assert [*found["consistency"]] == ["ada"]
    wilson = {"value": 0.5, "low": 0.0945, "high": 0.9055, "n": 2}
    assert found["consistency"]["ada"] == pytest.approx(wilson, abs=1e-3)
    assert found["rejected"] == {"small": 5, "no reason": 4}
    assert found == measure_agreement(table(*cast()), IMAGES, seed=3)


def test_one_expert_agrees_with_nobody():
    found = measure_agreement(table(vote("S01", "ada", "reject")), IMAGES)
    assert found["percent_agreement"] is None
    assert found["cohen_kappa"] is None
    assert found["fleiss_kappa"] is None
    assert found["human_ceiling"] == {"verdict": None, "morphology": None}


def test_three_experts_of_whom_one_saw_half():
    votes = [vote(key, name) for key in IMAGES for name in ("ada", "bo")]
    votes += [vote(key, "cy", "reject" if key < "S05" else "accept") for key in [*IMAGES][:10]]
    found = measure_agreement(table(*votes), IMAGES)
    assert found["cohen_kappa"] is None
    assert found["fleiss_kappa"]["n"] == 10
    assert found["percent_agreement"]["value"] == pytest.approx((20 + 5 + 5) / (20 + 10 + 10))
    assert found["percent_agreement"]["n"] == 20


def test_only_what_was_said_of_one_image_is_compared():
    """Bo and Cy saw an older image of S00; votes that do not tell their image are on this one."""
    now, before = {"image_sha256": "sha0"}, {"image_sha256": "older"}
    votes = [vote("S00", "ada", morphology="WAT", **now), vote("S00", "dee", morphology="WAT")]
    votes += [vote("S00", name, "reject", morphology="NAT", **before) for name in ("bo", "cy")]
    votes += [vote("S01", "ada"), vote("S01", "bo", "reject", **before)]
    found = measure_agreement(table(*votes), IMAGES)
    for estimate in (found["percent_agreement"], found["human_ceiling"]["morphology"]):
        assert (estimate["value"], estimate["n"]) == (1.0, 2)
    assert found["n_stale"] == 3


def test_the_interval_covers_the_truth():
    """Two experts who agree on 80 % of endless sources: 95 % intervals of 60 miss it seldom."""
    rng, missed = np.random.default_rng(7), 0
    for _ in range(8):
        same = rng.random(60) < 0.8
        votes = [vote(f"X{n}", "ada") for n in range(60)]
        votes += [vote(f"X{n}", "bo", "accept" if one else "reject") for n, one in enumerate(same)]
        # With a third expert, no kappa of two is sampled, which takes long.
        votes += [vote("alone", "cy")]
        found = measure_agreement(table(*votes), {f"X{n}": "" for n in range(60)} | {"alone": ""})
        missed += not found["percent_agreement"]["low"] <= 0.8 <= found["percent_agreement"]["high"]
    assert missed <= 2


def test_votes_come_back_from_a_file_as_they_were(tmp_path):
    votes = table(*cast())
    votes.to_csv(tmp_path / "votes.csv", index=False)
    again = pd.read_csv(tmp_path / "votes.csv", keep_default_na=False)
    assert measure_agreement(again, IMAGES) == measure_agreement(votes, IMAGES)
