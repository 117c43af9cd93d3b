"""``kedro review`` serves what a run has made, and leaves an export beside the votes."""

from __future__ import annotations

import http.client
import json
import os
import re
import signal
import stat
import subprocess
import sys
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from click.testing import CliRunner
from kedro.framework.startup import bootstrap_project

from bentjets.cli import cli


@pytest.fixture
def run_review(project: Path, tmp_path: Path, monkeypatch):
    """Run the command in this process, with nothing made yet."""
    monkeypatch.setenv("BENTJETS_DATA", str(tmp_path / "data"))
    monkeypatch.chdir(project)
    bootstrap_project(project)

    def run(*words: str):
        return CliRunner().invoke(cli, ["review", "--env", "test", *words])

    return run


@pytest.mark.parametrize(
    ("words", "complaint"),
    [
        ([], "say who votes: --expert NAME"),
        (["--expert", "<b>ann"], "is no name: use letters"),
        (["--expert", "automatic"], "is the checks' own name"),
        (["--expert", "ann", "--expert", "ann"], "every expert needs a name of their own"),
        (["--expert", "ann", "--by", "luck"], "'luck' is not one of 'shuffled', 'catalogue'"),
        (["--expert", "ann"], "no image has been made yet in this environment: run kedro run"),
    ],
)
def test_mistakes_get_one_clear_line_and_leave_no_database(
    run_review, tmp_path: Path, words, complaint
) -> None:
    done = run_review(*words)
    assert done.exit_code != 0
    assert complaint in " ".join(done.output.split())
    assert not list(tmp_path.iterdir())


class Review:
    """The command in a process of its own, as a user runs it."""

    def __init__(self, project: Path, root: Path, votes: Path) -> None:
        words = ["--env", "test", "--expert", "ann", "--expert", "Bob O'Dea", "--no-browser"]
        self.process = subprocess.Popen(
            [sys.executable, "-m", "kedro", "review", *words],
            cwd=project,
            env=os.environ | {"BENTJETS_DATA": str(root), "BENTJETS_VOTES": str(votes)},
            stdout=subprocess.PIPE,
            text=True,
        )
        self.tokens: dict[str, str] = {}
        while len(self.tokens) < 2:
            line = self.process.stdout.readline()
            assert line, "it ended before it served"
            if found := re.match(r"Review page of (.+): http://(.+)/#token=(\w+)", line):
                self.tokens[found[1]], self.host = found[3], found[2]

    def ask(self, method: str, path: str, content: Any = None, cookie: str = "") -> Any:
        connection = http.client.HTTPConnection(self.host, timeout=10)
        headers = {"Origin": f"http://{self.host}", "X-Bentjets": "1", "Cookie": cookie}
        headers |= {"Content-Type": "application/json"}
        connection.request(method, path, content and json.dumps(content), headers)
        answer = connection.getresponse()
        body = answer.read()
        connection.close()
        return answer.headers.get("Set-Cookie", "").partition(";")[0] or json.loads(body)

    def end(self, number: int) -> str:
        self.process.send_signal(number)
        output, _ = self.process.communicate(timeout=30)
        assert self.process.returncode == 0
        return output


def test_two_experts_vote_and_the_export_lies_beside_the_votes(
    finished_run: Path, project: Path, tmp_path: Path
) -> None:
    votes = tmp_path / "kept" / "test-reviews.db"
    first = Review(project, finished_run, votes)
    cookie = first.ask("POST", "/api/session", {"token": first.tokens["Bob O'Dea"]})
    place = first.ask("GET", "/api/places/3", cookie=cookie)
    vote = {"vote_id": "0" * 32, "place": 3, "verdict": "reject", "reason": "small", "seconds": 2.5}
    vote |= {"image_sha256": place["image_sha256"]}
    assert first.ask("POST", "/api/votes", vote, cookie)["done"] == 1
    assert "1 votes written to" in first.end(signal.SIGTERM)
    exported = pd.read_csv(votes.with_suffix(".csv"))
    columns = ["source_id", "expert", "verdict", "reason"]
    assert exported[columns].to_numpy().tolist() == [
        [place["source_id"], "Bob O'Dea", "reject", "small"]
    ]
    key = votes.with_suffix(".key")
    assert stat.S_IMODE(key.stat().st_mode) == 0o600
    # The addresses that the experts were given still open the page.
    again = Review(project, finished_run, votes)
    assert again.tokens == first.tokens
    cookie = again.ask("POST", "/api/session", {"token": again.tokens["Bob O'Dea"]})
    state = again.ask("GET", "/api/state", cookie=cookie)
    assert (state["expert"], state["done"]) == ("Bob O'Dea", 1)
    assert "1 votes written to" in again.end(signal.SIGINT)
