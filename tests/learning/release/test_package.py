from __future__ import annotations

import hashlib
import io
import json

import numpy as np
import pandas as pd
import pytest
from PIL import Image

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


@pytest.fixture
def pictures(manifest) -> list[tuple[str, np.ndarray, np.ndarray]]:
    rng = np.random.default_rng(5)
    whole = rng.integers(0, 256, (len(manifest), 12, 9), dtype=np.uint8)
    return [
        (key, image, image * (image > 99))
        for key, image in zip(manifest["source_id"], whole, strict=True)
    ]


@pytest.fixture
def release(manifest, pictures) -> dict[str, bytes]:
    return package_release(manifest, iter(pictures), survey="FIRST", licence=TERMS)


def read_table(release: dict[str, bytes]) -> pd.DataFrame:
    return pd.read_parquet(io.BytesIO(release["sources.parquet"]))


def test_table_holds_the_manifest_and_the_pictures(release, manifest, pictures) -> None:
    assert set(release) == FILES
    table = read_table(release)
    pd.testing.assert_frame_equal(table[list(manifest)], manifest)
    for row, (_, image, masked) in zip(table.itertuples(), pictures, strict=True):
        np.testing.assert_array_equal(Image.open(io.BytesIO(row.image)), image)
        np.testing.assert_array_equal(Image.open(io.BytesIO(row.masked_image)), masked)


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
    assert package_release(manifest, pictures, survey="FIRST", licence=TERMS) == release
    other = [(key, masked, image) for key, image, masked in pictures]
    assert package_release(manifest, other, survey="FIRST", licence=TERMS) != release


def test_a_source_listed_twice_is_refused(manifest, pictures) -> None:
    twice = pd.concat([manifest, manifest.head(1)])
    with pytest.raises(ValueError, match="one-to-one"):
        package_release(twice, pictures, survey="FIRST", licence=TERMS)
