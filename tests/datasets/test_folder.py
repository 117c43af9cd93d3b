import pytest
from kedro.io import DataCatalog
from kedro.io.core import DatasetError

from bentjets.datasets.folder import FolderDataset


def test_the_folder_is_made_and_what_is_in_it_stays(tmp_path):
    dataset = FolderDataset(filepath=(tmp_path / "models" / "tiny").as_posix())
    assert dataset.exists()
    folder = dataset.load()
    assert folder == tmp_path / "models" / "tiny" and folder.is_dir()
    (folder / "last.ckpt").write_bytes(b"epoch 3")
    assert (dataset.load() / "last.ckpt").read_bytes() == b"epoch 3"


def test_it_is_named_after_its_model_in_a_catalogue(tmp_path):
    entry = {
        "type": "bentjets.datasets.folder.FolderDataset",
        "filepath": f"{tmp_path.as_posix()}/{{model}}",
        "metadata": {"kedro-viz": {"layer": "models"}},
    }
    catalog = DataCatalog.from_config({"{model}.folder": entry})
    assert catalog.load("tiny.folder") == tmp_path / "tiny"
    assert catalog.get("tiny.folder").metadata == entry["metadata"]


def test_nothing_is_saved_into_it(tmp_path):
    dataset = FolderDataset(filepath=tmp_path.as_posix())
    with pytest.raises(DatasetError, match="is a folder that steps write into, not a result"):
        dataset.save("a network")


def test_a_file_in_its_place_is_one_line(tmp_path):
    (tmp_path / "taken").write_text("")
    dataset = FolderDataset(filepath=(tmp_path / "taken" / "tiny").as_posix())
    with pytest.raises(
        DatasetError, match=r"taken/tiny cannot be made .*: check the path"
    ) as caught:
        dataset.load()
    assert "\n" not in str(caught.value)
