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


@pytest.fixture
def run(kedro, services: Services, tmp_path: Path):
    """Put an archive into a record, and run acquisition of it as a user would."""

    def run_acquisition(name: str, content: bytes) -> str:
        record = services.add_record({name: content})
        words = ["--env", "published", "--pipelines", "acquisition"]
        parameters = f"acquisition.published_record={record}"
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
    assert {"01_raw/published/data_batch_0", "03_primary/batches/test_batch"} <= files_below(root)
    assert (root / "01_raw/published/test_batch").read_bytes() == BATCHES["RGC-Bent/test_batch"]
    manifest = pd.read_csv(root / "03_primary" / "manifest.csv")
    assert manifest["morphology"].value_counts().to_dict() == {"WAT": 4, "NAT": 4}


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
