"""The table of quality: what each source fails, alone or beside its neighbours."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bentjets.engine import EngineSettings
from bentjets.engine.recipe import Recipe
from bentjets.pipelines.curation import nodes
from bentjets.pipelines.curation.assessing import assess_image
from bentjets.pipelines.curation.checking import find_neighbours, judge_sources
from bentjets.radio.cutouts import fits_bytes
from bentjets.tables.curation import QUALITY
from curating import Content, make_catalogue

ARCSEC = 1 / 3600
MEASURED = {
    **{"mask_pixels": 200, "blank_fraction": 0.0, "offset_arcsec": 1.0, "snr": 50.0},
    **{"largest_angular_size_arcsec": 60.0, "size_beams": 11.0, "peak_jy_beam": 0.01},
    **{"touches_edge": 0.0, "neighbour_flux_ratio": 0.0, "contrast_taken": 255.0},
    **{"opening_angle_deg": 170.0, "opening_angle_error_deg": 10.0, "image_sha256": "ab" * 32},
}


def make_sources(*positions_deg, **columns) -> pd.DataFrame:
    ra_deg, dec_deg = np.array(positions_deg, dtype=float).T
    ids = [f"S{number}" for number in range(len(ra_deg))]
    sources = pd.DataFrame({"source_id": ids, "name": ids, "ra_deg": ra_deg, "dec_deg": dec_deg})
    return sources.assign(**{"morphology": "WAT", **columns})


def look(sources, cutout_arcsec=270.0) -> pd.DataFrame:
    return find_neighbours(sources, cutout_arcsec=cutout_arcsec, same_arcsec=5.4)


def test_neighbours_are_counted_and_later_duplicates_name_the_first() -> None:
    sources = make_sources(
        (10.0, 0.0), (10.0, 200 * ARCSEC), (10.0, 2 * ARCSEC), (50.0, 0.0), (10.0, 4 * ARCSEC)
    )
    found = look(sources)
    assert found["overlaps"].tolist() == [3, 3, 3, 0, 3]
    assert found["duplicate_of"].tolist() == ["", "", "S0", "", "S0"]
    assert found["nearest_source_arcsec"].tolist()[:3] == pytest.approx([2.0, 196.0, 2.0])
    assert found["nearest_source_arcsec"][3] > 1e5


def test_cutouts_of_unknown_size_do_not_overlap() -> None:
    found = look(make_sources((10.0, 0.0), (10.0, 100 * ARCSEC)), cutout_arcsec=0.0)
    assert found["overlaps"].tolist() == [0, 0]


def test_sources_without_a_position_or_company_have_no_neighbour() -> None:
    for sources in (
        make_sources((10.0, 0.0)),
        make_sources((np.nan, np.nan), (np.nan, np.nan)),
        make_sources((10.0, 0.0), (np.nan, np.nan)),
    ):
        found = look(sources)
        assert found["nearest_source_arcsec"].isna().all()
        assert found["overlaps"].eq(0).all()
    assert look(make_sources((10.0, 0.0)).head(0)).empty


@settings(max_examples=25)
@given(st.lists(st.tuples(st.integers(0, 6), st.integers(0, 6)), min_size=2, max_size=8))
def test_neighbourhood_is_mutual_and_does_not_depend_on_the_order(places) -> None:
    sources = make_sources(*[(180 + 70 * x * ARCSEC, 70 * y * ARCSEC) for x, y in places])
    found, turned = look(sources), look(sources[::-1].reset_index(drop=True))[::-1]
    assert found["overlaps"].sum() % 2 == 0
    assert found["overlaps"].tolist() == turned["overlaps"].tolist()
    np.testing.assert_allclose(
        found["nearest_source_arcsec"], turned["nearest_source_arcsec"], atol=1e-6
    )
    assert (found["duplicate_of"] == "").sum() == len(set(places))
    expected = [f"S{places.index(place)}" for place in places]
    same = found["duplicate_of"].where(found["duplicate_of"] != "", sources["source_id"])
    assert same.tolist() == expected


def test_the_duplicate_and_the_overlaps_of_the_real_catalogue_are_reported(
    real_first, curation
) -> None:
    sources = pd.read_csv(real_first / "catalogue.csv")
    again = sources.groupby("name").cumcount()
    names = sources["name"].where(again == 0, sources["name"] + "_2")
    sources = sources.assign(source_id=names, image_sha256="")
    neighbours = look(sources)
    measured = [{"source_id": key, "morphology": "", **MEASURED} for key in sources["source_id"]]
    table = judge_sources(measured, neighbours, curation.quality).set_index("source_id")
    flagged = table[table["flags"] != ""]
    assert sorted(flagged.index) == [
        *("J0953+2924", "J0953+2924_2", "J1217+0336", "J1217+0340", "J1256+0125", "J1256+0126"),
        *("J1536-0201", "J1536-0205"),
    ]
    assert table.loc["J0953+2924_2", "flags"] == "duplicate_of;overlaps"
    assert table.loc["J0953+2924_2", "duplicate_of"] == "J0953+2924"
    assert set(flagged["flags"].drop("J0953+2924_2")) == {"overlaps"}
    assert table["accepted"].all()


def test_checks_of_the_catalogue_reject_where_they_are_told_to(curation) -> None:
    sources = make_sources((10.0, 0.0), (10.0, 2 * ARCSEC))
    measured = [{"source_id": key, "morphology": "WAT", **MEASURED} for key in ("S0", "S1")]
    limits = curation.quality.model_copy(update={"rejecting": ("duplicate_of",)})
    table = judge_sources(measured, look(sources), limits)
    assert QUALITY.validate(table)["accepted"].tolist() == [True, False]
    assert table["reason"].tolist() == [
        "",
        "same position: as S0, nearest source 2.0 arcsec off (at least 5.4)",
    ]


def test_classes_are_compared_with_angles_where_they_are_known(curation) -> None:
    sources = make_sources((10.0, 0.0), (20.0, 0.0), (30.0, 0.0), (40.0, 0.0))
    classes = ("WAT", "NAT", "FRI", "")
    measured = [
        {"source_id": key, "morphology": name, **MEASURED}
        for key, name in zip(sources["source_id"], classes, strict=True)
    ]
    table = judge_sources(measured, look(sources), curation.quality)
    assert table["flags"].tolist() == ["", "angle_against_class", "", ""]
    # 170 deg, where 120 are allowed, with an error of 10 deg.
    np.testing.assert_allclose(table["angle_against_class"], [0.0, 5.0, np.nan, np.nan])
    assert table["accepted"].all()


def test_a_source_that_could_not_be_measured_still_has_neighbours(curation) -> None:
    sources = make_sources((10.0, 0.0), (10.0, 2 * ARCSEC))
    measured = [
        {"source_id": "S0", "morphology": "WAT", "reason": "S0 is damaged"},
        {"source_id": "S1", "morphology": "WAT", **MEASURED},
    ]
    table = QUALITY.validate(judge_sources(measured, look(sources), curation.quality))
    assert table["accepted"].tolist() == [False, True]
    assert table["reason"].tolist() == ["S0 is damaged", ""]
    assert table["flags"].tolist() == ["", "duplicate_of;overlaps"]
    assert table["nearest_source_arcsec"].tolist() == pytest.approx([2.0, 2.0])


def test_no_source_gives_an_empty_table(curation) -> None:
    none = make_sources((10.0, 0.0)).head(0)
    table = judge_sources([], look(none), curation.quality)
    assert list(table) == list(QUALITY.schema.columns)
    assert QUALITY.validate(table).empty


def test_measuring_depends_on_how_it_is_done_and_not_on_limits() -> None:
    """Or a changed limit would let all images be measured again, and a changed measure none."""
    modules = Recipe.of(assess_image).modules
    room = "bentjets.radio.measuring"
    assert {f"{room}.quality.measures", f"{room}.islands", f"{room}.opening_angle"} <= set(modules)
    assert not {f"{room}.quality.limits", f"{room}.quality.checks"} & set(modules)


def test_a_changed_limit_is_judged_without_measuring_anew(
    cutout, curation, tmp_path, monkeypatch
) -> None:
    catalogue = make_catalogue(["WAT"]).assign(ra_deg=150.0, dec_deg=20.0)
    log = catalogue[["source_id"]].assign(status="ok", rms_jy_beam=1.5e-4)
    mask = np.zeros(cutout.data.shape, dtype=np.uint8)
    mask[60:78, 56:95] = 1
    cutouts = {"S0": Content(fits_bytes(cutout.to_hdu()))}
    masks = {"S0": Content(fits_bytes(type(cutout)(mask, cutout.header).to_hdu()))}
    files = (cutouts, masks, {"S0": Content(b"picture")})
    kept = EngineSettings(n_jobs=1, cache=tmp_path)
    before, _ = nodes.assess_images(catalogue, log, *files, curation, kept)
    assert before["accepted"].tolist() == [True]
    # Whatever is measured now would fail.
    monkeypatch.setattr("bentjets.radio.measuring.quality.measures.largest_extent_px", None)
    limits = curation.quality.model_copy(update={"min_snr": 1e4})
    strict = curation.model_copy(update={"quality": limits})
    after, _ = nodes.assess_images(catalogue, log, *files, strict, kept)
    assert after["reason"].tolist() == ["too faint: peak 55.2 times the noise (at least 10000)"]
    changed = ["accepted", "reason", "flags"]
    pd.testing.assert_frame_equal(before.drop(columns=changed), after.drop(columns=changed))
