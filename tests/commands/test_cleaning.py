"""``make clean``: what runs made goes, what people made and services gave stays."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from bentjets.datasets._files import LOCAL_PROTOCOL
from bentjets.datasets._written import WrittenFiles
from bentjets.datasets.reviews import ReviewsDataset
from voting import table, vote

MADE = [
    "01_raw/catalogue.csv",
    "02_intermediate/gaussians.parquet",
    "06_models/small_cnn/runs.csv",
    "06_models/small_cnn/cross_validation-0-0/model.safetensors",
    "06_models/small_cnn/cross_validation-0-0/config.json",
    "06_models/vgg16/single-0-12/last.ckpt",
    "06_models/vgg16/single-0-12/.last.ckpt.part",
    "06_models/vgg16/single-0-12/.run.json.123.part",
    "06_models/pretrained/0123456789abcdef/weights.safetensors",
    "06_models/pretrained/0123456789abcdef/pretrained.json",
    "07_model_output/small_cnn/attention.parquet",
    "07_model_output/metrics.json",
    "07_model_output/classifications.parquet",
    "08_reporting/figures/figure1_examples.png",
    "08_reporting/run_record.json",
    "cache/results/find_source.results.sqlite",
]
LOCAL_CATALOG = """
my_table:
  type: bentjets.datasets.csv_table.CSVDataset
  filepath: ${globals:data_root}/01_raw/mine/table.csv
my_pictures:
  type: bentjets.datasets.source_files.SourceFilesDataset
  path: ${globals:data_root}/01_raw/pictures
  dataset: bentjets.datasets.png_image.PNGImageDataset
my_far_table:
  type: bentjets.datasets.csv_table.CSVDataset
  filepath: s3://bucket/table.csv
  credentials: of_mine
"""
WRITTEN = {"01_raw/cutouts": ["SIM-00000.fits"], "03_primary/batches": ["test_batch"]}
PEOPLES = [
    "01_raw/mydata/NA.fits",
    "01_raw/cutouts/own.fits",
    "01_raw/mine/table.csv",
    "01_raw/pictures/nice.png",
    "06_models/small_cnn/model.safetensors",
    "06_models/small_cnn/of_mine-0-0/model.safetensors",
    "06_models/small_cnn/single-best-of_mine/model.safetensors",
    "03_primary/batches/NOTES.md",
    "03_primary/reviews.db",
    "03_primary/.gitkeep",
    "06_models/small_cnn/cross_validation-0-0/notes.txt",
    "06_models/of_a_friend/model.safetensors",
    "06_models/pretrained/of_mine/weights.safetensors",
    "cache/downloads/first/J0020+0004.fits",
    "cache/results/NOTES.md",
]


@pytest.fixture
def folder(project: Path, tmp_path: Path) -> Path:
    """A project in which runs, and a person, have left something."""
    shutil.copytree(project / "conf", tmp_path / "conf")
    data = tmp_path / "data"
    written = [f"{folder}/{name}" for folder, names in WRITTEN.items() for name in names]
    for root in (data, data / "first"):
        for name in [*MADE, *PEOPLES, *written]:
            (root / name).parent.mkdir(parents=True, exist_ok=True)
            (root / name).write_bytes(b"x" * 100_000)
        for name, names in WRITTEN.items():
            WrittenFiles(_local(), (root / name).as_posix()).add(names)
        pictures = (root / "01_raw" / "pictures").as_posix()
        WrittenFiles(_local(), pictures).add(["nice.png"])
    (tmp_path / "conf" / "local" / "catalog.yml").write_text(LOCAL_CATALOG)
    mine = tmp_path / "mine"
    mine.mkdir()
    (mine / "SIM-00000.png").touch()
    (data / "03_primary" / "images").symlink_to(mine)
    WrittenFiles(_local(), (data / "03_primary" / "images").as_posix()).add(["SIM-00000.png"])
    (data / "01_raw" / "empty_of_mine").mkdir()
    (tmp_path / "votes").mkdir()
    (tmp_path / "votes" / "base-reviews.db").touch()
    return tmp_path


def _local():
    import fsspec

    return fsspec.filesystem(LOCAL_PROTOCOL)


def start(
    folder: Path, *words: str, answer: str = "", **variables: str
) -> subprocess.CompletedProcess[str]:
    unset = ("BENTJETS_DATA", "BENTJETS_CACHE", "BENTJETS_VOTES")
    kept = {name: value for name, value in os.environ.items() if name not in unset}
    return subprocess.run(
        [sys.executable, "-m", "bentjets.commands.cleaning", *words],
        cwd=folder,
        env=kept | {"TMPDIR": str(folder)} | variables,
        input=answer,
        capture_output=True,
        text=True,
        check=False,
    )


def clean(folder: Path, *words: str, answer: str = "", **variables: str) -> str:
    done = start(folder, *words, answer=answer, **variables)
    assert done.returncode == (0 if words or answer == "y\n" else 1), done.stderr
    return done.stdout


def files(folder: Path) -> set[str]:
    return {str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file()}


def test_what_runs_made_goes_and_all_else_stays(folder: Path) -> None:
    outside = {path for path in files(folder) if not path.startswith("data/")}
    text = clean(folder, "--yes")
    assert "WARNING" not in text
    names = [*PEOPLES, "01_raw/.pictures.written"]
    kept = {f"{root}/{name}" for root in ("data", "data/first") for name in names}
    assert files(folder) == outside | kept
    assert (folder / "mine" / "SIM-00000.png").exists()
    assert (folder / "data" / "01_raw" / "empty_of_mine").is_dir()
    assert not (folder / "data" / "first" / "08_reporting").exists()
    assert (
        "  data/first/06_models/small_cnn/cross_validation-0-0: 2 files, 0.2 MB "
        "(config.json, model.safetensors)\n"
    ) in text
    assert "  data/01_raw/cutouts: 1 file, 0.1 MB (SIM-00000.fits)\n" in text


def test_many_files_of_a_folder_are_counted_only(folder: Path) -> None:
    cutouts = folder / "data" / "01_raw" / "cutouts"
    names = [f"SIM-{number:05d}.fits" for number in range(6)]
    for name in names:
        (cutouts / name).touch()
    WrittenFiles(_local(), cutouts.as_posix()).add(names)
    assert "  data/01_raw/cutouts: 6 files, 0.1 MB\n" in clean(folder, "--yes")


def test_published_batches_stay(folder: Path) -> None:
    published = folder / "data" / "published" / "01_raw" / "published"
    published.mkdir(parents=True)
    for name in ("data_batch_0", "test_batch"):
        (published / name).touch()
    WrittenFiles(_local(), published.as_posix()).add(["data_batch_0", "test_batch"])
    adopted = folder / "data" / "published" / "03_primary" / "manifest.csv"
    adopted.parent.mkdir()
    adopted.touch()
    clean(folder, "--yes")
    assert {path.name for path in published.iterdir()} == {"data_batch_0", "test_batch"}
    assert (published.parent / ".published.written").exists()
    assert not adopted.exists()


def test_a_mistake_in_a_parameter_is_one_line(folder: Path) -> None:
    (folder / "conf" / "local" / "parameters.yml").write_text("sed: 6\n")
    before = files(folder)
    done = start(folder, "--yes")
    assert done.returncode == 1
    assert done.stderr == "Error: sed is unknown: did you mean seed?\n"
    assert files(folder) == before


def test_it_says_what_and_asks(folder: Path) -> None:
    before = files(folder)
    for answer in ("", "n\n"):
        text = clean(folder, answer=answer)
        assert files(folder) == before
    assert "Will be removed, as a run makes it again: 41 files, 3.6 MB" in text
    assert "Stays, as no run made it, or a service gave it: 30 files, 2.8 MB" in text
    assert "Remove them?" in text
    clean(folder, answer="y\n")
    assert "There is nothing to remove" in clean(folder, "--yes")


def test_a_cache_and_votes_elsewhere_stay(folder: Path) -> None:
    shared = folder / "shared" / "results"
    shared.mkdir(parents=True)
    (shared / "find_source.results.sqlite").touch()
    votes = folder / "data" / "01_raw" / "votes.db"
    ReviewsDataset(filepath=votes).save(
        ReviewsDataset(filepath=folder / "no.db").load()  # an empty table
    )
    clean(folder, "--yes", BENTJETS_CACHE=str(folder / "shared"), BENTJETS_VOTES=str(votes))
    assert (shared / "find_source.results.sqlite").exists()
    assert votes.exists()


def test_every_vote_stays_whatever_becomes_of_the_data(folder: Path) -> None:
    """They are cleaned, deleted, moved; once while a review is going on."""
    path = folder / "votes" / "base-reviews.db"
    reviews = ReviewsDataset(filepath=path)
    reviews.save(table(vote("J1", "ada"), vote("J2", "bo", "reject", reason="small")))
    said = reviews.load()
    going_on = reviews.open_store()
    going_on.read()
    assert path.with_name("base-reviews.db-wal").exists()
    clean(folder, "--yes")
    going_on.close()
    shutil.rmtree(folder / "data")
    clean(folder, "--yes", BENTJETS_DATA=str(folder / "elsewhere"))
    assert reviews.load().equals(said)


def test_votes_among_the_data_stay_with_what_lies_beside_them(folder: Path) -> None:
    path = folder / "data" / "03_primary" / "mine-reviews.db"
    going_on = ReviewsDataset(filepath=path).open_store()
    beside = [path.with_suffix(suffix) for suffix in (".csv", ".key", ".db-wal", ".db-shm")]
    for file in beside[:2]:
        file.touch()
    clean(folder, "--yes", BENTJETS_VOTES=str(path))
    assert all(file.exists() for file in [path, *beside])
    going_on.close()


def test_each_folder_is_listed_once(folder: Path) -> None:
    """By its path alone, a subfolder would come between the files of its folder."""
    raw = folder / "data" / "01_raw"
    (raw / "acquisition_records").mkdir()
    for name in ("acquisition_log.csv", "acquisition_records/part-00000.json", "catalogue.csv"):
        (raw / name).write_text("x")
    WrittenFiles(_local(), (raw / "acquisition_records").as_posix()).add(["part-00000.json"])
    listed = [
        line.partition(":")[0]
        for line in clean(folder, answer="n\n").splitlines()
        if line.startswith("  data/01_raw:") or "acquisition_records:" in line
    ]
    assert listed
    assert len(listed) == len(set(listed)), listed
