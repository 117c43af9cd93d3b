"""What is recognised at a path, and what each layout tells of its images."""

from __future__ import annotations

import pickle

import h5py
import numpy as np
import pyarrow
import pytest
from pyarrow import parquet

from bentjets.errors import InputError
from bentjets.learning.image_sets import recognise, reopen
from image_sets import Picture, draw_pictures, png, write_folders, write_hdf5, write_pickles

PIXELS = np.arange(2 * 16, dtype=np.uint8).reshape(2, 4, 4)


def listed(path):
    layout = recognise(path)
    return layout, list(layout.list_images())


def test_a_folder_around_class_folders_is_looked_into(tmp_path) -> None:
    write_folders(tmp_path / "a" / "b" / "fr", draw_pictures(4, parts=False))
    (tmp_path / "a" / "__MACOSX").mkdir()
    layout, images = listed(tmp_path / "a")
    assert layout.root.name == "fr"
    assert {image.label for image in images} == {"FRI", "FRII"}
    assert {image.part for image in images} == {""}


def test_words_for_the_parts_of_a_split_are_understood(tmp_path) -> None:
    parts = ("Training", "val", "testing")
    pictures = [Picture(part, label, part, PIXELS[0]) for part in parts for label in "AB"]
    _, images = listed(write_folders(tmp_path, pictures))
    assert {image.part for image in images} == {"train", "validation", "test"}


def test_other_files_beside_pictures_are_told(tmp_path) -> None:
    root = write_folders(tmp_path / "set", draw_pictures(4, parts=False))
    for name in ("run.exe", "README.md", ".hidden"):
        (root / "FRI" / name).touch()
    layout, images = listed(root)
    assert len(images) == 4
    assert layout.notes == ["files that are no pictures (.exe)"]


def test_batches_keep_their_order_labels_and_names(tmp_path) -> None:
    layout, images = listed(write_pickles(tmp_path, draw_pictures()))
    assert layout.kind == "pickled batches"
    assert [image.batch for image in images] == sorted(image.batch for image in images)
    assert {image.label for image in images} == {image.class_name for image in images}
    assert {image.part for image in images if image.file == "test_batch"} == {"test"}
    assert images[0].name == "J100.000+10.500"


def test_numbers_from_0_are_named_by_the_description(tmp_path) -> None:
    for name in ("data_batch_1", "test_batch"):
        batch = {"data": PIXELS.reshape(2, 16), "labels": [1, 0]}
        (tmp_path / name).write_bytes(pickle.dumps(batch, protocol=2))
    (tmp_path / "batches.meta").write_bytes(pickle.dumps({"label_names": [b"FRI", b"FRII"]}))
    _, images = listed(tmp_path)
    assert [image.class_name for image in images] == ["FRII", "FRI"] * 2
    assert [image.label for image in images] == ["1", "0"] * 2


def test_our_own_description_says_which_label_is_which_class(tmp_path) -> None:
    batch = {"data": PIXELS.reshape(2, 16), "labels": ["100", "200"]}
    (tmp_path / "test_batch").write_bytes(pickle.dumps(batch))
    meta = {"labels": ["WAT", "NAT"], "label_codes": ["100", "200"]}
    (tmp_path / "batches.meta").write_bytes(pickle.dumps(meta))
    assert [image.class_name for image in listed(tmp_path)[1]] == ["WAT", "NAT"]


def test_cifar_is_read_in_colours(tmp_path) -> None:
    colours = np.arange(2 * 3 * 16, dtype=np.uint8)
    for name in ("train", "test"):
        batch = {b"data": colours.reshape(2, 48), b"fine_labels": [0, 1]}
        (tmp_path / name).write_bytes(pickle.dumps(batch))
    layout, images = listed(tmp_path)
    assert {(image.file, image.part) for image in images} == {("train", "train"), ("test", "test")}
    pixels = layout.read("train", 1)
    np.testing.assert_array_equal(pixels, colours.reshape(2, 3, 4, 4)[1].transpose(1, 2, 0))


def test_hdf5_names_of_galaxy10_and_keras_are_known(tmp_path) -> None:
    with h5py.File(tmp_path / "galaxy10.h5", "w") as file:
        file["images"], file["ans"] = PIXELS, [1, 0]
        file["ra"], file["dec"] = [10.0, 20.0], [-5.0, 5.0]
        file["ans"].attrs["classes"] = ["round", "bent"]
    _, images = listed(tmp_path / "galaxy10.h5")
    assert [image.class_name for image in images] == ["bent", "round"]
    assert (images[1].ra_deg, images[1].dec_deg) == (20.0, 5.0)
    with h5py.File(tmp_path / "keras.h5", "w") as file:
        for part in ("train", "test"):
            file[f"x_{part}"], file[f"y_{part}"] = PIXELS[..., None], np.eye(2)
    layout, images = listed(tmp_path / "keras.h5")
    assert [(image.part, image.label) for image in images] == [
        ("train", "0"), ("train", "1"), ("test", "0"), ("test", "1"),
    ]  # fmt: skip
    np.testing.assert_array_equal(layout.read(images[1].file, 1), PIXELS[1])


def test_hdf5_with_a_group_for_each_image_is_read(tmp_path) -> None:
    with h5py.File(tmp_path / "galaxy_data_h5.h5", "w") as file:
        for number, part in enumerate(("train", "valid", "test")):
            group = file.create_group(f"data_{number}")
            group["Img"] = PIXELS[0].astype(np.int32) + number
            group["Label_literature"], group["Split_literature"] = number % 2, part
    layout, images = listed(tmp_path)
    assert layout.kind == "HDF5, a group for each image"
    assert [(one.name, one.label, one.part) for one in images] == [
        ("data_0", "0", "train"), ("data_1", "1", "validation"), ("data_2", "0", "test"),
    ]  # fmt: skip
    pixels = layout.read(images[1].file, images[1].row)
    assert pixels.dtype == np.uint8
    np.testing.assert_array_equal(pixels, PIXELS[0] + 1)


def test_a_set_is_opened_again_by_its_kind_and_root(tmp_path) -> None:
    path = write_hdf5(tmp_path / "set.h5", draw_pictures())
    layout, images = listed(path)
    again = reopen(layout.kind, layout.root)
    one = images[7]
    np.testing.assert_array_equal(again.read(one.file, one.row), layout.read(one.file, one.row))


def test_parquet_of_hugging_face_has_its_labels_named(tmp_path) -> None:
    images = [{"bytes": png(one), "path": None} for one in PIXELS]
    features = '{"info": {"features": {"label": {"names": ["FRI", "FRII"]}}}}'
    table = pyarrow.table({"image": images, "label": [1, 0], "split": ["train", "test"]})
    table = table.replace_schema_metadata({"huggingface": features})
    parquet.write_table(table, tmp_path / "fr.parquet", row_group_size=1)
    layout, found = listed(tmp_path)
    assert [(one.class_name, one.part) for one in found] == [("FRII", "train"), ("FRI", "test")]
    assert layout.read("fr.parquet", 1) == png(PIXELS[1])


@pytest.mark.parametrize(
    ("files", "complaint"),
    [
        ({}, "is empty: give class folders"),
        ({"a.png": png(PIXELS[0])}, "holds pictures, and no folder for each class"),
        ({"notes.txt": b"-"}, r"holds no image set that is known \(notes.txt\)"),
    ],
)
def test_what_is_no_set_is_told(tmp_path, files, complaint) -> None:
    for name, content in files.items():
        (tmp_path / name).write_bytes(content)
    with pytest.raises(InputError, match=complaint):
        recognise(tmp_path)


@pytest.mark.parametrize(
    ("name", "content", "complaint"),
    [
        ("test_batch", b"\x80\x04 no pickle", "test_batch is no pickle, or damaged"),
        ("test_batch", pickle.dumps([1, 2]), "holds no images: a batch is a dict"),
        ("test_batch", pickle.dumps({"data": PIXELS}), "has no labels"),
        ("test_batch", pickle.dumps({"data": PIXELS, "labels": [1]}), "2 images, 1 labels"),
        ("test_batch", pickle.dumps({"data": PIXELS[0, 0], "labels": [1]}), "the shape"),
        ("set.h5", b"\x89HDF\r\n\x1a\n rest", "is no HDF5 file, or damaged"),
        ("set.parquet", b"PAR1 rest", "is no Parquet file, or damaged"),
    ],
)
def test_damage_is_told_with_the_file(tmp_path, name, content, complaint) -> None:
    (tmp_path / name).write_bytes(content)
    with pytest.raises(InputError, match=complaint):
        listed(tmp_path)
