from __future__ import annotations

import io

import numpy as np
import pandas as pd
import pytest
from astropy.io import fits

from bentjets.radio.cutouts import Cutout, celestial_wcs
from bentjets.radio.products import background_hdus, mask_hdu
from bentjets.radio.source_finding import FindingSettings, SourceFinding


@pytest.fixture
def finding(cutout: Cutout) -> SourceFinding:
    return SourceFinding(
        mask=(cutout.data > 1e-3).astype(np.uint8),
        mean=np.full_like(cutout.data, 1e-5),
        rms=np.full_like(cutout.data, 1.5e-4),
        gaussians=pd.DataFrame(),
        islands=3,
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
    settings = FindingSettings(threshold_island=2.5, threshold_pixel=6.0, dilation=2)
    (hdu,) = written_and_read(mask_hdu(cutout, finding, settings))
    np.testing.assert_array_equal(hdu.data, finding.mask)
    assert hdu.header["BITPIX"] == 8
    cards = [hdu.header[card] for card in ("THRISL", "THRPIX", "DILATION", "NISLANDS")]
    assert cards == [2.5, 6.0, 2, 3]
    assert_same_sky(hdu.header, cutout.header)


def test_mask_has_no_unit_and_no_beam_and_the_cutout_keeps_its_own(cutout, finding) -> None:
    before = cutout.header.tostring()
    header = mask_hdu(cutout, finding, FindingSettings()).header
    assert not {"BUNIT", "BMAJ", "BMIN", "BPA", "BEAMFROM", "RESTFRQ"} & set(header)
    assert header["SURVEY"] == "TEST"
    assert cutout.header.tostring() == before
