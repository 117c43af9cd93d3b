"""FigureDataset: whole PNG and PDF files in and out, and a preview."""

import base64
import doctest
from io import BytesIO

import pytest
from kedro.io.core import DatasetError, Version
from PIL import Image

from bentjets.datasets import figure
from bentjets.datasets.figure import FigureDataset
from bentjets.files import FigureFiles


@pytest.fixture
def drawn():
    files = []
    for kind in ("png", "pdf"):
        file = BytesIO()
        Image.new("RGB", (30, 20), "navy").save(file, format=kind)
        files.append(file.getvalue())
    return FigureFiles(*files)


@pytest.fixture
def dataset(tmp_path):
    return FigureDataset(filepath=tmp_path / "figures" / "figure1.png")


def test_round_trip(dataset, drawn, tmp_path):
    assert not dataset.exists()
    dataset.save(drawn)
    assert dataset.exists()
    assert dataset.load() == FigureFiles(drawn.png, drawn.pdf, "figure1")
    assert (tmp_path / "figures" / "figure1.pdf").read_bytes() == drawn.pdf


def test_missing_file(dataset):
    with pytest.raises(DatasetError, match=r"figure1\.png does not exist"):
        dataset.load()


def test_without_its_pdf_a_figure_is_not_there(dataset, drawn, tmp_path):
    dataset.save(drawn)
    (tmp_path / "figures" / "figure1.pdf").unlink()
    assert not dataset.exists()
    with pytest.raises(DatasetError, match=r"figure1\.pdf does not exist"):
        dataset.load()


@pytest.mark.parametrize(
    ("given", "message"),
    [
        (b"<svg/>", r"figure1\.png is to hold a PNG"),
        (FigureFiles(b"<svg/>", b"%PDF-1.4 %%EOF\n"), r"figure1\.png is to hold a PNG"),
        ("no pdf", r"figure1\.pdf is to hold a PDF"),
    ],
)
def test_other_bytes_are_refused_and_the_old_figure_stays(dataset, drawn, given, message):
    dataset.save(drawn)
    with pytest.raises(DatasetError, match=message):
        dataset.save(FigureFiles(drawn.png, b"") if given == "no pdf" else given)
    assert dataset.load().png == drawn.png and dataset.load().pdf == drawn.pdf


@pytest.mark.parametrize("kind", ["png", "pdf"])
def test_half_file(dataset, drawn, tmp_path, kind):
    dataset.save(drawn)
    (tmp_path / "figures" / f"figure1.{kind}").write_bytes(getattr(drawn, kind)[:-20])
    with pytest.raises(DatasetError, match=rf"figure1\.{kind} is not a whole {kind.upper()} file"):
        dataset.load()


def test_save_leaves_only_the_figure(dataset, drawn, tmp_path):
    dataset.save(drawn)
    found = sorted(path.name for path in (tmp_path / "figures").iterdir())
    assert found == ["figure1.pdf", "figure1.png"]


def test_preview_is_the_figure(dataset, drawn):
    dataset.save(drawn)
    assert base64.b64decode(dataset.preview()) == drawn.png


def test_versions(tmp_path, drawn):
    version = Version(None, "2026-01-01T00.00.00.000Z")
    dataset = FigureDataset(filepath=(tmp_path / "figure1.png").as_posix(), version=version)
    dataset.save(drawn)
    assert dataset.load() == drawn
    folder = tmp_path / "figure1.png" / version.save
    assert sorted(path.name for path in folder.iterdir()) == ["figure1.pdf", "figure1.png"]


def test_docstring_example_runs(tmp_path):
    result = doctest.testmod(figure, extraglobs={"tmp_path": tmp_path})
    assert result.attempted > 0
    assert result.failed == 0
