"""FigureDataset: whole PNG files in and out, and a preview."""

import base64
import doctest
from io import BytesIO

import pytest
from kedro.io.core import DatasetError, Version
from PIL import Image

from bentjets.datasets import figure
from bentjets.datasets.figure import FigureDataset


@pytest.fixture
def png():
    file = BytesIO()
    Image.new("RGB", (30, 20), "navy").save(file, format="png")
    return file.getvalue()


@pytest.fixture
def dataset(tmp_path):
    return FigureDataset(filepath=tmp_path / "figures" / "figure1.png")


def test_round_trip(dataset, png):
    assert not dataset.exists()
    dataset.save(png)
    assert dataset.exists()
    assert dataset.load() == png


def test_missing_file(dataset):
    with pytest.raises(DatasetError, match=r"figure1\.png does not exist"):
        dataset.load()


def test_other_bytes_are_refused_and_the_old_figure_stays(dataset, png):
    dataset.save(png)
    with pytest.raises(DatasetError, match="render it as PNG"):
        dataset.save(b"<svg/>")
    assert dataset.load() == png


def test_half_file(dataset, png, tmp_path):
    dataset.save(png)
    (tmp_path / "figures" / "figure1.png").write_bytes(png[:-20])
    with pytest.raises(DatasetError, match=r"figure1\.png is not a whole PNG"):
        dataset.load()


def test_save_leaves_only_the_figure(dataset, png, tmp_path):
    dataset.save(png)
    assert [path.name for path in (tmp_path / "figures").iterdir()] == ["figure1.png"]


def test_preview_is_the_figure(dataset, png):
    dataset.save(png)
    assert base64.b64decode(dataset.preview()) == png


def test_versions(tmp_path, png):
    version = Version(None, "2026-01-01T00.00.00.000Z")
    dataset = FigureDataset(filepath=(tmp_path / "figure1.png").as_posix(), version=version)
    dataset.save(png)
    assert dataset.load() == png
    assert (tmp_path / "figure1.png" / version.save / "figure1.png").is_file()


def test_docstring_example_runs(tmp_path):
    result = doctest.testmod(figure, extraglobs={"tmp_path": tmp_path})
    assert result.attempted > 0
    assert result.failed == 0
