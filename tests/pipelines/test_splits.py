"""Splits of the curation: sources that are not independent, Table 1, published batches."""

from __future__ import annotations

import itertools
import re
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from bentjets.errors import InputError
from bentjets.learning.data import Fingerprint
from bentjets.pipelines.curation import nodes, splitting
from bentjets.radio.catalogues import read_catalogue
from curating import CLASSES, TABLE_1, as_png, count_classes, draw_pictures, make_catalogue


@pytest.fixture
def sasmal(real_first) -> tuple[pd.DataFrame, tuple[str, ...]]:
    """Catalogue of Sasmal et al. 2022, and what the curators of the paper left out."""
    settings = {"service": "table", "path": str(real_first / "catalogue.csv")}
    catalogue = read_catalogue(settings, classes=CLASSES, seed=1)
    return catalogue, tuple(catalogue.loc[catalogue["quality"] != "good", "source_id"])


class TestPublishedCatalogue:
    """Defects that the catalogue of the paper shows."""

    def test_table_1_comes_out_with_groups_kept(self, sasmal, curate) -> None:
        catalogue, rejected = sasmal
        for seed in range(3):
            splits, leaks = replace(curate(), seed=seed)(catalogue, rejected)
            assert len(splits) == 639
            assert count_classes(splits) == TABLE_1
            assert leaks.empty

    def test_the_test_batch_is_no_strip_of_the_sky(self, sasmal, curate) -> None:
        """Sasmal's table in its own order tests on right ascension 260 to 359: another beam."""
        catalogue, rejected = sasmal
        splits, _ = curate()(catalogue, rejected)
        sky = splits.merge(catalogue, on="source_id").groupby("split")["dec_deg"].mean()
        assert abs(sky["test"] - sky["train"]) < 8
        splits, _ = curate().set(order="catalogue")(catalogue, rejected)
        sky = splits.merge(catalogue, on="source_id").groupby("split")["dec_deg"].mean()
        assert abs(sky["test"] - sky["train"]) > 15

    def test_a_source_under_two_labels_is_in_one_batch(self, sasmal, curate) -> None:
        catalogue, rejected = sasmal
        splits, _ = curate()(catalogue, rejected)
        both = splits[splits["source_id"].str.startswith("J0953+2924")]
        assert sorted(both["morphology"]) == ["NAT", "WAT"]
        assert both["batch"].nunique() == both["group"].nunique() == 1

    def test_in_its_own_order_leaks_are_told(self, sasmal, curate, caplog) -> None:
        catalogue, rejected = sasmal
        splits, leaks = curate().set(order="catalogue")(catalogue, rejected)
        assert count_classes(splits) == TABLE_1
        assert leaks["kind"].tolist() == ["overlap"]
        assert "not independent stand in different batches" in caplog.text

    def test_its_column_brings_the_published_batches(self, sasmal, curate) -> None:
        catalogue, rejected = sasmal
        splits, leaks = curate().set(column="batch")(catalogue, rejected)
        known = splits.merge(catalogue, on="source_id", suffixes=("", "_published"))
        assert (known["batch"] == known["batch_published"].astype(float)).all()
        assert sorted(count_classes(splits)) == sorted(TABLE_1)
        overlap = leaks[leaks["kind"] == "overlap"].iloc[0]
        assert (overlap["source_id"], overlap["other_id"]) == ("J1217+0340", "J1217+0336")
        twice = leaks[leaks["source_id"].str.startswith("J0953+2924")]
        assert set(twice["kind"]) == {"same position", "same name"}
        assert set(zip(twice["batch"], twice["other_batch"], strict=True)) == {(3, 6)}

    def test_a_source_without_a_published_batch_is_an_error(self, sasmal, curate) -> None:
        catalogue, rejected = sasmal
        complaint = f"{rejected[0]} is accepted and has no batch in the column batch"
        with pytest.raises(InputError, match=re.escape(complaint)):
            curate().set(column="batch")(catalogue, rejected[1:])


def place(catalogue: pd.DataFrame, source_id: str, beside: str, arcsec: float) -> None:
    """Move a source to the north of another one."""
    positions = catalogue.set_index("source_id")[["ra_deg", "dec_deg"]]
    positions.loc[source_id] = positions.loc[beside]
    positions.loc[source_id, "dec_deg"] += arcsec / 3600
    catalogue[["ra_deg", "dec_deg"]] = positions.to_numpy()


class TestRelatedSources:
    """What makes a group, in the batches that the seed draws; what leaks in others."""

    @pytest.fixture(params=["overlap", "same position", "image", "near image", "name", "group"])
    def related(self, request):
        """Give a catalogue in which the first and the last source are not independent."""
        catalogue = make_catalogue(["WAT", "NAT"] * 8)
        pictures = draw_pictures(catalogue["source_id"])
        kind = request.param
        if kind == "overlap":
            place(catalogue, "S15", "S0", arcsec=260)
        if kind == "same position":
            place(catalogue, "S15", "S0", arcsec=2)
        if kind == "image":
            pictures["S15"], kind = pictures["S0"], "equal images"
        if kind == "near image":
            pictures["S15"], kind = np.clip(pictures["S0"], 3, 255), "nearly equal images"
        if kind == "name":
            catalogue.loc[15, "name"], kind = "S0", "same name"
        if kind == "group":
            catalogue["group"] = [1.0, *[np.nan] * 13, 2.0, 1.0]
            kind = "same group"
        return catalogue, pictures, kind

    def test_stay_together(self, related, curate) -> None:
        catalogue, pictures, _ = related
        for seed in range(5):
            splits, leaks = replace(curate(4), seed=seed)(catalogue, pictures=pictures)
            assert leaks.empty
            batch = splits.set_index("source_id")["batch"]
            assert batch["S0"] == batch["S15"]
            assert count_classes(splits) == [(2, 2)] * 4
            assert splits["group"].nunique() == 15

    def test_are_a_leak_in_the_order_of_the_catalogue(self, related, curate) -> None:
        catalogue, pictures, kind = related
        _, leaks = curate(4).set(order="catalogue")(catalogue, pictures=pictures)
        (leak,) = leaks.to_dict("records")
        ids = (leak["source_id"], leak["other_id"])
        assert (leak["kind"], *ids) == (kind, "S0", "S15")
        assert (leak["batch"], leak["other_batch"]) == (0, 3)

    def test_of_one_hash_are_related_by_their_pixels(self, curate, monkeypatch) -> None:
        """Hashes of masked images may be those of their brightest spot."""

        def always_the_same(_image) -> Fingerprint:
            return Fingerprint(str(next(numbers)), "5" * 64)

        numbers = itertools.count()
        monkeypatch.setattr(splitting, "fingerprint_image", always_the_same)
        catalogue = make_catalogue(["WAT", "NAT"] * 8)
        splits, leaks = curate(4)(catalogue, pictures=draw_pictures(catalogue["source_id"]))
        assert leaks.empty
        assert splits["group"].nunique() == 16

    def test_are_a_leak_in_published_batches(self, related, curate) -> None:
        catalogue, pictures, kind = related
        catalogue["fold"] = [*["data_batch_0"] * 8, *["test_batch"] * 8]
        _, leaks = curate(2).set(column="fold")(catalogue, pictures=pictures)
        assert leaks["kind"].tolist() == [kind]

    def test_end_the_run_where_they_shall_when_the_tables_are_out(self, related, curate) -> None:
        catalogue, pictures, kind = related
        strict = curate(4).set(order="catalogue", fail_on_leak=True)
        decisions = catalogue[["source_id"]].assign(accepted=True)
        cutouts = dict.fromkeys(catalogue["source_id"], strict.cutout)
        arguments = (catalogue, decisions, cutouts, as_png(pictures), CLASSES, strict.curation, 6)
        stream = nodes.make_splits(*arguments)
        splits, leaks = next(stream)
        assert (len(splits), len(leaks)) == (16, 1)
        with pytest.raises(InputError, match=f"S0 in data_batch_0 and S15 in the test .*{kind}"):
            next(stream)

    def test_are_of_no_account_where_one_is_rejected(self, related, curate) -> None:
        catalogue, pictures, _ = related
        catalogue_order = curate(2).set(order="catalogue")
        splits, leaks = catalogue_order(catalogue, rejected=("S15",), pictures=pictures)
        assert leaks.empty
        assert splits["group"].tolist() == list(range(15))


def test_the_simulated_sky_is_split_with_overlapping_cutouts_together(curate) -> None:
    """SIM-00356 and SIM-00092 of this seed overlap."""
    settings = {"service": "simulated", "n_sources": 703, "wat_fraction": 0.6025}
    catalogue = read_catalogue(settings, classes=CLASSES, seed=10)
    splits, leaks = curate()(catalogue)
    assert leaks.empty
    batch = splits.set_index("source_id")["batch"]
    assert batch["SIM-00356"] == batch["SIM-00092"]
    _, leaks = curate().set(order="catalogue")(catalogue)
    assert {"SIM-00356", "SIM-00092"} in [{*pair} for pair in leaks.to_numpy()[:, 1:3]]


def test_a_column_that_the_catalogue_does_not_have_is_named(curate) -> None:
    catalogue = make_catalogue(["WAT", "NAT"] * 4).assign(batch=0)
    with pytest.raises(InputError, match=r"curation\.splits\.column is 'bach'.* batch"):
        curate(2).set(column="bach")(catalogue)


def test_an_accepted_source_without_a_picture_is_named(curate, curation) -> None:
    catalogue = make_catalogue(["WAT", "NAT"])
    decisions = catalogue[["source_id"]].assign(accepted=True)
    cutouts = dict.fromkeys(catalogue["source_id"], curate().cutout)
    stream = nodes.make_splits(catalogue, decisions, cutouts, {}, CLASSES, curation, 6)
    with pytest.raises(InputError, match="S0: no file of S0: run the steps before"):
        next(stream)


def test_without_an_accepted_source_there_is_no_split(curate) -> None:
    catalogue = make_catalogue(["WAT", "NAT"])
    with pytest.raises(InputError, match="no source is accepted"):
        curate(2)(catalogue, rejected=("S0", "S1"))


def test_too_few_accepted_sources_are_refused(curate) -> None:
    with pytest.raises(InputError, match="class WAT has 4 accepted sources, fewer than the 10 "):
        curate()(make_catalogue(["WAT", "NAT"] * 4))
