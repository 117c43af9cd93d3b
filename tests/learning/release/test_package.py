from __future__ import annotations

import hashlib
import io
import json

import numpy as np
import pandas as pd
import pytest
from PIL import Image

from bentjets.errors import InputError
from bentjets.learning.release import package_release

TERMS = "Free for scholars.\n"
FILES = {"sources.parquet", "croissant.json", "README.md", "LICENSE.txt", "SHA256SUMS"}


@pytest.fixture
def manifest() -> pd.DataFrame:
    table = {
        "source_id": ["J2", "J1", "J3"],
        "ra_deg": [10.5, 20.5, 30.5],
        "morphology": ["WAT", "NAT", "WAT"],
        "label": ["100", "200", "100"],
        "batch": [0, 0, 1],
        "split": ["train", "train", "test"],
        "resolved": [True, False, True],
    }
    return pd.DataFrame(table)


def encode(image: np.ndarray) -> bytes:
    buffer = io.BytesIO()
    Image.fromarray(image).save(buffer, format="PNG")
    return buffer.getvalue()


def read_release(manifest, pictures) -> dict[str, bytes]:
    """Read each file before the next is asked for, as Kedro saves them."""
    release = {}
    for name, content in package_release(manifest, pictures, survey="FIRST", licence=TERMS):
        release[name] = content if isinstance(content, bytes) else b"".join(content)
    return release


@pytest.fixture
def images(manifest) -> np.ndarray:
    return np.random.default_rng(5).integers(0, 256, (len(manifest), 12, 9), dtype=np.uint8)


@pytest.fixture
def pictures(manifest, images) -> list[tuple[str, bytes, bytes]]:
    return [
        (key, encode(image), encode(image * (image > 99)))
        for key, image in zip(manifest["source_id"], images, strict=True)
    ]


@pytest.fixture
def release(manifest, pictures) -> dict[str, bytes]:
    return read_release(manifest, iter(pictures))


def read_table(release: dict[str, bytes]) -> pd.DataFrame:
    return pd.read_parquet(io.BytesIO(release["sources.parquet"]))


def test_table_holds_the_manifest_and_the_pictures(release, manifest, images) -> None:
    assert set(release) == FILES
    table = read_table(release)
    pd.testing.assert_frame_equal(table[list(manifest)], manifest)
    for row, image in zip(table.itertuples(), images, strict=True):
        np.testing.assert_array_equal(Image.open(io.BytesIO(row.image)), image)
        masked = Image.open(io.BytesIO(row.masked_image))
        np.testing.assert_array_equal(masked, image * (image > 99))


def test_checksums_are_those_of_every_other_file(release) -> None:
    lines = release["SHA256SUMS"].decode().splitlines()
    sums = dict(reversed(line.split("  ")) for line in lines)
    assert set(sums) == FILES - {"SHA256SUMS"}
    for name, digest in sums.items():
        assert hashlib.sha256(release[name]).hexdigest() == digest


def test_croissant_describes_every_column_of_the_table(release) -> None:
    croissant = json.loads(release["croissant.json"])
    (records,) = croissant["recordSet"]
    table = read_table(release)
    assert [field["name"] for field in records["field"]] == list(table)
    columns = [field["source"]["extract"]["column"] for field in records["field"]]
    assert columns == list(table)
    kinds = {field["name"]: field["dataType"] for field in records["field"]}
    assert kinds == {
        "source_id": "sc:Text",
        "ra_deg": "sc:Float",
        "morphology": "sc:Text",
        "label": "sc:Text",
        "batch": "sc:Integer",
        "split": "sc:Text",
        "resolved": "sc:Boolean",
        "image": "sc:ImageObject",
        "masked_image": "sc:ImageObject",
    }


def test_croissant_names_its_file_terms_and_vocabulary(release) -> None:
    croissant = json.loads(release["croissant.json"])
    (file,) = croissant["distribution"]
    assert file["sha256"] == hashlib.sha256(release[file["contentUrl"]]).hexdigest()
    fields = croissant["recordSet"][0]["field"]
    assert {field["source"]["fileObject"]["@id"] for field in fields} == {file["@id"]}
    assert croissant["license"] == TERMS.strip()
    assert croissant["conformsTo"] == "http://mlcommons.org/croissant/1.0"
    # Words of Croissant that the context leaves out would be taken for schema.org's.
    assert croissant["@context"]["citeAs"] == "cr:citeAs"


def test_card_counts_the_classes_and_repeats_the_terms(release) -> None:
    card = release["README.md"].decode()
    assert "3 sources" in card
    assert "| WAT | 1 | 1 |" in card
    assert "| NAT | 1 | 0 |" in card
    assert TERMS.strip() in card
    assert release["LICENSE.txt"].decode() == TERMS


def test_same_input_gives_the_same_bytes(release, manifest, pictures) -> None:
    assert read_release(manifest, pictures) == release
    other = [(key, masked, image) for key, image, masked in pictures]
    assert read_release(manifest, other) != release


def test_a_source_listed_twice_is_refused(manifest, pictures) -> None:
    twice = pd.concat([manifest, manifest.head(1)])
    with pytest.raises(InputError, match="J2 is listed twice"):
        read_release(twice, [*pictures, pictures[0]])


def test_images_that_the_catalogue_speaks_of_keep_a_name_of_their_own(manifest, pictures) -> None:
    release = read_release(manifest.assign(image=["a.jpg", "b.jpg", "c.jpg"]), pictures)
    table = read_table(release)
    assert table["catalogue_image"].tolist() == ["a.jpg", "b.jpg", "c.jpg"]
    assert table["image"].tolist() == [image for _, image, _ in pictures]
    fields = json.loads(release["croissant.json"])["recordSet"][0]["field"]
    kinds = {field["name"]: field["dataType"] for field in fields}
    assert kinds["catalogue_image"] == "sc:Text"


def test_no_file_is_described_before_it_was_read(manifest, pictures) -> None:
    files = package_release(manifest, pictures, survey="FIRST", licence=TERMS)
    _, pieces = next(files)
    next(iter(pieces))
    with pytest.raises(RuntimeError, match=r"sources\.parquet is to be read to its end"):
        next(files)
