"""Published archives on the command line: a good one is taken, and malice leaves no trace."""

from __future__ import annotations

import gzip
import pickle
import tarfile
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from services import Services
from unpinned import copy_without_pins
from unsafe_archives import (
    make_harmful_pickle,
    make_tar,
    make_tar_bomb,
    make_zip,
    make_zip_bomb,
    make_zip_link,
)


def make_batch(n_images: int = 4) -> bytes:
    images = np.arange(n_images * 22500, dtype=np.uint8).reshape(n_images, 22500)
    labels = ["100", "200"] * (n_images // 2)
    return pickle.dumps(
        {"data": images, "labels": labels, "filenames": [f"J{n}.png" for n in range(n_images)]}
    )


BATCHES = {
    "RGC-Bent/data_batch_0": make_batch(),
    "RGC-Bent/test_batch": make_batch(),
    "RGC-Bent/batches.meta": pickle.dumps({"label_names": ["WAT", "NAT"]}),
}


def files_below(root: Path) -> set[str]:
    return {path.relative_to(root).as_posix() for path in root.rglob("*") if path.is_file()}


@pytest.fixture(scope="module")
def unpinned(project: Path, tmp_path_factory: pytest.TempPathFactory) -> list[str]:
    """Words with which kedro takes batches that are not those of the paper."""
    conf = copy_without_pins(project / "conf", tmp_path_factory.mktemp("unpinned"))
    return ["--conf-source", str(conf)]


@pytest.fixture
def run(kedro, services: Services, unpinned: list[str], tmp_path: Path):
    """Put an archive into a record, and run acquisition of it as a user would."""

    def run_acquisition(name: str, content: bytes, *, pinned: bool = False, **more: object) -> str:
        record = services.add_record({name: content})
        words = ["--env", "published", "--pipelines", "acquisition"]
        words += [] if pinned else unpinned
        given = {"acquisition.published_record": record, **more}
        parameters = ",".join(f"{key}={value}" for key, value in given.items())
        root = tmp_path / "deep" / "down" / "root"
        done = kedro(root, "run", *words, "--params", parameters, check=False)
        assert "Traceback" not in done.stderr
        last = (done.stderr.strip().splitlines() or [""])[-1]
        assert last.startswith("Error: ") == (done.returncode != 0), done.stderr
        return last if done.returncode else ""

    return run_acquisition


@pytest.mark.parametrize(
    ("name", "content"),
    [("a.zip", make_zip(BATCHES)), ("a.tar.gz", gzip.compress(make_tar(BATCHES)))],
)
def test_a_good_archive_becomes_batches_and_a_manifest(run, tmp_path, name, content) -> None:
    assert run(name, content) == ""
    root = tmp_path / "deep" / "down" / "root"
    assert {"01_raw/published/data_batch_0", "03_primary/manifest.csv"} <= files_below(root)
    assert (root / "01_raw/published/test_batch").read_bytes() == BATCHES["RGC-Bent/test_batch"]
    manifest = pd.read_csv(root / "03_primary" / "manifest.csv")
    assert manifest["morphology"].value_counts().to_dict() == {"WAT": 4, "NAT": 4}
    # The two batches are the same, down to the names.
    assert manifest["source_id"].is_unique
    splits = pd.read_csv(root / "03_primary" / "splits.csv")
    assert splits["source_id"].tolist() == manifest["source_id"].tolist()
    assert splits["group"].tolist() == [0, 0, 1, 1, 2, 2, 3, 3]
    assert splits["split"].tolist() == ["train", "test"] * 4
    leaks = pd.read_csv(root / "03_primary" / "leaks.csv")
    assert leaks["kind"].tolist() == ["equal images"] * 4 + ["same name"] * 4


def test_leaks_of_published_batches_end_the_run_where_they_shall(run, tmp_path) -> None:
    error = run("a.zip", make_zip(BATCHES), **{"curation.splits.fail_on_leak": "true"})
    assert "J0 in data_batch_1 and J0_2 in the test batch are not independent" in error
    root = tmp_path / "deep" / "down" / "root"
    assert len(pd.read_csv(root / "03_primary" / "leaks.csv")) == 8


@pytest.mark.parametrize(
    ("name", "complaint"),
    [
        ("bent_batches.tar.gz", "expected is b0f93db1d28dad0561da6f16243b1766: the record has"),
        ("a.zip", "holds no bent_batches.tar.gz, of which an MD5 is given"),
    ],
)
def test_other_batches_than_those_of_the_paper_are_refused(run, tmp_path, name, complaint) -> None:
    assert complaint in run(name, gzip.compress(make_tar(BATCHES)), pinned=True)
    assert files_below(tmp_path) == set()


UNSAFE = {
    "path.zip": (
        lambda: make_zip(BATCHES | {"../../../data_batch_1": make_batch()}),
        "member '../../../data_batch_1' leads out of the archive",
    ),
    "path.tgz": (
        lambda: gzip.compress(make_tar(BATCHES | {"/tmp/data_batch_1": make_batch()})),
        "member '/tmp/data_batch_1' leads out of the archive",
    ),
    "link.zip": (
        lambda: make_zip_link("data_batch_0", "/etc/passwd"),
        "member 'data_batch_0' is a link",
    ),
    "link.tar": (
        lambda: make_tar({"data_batch_0": b""}, kind=tarfile.SYMTYPE, link="/etc/passwd"),
        "member 'data_batch_0' is a link",
    ),
    "bomb.zip": (
        lambda: make_zip_bomb("data_batch_0"),
        "member 'data_batch_0' unpacks to 10737418240 bytes",
    ),
    "bomb.tgz": (
        lambda: make_tar_bomb("README.md"),
        "member 'README.md' unpacks to 10737418240 bytes",
    ),
    "liar.zip": (lambda: make_zip_bomb("data_batch_0", declared=99), "damaged"),
}


@pytest.mark.parametrize("name", UNSAFE)
def test_an_unsafe_archive_is_refused_and_nothing_is_written(run, tmp_path, name) -> None:
    make, complaint = UNSAFE[name]
    error = run(name, make())
    assert f"{name}: {complaint}" in error
    assert error.endswith("do not use this archive")
    assert files_below(tmp_path) == set()


@pytest.mark.parametrize("name", ["test_batch", "batches.meta"])
def test_a_pickle_that_calls_a_program_is_refused_and_nothing_is_run(run, tmp_path, name) -> None:
    marker = tmp_path / "marker"
    harmful = make_harmful_pickle(f"touch {marker}")
    pickle.loads(harmful)
    assert marker.exists(), "the pickle does no harm: this test would prove nothing"
    marker.unlink()
    error = run("a.zip", make_zip(BATCHES | {f"RGC-Bent/{name}": harmful}))
    assert f"{name} asks for posix.system" in error
    assert error.endswith("do not use this file")
    assert not marker.exists()
    assert not any("03_primary" in path for path in files_below(tmp_path))
