"""From one image set to another on the command line: the ledger, the matrix, the report."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pandas as pd
import pytest

from blobs import draw_blobs
from image_sets import write_folders

SMALL = "engine.n_jobs=1,models.small_cnn.training.epochs=1,models.small_cnn.training.steps=1"


@pytest.fixture(scope="module")
def tested(kedro, tmp_path_factory):
    """Run on a set, with two others to test on, of which one has three of its images."""
    root = tmp_path_factory.mktemp("across")
    ours = draw_blobs(40, 1, parts=True)
    theirs = draw_blobs(20, 50)
    for place, turned in enumerate(
        (ours[0].pixels[::-1].T, ours[3].pixels[:, ::-1], ours[6].pixels)
    ):
        theirs[place] = replace(theirs[place], pixels=turned)
    relabelled = [replace(one, label={"FRI": "1", "FRII": "2"}[one.label]) for one in theirs]
    others = [replace(one, part="", name=f"B{one.name}") for one in draw_blobs(10, 90)]
    paths = [
        write_folders(root / "ours", ours),
        write_folders(root / "theirs", [*relabelled, replace(others[0], label="hybrid")]),
        write_folders(root / "others", others),
    ]
    words = f"images={paths[0]},test_on={paths[1]}:{paths[2]},{SMALL}"
    words += ",across.classes.1=FRI,across.classes.2=FRII"
    done = kedro(root / "data", "run", "--env", "images", "--params", words)
    return root / "data", done, (ours, theirs)


def test_the_ledger_lists_what_was_planted_and_no_more(tested) -> None:
    data, _, (ours, theirs) = tested
    ledger = pd.read_csv(data / "03_primary" / "contamination.csv").sort_values("source_id")
    assert ledger["tested_on"].unique().tolist() == ["theirs"]
    pairs = list(zip(ledger["source_id"], ledger["other_id"], strict=True))
    assert pairs == [(theirs[row].name, ours[3 * row].name) for row in range(3)]
    assert ledger["kind"].tolist() == [*["nearly equal images"] * 2, "equal images"]
    assert ledger["detail"].str.partition(":")[0].tolist() == [
        *("turned by 90°", "mirrored", "the same pixels")
    ]


def test_the_matrix_counts_without_them(tested) -> None:
    data, done, _ = tested
    matrix = pd.read_csv(data / "07_model_output" / "across_sets.csv").set_index("tested_on")
    assert matrix.index.tolist() == ["ours", "theirs", "others"]
    assert matrix["trained_on"].eq("ours").all()
    assert matrix["n"].tolist() == [8, 17, 10]
    assert matrix["n_shared"].tolist() == [0, 3, 0]
    assert matrix["n_unused"].tolist() == [0, 1, 0]
    table2 = pd.read_csv(data / "08_reporting" / "table2.csv").set_index("model")
    ours = table2.loc["small_cnn", "accuracy_percent"] / 100
    assert matrix.loc["ours", "accuracy"] == pytest.approx(ours, abs=1e-4)
    inside = matrix["accuracy"].between(matrix["accuracy_low"], matrix["accuracy_high"])
    assert inside.all()
    assert "3 of 20 images of theirs show sources of the set" in done.stdout


def test_the_report_shows_both(tested) -> None:
    data, _, (_, theirs) = tested
    page = (data / "08_reporting" / "report.html").read_text()
    section = page.partition('<section id="across">')[2].partition("</section>")[0]
    assert "17 images, 3 shared left out, 1 not used" in section
    assert theirs[0].name in section


def test_a_set_that_is_shared_whole_ends_the_run_after_its_ledger(kedro, tmp_path: Path) -> None:
    ours = draw_blobs(40, 1)
    paths = [
        write_folders(tmp_path / "ours", ours),
        write_folders(tmp_path / "copy", ours[:4]),
    ]
    words = f"images={paths[0]},test_on={paths[1]},{SMALL}"
    arguments = ["run", "--env", "images", "--pipelines", "acquisition", "--params", words]
    done = kedro(tmp_path / "data", *arguments, check=False)
    assert done.returncode != 0
    said = done.stdout + done.stderr
    assert "copy: all of its 4 images are shared with the set that is learnt from" in said
    assert "Traceback" not in said
    ledger = pd.read_csv(tmp_path / "data" / "03_primary" / "contamination.csv")
    assert ledger["source_id"].nunique() == 4
    assert set(ledger["kind"]) == {"same position", "same name", "equal images"}
