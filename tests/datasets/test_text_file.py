"""TextDataset: Kedro's own, whose files appear whole or not at all."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import fsspec
import pytest
from kedro.io.core import DatasetError, Version

from bentjets.datasets.text_file import TextDataset

TEXT = "<h1>Bent radio galaxies — ±1σ</h1>\n"
OTHER = "<h1>Something else, and longer than a few bytes</h1>\n"


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "deep" / "report.html"


@pytest.fixture
def dataset(path: Path) -> TextDataset:
    return TextDataset(filepath=path.as_posix())


@pytest.mark.parametrize("text", [TEXT, "", "no end of line", "\ufeff"])
def test_round_trip(dataset: TextDataset, path: Path, text: str) -> None:
    assert not dataset.exists()
    dataset.save(text)
    assert dataset.exists()
    assert dataset.load() == text
    assert path.read_bytes() == text.encode("utf-8")
    assert list(path.parent.iterdir()) == [path]


def test_the_text_is_utf_8_wherever_it_is_read(dataset: TextDataset, path: Path) -> None:
    """Not in the encoding of the machine's language, which Python takes unless told."""
    dataset.save(TEXT)
    program = (
        "from bentjets.datasets.text_file import TextDataset;"
        f"assert TextDataset(filepath={path.as_posix()!r}).load() == {TEXT!a}"
    )
    language = {"PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0", "LC_ALL": "C"}
    subprocess.run([sys.executable, "-c", program], env=os.environ | language, check=True)


def test_a_missing_text_is_one_line(dataset: TextDataset, path: Path) -> None:
    with pytest.raises(DatasetError) as error:
        dataset.load()
    assert str(error.value) == (
        f"{path} does not exist; run the pipeline that writes it, "
        "or correct its path in the catalog"
    )


def test_every_save_is_one_version(path: Path, recwarn: pytest.WarningsRecorder) -> None:
    dataset = TextDataset(
        filepath=path.as_posix(), version=Version(None, "2026-01-01T00.00.00.000Z")
    )
    assert not dataset.exists()
    dataset.save(TEXT)
    assert dataset.exists()
    assert [str(one.relative_to(path)) for one in path.rglob("*.html") if one.is_file()] == [
        "2026-01-01T00.00.00.000Z/report.html"
    ]
    assert dataset.load() == TEXT
    with pytest.raises(DatasetError, match="must not exist if versioning"):
        dataset.save(TEXT)
    assert not recwarn.list


def test_remote_filesystem() -> None:
    dataset = TextDataset(filepath="memory:///texts/report.html")
    dataset.save(TEXT)
    assert dataset.load() == TEXT
    assert fsspec.filesystem("memory").ls("/texts", detail=False) == ["/texts/report.html"]
    dataset.release()


def test_description_and_metadata(path: Path) -> None:
    dataset = TextDataset(filepath=path.as_posix(), metadata={"kedro-viz": {"layer": "raw"}})
    assert dataset._describe()["filepath"].name == "report.html"
    assert dataset.metadata == {"kedro-viz": {"layer": "raw"}}


def test_the_same_text_leaves_the_file_untouched(dataset: TextDataset, path: Path) -> None:
    dataset.save(TEXT)
    before = path.stat()
    dataset.save(TEXT)
    assert (path.stat().st_mtime_ns, path.stat().st_ino) == (before.st_mtime_ns, before.st_ino)


def test_a_save_that_the_disk_cuts_short_leaves_the_old_text_alone(
    dataset: TextDataset, path: Path, files_end_at: Any
) -> None:
    dataset.save(TEXT)
    with files_end_at(20), pytest.raises(DatasetError, match="File too large"):
        dataset.save(OTHER)
    assert dataset.load() == TEXT
    assert list(path.parent.iterdir()) == [path]


def test_a_save_that_fails_at_the_end_leaves_the_old_text_alone(
    dataset: TextDataset, path: Path, fail_to_finish: Callable[[], None]
) -> None:
    dataset.save(TEXT)
    fail_to_finish()
    with pytest.raises(DatasetError, match="No space left"):
        dataset.save(OTHER)
    assert dataset.load() == TEXT
    assert list(path.parent.iterdir()) == [path]
