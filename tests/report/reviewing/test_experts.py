from __future__ import annotations

from bentjets.report.reviewing import (
    count_votes,
    describe_agreement,
    list_ceilings,
    list_objections,
)
from bentjets.review import measure_agreement
from voting import table, vote

NOBODY = {"experts": [], "n_votes": 0}


def agree(*votes, images=None):
    return measure_agreement(table(*votes), images or {f"S{n}": "" for n in range(9)})


def test_nobody_voted():
    assert count_votes(NOBODY) == ""
    assert describe_agreement(NOBODY) == list_objections(NOBODY) == []
    assert list(list_ceilings(NOBODY)) == list(list_ceilings({})) == []


def test_votes_are_told_with_their_intervals():
    votes = [vote(f"S{n}", name, morphology="WAT") for n in range(8) for name in ("ada", "bo")]
    votes += [vote("S8", "ada", morphology="WAT"), vote("S8", "bo", "reject", reason="small")]
    votes.append(vote("S1", "ada", showing=2))
    found = agree(*votes)
    assert count_votes(found) == "19 votes by 2 experts."
    rows = {row[0]: row[1:] for row in describe_agreement(found)}
    assert rows["Two experts say the same"][0] == "88.9 %"
    assert rows["Two experts say the same"][2] == "9"
    assert rows["One expert names the class that another names"] == ["100.0 %", "100.0–100.0", "8"]
    assert rows["ada says the same of an image shown twice"][2] == "1"
    assert rows["Cohen's kappa"][2] == "9"
    assert list_objections(found) == [["small", "1"]]
    (_, by_class), (_, by_verdict) = list_ceilings(found)
    assert (by_class["n"], by_verdict["n"]) == (8, 9)


def test_one_expert_alone():
    found = agree(vote("S1", "ada", image_sha256="old"), images={"S1": "new"})
    assert count_votes(found) == "1 vote by 1 expert, 1 of them on images that have changed since."
    assert describe_agreement(found) == []
    assert list(list_ceilings(found)) == []


def test_rare_reasons_are_counted_together():
    votes = [vote(f"S{n}", "ada", "reject", reason=f"reason {n}") for n in range(25)]
    rows = list_objections(agree(*votes, images={f"S{n}": "" for n in range(25)}))
    assert len(rows) == 21
    assert rows[-1] == ["5 other reasons", "5"]
