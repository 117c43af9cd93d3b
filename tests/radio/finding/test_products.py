from __future__ import annotations

import io

import numpy as np
import pandas as pd
import pytest
from astropy.io import fits

from bentjets.radio.cutouts import Cutout, celestial_wcs
from bentjets.radio.finding import (
    DroppedIsland,
    FindingSettings,
    SourceFinding,
    background_hdus,
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
def finding(cutout: Cutout) -> SourceFinding:
    return SourceFinding(
        mask=(cutout.data > 1e-3).astype(np.uint8),
        mean=np.full_like(cutout.data, 1e-5),
        rms=np.full_like(cutout.data, 1.5e-4),
        gaussians=pd.DataFrame(),
        islands=3,
        dropped=(DroppedIsland(0, 40.0, 1, 1e-3), DroppedIsland(4, 60.0, 2, 5e-3)),
    )


def written_and_read(hdus: fits.HDUList | fits.PrimaryHDU) -> fits.HDUList:
    buffer = io.BytesIO()
    hdus.writeto(buffer, output_verify="exception")
    return fits.open(io.BytesIO(buffer.getvalue()))


def assert_same_sky(header: fits.Header, other: fits.Header) -> None:
    corners = np.array([[0.0, 0.0], [149.0, 149.0]])
    sky, expected = (celestial_wcs(one).all_pix2world(corners, 0) for one in (header, other))
    np.testing.assert_allclose(sky, expected, rtol=1e-12)


def test_background_is_two_named_images_on_the_sky_of_the_cutout(cutout, finding) -> None:
    hdus = written_and_read(background_hdus(cutout, finding))
    assert [hdu.name for hdu in hdus] == ["PRIMARY", "MEAN", "RMS"]
    for name, expected in (("MEAN", finding.mean), ("RMS", finding.rms)):
        np.testing.assert_array_equal(hdus[name].data, expected)
        assert hdus[name].header["BUNIT"] == "JY/BEAM"
        assert_same_sky(hdus[name].header, cutout.header)


def test_mask_tells_by_which_settings_it_came(cutout, finding) -> None:
    settings = FindingSettings(2.5, 6.0, 2, (30, 10), True, 3.5, link_arcsec=45.0)
    (hdu,) = written_and_read(mask_hdu(cutout, finding, settings))
    np.testing.assert_array_equal(hdu.data, finding.mask)
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


def test_mask_says_auto_where_the_choice_was_left_to_pybdsf(cutout, finding) -> None:
    (hdu,) = written_and_read(mask_hdu(cutout, finding, FindingSettings()))
    left = [hdu.header[card] for card in ("RMSBOX", "RMSMAP", "KCLIP", "LINKDIST")]
    assert left == ["auto"] * 4


def test_mask_tells_a_constant_background_from_one_that_pybdsf_chose(cutout, finding) -> None:
    (hdu,) = written_and_read(mask_hdu(cutout, finding, FindingSettings(rms_map=False)))
    assert hdu.header["RMSMAP"] is False


def test_all_cards_of_a_mask_are_explained(cutout, finding) -> None:
    header = mask_hdu(cutout, finding, FindingSettings()).header
    assert all(header.comments[card] for card in CARDS)


def test_mask_has_no_unit_and_no_beam_and_the_cutout_keeps_its_own(cutout, finding) -> None:
    before = cutout.header.tostring()
    header = mask_hdu(cutout, finding, FindingSettings()).header
    assert not {"BUNIT", "BMAJ", "BMIN", "BPA", "BEAMFROM", "RESTFRQ"} & set(header)
    assert header["SURVEY"] == "TEST"
    assert cutout.header.tostring() == before
