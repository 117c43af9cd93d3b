from __future__ import annotations

import numpy as np
import pytest
from astropy.io import fits

from bentjets.errors import InputError
from bentjets.radio.cutouts import (
    Cutout,
    Provenance,
    normalise_cutout,
)
from bentjets.radio.finding import FindingSettings, find_sources

FROM_FILE = Provenance("folder", "TEST", "J1+1.fits")


def normalise(data: np.ndarray | None, header: fits.Header, **options) -> Cutout:
    options = {"provenance": FROM_FILE, "size_px": 150} | options
    return normalise_cutout(fits.PrimaryHDU(data, header), **options)


class TestEdge:
    """Zeros that fill the survey's edge are not pixels."""

    def test_filled_edges_become_blank(self, sky_image, sky_header) -> None:
        filled = sky_image.copy()
        filled[:, :20] = 0
        filled[np.add.outer(np.arange(150), -np.arange(150)) > 120] = 0
        data = normalise(filled, sky_header).data
        np.testing.assert_array_equal(np.isnan(data), filled == 0)
        np.testing.assert_array_equal(data[filled != 0], sky_image[filled != 0])

    def test_zeros_elsewhere_are_pixels(self, sky_image, sky_header) -> None:
        sky_image[60:90, 60:90] = 0
        sky_image[0, 3:40:2] = 0
        np.testing.assert_array_equal(normalise(sky_image, sky_header).data, sky_image)

    @pytest.mark.parametrize("turns", range(4))
    def test_zeros_that_stop_a_pixel_before_the_border_are_pixels(
        self, sky_image, sky_header, turns
    ) -> None:
        np.rot90(sky_image, turns)[1:21, 10:40] = 0
        np.testing.assert_array_equal(normalise(sky_image, sky_header).data, sky_image)


def test_infinite_pixels_are_blank(sky_image, sky_header) -> None:
    sky_image[3, 4], sky_image[5, 6] = np.inf, -np.inf
    data = normalise(sky_image, sky_header).data
    assert np.isnan(data[3, 4])
    assert np.isfinite(data).sum() == data.size - 2


@pytest.mark.parametrize("width", [100, 149])
def test_constant_but_for_a_filled_edge_is_constant(sky_image, sky_header, width) -> None:
    """Defect 23 (c): it was fetched, and failed later with an unphysical rms."""
    data = np.full_like(sky_image, 2e-3)
    data[:, :width] = 0
    with pytest.raises(InputError, match=r"J1\+1.fits is constant everywhere"):
        normalise(data, sky_header)


def test_zeros_that_nothing_surrounds_but_blanks_are_zero_everywhere(sky_image, sky_header) -> None:
    data = np.zeros_like(sky_image)
    data[:40] = np.nan
    with pytest.raises(InputError, match="is zero everywhere"):
        normalise(data, sky_header)


@pytest.mark.parametrize("pixels", [2, 100, 224])
def test_nearly_empty_images_are_called_so(sky_image, sky_header, pixels) -> None:
    """Defect 23 (a): PyBDSF said that it divided by zero."""
    data = np.full_like(sky_image, np.nan)
    data.flat[11_000 : 11_000 + pixels] = sky_image.flat[11_000 : 11_000 + pixels]
    complaint = rf"J1\+1.fits is nearly empty \({pixels} of 22500 pixels have a value\)"
    with pytest.raises(InputError, match=complaint):
        normalise(data, sky_header)


def test_a_hundredth_of_the_pixels_is_enough_for_source_finding(sky_image, sky_header) -> None:
    for seed in range(3):
        rng = np.random.default_rng(seed)
        data = np.full_like(sky_image, np.nan)
        data.flat[rng.choice(22_500, 225, replace=False)] = rng.normal(0, 1.5e-4, 225)
        finding = find_sources(normalise(data, sky_header), FindingSettings(masks_only=True))
        assert finding.mask.sum() == 0
