"""How often each expert says what each other one says."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import combinations

import pandas as pd

from bentjets.review.agreement import tabulate_votes
from bentjets.review.standing import standing_votes

QUESTIONS = ("verdict", "morphology")


def compare_pairs(votes: pd.DataFrame, image_sha256: Mapping[str, str]) -> pd.DataFrame:
    """Compare experts in pairs, by their votes of the first round that stand.

    Parameters
    ----------
    votes
        The table of votes, in the order in which they were cast.
    image_sha256
        The sha256 of each source's masked image as it is now; other sources are ignored.

    Returns
    -------
    DataFrame
        A row for each question (``verdict``, ``morphology``) and pair that both answered on an
        image: ``question``, ``expert``, ``other`` (in the order of the alphabet), ``n`` (images)
        and ``agreement`` (share of them, 0 to 1, of which both say the same).
    """
    mine = standing_votes(votes)
    mine = mine[mine["source_id"].isin(list(image_sha256)) & (mine["round"] == 1)]
    first = mine[mine["showing"] == 1]
    rows = []
    for question in QUESTIONS:
        answered = first[first[question] != ""]
        table = tabulate_votes(answered, image_sha256, question)
        for one, other in combinations(sorted(table.columns), 2):
            both = table[[one, other]].dropna()
            if len(both):
                same = float((both[one] == both[other]).mean())
                rows.append((question, str(one), str(other), len(both), same))
    return pd.DataFrame(rows, columns=["question", "expert", "other", "n", "agreement"])
