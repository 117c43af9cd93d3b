"""What two image sets share: positions, names, and images in all orientations."""

from __future__ import annotations

import io

import numpy as np
import pandas as pd
import pytest
from PIL import Image

from bentjets.errors import InputError
from bentjets.learning.across import VIEWS, examine_views, map_onto, relate_sets, turn_image
from bentjets.learning.image_sets import FoundImage, RawImage
from blobs import draw_blobs


def tabulate(pictures) -> pd.DataFrame:
    rows = [
        {"source_id": one.name, "name": one.name, "ra_deg": np.nan, "dec_deg": np.nan}
        | examine_views(RawImage.pack(one.pixels))
        for one in pictures
    ]
    return pd.DataFrame(rows)


@pytest.fixture(scope="module")
def sets():
    return [draw_blobs(12, 1, stem="a"), draw_blobs(12, 50, stem="b")]


def relate(ours: pd.DataFrame, theirs: pd.DataFrame, sets, turned=None) -> pd.DataFrame:
    pixels = {one.name: one.pixels for some in sets for one in some} | (turned or {})
    read = pixels.__getitem__
    return relate_sets(ours, theirs, match_arcsec=30, read_ours=read, read_theirs=read)


@pytest.mark.parametrize("view", range(1, len(VIEWS)))
def test_a_copy_is_found_in_every_orientation_and_with_another_grey_level(sets, view) -> None:
    ours, theirs = (tabulate(some) for some in sets)
    # What undoes the view is another one.
    original = sets[0][5].pixels
    copy = next(
        candidate
        for number in range(len(VIEWS))
        if np.array_equal(turn_image(candidate := turn_image(original, number), view), original)
    )
    lighter = np.rint(copy * 0.9).astype(np.uint8)
    theirs.loc[3, ["sha256", "views"]] = [
        examine_views(RawImage.pack(lighter))[key] for key in ("sha256", "views")
    ]
    ledger = relate(ours, theirs, sets, {sets[1][3].name: lighter})
    assert ledger[["source_id", "other_id"]].to_numpy().tolist() == [
        [sets[1][3].name, sets[0][5].name]
    ]
    assert ledger["detail"].iloc[0].startswith(f"{VIEWS[view]}: ")


def test_positions_count_within_the_radius_and_across_ra_0(sets) -> None:
    ours, theirs = (tabulate(some) for some in sets)
    arcsec = 1 / 3600
    ours.loc[[0, 1, 2], "ra_deg"] = [0.001, 120.0, 10.0]
    ours.loc[[0, 1, 2], "dec_deg"] = [0.0, 60.0, -5.0]
    theirs.loc[[0, 1, 2], "ra_deg"] = [359.999, 120.0 + 50 * arcsec, 10.0]
    theirs.loc[[0, 1, 2], "dec_deg"] = [0.0, 60.0, -5.0 + 31 * arcsec]
    ledger = relate(ours, theirs, sets)
    ends = zip(ledger["source_id"], ledger["other_id"], ledger["detail"], strict=True)
    assert list(ends) == [
        (sets[1][0].name, sets[0][0].name, "7.2 arcsec apart"),
        (sets[1][1].name, sets[0][1].name, "25.0 arcsec apart"),
    ]


def test_names_count_where_they_name_a_source(sets) -> None:
    ours, theirs = (tabulate(some) for some in sets)
    ours.loc[:4, "name"] = ["NGC 1265", "0012", "data_batch_1_00012", "image-7", "3C 31"]
    theirs.loc[:4, "name"] = ["ngc1265", "0012", "data_batch_1_00012", "image-7", "3C_31"]
    ledger = relate(ours, theirs, sets)
    assert ledger["kind"].unique().tolist() == ["same name"]
    assert ledger["detail"].tolist() == ["ngc1265", "3c31"]


def test_alike_hashes_count_only_where_pixels_are_alike(sets) -> None:
    ours, theirs = (tabulate(some) for some in sets)
    theirs.loc[2, "views"] = ours.loc[7, "views"]
    assert relate(ours, theirs, sets).empty


def found(*labels: str) -> list[FoundImage]:
    return [FoundImage("f", row, f"n{row}", label, label) for row, label in enumerate(labels)]


def test_labels_are_mapped_or_mean_themselves() -> None:
    images = found("0", "FRII", "9")
    assert map_onto(images, {"0": "FRI"}, ["FRI", "FRII"], "there") == ["FRI", "FRII", ""]


@pytest.mark.parametrize(
    ("mapping", "message"),
    [
        ({"0": "FR1"}, "across.classes names the class 'FR1', which was not learnt: choose from"),
        ({}, "there has no class in common with the trained ones .FRI, FRII., its own are 0, 1"),
    ],
)
def test_wrong_mappings_are_one_line(mapping, message) -> None:
    with pytest.raises(InputError, match=message):
        map_onto(found("0", "1"), mapping, ["FRI", "FRII"], "there")


def test_a_file_is_examined_as_its_pixels_are(sets) -> None:
    buffer = io.BytesIO()
    Image.fromarray(sets[0][0].pixels).save(buffer, "PNG")
    one, other = (examine_views(RawImage.pack(c)) for c in (buffer.getvalue(), sets[0][0].pixels))
    assert one["views"] == other["views"]
    assert len(set(one["views"].split())) == len(VIEWS)
