from __future__ import annotations

from bentjets.report.experts import describe_agreement
from bentjets.review import measure_agreement
from voting import table, vote


def test_nobody_voted():
    assert describe_agreement({"experts": [], "n_votes": 0}) == []


def test_votes_are_told_with_their_intervals():
    votes = [vote(f"S{n}", name, morphology="WAT") for n in range(8) for name in ("ada", "bo")]
    votes += [vote("S8", "ada", morphology="WAT"), vote("S8", "bo", "reject", reason="small")]
    votes.append(vote("S1", "ada", showing=2))
    found = measure_agreement(table(*votes), {f"S{n}": "" for n in range(9)})
    rows = dict(describe_agreement(found))
    assert rows["Votes"] == "19 by 2 experts"
    assert rows["Two experts say the same"].startswith("88.9 % [")
    assert rows["Two experts say the same"].endswith("] of 9")
    assert rows["One expert names the class that another names"] == "100.0 % [100.0, 100.0] of 8"
    assert rows["ada says the same of an image shown twice"].endswith("of 1")
    assert rows["Not accepted, by votes"] == "small (1)"
    assert rows["Cohen's kappa"].endswith("9 sources")


def test_one_expert_alone():
    found = measure_agreement(table(vote("S1", "ada", image_sha256="old")), {"S1": "new"})
    assert describe_agreement(found) == [
        ["Votes", "1 by 1 expert, 1 of them on images that have changed since"]
    ]
