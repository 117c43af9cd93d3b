"""What is written down of a run: when, how, where, and with which parameters of one's own."""

from __future__ import annotations

import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace

import pytest

from bentjets import run_record
from bentjets.run_record import (
    LINKED,
    RUN_RECORD,
    RunRecord,
    compare,
    describe_command,
    describe_commit,
    link_files,
    list_gpus,
)

GIT = ["git", "-c", "user.name=x", "-c", "user.email=x@example.org"]


def git(folder: Path, *words: str) -> str:
    done = subprocess.run(
        [*GIT, "-C", str(folder), *words], check=True, capture_output=True, text=True
    )
    return done.stdout.strip()


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    code = tmp_path / "src" / "bentjets"
    code.mkdir(parents=True)
    (code / "a.py").write_text("one = 1\n")
    git(tmp_path, "init", "-q")
    git(tmp_path, "add", "-A")
    git(tmp_path, "commit", "-qm", "begin")
    return tmp_path


def test_parameters_that_differ_are_named_with_both_values() -> None:
    here = {"a": 1, "b": {"c": [1, 2], "d": "x"}, "mine": {"e": None}, "f": {}}
    default = {"a": 1, "b": {"c": [1], "d": "x"}, "g": {"h": True}}
    assert list(compare(here, default)) == [
        ("b.c", [1, 2], [1]),
        ("mine.e", None, None),
    ]


@pytest.mark.parametrize(
    ("words", "command"),
    [
        (["/venv/bin/kedro", "run", "--params", "a=b c"], "kedro run --params 'a=b c'"),
        (["python -m kedro", "run", "--env", "test"], "python -m kedro run --env test"),
        (["/x/bentjets/__main__.py"], "python -m bentjets"),
        (["/venv/bin/pytest", "-k", "secret"], ""),
        (["/x/ipykernel_launcher.py", "-f", "kernel.json"], ""),
    ],
)
def test_the_command_is_that_of_the_user(words: list[str], command: str) -> None:
    assert describe_command(words) == command


def test_the_commit_is_told_and_whether_the_code_was_changed(repository: Path) -> None:
    commit = git(repository, "rev-parse", "HEAD")
    assert describe_commit(repository) == commit
    (repository / "src" / "bentjets" / "a.py").write_text("one = 2\n")
    assert describe_commit(repository) == f"{commit} (changed)"


def test_without_git_there_is_no_commit(repository: Path, monkeypatch) -> None:
    monkeypatch.setenv("PATH", "")
    assert describe_commit(repository) == ""


def test_the_commit_of_somebody_elses_repository_is_not_ours(repository: Path) -> None:
    elsewhere = repository / "thesis"
    elsewhere.mkdir()
    assert describe_commit(elsewhere) == ""


def test_gpus_are_told_of_where_torch_is_at_work(monkeypatch) -> None:
    cuda = SimpleNamespace(
        is_available=lambda: True, device_count=lambda: 2, get_device_name="GPU {}".format
    )
    monkeypatch.setitem(sys.modules, "torch", SimpleNamespace(cuda=cuda))
    assert list_gpus() == ["GPU 0", "GPU 1"]
    monkeypatch.delitem(sys.modules, "torch")
    assert list_gpus() == []
    assert "torch" not in sys.modules


def test_a_record_says_when_and_where_it_was(tmp_path: Path, monkeypatch) -> None:
    monkeypatch.setattr(run_record.sys, "argv", ["kedro", "run"])
    started = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
    record = RunRecord("test", tmp_path, 6, {"a": 1}, {"a": 2}, started)
    nowhere = dict.fromkeys((*LINKED, RUN_RECORD))
    told = record.tell({"acquisition": 1.26}, nowhere)
    assert told["date"] == "2026-01-02T03:04:05+00:00"
    assert told["command"] == "kedro run"
    assert told["seconds"] == {"acquisition": 1.3}
    assert told["parameters"] == [["a", 1, 2]]
    assert told["files"] == []
    assert told["cores"] >= 1
    assert told["processor"]


def test_files_that_exist_are_linked_from_the_folder_of_the_report(tmp_path: Path) -> None:
    paths: dict[str, Path | None] = dict.fromkeys(LINKED)
    paths[RUN_RECORD] = tmp_path / "08_reporting" / "run_record.json"
    paths |= {"manifest": tmp_path / "manifest.csv", "masks": tmp_path / "masks"}
    (tmp_path / "manifest.csv").touch()
    assert list(link_files(paths)) == [("manifest.csv", "../manifest.csv", LINKED["manifest"])]
