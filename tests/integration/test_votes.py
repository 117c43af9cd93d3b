"""Where the votes are: a path of their own, not among what runs make, not shared by accident."""

from __future__ import annotations

from pathlib import Path

import pytest
from kedro.config import OmegaConfigLoader

from bentjets.settings import CONFIG_LOADER_ARGS

ENVIRONMENTS = ["base", "first", "folder", "published", "test"]


@pytest.fixture
def place(project: Path, monkeypatch):
    """Tell data root and votes of an environment, with these variables set."""

    def find(env: str, **variables: str) -> tuple[Path, Path]:
        for name in ("BENTJETS_DATA", "BENTJETS_VOTES"):
            monkeypatch.delenv(name, raising=False)
        for name, value in variables.items():
            monkeypatch.setenv(name, value)
        loader = OmegaConfigLoader(str(project / "conf"), env=env, **CONFIG_LOADER_ARGS)
        found = loader["globals"]
        assert loader["catalog"]["reviews"]["filepath"] == found["votes"]
        return Path(found["data_root"]), Path(found["votes"])

    return find


def test_each_environment_has_votes_of_its_own(place) -> None:
    places = [place(env) for env in ENVIRONMENTS]
    roots = [root for root, _ in places]
    votes = [path for _, path in places]
    assert len(set(votes)) == len(ENVIRONMENTS)
    assert not [path for path in votes for root in roots if path.is_relative_to(root)]
    assert {path.parent for path in votes[:-1]} == {Path("votes")}


@pytest.mark.parametrize("env", ENVIRONMENTS)
def test_each_data_root_has_votes_of_its_own_beside_it(place, env) -> None:
    assert place(env, BENTJETS_DATA="/s/a") == (Path("/s/a"), Path("/s/a-reviews.db"))
    assert place(env, BENTJETS_DATA="/s/b") == (Path("/s/b"), Path("/s/b-reviews.db"))


@pytest.mark.parametrize("env", ENVIRONMENTS)
def test_a_slash_at_the_end_names_the_same_votes(place, env) -> None:
    for root in ("/s/a/", "/s/a//"):
        assert place(env, BENTJETS_DATA=root) == (Path("/s/a"), Path("/s/a-reviews.db"))


@pytest.mark.parametrize("env", ENVIRONMENTS)
def test_the_votes_may_be_anywhere(place, env) -> None:
    variables = {"BENTJETS_DATA": "/s/a", "BENTJETS_VOTES": "/v/votes.db"}
    assert place(env, **variables)[1] == Path("/v/votes.db")
