"""The environment images on the command line: a release of ours, by its path alone."""

from __future__ import annotations

from pathlib import Path

import pandas as pd


def test_a_release_goes_straight_to_the_networks(finished_run: Path, kedro, tmp_path: Path) -> None:
    release = finished_run / "03_primary" / "release"
    words = f"images={release},engine.n_jobs=1,models.small_cnn.training.epochs=1"
    done = kedro(tmp_path / "data", "run", "--env", "images", "--params", words)
    assert "release: Parquet, 12 images (" in done.stdout
    columns = ["source_id", "morphology", "batch", "split"]
    ours, theirs = (
        pd.read_csv(root / "03_primary" / "splits.csv")[columns].sort_values("source_id")
        for root in (finished_run, tmp_path / "data")
    )
    pd.testing.assert_frame_equal(
        ours.reset_index(drop=True), theirs.reset_index(drop=True), check_dtype=False
    )
    table2 = pd.read_csv(tmp_path / "data" / "08_reporting" / "table2.csv")
    assert set(table2["protocol"]) == {"published"}
    report = (tmp_path / "data" / "08_reporting" / "report.html").read_text()
    assert "The published split: its test part" in report
    assert str(release) in report
