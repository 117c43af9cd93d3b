"""What a run leaves behind when it is killed, when the disk is full, when its inputs change."""

from __future__ import annotations

import contextlib
import hashlib
import os
import random
import shutil
import signal
import sqlite3
import subprocess
import sys
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import pytest

PROJECT = Path(__file__).resolve().parents[2]
LAYERS = ("01_raw", "02_intermediate", "03_primary")
SOURCE_FOLDERS = (
    "01_raw/cutouts",
    "02_intermediate/background",
    "02_intermediate/masks",
    "02_intermediate/islands",
    "03_primary/images",
    "03_primary/masks",
    "03_primary/masked",
)

# Python reads this before anything else: the run dies, with its children, as it is about to give
# a file its final name for the n-th time in a place.
KILLER = """
import os, signal, sys

left = int(os.environ["KILL_AT"])

def watch(event, arguments):
    global left
    if event == "os.rename" and os.environ["KILL_IN"] in os.fsdecode(arguments[1]):
        left -= 1
        if left == 0:
            os.killpg(0, signal.SIGKILL)

sys.addaudithook(watch)
"""


def start(
    root: Path, *words: str, before: Iterable[str] = (), **variables: str
) -> subprocess.Popen[str]:
    """Start acquisition and processing of twelve sources, with everything under one folder."""
    kedro = [sys.executable, "-m", "kedro", "run", "--env", "test"]
    places = {"BENTJETS_DATA": str(root), "BENTJETS_CACHE": str(root / "cache"), "COLUMNS": "200"}
    return subprocess.Popen(
        [*before, *kedro, "--pipelines", "acquisition,processing", *words],
        cwd=PROJECT,
        env=os.environ | places | variables,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    )


def finish(*runs: subprocess.Popen[str]) -> None:
    for run in runs:
        output = run.communicate()[0]
        assert run.returncode == 0, output


def kill_in(root: Path, place: str, number: int, folder: Path) -> None:
    """Kill a run as it names its n-th file in a place."""
    (folder / "sitecustomize.py").write_text(KILLER)
    run = start(root, PYTHONPATH=str(folder), KILL_IN=place, KILL_AT=str(number))
    output = run.communicate()[0]
    assert run.returncode == -signal.SIGKILL, output


def digests(root: Path) -> dict[str, str]:
    """Give a checksum of every file of a run but its cache, hidden files included.

    The lists of what runs have written are left out: they tell of runs, not of sources.
    """
    return {
        path.relative_to(root).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for layer in LAYERS
        for path in sorted((root / layer).rglob("*"))
        if path.is_file() and path.suffix != ".written"
    }


def findings_in_cache(cache: Path) -> dict[bytes, float]:
    """Give the key of every finished fit, with the time when it was made."""
    found: dict[bytes, float] = {}
    for path in (cache / "results").glob("fit_cutout*.sqlite"):
        with contextlib.closing(sqlite3.connect(path)) as file:
            found |= dict(file.execute("SELECT key, made FROM results"))
    return found


@pytest.fixture(scope="module")
def reference(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Data root of a run that nothing disturbed."""
    root = tmp_path_factory.mktemp("reference")
    finish(start(root))
    assert len(findings_in_cache(root / "cache")) == 12
    return root


@pytest.fixture
def again(reference: Path, tmp_path: Path) -> Path:
    """A copy of that data root, for a run that changes something."""
    root = tmp_path / "again"
    shutil.copytree(reference, root)
    return root


# Killed


@dataclass(frozen=True)
class KilledRun:
    """Data root of a run that was killed again and again, and what was cached before the end."""

    root: Path
    cached: dict[bytes, float]
    left_by_kills: list[str]


@pytest.fixture(scope="module")
def killed(tmp_path_factory: pytest.TempPathFactory) -> KilledRun:
    root = tmp_path_factory.mktemp("killed")
    folder = tmp_path_factory.mktemp("killer")
    rng = random.Random(20250525)
    cached: dict[bytes, float] = {}
    left = []
    for place, last in (
        ("/01_raw/", 13),
        ("/02_intermediate/", 24),
        ("/processing_log.csv", 1),
        ("/03_primary/", 35),
    ):
        kill_in(root, place, rng.randint(1, last), folder)
        cached = findings_in_cache(root / "cache") | cached
        left += [path.name for layer in LAYERS for path in (root / layer).rglob(".*.tmp")]
    finish(start(root))
    return KilledRun(root, cached, left)


def test_a_run_that_was_killed_ends_with_the_same_files(killed: KilledRun, reference: Path) -> None:
    files = digests(killed.root)
    named = {path: digest for path, digest in files.items() if "/." not in path}
    assert named == digests(reference)


def test_sources_that_were_finished_before_a_kill_are_not_computed_again(killed: KilledRun) -> None:
    assert killed.cached
    entries = findings_in_cache(killed.root / "cache")
    assert len(entries) == 12
    assert {path: entries[path] for path in killed.cached} == killed.cached


def test_what_kills_left_half_saved_is_gone_after_the_next_run(killed: KilledRun) -> None:
    assert len(killed.left_by_kills) >= 3
    assert [path for path in digests(killed.root) if "/." in path] == []


# Changed between two runs


def test_an_override_recomputes_its_source_alone(
    reference: Path, again: Path, tmp_path: Path
) -> None:
    table = tmp_path / "overrides.csv"
    table.write_text("source_id,threshold_island,threshold_pixel,dilation\nSIM-00004,4.5,9,3\n")
    conf = tmp_path / "conf"
    shutil.copytree(PROJECT / "conf", conf)
    globals_file = conf / "base" / "globals.yml"
    text = globals_file.read_text()
    assert "conf/base/overrides.csv" in text
    globals_file.write_text(text.replace("conf/base/overrides.csv", table.as_posix()))
    before = findings_in_cache(again / "cache")
    finish(start(again, "--conf-source", str(conf)))
    after = findings_in_cache(again / "cache")
    assert len(after.keys() - before.keys()) == 1
    assert before.items() <= after.items()
    old, new = digests(reference), digests(again)
    assert new.keys() == old.keys()
    changed = {path for path in new if new[path] != old[path]}
    of_sources = {path for path in changed if path.rpartition("/")[0] in SOURCE_FOLDERS}
    assert {Path(path).name.partition(".")[0] for path in of_sources} == {"SIM-00004"}
    assert {
        "02_intermediate/masks/SIM-00004.fits",
        "02_intermediate/islands/SIM-00004.fits.gz",
        "03_primary/masks/SIM-00004.png",
        "03_primary/masked/SIM-00004.png",
    } <= of_sources
    assert {Path(path).name for path in changed - of_sources} <= {
        "finding_settings.csv",
        "part-00000.json",
        "gaussians.parquet",
        "dropped_islands.csv",
        "processing_log.csv",
    }


def test_the_files_of_a_source_that_left_the_catalogue_are_removed(
    reference: Path, again: Path
) -> None:
    finish(start(again, "--params", "acquisition.catalogues.simulated.n_sources=11"))
    old, new = digests(reference), digests(again)
    gone = {path for path in old if Path(path).name.startswith("SIM-00011.")}
    assert {str(Path(path).parent) for path in gone} == set(SOURCE_FOLDERS)
    assert new.keys() == old.keys() - gone
    kept = {path for path in new if path.rpartition("/")[0] in SOURCE_FOLDERS}
    assert {path: new[path] for path in kept} == {path: old[path] for path in kept}


def test_damaged_cache_entries_are_computed_anew(reference: Path, again: Path) -> None:
    before = findings_in_cache(again / "cache")
    garbage, half, *_ = sorted(before)
    path = again / "cache" / "results" / "fit_cutout.results.sqlite"
    with contextlib.closing(sqlite3.connect(path)) as file, file:
        file.execute("UPDATE results SET content = ? WHERE key = ?", (b"garbage", garbage))
        cut = "UPDATE results SET content = substr(content, 1, 100) WHERE key = ?"
        file.execute(cut, (half,))
    shutil.rmtree(again / "02_intermediate" / "masks")
    finish(start(again))
    assert digests(again) == digests(reference)
    after = findings_in_cache(again / "cache")
    assert {key for key in after if after[key] != before[key]} == {garbage, half}


# Shares


def test_shares_of_the_work_add_up_to_the_whole(reference: Path, tmp_path: Path) -> None:
    cache = tmp_path / "cache"
    whole = tmp_path / "whole"
    finish(
        *(
            start(
                tmp_path / f"share{shard}",
                "--params",
                f"engine.shards=2,engine.shard={shard}",
                BENTJETS_CACHE=str(cache),
            )
            for shard in range(2)
        )
    )
    computed = findings_in_cache(cache)
    assert len(computed) == 12
    for shard in range(2):
        cutouts = sorted((tmp_path / f"share{shard}" / "01_raw/cutouts").iterdir())
        assert [int(path.stem[-5:]) % 2 for path in cutouts] == [shard] * 6
    finish(start(whole, BENTJETS_CACHE=str(cache)))
    assert findings_in_cache(cache) == computed
    assert digests(whole) == digests(reference)


def test_a_share_that_no_source_falls_to_ends_well(tmp_path: Path) -> None:
    root = tmp_path / "share"
    shares = "engine.shards=20,engine.shard=15"
    finish(start(root, "--params", shares, BENTJETS_CACHE=str(tmp_path / "cache")))
    for table in ("01_raw/acquisition_log.csv", "02_intermediate/processing_log.csv"):
        (header,) = (root / table).read_text().splitlines()
        assert header.startswith("source_id,")
    assert not list((root / "03_primary").rglob("*.png"))


# Full and read-only disks: real ones, in a name space of their own.

IN_OWN_MOUNTS = ["unshare", "--user", "--map-root-user", "--mount"]

FULL_DISK = """
mount -t tmpfs -o size=1600k tmpfs "$BENTJETS_DATA" || exit 9
"$@" > "$OUT/first" 2>&1
echo $? > "$OUT/code"
cp -a "$BENTJETS_DATA" "$OUT/full"
mount -o remount,size=64m "$BENTJETS_DATA" || exit 9
"$@" || exit 8
cp -a "$BENTJETS_DATA" "$OUT/whole"
"""

READ_ONLY = """
mount --bind "$BENTJETS_DATA" "$BENTJETS_DATA" || exit 9
mount -o remount,bind,ro "$BENTJETS_DATA" || exit 9
exec "$@"
"""


@pytest.fixture(scope="module")
def _own_mounts() -> None:
    trial = [*IN_OWN_MOUNTS, "mount", "-t", "tmpfs", "tmpfs", "/tmp"]
    if not shutil.which("unshare") or subprocess.run(trial, check=False).returncode:
        pytest.skip("a small disk of one's own needs user namespaces (unshare), not allowed here")


def error_told(output: str) -> str:
    """Give the error at the end of a run's output, which is to be all that a user needs."""
    assert "Traceback" not in output
    assert output.count("Error: ") == 1, output
    return output[output.index("Error: ") :]


@pytest.mark.usefixtures("_own_mounts")
def test_a_full_disk_is_told_and_leaves_no_damaged_file(reference: Path, tmp_path: Path) -> None:
    root = tmp_path / "root"
    root.mkdir()
    finish(start(root, before=[*IN_OWN_MOUNTS, "sh", "-c", FULL_DISK, "sh"], OUT=str(tmp_path)))
    assert (tmp_path / "code").read_text().strip() == "1"
    error = error_told((tmp_path / "first").read_text())
    assert "No space left on device" in error
    assert f"{root}/0" in error
    whole, full = digests(reference), digests(tmp_path / "full")
    assert 12 < len(full) < len(whole)
    assert full.items() <= whole.items()
    assert digests(tmp_path / "whole") == whole


@pytest.mark.usefixtures("_own_mounts")
def test_a_read_only_disk_is_told_and_nothing_changes(reference: Path, again: Path) -> None:
    run = start(
        again,
        "--params",
        "acquisition.catalogues.simulated.n_sources=11",
        before=[*IN_OWN_MOUNTS, "sh", "-c", READ_ONLY, "sh"],
    )
    output = run.communicate()[0]
    assert run.returncode == 1, output
    error = error_told(output)
    assert "Read-only file system" in error
    assert f"{again}/01_raw/catalogue.csv" in error
    assert digests(again) == digests(reference)
