import gzip
import io
import pickle
import tracemalloc

import numpy as np
import pytest
from astropy.io import fits
from kedro.io import DataCatalog
from kedro.io.core import DatasetError
from kedro.pipeline import node, pipeline
from kedro.runner import SequentialRunner
from kedro_viz.models.flowchart.node_metadata import DataNodeMetadata
from kedro_viz.models.flowchart.nodes import GraphNode
from PIL import Image

from bentjets.datasets._files import temporary_path
from bentjets.datasets.binary_file import BinaryFileDataset
from bentjets.datasets.fits_image import FITSImageDataset
from bentjets.datasets.png_image import PNGImageDataset
from bentjets.datasets.source_files import SourceFile, SourceFilesDataset
from bentjets.files import FITS, PNG, EncodedFile


@pytest.fixture
def folder(tmp_path):
    return tmp_path / "images"


@pytest.fixture
def dataset(folder):
    return SourceFilesDataset(path=str(folder), dataset=PNGImageDataset, filename_suffix=".png")


def grey(value, shape=(30, 30)):
    return np.full(shape, value, dtype=np.uint8)


def test_absent_and_empty_folders_load_as_nothing(dataset, folder):
    assert dataset.load() == {}
    assert not dataset.exists()
    folder.mkdir()
    assert dataset.load() == {}
    dataset.save({})
    assert dataset.load() == {}


def test_round_trip_in_order_of_source_id(dataset, folder):
    dataset.save({"J2": grey(2), "J1": grey(1)})
    assert dataset.exists()
    assert sorted(path.name for path in folder.iterdir()) == ["J1.png", "J2.png"]
    loaded = dataset.load()
    assert list(loaded) == ["J1", "J2"]
    assert loaded["J2"]()[0, 0] == 2


def test_damaged_partition_names_its_file(dataset, folder):
    dataset.save({"J1": grey(1)})
    (folder / "J1.png").write_bytes(b"")
    with pytest.raises(DatasetError, match=r"J1\.png cannot be read"):
        dataset.load()["J1"]()


def test_what_a_crash_left_does_not_show(folder):
    dataset = SourceFilesDataset(path=str(folder), dataset=BinaryFileDataset)
    dataset.save({"README.md": b"text", "notes.tmp": b"mine"})
    left = temporary_path(f"{folder}/data.parquet")
    with open(left, "wb") as file:
        file.write(b"half")
    assert list(dataset.load()) == ["README.md", "notes.tmp"]
    dataset.release()
    (folder / "README.md").unlink()
    (folder / "notes.tmp").unlink()
    assert dataset.load() == {}
    dataset.release()
    assert not dataset.exists()


def names_in(folder):
    return sorted(path.name for path in folder.iterdir())


def test_prune_removes_the_files_of_sources_not_saved_since(dataset, folder):
    dataset.save({"J1": grey(1), "J2": grey(2), "J3": grey(3)})
    dataset.prune()
    dataset.save({"J1": grey(1)})
    dataset.save({"J4": grey(4)})
    assert names_in(folder) == ["J1.png", "J2.png", "J3.png", "J4.png"]
    dataset.prune()
    assert names_in(folder) == ["J1.png", "J4.png"]
    assert list(dataset.load()) == ["J1", "J4"]


def test_prune_works_for_the_next_run_of_the_same_dataset(dataset, folder):
    dataset.save({"J1": grey(1)})
    dataset.prune()
    dataset.save({"J2": grey(2)})
    dataset.prune()
    assert names_in(folder) == ["J2.png"]


def test_prune_does_nothing_if_nothing_was_saved(dataset, folder):
    dataset.prune()
    assert not folder.exists()
    dataset.save({"J1": grey(1), "J2": grey(2)})
    dataset.prune()
    dataset.prune()
    SourceFilesDataset(path=str(folder), dataset=PNGImageDataset, filename_suffix=".png").prune()
    assert names_in(folder) == ["J1.png", "J2.png"]


def test_prune_after_saving_no_source_empties_the_folder(dataset, folder):
    dataset.save({"J1": grey(1)})
    dataset.prune()
    dataset.save({})
    dataset.prune()
    assert dataset.load() == {}
    assert names_in(folder) == []


def test_prune_leaves_other_files_alone_but_not_what_a_crash_left(dataset, folder):
    dataset.save({"J1": grey(1)})
    for name in ("notes.txt", "J2.png.bak", ".hidden"):
        (folder / name).write_text("mine")
    for name in ("J1.png", "J2.png"):
        with open(temporary_path(f"{folder}/{name}"), "wb") as file:
            file.write(b"half")
    dataset.prune()
    assert names_in(folder) == [".hidden", "J1.png", "J2.png.bak", "notes.txt"]


@pytest.mark.parametrize("form", ["{}", "{}/", "file://{}", "{}/../images", "relative/images"])
def test_prune_knows_the_saved_files_however_the_folder_is_written(
    tmp_path, monkeypatch, folder, form
):
    monkeypatch.chdir(tmp_path)
    folder.mkdir()
    dataset = SourceFilesDataset(
        path=form.format(folder), dataset=PNGImageDataset, filename_suffix=".png"
    )
    dataset.save({"J1": grey(1), "J2": grey(2)})
    dataset.prune()
    assert list(dataset.load()) == ["J1", "J2"]
    dataset.save({"J2": grey(2)})
    dataset.prune()
    assert list(dataset.load()) == ["J2"]


def test_prune_on_a_remote_filesystem():
    dataset = SourceFilesDataset(
        path="memory:///pruned", dataset=PNGImageDataset, filename_suffix=".png"
    )
    dataset.save({"J1": grey(1), "J2": grey(2)})
    dataset.prune()
    dataset.save({"J2": grey(2)})
    dataset.prune()
    assert list(dataset.load()) == ["J2"]


def test_a_save_that_failed_prunes_nothing(dataset, folder):
    dataset.save({"J1": grey(1), "J2": grey(2)})
    dataset.prune()
    with pytest.raises(DatasetError):
        dataset.save({"J3": np.zeros((3, 3))})
    dataset.prune()
    assert names_in(folder) == ["J1.png", "J2.png"]


def test_loaded_sources_give_their_bytes(dataset, folder):
    dataset.save({"J1": grey(1)})
    loaded = dataset.load()["J1"]
    assert isinstance(loaded, SourceFile)
    assert loaded.read() == (folder / "J1.png").read_bytes()
    (folder / "J1.png").unlink()
    with pytest.raises(DatasetError, match=r"J1\.png does not exist"):
        loaded.read()


def test_bytes_of_gzipped_files_are_gunzipped(folder, cutout):
    zipped, plain = (
        SourceFilesDataset(path=str(folder), dataset=FITSImageDataset, filename_suffix=suffix)
        for suffix in (".fits.gz", ".fits")
    )
    zipped.save({"J1": cutout})
    plain.save({"J1": cutout})
    content = (folder / "J1.fits.gz").read_bytes()
    assert zipped.load()["J1"].read() == gzip.decompress(content)
    assert zipped.load()["J1"].read() == plain.load()["J1"].read()


def test_a_damaged_gzip_stream_is_an_error_that_names_the_file(folder, cutout):
    dataset = SourceFilesDataset(
        path=str(folder), dataset=FITSImageDataset, filename_suffix=".fits.gz"
    )
    dataset.save({"J1": cutout})
    content = (folder / "J1.fits.gz").read_bytes()
    (folder / "J1.fits.gz").write_bytes(content[: len(content) // 2])
    with pytest.raises(DatasetError, match=r"J1\.fits\.gz"):
        dataset.load()["J1"].read()


def test_loaded_sources_can_be_sent_to_another_process(dataset):
    dataset.save({"J1": grey(7)})
    sent = pickle.loads(pickle.dumps(dataset.load()["J1"]))
    assert sent()[0, 0] == 7


def test_files_that_hold_the_content_already_are_left_untouched(dataset, folder):
    dataset.save({"J1": grey(1), "J2": grey(2)})
    before = {path.name: path.stat() for path in folder.iterdir()}
    dataset.save({"J1": grey(1), "J2": grey(3)})
    after = {path.name: path.stat() for path in folder.iterdir()}
    assert after["J1.png"].st_mtime_ns == before["J1.png"].st_mtime_ns
    assert after["J1.png"].st_ino == before["J1.png"].st_ino
    assert after["J2.png"].st_ino != before["J2.png"].st_ino
    assert dataset.load()["J2"]()[0, 0] == 3


def test_generator_nodes_add_up(folder):
    catalog = DataCatalog.from_config(
        {
            "images": {
                "type": "bentjets.datasets.source_files.SourceFilesDataset",
                "path": str(folder),
                "dataset": {
                    "type": "bentjets.datasets.png_image.PNGImageDataset",
                    "save_args": {"compress_level": 1},
                },
                "filename_suffix": ".png",
            }
        }
    )

    def draw_images(count):
        for number in range(0, count, 2):
            yield {f"J{number}": grey(number), f"J{number + 1}": grey(number + 1)}

    catalog["count"] = 6
    SequentialRunner().run(pipeline([node(draw_images, "count", "images")]), catalog)
    loaded = catalog.load("images")
    assert {key: int(load()[0, 0]) for key, load in loaded.items()} == {
        f"J{number}": number for number in range(6)
    }


def test_contact_sheet_of_few(dataset, read_preview):
    dataset.save({"J1": grey(10), "J2": grey(20, (10, 40))})
    sheet = read_preview(dataset.preview())
    assert sheet.shape == (4 + 170, 4 + 2 * 154, 3)
    assert sheet[79, 79].tolist() == [10, 10, 10]
    assert sheet[20, 158 + 75].tolist() == [20, 20, 20]


def test_contact_sheet_shows_twelve_from_first_to_last(dataset, read_preview):
    dataset.save({f"J{number:02d}": grey(number) for number in range(40)})
    sheet = read_preview(dataset.preview())
    shown = [
        int(sheet[4 + 170 * row + 75, 4 + 154 * column + 75, 0])
        for row in range(3)
        for column in range(4)
    ]
    assert shown == sorted(set(shown))
    assert (shown[0], shown[-1]) == (0, 39)


def test_contact_sheet_of_fits_with_a_damaged_file(folder, cutout, read_preview):
    dataset = SourceFilesDataset(
        path=str(folder), dataset=FITSImageDataset, filename_suffix=".fits"
    )
    dataset.save({"J1": cutout, "J2": fits.PrimaryHDU(cutout.data[:20])})
    (folder / "J1.fits").write_bytes(b"SIMPLE")
    sheet = read_preview(dataset.preview())
    assert sheet[79, 79].tolist() == [211, 211, 211]
    assert sheet[4:79, 158:308].max() == 255


def test_no_preview_says_why(dataset, folder):
    with pytest.raises(DatasetError, match="holds no files to preview"):
        dataset.preview()
    plain = SourceFilesDataset(path=str(folder), dataset=BinaryFileDataset)
    with pytest.raises(DatasetError, match="BinaryFileDataset has no preview"):
        plain.preview()


def test_kedro_viz_finds_the_previews(dataset, folder):
    dataset.save({"J1": grey(10)})
    for shown in (dataset, PNGImageDataset(filepath=folder / "J1.png")):
        data_node = GraphNode.create_data_node(
            dataset_id="1",
            dataset_name="images",
            layer=None,
            tags=set(),
            dataset=shown,
            modular_pipelines=set(),
        )
        metadata = DataNodeMetadata(data_node=data_node)
        assert metadata.preview_type == "ImagePreview"
        assert metadata.preview == shown.preview()
        assert metadata.filepath.startswith(str(folder))


def test_prune_removes_nothing_that_no_run_wrote(tmp_path, dataset, folder):
    """A folder that was replaced by a link to one's own pictures, subfolders, files beside ours."""
    dataset.save({"J1": grey(1), "J2": grey(2)})
    dataset.prune()
    (folder / "backup").mkdir()
    mine = tmp_path / "mine"
    (mine / "sub").mkdir(parents=True)
    own = [
        folder / "own.png",
        folder / "backup" / "old.png",
        mine / "own.png",
        mine / "sub" / "a.png",
    ]
    for path in own:
        path.write_bytes(b"mine")
    dataset.save({"J1": grey(1)})
    assert dataset.prune() == 1
    assert own[0].exists()
    assert own[1].exists()
    folder.rename(tmp_path / "before")
    folder.symlink_to(mine)
    dataset.save({"J1": grey(1)})
    assert dataset.prune() == 0
    assert own[2].exists()
    assert own[3].exists()


def test_prune_removes_what_a_killed_run_had_begun_to_write(dataset, folder):
    dataset.save({"J1": grey(1), "J2": grey(2)})  # and is killed: nobody prunes
    again = SourceFilesDataset(path=str(folder), dataset=PNGImageDataset, filename_suffix=".png")
    again.save({"J2": grey(2)})
    assert again.prune() == 1
    assert list(again.load()) == ["J2"]


def encoded(image):
    buffer = io.BytesIO()
    Image.fromarray(image).save(buffer, format="PNG")
    return buffer.getvalue()


def test_encoded_files_are_saved_as_they_are(dataset, folder):
    content = encoded(grey(9))
    dataset.save(
        {"J1": EncodedFile(PNG, content), "J2": EncodedFile(PNG, [content[:9], content[9:]])}
    )
    assert (folder / "J1.png").read_bytes() == (folder / "J2.png").read_bytes() == content
    assert dataset.load()["J1"]()[0, 0] == 9


@pytest.mark.parametrize(
    ("media_type", "damage"),
    [
        (FITS, lambda content: content),
        (PNG, lambda content: content[:-1]),
        (PNG, lambda content: b"x" + content),
        (PNG, lambda content: b""),
    ],
)
@pytest.mark.parametrize("piecewise", [False, True])
def test_encoded_files_that_would_not_be_read_again_get_no_name(
    dataset, folder, media_type, damage, piecewise
):
    content = damage(encoded(grey(9)))
    file = EncodedFile(media_type, [content] if piecewise else content)
    with pytest.raises(DatasetError, match=r"J1\.png"):
        dataset.save({"J1": file})
    assert not folder.exists() or names_in(folder) == []


def test_encoded_pieces_that_end_early_leave_the_old_file(dataset, folder):
    dataset.save({"J1": grey(1)})

    def pieces():
        yield encoded(grey(2))[:20]
        raise OSError("gone")

    with pytest.raises(DatasetError, match="gone"):
        dataset.save({"J1": EncodedFile(PNG, pieces())})
    assert dataset.load()["J1"]()[0, 0] == 1
    assert names_in(folder) == ["J1.png"]


def test_listing_a_large_folder_takes_little_memory(dataset, folder):
    folder.mkdir()
    for number in range(2000):
        (folder / f"J{number:05d}.png").touch()
    dataset.load()
    tracemalloc.start()
    files = dataset.load()
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert len(files) == 2000
    assert peak / len(files) < 600


def test_files_in_subfolders_are_listed_and_links_to_folders_are_not_followed(dataset, folder):
    dataset.save({"sub/J2": grey(2), "J1": grey(1)})
    (folder / "link").symlink_to(folder / "sub", target_is_directory=True)
    loaded = dataset.load()
    assert list(loaded) == ["J1", "sub/J2"]
    assert loaded["sub/J2"]()[0, 0] == 2
    assert Image.open(io.BytesIO(loaded["sub/J2"].read())).getpixel((0, 0)) == 2


def test_load_args_choose_among_subfolders(folder):
    dataset = SourceFilesDataset(
        path=str(folder),
        dataset=PNGImageDataset,
        filename_suffix=".png",
        load_args={"maxdepth": 1},
    )
    dataset.save({"sub/J2": grey(2), "J1": grey(1)})
    assert list(dataset.load()) == ["J1"]
