from __future__ import annotations

import time
from itertools import combinations

import numpy as np
import pandas as pd
import pytest
from astropy import units as u
from astropy.coordinates import SkyCoord
from astropy.wcs import WCS
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from bentjets.radio.catalogues import read_catalogue
from bentjets.radio.catalogues.oddities import COLUMNS, find_oddities

SIDE_ARCSEC = 270.0


def catalogue(*rows: tuple[str, float, float], classes: str = "WN") -> pd.DataFrame:
    table = pd.DataFrame(rows, columns=["name", "ra_deg", "dec_deg"])
    names = {"W": "WAT", "N": "NAT"}
    morphology = [names[classes[i % len(classes)]] for i in range(len(rows))]
    ids = [f"{name}_{i}" for i, name in enumerate(table["name"])]
    return table.assign(source_id=ids, morphology=morphology)


def find(table: pd.DataFrame, kind: str, **options) -> pd.DataFrame:
    found = find_oddities(table, **{"cutout_arcsec": SIDE_ARCSEC, **options})
    return found[found["kind"] == kind].reset_index(drop=True)


def pairs(oddities: pd.DataFrame) -> set[tuple[str, str]]:
    return set(zip(oddities["source_id"], oddities["other_id"], strict=True))


def neighbours(ra_deg: float, dec_deg: float, east_arcsec: float, north_arcsec: float):
    """Two sources, the second this far from the first on the sky."""
    first = SkyCoord(ra_deg, dec_deg, unit="deg")
    second = first.spherical_offsets_by(east_arcsec * u.arcsec, north_arcsec * u.arcsec)
    return catalogue(("a", ra_deg, dec_deg), ("b", second.ra.deg, second.dec.deg))


def cutout_wcs(ra_deg: float, dec_deg: float, side_arcsec: float) -> WCS:
    """A cutout as one pixel, so that its sky is where pixel coordinates are within 0.5."""
    wcs = WCS(naxis=2)
    wcs.wcs.ctype = ["RA---TAN", "DEC--TAN"]
    wcs.wcs.crval = [ra_deg, dec_deg]
    wcs.wcs.crpix = [1.0, 1.0]
    wcs.wcs.cdelt = [-side_arcsec / 3600.0, side_arcsec / 3600.0]
    return wcs


def share_sky(first, second, side_arcsec: float) -> bool:
    """Look for a place that is in both of two cutouts, on a fine grid of the first."""
    axis = np.linspace(-0.5, 0.5, 201)
    grid = np.stack(np.meshgrid(axis, axis), axis=-1).reshape(-1, 2)
    sky = cutout_wcs(first.ra_deg, first.dec_deg, side_arcsec).wcs_pix2world(grid, 0)
    there = cutout_wcs(second.ra_deg, second.dec_deg, side_arcsec).wcs_world2pix(sky, 0)
    return bool((np.abs(there) <= 0.5).all(axis=1).any())


class TestPairs:
    def test_same_position_tells_the_classes(self) -> None:
        found = find(catalogue(("a", 10.0, 5.0), ("b", 10.0, 5.001)), "same position")
        assert found.loc[0].tolist()[:3] == ["same position", "a_0", "b_1"]
        assert found.loc[0, "separation_arcsec"] == pytest.approx(3.6)
        assert found.loc[0, "detail"] == "WAT and NAT"
        twins = catalogue(("a", 10.0, 5.0), ("a", 10.0, 5.0), classes="N")
        assert find(twins, "same position")["detail"].tolist() == ["both NAT"]

    def test_a_pair_is_reported_once(self) -> None:
        found = find_oddities(neighbours(10.0, 5.0, 1.0, 1.0), cutout_arcsec=SIDE_ARCSEC)
        assert found["kind"].tolist() == ["same position"]

    def test_every_pair_of_three_is_reported(self) -> None:
        three = catalogue(("a", 10.0, 5.0), ("b", 10.0, 5.0), ("c", 10.0, 5.0))
        assert pairs(find(three, "same position")) == {
            ("a_0", "b_1"),
            ("a_0", "c_2"),
            ("b_1", "c_2"),
        }

    @pytest.mark.parametrize(
        ("east_arcsec", "north_arcsec", "overlap"),
        [
            (269.0, 0.0, True),
            (271.0, 0.0, False),
            (0.0, -269.0, True),
            (0.0, -271.0, False),
            (269.0, 269.0, True),
            (-271.0, 100.0, False),
            (200.0, 271.0, False),
        ],
    )
    @pytest.mark.parametrize("ra_deg", [0.0, 359.999, 180.0])
    def test_squares_overlap_up_to_their_sides(
        self, ra_deg, east_arcsec, north_arcsec, overlap
    ) -> None:
        table = neighbours(ra_deg, 0.0, east_arcsec, north_arcsec)
        assert bool(len(find(table, "overlap"))) is overlap

    @pytest.mark.parametrize("pole_deg", [90.0, -90.0])
    def test_cutouts_across_a_pole(self, pole_deg) -> None:
        def at(distance_arcsec: float) -> float:
            return pole_deg - np.sign(pole_deg) * distance_arcsec / 3600.0

        near = catalogue(("a", 0.0, at(130.0)), ("b", 180.0, at(130.0)))
        far = catalogue(("a", 0.0, at(140.0)), ("b", 180.0, at(140.0)))
        assert len(find(near, "overlap")) == 1
        assert len(find(far, "overlap")) == 0
        # A square turned by 45 degrees reaches as far as its diagonal.
        assert len(find(catalogue(("a", 0.0, pole_deg), ("b", 45.0, at(320.0))), "overlap")) == 1
        assert len(find(catalogue(("a", 0.0, pole_deg), ("b", 0.0, at(320.0))), "overlap")) == 0

    @settings(max_examples=50)
    @given(
        ra_deg=st.floats(0, 360),
        dec_deg=st.floats(-90, 90) | st.sampled_from([90.0, -90.0, 89.98, -89.99]),
        distance=st.floats(0.1, 1.6),
        angle_deg=st.floats(0, 360),
        side_arcsec=st.sampled_from([270.0, 60.0, 3600.0]),
    )
    def test_overlap_is_a_place_in_both_cutouts(
        self, ra_deg, dec_deg, distance, angle_deg, side_arcsec
    ) -> None:
        first = SkyCoord(ra_deg, dec_deg, unit="deg")
        second = first.directional_offset_by(angle_deg * u.deg, distance * side_arcsec * u.arcsec)
        table = catalogue(("a", ra_deg, dec_deg), ("b", second.ra.deg, second.dec.deg))
        rows = list(table.itertuples())
        found = len(find(table, "overlap", cutout_arcsec=side_arcsec, same_arcsec=0.1)) == 1
        # The grid is coarser than the answer: neither side is judged at the very border.
        if share_sky(*rows, side_arcsec):
            assert found
        if found:
            assert share_sky(*rows, 1.02 * side_arcsec)

    @settings(max_examples=25)
    @given(
        st.lists(st.tuples(st.floats(-0.2, 0.2), st.floats(-0.2, 0.2)), min_size=1, max_size=7),
        st.sampled_from([(0.0, 0.0), (180.0, 60.0), (10.0, 90.0), (200.0, -89.9)]),
        st.randoms(use_true_random=False),
    )
    def test_no_pair_is_missed_and_row_order_is_nothing(self, offsets, centre, random) -> None:
        origin = SkyCoord(*centre, unit="deg").skyoffset_frame()
        sky = SkyCoord(*np.transpose(offsets), unit="deg", frame=origin).icrs
        rows = [
            (f"s{i:02d}", ra, dec)
            for i, (ra, dec) in enumerate(zip(sky.ra.deg, sky.dec.deg, strict=True))
        ]
        table = catalogue(*rows)
        found = find_oddities(table, cutout_arcsec=SIDE_ARCSEC)
        alone = [
            find_oddities(table.iloc[[i, j]], cutout_arcsec=SIDE_ARCSEC)
            for i, j in combinations(range(len(table)), 2)
        ]
        assert pairs(found) == set().union(*map(pairs, alone))
        order = list(range(len(table)))
        random.shuffle(order)
        pd.testing.assert_frame_equal(
            find_oddities(table.iloc[order], cutout_arcsec=SIDE_ARCSEC), found
        )

    def test_without_a_size_there_is_no_overlap(self) -> None:
        table = neighbours(10.0, 5.0, 20.0, 0.0)
        assert find_oddities(table, cutout_arcsec=0.0).empty
        same = find_oddities(table, cutout_arcsec=0.0, same_arcsec=21.0)
        assert same["kind"].tolist() == ["same position"]

    def test_a_hundred_thousand_sources_take_seconds(self) -> None:
        rng = np.random.default_rng(1)
        count = 100_000
        table = pd.DataFrame(
            {
                "source_id": [f"s{i}" for i in range(count)],
                "name": [f"J{i % 2400:04d}+0000" for i in range(count)],
                "ra_deg": rng.uniform(0, 360, count),
                "dec_deg": np.degrees(np.arcsin(rng.uniform(-1, 1, count))),
                "morphology": "WAT",
            }
        )
        start = time.monotonic()
        found = find_oddities(table, cutout_arcsec=SIDE_ARCSEC)
        assert time.monotonic() - start < 30
        assert len(found[found["kind"] == "overlap"]) > 1000


class TestNames:
    # 10 31 23.16 +47 08 54.6
    RA_DEG, DEC_DEG = 157.8465, 47.1485

    @pytest.mark.parametrize(
        "name",
        [
            "J1031+4708",
            "J1031+4709",
            "J1031+47",
            "FIRST J103123.1+470854",
            "NVSS J103123+470855",
            "SDSSJ103123.16+470854.6",
            "J103123.2+470854.6",
            "J1031.3+4708.9",
            "J1031+4708A",
            "J1031+4708_2",
        ],
    )
    def test_names_cut_off_or_rounded_agree(self, name) -> None:
        table = catalogue((name, self.RA_DEG, self.DEC_DEG))
        assert find(table, "name", name_arcsec=0.0).empty

    @pytest.mark.parametrize(
        ("name", "separation_arcsec"),
        [
            ("J1030+4708", 23.16 * 15 * np.cos(np.radians(47.1485))),
            ("J1031+4707", 54.6),
            ("J1031-4708", None),
            ("J1031−4708", None),
            ("J0131+4708", None),
            ("J1301+4708", None),
            ("J103121+470854", 1.16 * 15 * np.cos(np.radians(47.1485))),
            ("J103123.1+470850", 3.6),
            ("J1031+4780", None),
            ("J9931+4708", None),
            ("J1031+9908", None),
        ],
    )
    def test_other_names_do_not(self, name, separation_arcsec) -> None:
        table = catalogue((name, self.RA_DEG, self.DEC_DEG))
        found = find(table, "name", name_arcsec=0.0)
        assert found["source_id"].tolist() == [f"{name}_0"]
        assert found["other_id"].tolist() == [""]
        assert found["detail"].tolist() == [f"{name} lies at 10 31 23.2 +47 08 54.6"]
        if separation_arcsec is not None:
            assert found.loc[0, "separation_arcsec"] == pytest.approx(separation_arcsec, abs=0.02)
            assert find(table, "name", name_arcsec=separation_arcsec + 0.1).empty

    @pytest.mark.parametrize(
        "name",
        ["3C 83.1B", "NGC 1265", "B1031+4708", "1031+470", "J10+47", "J1031+470854999", "J", "12"],
    )
    def test_other_forms_are_not_judged(self, name) -> None:
        assert find(catalogue((name, 1.0, 1.0)), "name", name_arcsec=0.0).empty

    @settings(max_examples=50)
    @given(
        ra_deg=st.floats(0, 360, exclude_max=True),
        dec_deg=st.floats(-90, 90),
        decimals=st.sampled_from([None, 0, 1, 2]),
        cut=st.booleans(),
    )
    def test_a_name_made_from_its_position_agrees(self, ra_deg, dec_deg, decimals, cut) -> None:
        name = make_name(ra_deg, dec_deg, decimals, cut)
        assert find(catalogue((name, ra_deg, dec_deg)), "name", name_arcsec=0.0).empty

    @settings(max_examples=50)
    @given(
        ra_deg=st.floats(0, 360, exclude_max=True),
        dec_deg=st.floats(-85, 85),
        moved_arcsec=st.floats(1.0, 1e5),
        angle_deg=st.floats(0, 360),
    )
    def test_a_name_made_elsewhere_does_not(self, ra_deg, dec_deg, moved_arcsec, angle_deg) -> None:
        """Two units of the last digit further, nothing excuses a name."""
        there = SkyCoord(ra_deg, dec_deg, unit="deg").directional_offset_by(
            angle_deg * u.deg, moved_arcsec * u.arcsec
        )
        ra_off = (there.ra.deg - ra_deg + 180) % 360 - 180
        assume(abs(there.dec.deg) < 89)
        assume(abs(ra_off) * 240 > 0.21 or abs(there.dec.deg - dec_deg) * 3600 > 2.1)
        name = make_name(ra_deg, dec_deg, 1, True)
        table = catalogue((name, there.ra.deg, there.dec.deg))
        assert len(find(table, "name", name_arcsec=0.0)) == 1

    def test_either_side_of_the_first_meridian(self) -> None:
        table = catalogue(("J0000+0000", 359.999, 0.001), ("J2359-0000", 0.0005, -0.001))
        assert find(table, "name").empty


def make_name(ra_deg: float, dec_deg: float, decimals: int | None, cut: bool) -> str:
    """Print a position as J hhmm+ddmm, or as J hhmmss.s+ddmmss with this many decimals."""
    round_off = np.floor if cut else np.round
    sign = "-" if dec_deg < 0 else "+"
    if decimals is None:
        minutes = int(round_off(ra_deg * 4)) % 1440
        arcmin = int(round_off(abs(dec_deg) * 60))
        return f"J{minutes // 60:02d}{minutes % 60:02d}{sign}{arcmin // 60:02d}{arcmin % 60:02d}"
    parts = 10**decimals
    seconds = int(round_off(ra_deg * 240 * parts)) % (86400 * parts)
    arcsec = int(round_off(abs(dec_deg) * 3600))
    rest = f".{seconds % parts:0{decimals}d}" if decimals else ""
    seconds //= parts
    return (
        f"J{seconds // 3600:02d}{seconds // 60 % 60:02d}{seconds % 60:02d}{rest}"
        f"{sign}{arcsec // 3600:02d}{arcsec // 60 % 60:02d}{arcsec % 60:02d}"
    )


def test_a_catalogue_without_oddities_gives_an_empty_table() -> None:
    for table in (catalogue(("a", 1.0, 1.0), ("b", 2.0, 2.0)), catalogue()):
        found = find_oddities(table, cutout_arcsec=SIDE_ARCSEC)
        assert found.empty
        assert list(found) == COLUMNS


def test_oddities_of_the_real_catalogue(real_first) -> None:
    settings = {"service": "table", "path": str(real_first / "catalogue.csv")}
    table = read_catalogue(settings, classes={"WAT": "100", "NAT": "200"}, seed=0)
    found = find_oddities(table, cutout_arcsec=SIDE_ARCSEC)
    assert found[["kind", "source_id", "other_id", "detail"]].values.tolist() == [
        ["same position", "J0953+2924", "J0953+2924_2", "WAT and NAT"],
        ["overlap", "J1217+0336", "J1217+0340", "both NAT"],
        ["overlap", "J1256+0125", "J1256+0126", "WAT and NAT"],
        ["overlap", "J1536-0201", "J1536-0205", "WAT and NAT"],
        ["name", "J0034+1140", "", "J0034+1140 lies at 03 34 30.5 +11 40 40.9"],
        ["name", "J1001+4902", "", "J1001+4902 lies at 10 01 53.6 +49 20 33.2"],
        ["name", "J1007+2904", "", "J1007+2904 lies at 10 07 15.8 +29 40 49.1"],
        ["name", "J1114+3625", "", "J1114+3625 lies at 11 14 01.8 +34 25 03.2"],
    ]
    strict = find(table, "name", name_arcsec=0.0)
    doubtful = strict[strict["separation_arcsec"] < 30]
    assert doubtful["source_id"].tolist() == ["J0841-0202", "J0923+0759", "J1017+6352"]
