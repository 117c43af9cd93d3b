from __future__ import annotations

import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from astropy.io import fits

from bentjets.errors import InputError
from bentjets.radio.cutouts import Cutout, normalise_cutout
from bentjets.radio.source_finding import GAUSSIAN_UNITS, FindingSettings, find_sources

# Run by a fresh interpreter, so that nothing of ours has touched PyBDSF.
PLAIN_PYBDSF = """
import sys, bdsf
folder, *files = sys.argv[1:]
for number, file in enumerate(files):
    image = bdsf.process_image(file, outdir=folder, quiet=True, beam=(0.0015, 0.0015, 0.0),
                               frequency=1.4e9, thresh_isl=3.0, thresh_pix=5.0)
    for kind in ("rms", "mean"):
        image.export_image(outfile=f"{folder}/{number}-{kind}.fits", img_type=kind)
    for dilation in (0, 2):
        image.export_image(outfile=f"{folder}/{number}-mask{dilation}.fits",
                           img_type="island_mask", mask_dilation=dilation)
    image.write_catalog(outfile=f"{folder}/{number}.fits", catalog_type="gaul", format="fits")
"""


@pytest.fixture(scope="module")
def plain(real_first: Path, tmp_path_factory) -> tuple[Path, list[Path]]:
    """What plain calls of PyBDSF say of a dozen real cutouts."""
    folder = tmp_path_factory.mktemp("plain")
    files = sorted((real_first / "cutouts").glob("*.fits"))[::5][:12]
    subprocess.run(
        [sys.executable, "-c", PLAIN_PYBDSF, str(folder), *map(str, files)],
        check=True,
        capture_output=True,
    )
    return folder, files


def read(file: Path) -> Cutout:
    with fits.open(file) as hdus:
        return normalise_cutout(
            hdus[0],
            origin=file.name,
            survey="FIRST",
            size_px=150,
            beam_arcsec=(5.4, 5.4, 0.0),
            frequency_hz=1.4e9,
        )


def test_masks_and_backgrounds_equal_plain_pybdsf_bit_for_bit(plain) -> None:
    folder, files = plain
    assert len(files) >= 10
    for number, file in enumerate(files):
        finding = find_sources(read(file), FindingSettings())
        mask = np.squeeze(fits.getdata(folder / f"{number}-mask0.fits"))
        np.testing.assert_array_equal(finding.mask, mask, err_msg=file.name)
        for kind in ("rms", "mean"):
            expected = np.squeeze(fits.getdata(folder / f"{number}-{kind}.fits"))
            np.testing.assert_array_equal(getattr(finding, kind), expected.astype(np.float32))


def test_dilated_masks_equal_plain_pybdsf(plain) -> None:
    folder, files = plain
    for number, file in enumerate(files[:4]):
        finding = find_sources(read(file), FindingSettings(dilation=2))
        mask = np.squeeze(fits.getdata(folder / f"{number}-mask2.fits"))
        np.testing.assert_array_equal(finding.mask, mask, err_msg=file.name)


def test_gaussians_equal_plain_pybdsf(plain) -> None:
    folder, files = plain
    pairs = {
        "island": "Isl_id",
        "source": "Source_id",
        "gaussian": "Gaus_id",
        "ra_deg": "RA",
        "dec_deg": "DEC",
        "x_px": "Xposn",
        "y_px": "Yposn",
        "peak_flux_jy_beam": "Peak_flux",
        "peak_flux_error_jy_beam": "E_Peak_flux",
        "total_flux_jy": "Total_flux",
        "total_flux_error_jy": "E_Total_flux",
        "position_angle_deg": "PA",
        "position_angle_error_deg": "E_PA",
    }
    in_degrees = {
        "major_axis_arcsec": "Maj",
        "major_axis_error_arcsec": "E_Maj",
        "minor_axis_arcsec": "Min",
        "minor_axis_error_arcsec": "E_Min",
    }
    assert {*pairs, *in_degrees} == set(GAUSSIAN_UNITS)
    for number, file in enumerate(files):
        ours = find_sources(read(file), FindingSettings()).gaussians
        ours = ours.sort_values("gaussian").reset_index(drop=True)
        theirs = fits.getdata(folder / f"{number}.fits", 1)
        theirs = theirs[np.argsort(theirs["Gaus_id"])]
        assert len(ours) == len(theirs)
        for column, name in pairs.items():
            np.testing.assert_allclose(ours[column], theirs[name], rtol=1e-6, err_msg=file.name)
        for column, name in in_degrees.items():
            np.testing.assert_allclose(ours[column], theirs[name] * 3600, rtol=1e-6)


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


def test_same_cutout_same_finding(cutout: Cutout) -> None:
    first, second = (find_sources(cutout, FindingSettings()) for _ in range(2))
    np.testing.assert_array_equal(first.mask, second.mask)
    pd.testing.assert_frame_equal(first.gaussians, second.gaussians)


@pytest.mark.parametrize(
    "settings",
    [
        {"threshold_island": 6.0, "threshold_pixel": 5.0},
        {"threshold_island": 0.0},
        {"dilation": -1},
        {"dilation": 1.5},
    ],
)
def test_senseless_settings_are_refused(settings: dict[str, float]) -> None:
    with pytest.raises(InputError):
        FindingSettings(**settings)  # type: ignore[arg-type]
