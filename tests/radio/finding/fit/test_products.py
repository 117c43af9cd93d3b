from __future__ import annotations

import io

import numpy as np
import pandas as pd
import pytest
from astropy.io import fits

from bentjets.radio.cutouts import Cutout, celestial_wcs
from bentjets.radio.finding import (
    CLOSING_CARD,
    DroppedIsland,
    FindingSettings,
    SourceFit,
    SourceMask,
    background_hdus,
    islands_hdu,
    mask_hdu,
)

CARDS = (
    "THRISL",
    "THRPIX",
    "DILATION",
    "RMSBOX",
    "RMSMAP",
    "KCLIP",
    "LINKDIST",
    "NISLANDS",
    "NDROPPED",
)


@pytest.fixture
def fit(cutout: Cutout) -> SourceFit:
    return SourceFit(
        ranks=np.where(cutout.data > 1e-3, 0, -1).astype(np.int16),
        mean=np.full_like(cutout.data, 1e-5),
        rms=np.full_like(cutout.data, 1.5e-4),
        gaussians=pd.DataFrame(),
        closing_px=4,
    )


@pytest.fixture
def mask(cutout: Cutout) -> SourceMask:
    return SourceMask(
        mask=(cutout.data > 1e-3).astype(np.uint8),
        islands=3,
        dropped=(DroppedIsland(0, 40.0, 1, 1e-3), DroppedIsland(4, 60.0, 2, 5e-3)),
    )


def make_mask_hdu(
    cutout: Cutout, fit: SourceFit, mask: SourceMask, settings: FindingSettings
) -> fits.PrimaryHDU:
    islands = islands_hdu(cutout, fit, settings)
    return mask_hdu(islands, mask, dilation=settings.dilation, link_arcsec=settings.link_arcsec)


def written_and_read(hdus: fits.HDUList | fits.PrimaryHDU) -> fits.HDUList:
    buffer = io.BytesIO()
    hdus.writeto(buffer, output_verify="exception")
    return fits.open(io.BytesIO(buffer.getvalue()))


def assert_same_sky(header: fits.Header, other: fits.Header) -> None:
    corners = np.array([[0.0, 0.0], [149.0, 149.0]])
    sky, expected = (celestial_wcs(one).all_pix2world(corners, 0) for one in (header, other))
    np.testing.assert_allclose(sky, expected, rtol=1e-12)


def test_background_is_two_named_images_on_the_sky_of_the_cutout(cutout, fit) -> None:
    hdus = written_and_read(background_hdus(cutout, fit))
    assert [hdu.name for hdu in hdus] == ["PRIMARY", "MEAN", "RMS"]
    for name, expected in (("MEAN", fit.mean), ("RMS", fit.rms)):
        np.testing.assert_array_equal(hdus[name].data, expected)
        assert hdus[name].header["BUNIT"] == "JY/BEAM"
        assert_same_sky(hdus[name].header, cutout.header)


def test_mask_tells_by_which_settings_it_came(cutout, fit, mask) -> None:
    settings = FindingSettings(
        threshold_island=2.5,
        threshold_pixel=6.0,
        dilation=2,
        rms_box=(30, 10),
        rms_map=True,
        k=3.5,
        link_arcsec=45.0,
    )
    (hdu,) = written_and_read(make_mask_hdu(cutout, fit, mask, settings))
    np.testing.assert_array_equal(hdu.data, mask.mask)
    assert hdu.header["BITPIX"] == 8
    assert {card: hdu.header[card] for card in CARDS} == {
        "THRISL": 2.5,
        "THRPIX": 6.0,
        "DILATION": 2,
        "RMSBOX": "30,10",
        "RMSMAP": True,
        "KCLIP": 3.5,
        "LINKDIST": 45.0,
        "NISLANDS": 3,
        "NDROPPED": 2,
    }
    assert_same_sky(hdu.header, cutout.header)


def test_mask_says_auto_where_the_choice_was_left_to_pybdsf(cutout, fit, mask) -> None:
    (hdu,) = written_and_read(make_mask_hdu(cutout, fit, mask, FindingSettings()))
    left = [hdu.header[card] for card in ("RMSBOX", "RMSMAP", "KCLIP", "LINKDIST")]
    assert left == ["auto"] * 4


def test_mask_tells_a_constant_background_from_one_that_pybdsf_chose(cutout, fit, mask) -> None:
    (hdu,) = written_and_read(make_mask_hdu(cutout, fit, mask, FindingSettings(rms_map=False)))
    assert hdu.header["RMSMAP"] is False


def test_all_cards_of_a_mask_are_explained(cutout, fit, mask) -> None:
    header = make_mask_hdu(cutout, fit, mask, FindingSettings()).header
    assert all(header.comments[card] for card in CARDS)


def test_mask_has_no_unit_and_no_beam_and_the_cutout_keeps_its_own(cutout, fit, mask) -> None:
    before = cutout.header.tostring()
    header = make_mask_hdu(cutout, fit, mask, FindingSettings()).header
    assert not {"BUNIT", "BMAJ", "BMIN", "BPA", "BEAMFROM", "RESTFRQ"} & set(header)
    assert header["SURVEY"] == "TEST"
    assert cutout.header.tostring() == before


def test_islands_are_whole_numbers_on_the_sky_of_the_cutout(cutout, fit) -> None:
    (hdu,) = written_and_read(islands_hdu(cutout, fit, FindingSettings()))
    np.testing.assert_array_equal(hdu.data, fit.ranks)
    assert (hdu.header["BITPIX"], hdu.header[CLOSING_CARD]) == (16, 4)
    assert not {"BUNIT", "DILATION"} & set(hdu.header)
    assert_same_sky(hdu.header, cutout.header)
