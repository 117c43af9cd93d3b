from __future__ import annotations

import gc
import sys
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from bentjets.errors import InputError
from bentjets.radio.cutouts import Cutout
from bentjets.radio.finding import GAUSSIAN_UNITS, FindingSettings, find_sources

CENTRE_DEG = (150.0, 20.0)
NOISE_JY = 1.5e-4


@pytest.fixture
def three_islands(cutout: Cutout) -> Cutout:
    """Two point sources about the centre, 12 pixels of 1.8 arcsec apart, and one 45 rows above."""
    return with_points(cutout, (68.5, 74.5), (80.5, 74.5), (74.5, 119.5))


def with_points(cutout: Cutout, *centres: tuple[float, float]) -> Cutout:
    """Replace the image by noise and point sources of 6 mJy at the given columns and rows."""
    y, x = np.mgrid[:150, :150]
    image = np.random.default_rng(3).normal(0, NOISE_JY, (150, 150))
    for column, row in centres:
        image += 6e-3 * np.exp(-((x - column) ** 2 + (y - row) ** 2) / (2 * 1.27**2))
    return replace(cutout, data=image.astype(np.float32))


def test_a_source_is_found_where_it_is(cutout: Cutout) -> None:
    finding = find_sources(cutout, FindingSettings())
    assert finding.islands == 1
    assert finding.mask.dtype == np.uint8
    assert finding.mask[75, 75] == 1
    assert finding.mask[:40].sum() == 0
    assert finding.rms == pytest.approx(np.full((150, 150), 1.5e-4), rel=0.1)
    assert list(finding.gaussians) == list(GAUSSIAN_UNITS)
    assert finding.gaussians["peak_flux_jy_beam"].max() == pytest.approx(8e-3, rel=0.15)
    assert finding.gaussians["ra_deg"].mean() == pytest.approx(150, abs=0.01)


def test_rows_and_columns_are_not_swapped(cutout: Cutout) -> None:
    data = np.roll(cutout.data, 30, axis=0)
    rows, columns = np.nonzero(find_sources(replace(cutout, data=data), FindingSettings()).mask)
    assert rows.mean() == pytest.approx(99, abs=3)
    assert columns.mean() == pytest.approx(75, abs=3)


def test_noise_alone_gives_an_empty_mask_and_table(cutout: Cutout) -> None:
    noise = np.random.default_rng(1).normal(0, 1e-4, (150, 150)).astype(np.float32)
    finding = find_sources(replace(cutout, data=noise), FindingSettings(threshold_pixel=8))
    assert finding.islands == 0
    assert finding.mask.sum() == 0
    assert finding.gaussians.empty
    assert list(finding.gaussians) == list(GAUSSIAN_UNITS)


def test_dilation_grows_and_thresholds_shrink_the_mask(cutout: Cutout) -> None:
    plain = find_sources(cutout, FindingSettings()).mask.astype(bool)
    grown = find_sources(cutout, FindingSettings(dilation=2)).mask.astype(bool)
    strict = find_sources(cutout, FindingSettings(threshold_island=10, threshold_pixel=12)).mask
    assert (grown | ~plain).all()
    assert grown.sum() > plain.sum() > strict.sum() > 0


def test_an_island_needs_a_pixel_above_the_threshold_of_pixels(three_islands: Cutout) -> None:
    # Peaks of 6 mJy are 40 rms.
    for threshold_pixel, islands in ((30.0, 3), (60.0, 0)):
        settings = FindingSettings(threshold_pixel=threshold_pixel)
        assert find_sources(three_islands, settings).islands == islands


def test_same_cutout_same_finding(cutout: Cutout) -> None:
    first, second = (find_sources(cutout, FindingSettings()) for _ in range(2))
    np.testing.assert_array_equal(first.mask, second.mask)
    pd.testing.assert_frame_equal(first.gaussians, second.gaussians)


def test_the_background_follows_a_varying_noise_where_asked_to(cutout: Cutout) -> None:
    sigma = np.where(np.arange(150) < 75, 1e-4, 3e-4)
    noise = np.random.default_rng(5).normal(0, 1, (150, 150)) * sigma
    uneven = replace(cutout, data=noise.astype(np.float32))
    varying, constant = (
        find_sources(uneven, FindingSettings(rms_box=(30, 10), rms_map=rms_map)).rms
        for rms_map in (True, False)
    )
    assert varying[:, :50] == pytest.approx(np.full((150, 50), 1e-4), rel=0.25)
    assert varying[:, 100:] == pytest.approx(np.full((150, 50), 3e-4), rel=0.25)
    assert np.ptp(constant) == 0


def test_a_small_k_clips_more_of_the_noise(cutout: Cutout) -> None:
    low, high = (
        find_sources(cutout, FindingSettings(k=k, masks_only=True)).rms.mean() for k in (1.5, 4.0)
    )
    assert low < 0.9 * high


def test_islands_that_no_chain_links_to_the_source_are_dropped(three_islands: Cutout) -> None:
    whole = find_sources(three_islands, FindingSettings())
    linked = find_sources(three_islands, FindingSettings(link_arcsec=30.0), position_deg=CENTRE_DEG)
    assert (whole.islands, whole.dropped) == (3, ())
    assert linked.islands == 2
    (neighbour,) = linked.dropped
    of_neighbour = whole.gaussians["y_px"] > 100
    assert {neighbour.island} == set(whole.gaussians.loc[of_neighbour, "island"])
    assert neighbour.separation_arcsec == pytest.approx(1.8 * 45, abs=1.8 * 5)
    assert neighbour.gaussians == of_neighbour.sum()
    flux = whole.gaussians.loc[of_neighbour, "total_flux_jy"].sum()
    assert neighbour.total_flux_jy == pytest.approx(flux)
    own = whole.gaussians[~of_neighbour].reset_index(drop=True)
    pd.testing.assert_frame_equal(linked.gaussians, own)


@pytest.mark.parametrize("dilation", [0, 2])
def test_the_mask_of_a_linked_source_is_without_its_neighbours(
    three_islands: Cutout, dilation: int
) -> None:
    whole = find_sources(three_islands, FindingSettings(dilation=dilation))
    linked = find_sources(
        three_islands,
        FindingSettings(dilation=dilation, link_arcsec=30.0),
        position_deg=CENTRE_DEG,
    )
    np.testing.assert_array_equal(linked.mask[:100], whole.mask[:100])
    assert whole.mask[100:].any()
    assert not linked.mask[100:].any()
    np.testing.assert_array_equal(linked.rms, whole.rms)


def test_a_long_link_keeps_all_islands_and_a_short_one_none(three_islands: Cutout) -> None:
    for link_arcsec, kept in ((90.0, 3), (15.0, 1), (1.0, 0)):
        finding = find_sources(
            three_islands, FindingSettings(link_arcsec=link_arcsec), position_deg=CENTRE_DEG
        )
        assert (finding.islands, len(finding.dropped)) == (kept, 3 - kept)
        assert finding.gaussians["island"].nunique() == kept
        assert finding.mask.any() == (kept > 0)


def test_a_link_without_a_position_is_refused(cutout: Cutout) -> None:
    with pytest.raises(InputError, match="give the position of the source"):
        find_sources(cutout, FindingSettings(link_arcsec=30.0))


def test_nothing_is_printed_and_streams_and_collector_are_given_back(
    cutout: Cutout, capfd: pytest.CaptureFixture[str]
) -> None:
    before = (sys.stdout, sys.stderr, gc.collect)
    find_sources(cutout, FindingSettings())
    assert (sys.stdout, sys.stderr, gc.collect) == before
    assert capfd.readouterr() == ("", "")


def test_streams_and_collector_are_given_back_when_pybdsf_raises(cutout: Cutout) -> None:
    before = (sys.stdout, sys.stderr, gc.collect)
    blank = replace(cutout, data=np.full_like(cutout.data, np.nan))
    with pytest.raises(InputError, match="PyBDSF cannot process this image: All pixels"):
        find_sources(blank, FindingSettings())
    assert (sys.stdout, sys.stderr, gc.collect) == before


def test_threads_get_the_results_of_their_own_cutouts(
    cutout: Cutout, three_islands: Cutout
) -> None:
    cutouts = [cutout, three_islands] * 4
    alone = [find_sources(one, FindingSettings()) for one in cutouts[:2]] * 4
    with ThreadPoolExecutor(2) as pool:
        together = list(pool.map(find_sources, cutouts, [FindingSettings()] * len(cutouts)))
    for finding, expected in zip(together, alone, strict=True):
        np.testing.assert_array_equal(finding.mask, expected.mask)
        np.testing.assert_array_equal(finding.rms, expected.rms)
        pd.testing.assert_frame_equal(finding.gaussians, expected.gaussians)


def test_numpy_and_logging_are_left_as_they_were(
    cutout: Cutout, caplog: pytest.LogCaptureFixture
) -> None:
    before = np.geterr()
    with caplog.at_level("INFO"):
        find_sources(cutout, FindingSettings())
    assert np.geterr() == before
    assert not caplog.records


def test_arithmetic_that_fails_inside_pybdsf_is_one_clear_error(cutout: Cutout) -> None:
    header = cutout.header.copy()
    header["BMAJ"] = header["BMIN"] = 0.0
    with pytest.raises(InputError, match="PyBDSF cannot process"):
        find_sources(replace(cutout, header=header), FindingSettings())


def test_a_later_image_ends_as_it_would_have_ended_first(cutout: Cutout) -> None:
    """PyBDSF sets at its import, once, that a division by zero is an error."""
    find_sources(cutout, FindingSettings(masks_only=True))
    data = np.full_like(cutout.data, np.nan)
    data[75, 75:77] = cutout.data[75, 75:77]
    with pytest.raises(InputError, match="divide by zero"):
        find_sources(replace(cutout, data=data), FindingSettings(masks_only=True))
