"""Experts in pairs: by the votes that stand, on one and the same image."""

import pytest

from bentjets.review import compare_pairs
from voting import table, vote


def test_pairs_count_the_images_that_both_judged():
    votes = table(
        vote("a", "Ada", morphology="WAT"), vote("a", "Bo", morphology="NAT"),
        vote("b", "Ada", morphology="WAT"), vote("b", "Bo", morphology="WAT"),
        vote("c", "Ada", morphology="WAT"), vote("c", "Bo", "reject"),
        vote("d", "Cy", morphology="WAT"), vote("e", "Ada"), vote("e", "Bo"),
    )  # fmt: skip
    pairs = compare_pairs(votes, dict.fromkeys("abcd", ""))
    assert list(pairs[["question", "expert", "other"]].itertuples(index=False, name=None)) == [
        ("verdict", "Ada", "Bo"),
        ("morphology", "Ada", "Bo"),
    ]
    # `e` is no source any more, and nobody else looked at `d`.
    assert list(pairs["n"]) == [3, 2]
    assert list(pairs["agreement"]) == pytest.approx([2 / 3, 1 / 2])


def test_without_votes_there_are_no_pairs():
    assert compare_pairs(table(), {}).empty


def test_only_votes_on_one_image_are_compared():
    votes = table(vote("a", "Ada", image_sha256="1" * 64), vote("a", "Bo", image_sha256="2" * 64))
    assert compare_pairs(votes, {"a": "2" * 64}).empty
