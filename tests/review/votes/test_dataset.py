"""The catalog's entry of votes on a real PostgreSQL, by the URL in its credentials."""

from __future__ import annotations

from pathlib import Path

from bentjets.datasets.reviews import ReviewsDataset
from voting import table, vote


def test_votes_are_kept_where_the_credentials_say(url: str, tmp_path: Path) -> None:
    path = tmp_path / "no.db"
    dataset = ReviewsDataset(filepath=path, credentials={"url": url})
    assert dataset.load().empty
    first = table(vote("S2", "ada"), vote("S1", "ada", "reject", reason="small"))
    dataset.save(first)
    dataset.save(first.assign(verdict="unsure"))
    dataset.save(table(vote("S1", "bo")))
    loaded = dataset.load()
    assert loaded["verdict"].tolist() == ["accept", "reject", "accept"]
    assert loaded.columns.tolist() == first.columns.tolist()
    assert dataset.exists()
    assert not path.exists()
