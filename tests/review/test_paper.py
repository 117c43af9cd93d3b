"""What the curators of the paper said of each image, as votes: Table 1 follows."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest

from bentjets.review import decide, measure_agreement
from voting import table, vote


@pytest.fixture
def catalogue(real_first: Path) -> pd.DataFrame:
    sources = pd.read_csv(real_first / "catalogue.csv", keep_default_na=False)
    sources = sources[sources["quality"] != "not used"].reset_index(drop=True)
    # One source is listed twice, as WAT and as NAT.
    again = sources.groupby("name").cumcount()
    twice = sources["name"] + again.map({0: "", 1: "_2"})
    return sources.assign(source_id=twice)


def test_their_qualities_as_votes_give_table_1(catalogue) -> None:
    checked = catalogue[["source_id"]].assign(accepted=True, reason="", image_sha256="")
    votes = table(
        *(
            vote(
                row.source_id,
                name,
                "accept" if good else "reject",
                reason="" if good else row.quality,
            )
            for row in catalogue.itertuples()
            for good in [row.quality == "good"]
            for name in ("first", "second")
        )
    )
    decisions = decide(checked, votes, policy="unanimous", min_reviewers=2)
    accepted = catalogue[decisions["accepted"]]
    assert len(catalogue) == 703
    assert accepted["morphology"].value_counts().to_dict() == {"WAT": 385, "NAT": 254}
    rejected = decisions.loc[~decisions["accepted"], "reason"].value_counts()
    assert rejected.to_dict() == {"small": 31, "bad": 24, "confused": 9}
    agreement = measure_agreement(votes, dict.fromkeys(catalogue["source_id"], ""))
    assert agreement["cohen_kappa"]["value"] == pytest.approx(1)
    assert agreement["rejected"] == {"small": 62, "bad": 48, "confused": 18}
