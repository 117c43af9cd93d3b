"""The cache can be looked at, and what nothing uses any more can be dropped."""

from __future__ import annotations

import shutil
from pathlib import Path

PROCESSING = ("run", "--env", "test", "--pipelines", "processing")


def test_the_cache_is_shown_and_what_is_unused_can_be_dropped(
    finished_run: Path, kedro, tmp_path: Path
) -> None:
    root = tmp_path / "data"
    shutil.copytree(finished_run, root)
    downloads = root / "cache" / "downloads" / "first"
    downloads.mkdir(parents=True)
    (downloads / "J1_00000000.fits").write_bytes(b"0" * 2880)
    shown = kedro(root, "cache", "--env", "test").stdout
    assert "fit_cutout.results.sqlite: 12 results" in shown
    assert "downloads: 1 files, 0.0 MB; always kept" in shown
    kedro(root, *PROCESSING, "--params", "processing.threshold_pixel=6.0")
    shown = kedro(root, "cache", "--env", "test").stdout
    assert "fit_cutout.results.sqlite: 24 results" in shown
    assert "12 of them not used by the latest run" in shown
    dropped = kedro(root, "cache", "--env", "test", "--drop-unused").stdout
    assert "fit_cutout.results.sqlite: 12 results" in dropped
    assert list(downloads.iterdir())
    # What is left is what the latest settings use.
    kedro(root, *PROCESSING, "--params", "processing.threshold_pixel=6.0")
    assert "fit_cutout.results.sqlite: 12 results" in kedro(root, "cache", "--env", "test").stdout
