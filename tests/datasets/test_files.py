"""The checklist that every one-file dataset class passes, and the shared plumbing itself."""

import itertools

import fsspec
import numpy as np
import pytest
from kedro.io.core import DatasetError, Version

from bentjets.datasets._files import is_temporary, temporary_path, unreadable, write_bytes
from bentjets.datasets.binary_file import BinaryFileDataset
from bentjets.datasets.fits_image import FITSImageDataset
from bentjets.datasets.pickled_batch import PickledBatchDataset
from bentjets.datasets.png_image import PNGImageDataset

CLASSES = [BinaryFileDataset, FITSImageDataset, PickledBatchDataset, PNGImageDataset]


@pytest.fixture(params=CLASSES, ids=lambda cls: cls.__name__)
def dataset_class(request):
    return request.param


@pytest.fixture
def data(dataset_class, cutout, rng):
    image = rng.integers(0, 256, (12, 9), dtype=np.uint8)
    return {
        BinaryFileDataset: b"\x00\x01CC-BY",
        FITSImageDataset: cutout,
        PickledBatchDataset: {"data": image, "labels": ["100", "200"]},
        PNGImageDataset: image,
    }[dataset_class]


def comparable(loaded):
    """Make what any of the classes loads comparable with ==."""
    if hasattr(loaded, "header"):
        return loaded.data.tobytes(), loaded.header.tostring()
    if isinstance(loaded, dict):
        return {key: comparable(value) for key, value in loaded.items()}
    return loaded.tolist() if isinstance(loaded, np.ndarray) else loaded


def test_round_trip_and_exists(dataset_class, data, tmp_path):
    dataset = dataset_class(filepath=str(tmp_path / "deep" / "down" / "file"))
    assert not dataset.exists()
    dataset.save(data)
    assert dataset.exists()
    assert comparable(dataset.load()) == comparable(data)
    assert [path.name for path in (tmp_path / "deep" / "down").iterdir()] == ["file"]


def test_the_same_data_give_the_same_bytes(dataset_class, data, tmp_path):
    for name in "ab":
        dataset_class(filepath=tmp_path / name).save(data)
    assert (tmp_path / "a").read_bytes() == (tmp_path / "b").read_bytes()


def test_remote_filesystem(dataset_class, data):
    dataset = dataset_class(filepath=f"memory:///{dataset_class.__name__}/file")
    dataset.save(data)
    dataset.save(data)
    assert comparable(dataset.load()) == comparable(data)
    files = fsspec.filesystem("memory").find(f"/{dataset_class.__name__}")
    assert [path.rpartition("/")[2] for path in files] == ["file"]


def test_missing_file_says_what_to_do(dataset_class, tmp_path):
    dataset = dataset_class(filepath=tmp_path / "absent")
    with pytest.raises(DatasetError, match=r"absent does not exist; run the pipeline") as raised:
        dataset.load()
    assert "\n" not in str(raised.value)


def test_versioning(dataset_class, data, tmp_path):
    path = tmp_path / "file"
    dataset = dataset_class(filepath=path, version=Version(None, "2025-01-01T00.00.00.000Z"))
    assert not dataset.exists()
    dataset.save(data)
    assert (path / "2025-01-01T00.00.00.000Z" / "file").is_file()
    assert comparable(dataset.load()) == comparable(data)
    with pytest.raises(DatasetError, match="must not exist if versioning"):
        dataset.save(data)


def test_release_forgets_the_version(dataset_class, data, tmp_path):
    dataset = dataset_class(filepath=tmp_path / "file", version=Version(None, None))
    dataset.save(data)
    first = dataset.resolve_load_version()
    dataset.release()
    newer = dataset_class(filepath=tmp_path / "file", version=Version(None, "9999"))
    newer.save(data)
    assert first != "9999"
    assert dataset.resolve_load_version() == "9999"


def test_one_save_is_one_version(dataset_class, data, tmp_path, monkeypatch, recwarn):
    drawn = itertools.count()
    monkeypatch.setattr("kedro.io.core.generate_timestamp", lambda: f"version {next(drawn)}")
    dataset = dataset_class(filepath=tmp_path / "file", version=Version(None, None))
    for _ in range(2):
        dataset.save(data)
    assert dataset.list_versions(full_path=False) == ["version 1", "version 0"]
    assert not recwarn.list


def test_describe_and_metadata(dataset_class, tmp_path):
    dataset = dataset_class(filepath=tmp_path / "file", metadata={"kedro-viz": {"layer": "raw"}})
    assert dataset._describe()["filepath"].name == "file"
    assert dataset.metadata == {"kedro-viz": {"layer": "raw"}}
    assert "file" in repr(dataset)


def test_failed_save_keeps_the_old_file_alone(dataset_class, data, tmp_path, fail_to_finish):
    (tmp_path / "file").write_bytes(b"old")
    fail_to_finish()
    with pytest.raises(DatasetError, match="No space left"):
        dataset_class(filepath=tmp_path / "file").save(data)
    assert (tmp_path / "file").read_bytes() == b"old"
    assert [path.name for path in tmp_path.iterdir()] == ["file"]


def test_failed_remote_save_keeps_the_old_file_alone(monkeypatch):
    fs = fsspec.filesystem("memory")
    fs.pipe_file("/failing/file", b"old")

    def fail(*_args, **_kwargs):
        raise OSError("connection lost")

    monkeypatch.setattr(fs, "mv", fail)
    with pytest.raises(OSError, match="connection lost"):
        write_bytes(fs, "/failing/file", b"new")
    assert fs.find("/failing") == ["/failing/file"]
    assert fs.cat_file("/failing/file") == b"old"


def test_temporary_names_are_known_again():
    path = temporary_path("folder/J0020+0004.fits")
    assert path.startswith("folder/.J0020+0004.fits.")
    assert path != temporary_path("folder/J0020+0004.fits")
    assert is_temporary(path)
    assert is_temporary(temporary_path("alone"))
    assert not is_temporary("folder.tmp/J0020+0004.fits")
    assert not is_temporary("folder/notes.tmp")


def test_unreadable_makes_one_line():
    with (
        pytest.raises(DatasetError, match=r"^a.png cannot be read: two lines; fetch it again$"),
        unreadable("a.png", "fetch it again"),
    ):
        raise ValueError("two\nlines")
