"""What `find_sources` says is what PyBDSF says, to the last bit of masks and backgrounds."""

from __future__ import annotations

import contextlib
import functools
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import pytest
from astropy.io import fits
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from bentjets.radio.cutouts import Cutout, Provenance, normalise_cutout
from bentjets.radio.finding import (
    GAUSSIAN_UNITS,
    FindingSettings,
    SourceFinding,
    find_sources,
)
from bentjets.radio.simulation import simulate_catalogue
from bentjets.radio.surveys import open_survey

N_REAL = 54
N_SIMULATED = 100
SEED = 28  # with which all settings that may be drawn give each simulated cutout 1 to 10 islands
SURVEY = {
    "service": "simulated",
    "size_px": 150,
    "pixel_scale_arcsec": 1.8,
    "beam_arcsec": [5.4, 5.4, 0.0],
    "frequency_hz": 1.4e9,
}
NOISE_JY = 1.5e-4
BEAM_SIGMA_PX = 1.27

Job = tuple[str, Cutout, FindingSettings]

# Run by a fresh interpreter, so that nothing of ours has touched PyBDSF. Garbage collections, most
# of its time, are left out: they touch no number. Its own multiprocessing stays.
PLAIN_PYBDSF = """
import ast, gc, sys
import bdsf

gc.collect = lambda generation=2: 0
folder, share = sys.argv[1:]
for name, dilation, options in ast.literal_eval(open(f"{folder}/{share}").read()):
    image = bdsf.process_image(f"{folder}/{name}.fits", outdir=folder, quiet=True, **options)
    for kind in ("mean", "rms"):
        assert image.export_image(outfile=f"{folder}/{name}.{kind}.fits", img_type=kind)
    assert image.export_image(outfile=f"{folder}/{name}.mask.fits", img_type="island_mask",
                              mask_dilation=dilation)
    written = image.write_catalog(outfile=f"{folder}/{name}.gaussians.fits", format="fits",
                                  catalog_type="gaul")
    assert written == bool(image.sources), name
    print(image.nisl, file=open(f"{folder}/{name}.islands", "w"))
assert not any(name.startswith("bentjets") for name in sys.modules)
"""
IN_THE_SAME_UNIT = {
    "island": "Isl_id",
    "source": "Source_id",
    "gaussian": "Gaus_id",
    "ra_deg": "RA",
    "ra_error_deg": "E_RA",
    "dec_deg": "DEC",
    "dec_error_deg": "E_DEC",
    "x_px": "Xposn",
    "x_error_px": "E_Xposn",
    "y_px": "Yposn",
    "y_error_px": "E_Yposn",
    "peak_flux_jy_beam": "Peak_flux",
    "peak_flux_error_jy_beam": "E_Peak_flux",
    "total_flux_jy": "Total_flux",
    "total_flux_error_jy": "E_Total_flux",
    "position_angle_deg": "PA",
    "position_angle_error_deg": "E_PA",
}
IN_DEGREES = {
    "major_axis_arcsec": "Maj",
    "major_axis_error_arcsec": "E_Maj",
    "minor_axis_arcsec": "Min",
    "minor_axis_error_arcsec": "E_Min",
}

SETTINGS = st.builds(
    FindingSettings,
    threshold_island=st.floats(2.8, 4.5),
    threshold_pixel=st.floats(4.5, 7.0),
    dilation=st.integers(0, 3),
    rms_box=st.sampled_from([None, None, (30, 10)]),
    rms_map=st.sampled_from([None, True, False]),
    k=st.none() | st.floats(2.0, 5.0),
)


def settings_of_their_own(count: int) -> st.SearchStrategy[list[FindingSettings]]:
    """Draw settings for each of some cutouts, unlike hypothesis's first draw: the same for all."""
    lists = st.lists(SETTINGS, min_size=count, max_size=count)
    return lists.filter(lambda chosen: len(set(chosen)) > 1)


# One pass takes half a minute: one draw, without a search for a simpler one. The simulated cutouts
# are not tried with the default settings, as the real ones are, for the same reason.
one_draw = settings(
    max_examples=1,
    derandomize=True,
    database=None,
    phases=[Phase.generate],
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much],
)


def real_cutouts(folder: Path) -> dict[str, Cutout]:
    return {file.stem: read(file) for file in sorted((folder / "cutouts").glob("*.fits"))}


@functools.cache
def simulated_cutouts() -> dict[str, Cutout]:
    """Make bent sources, in three of four cutouts 1 to 10 blobs in their place, and mere noise."""
    survey = open_survey("simulated", SURVEY, seed=SEED)
    rows = simulate_catalogue(N_SIMULATED, wat_fraction=0.6, seed=SEED).to_dict("records")
    cutouts = {str(row["number"]): Cutout.from_bytes(survey.fetch(row).file) for row in rows}
    for number in range(N_SIMULATED):
        if number % 4:
            cutouts[str(number)] = with_blobs(cutouts[str(number)], 1 + number % 10, seed=number)
    return cutouts | {"noise": with_blobs(cutouts["0"], 0, seed=0)}


def read(file: Path) -> Cutout:
    with fits.open(file) as hdus:
        return normalise_cutout(
            hdus[0],
            provenance=Provenance("folder", "FIRST", file.name),
            size_px=150,
            beam_arcsec=(5.4, 5.4, 0.0),
            frequency_hz=1.4e9,
        )


def with_blobs(cutout: Cutout, count: int, *, seed: int) -> Cutout:
    """Put blobs, round as the beam or up to three times as long, into some cells of a grid."""
    rng = np.random.default_rng([SEED, seed])
    y, x = np.mgrid[:150, :150]
    image = rng.normal(0, NOISE_JY, (150, 150))
    image[:, : rng.integers(8)] = np.nan
    for cell in rng.permutation(16)[:count]:
        column, row = 19 + 37 * np.array([cell % 4, cell // 4]) + rng.uniform(-3, 3, 2)
        length, angle = rng.uniform(1, 3), rng.uniform(0, np.pi)
        along = (x - column) * np.cos(angle) + (y - row) * np.sin(angle)
        across = (y - row) * np.cos(angle) - (x - column) * np.sin(angle)
        radius = np.hypot(along / length, across) / BEAM_SIGMA_PX
        image += rng.uniform(20, 200) * NOISE_JY * np.exp(-(radius**2) / 2)
    return replace(cutout, data=image.astype(np.float32))


def with_settings(cutouts: dict[str, Cutout], chosen: list[FindingSettings]) -> list[Job]:
    return [(key, cutouts[key], own) for key, own in zip(cutouts, chosen, strict=True)]


def find_beside_plain_pybdsf(jobs: list[Job]) -> list[SourceFinding]:
    """Run both over all jobs, at the same time, and compare all that they say."""
    with TemporaryDirectory() as name:
        folder = Path(name)
        for number, (_, cutout, _) in enumerate(jobs):
            cutout.to_hdu().writeto(folder / f"{number}.fits")
        told = [(number, own.dilation, options(c, own)) for number, (_, c, own) in enumerate(jobs)]
        # Plain PyBDSF takes longer than we do: two processes share its part.
        with plain_pybdsf(folder, "even", told[::2]), plain_pybdsf(folder, "odd", told[1::2]):
            findings = [find_sources(cutout, own) for _, cutout, own in jobs]
        for number, (key, _, own) in enumerate(jobs):
            assert_same(findings[number], folder / str(number), of=f"{key} with {own}")
    return findings


@contextlib.contextmanager
def plain_pybdsf(folder: Path, share: str, told: list[tuple[object, ...]]) -> Iterator[None]:
    (folder / share).write_text(repr(told))
    with (folder / f"{share}.log").open("w+") as log:
        command = [sys.executable, "-c", PLAIN_PYBDSF, str(folder), share]
        process = subprocess.Popen(command, stdout=log, stderr=subprocess.STDOUT)
        try:
            yield
        finally:
            process.wait()
        log.seek(0)
        assert process.returncode == 0, log.read()[-2000:]


def options(cutout: Cutout, own: FindingSettings) -> dict[str, object]:
    """Say what a user of PyBDSF would write for these settings."""
    return {
        "beam": cutout.beam_deg,
        "frequency": cutout.frequency_hz,
        "thresh_isl": own.threshold_island,
        "thresh_pix": own.threshold_pixel,
        "rms_box": own.rms_box,
        "rms_map": own.rms_map,
        "kappa_clip": own.k,
    }


def assert_same(finding: SourceFinding, stem: Path, of: str) -> None:
    assert finding.islands == int(Path(f"{stem}.islands").read_text()), of
    assert_same_images(finding, stem, of)
    assert_same_gaussians(finding, Path(f"{stem}.gaussians.fits"), of)


def assert_same_images(finding: SourceFinding, stem: Path, of: str) -> None:
    """Compare the mask pixel by pixel, mean and rms bit by bit (so that NaN equals NaN)."""
    np.testing.assert_array_equal(finding.mask, exported(stem, "mask"), err_msg=of)
    for kind in ("mean", "rms"):
        ours, theirs = getattr(finding, kind), exported(stem, kind)
        np.testing.assert_array_equal(ours.view(np.uint32), theirs.view(np.uint32), err_msg=of)


def exported(stem: Path, kind: str) -> np.ndarray:
    image = np.squeeze(fits.getdata(f"{stem}.{kind}.fits"))
    assert image.dtype == np.dtype(">f4")
    return image.astype(np.float32)


def assert_same_gaussians(finding: SourceFinding, file: Path, of: str) -> None:
    """Compare all rows, in their order, and all columns; PyBDSF writes no empty catalogue."""
    if not file.exists():
        assert finding.gaussians.empty, of
        return
    theirs = fits.getdata(file, 1)
    assert len(finding.gaussians) == len(theirs), of
    for column, name in {**IN_THE_SAME_UNIT, **IN_DEGREES}.items():
        expected = theirs[name] * (3600 if column in IN_DEGREES else 1)
        np.testing.assert_array_equal(
            finding.gaussians[column], expected, err_msg=f"{column} of {of}"
        )


def test_all_columns_are_compared() -> None:
    assert {*IN_THE_SAME_UNIT, *IN_DEGREES} == set(GAUSSIAN_UNITS)


@one_draw
@given(chosen=settings_of_their_own(N_REAL))
def test_every_real_cutout_is_as_plain_pybdsf_has_it(
    real_first: Path, chosen: list[FindingSettings]
) -> None:
    real = real_cutouts(real_first)
    default = [(key, cutout, FindingSettings()) for key, cutout in real.items()]
    find_beside_plain_pybdsf(default + with_settings(real, chosen))


@one_draw
@given(chosen=settings_of_their_own(N_SIMULATED + 1))
def test_simulated_cutouts_of_one_to_ten_islands_are_as_plain_pybdsf_has_them(
    chosen: list[FindingSettings],
) -> None:
    *found, noise = find_beside_plain_pybdsf(with_settings(simulated_cutouts(), chosen))
    assert {finding.islands for finding in found} == set(range(1, 11))
    assert noise.islands == 0


@pytest.mark.parametrize("number", ["1", "3", "8"])
@pytest.mark.parametrize("background", [{}, {"rms_box": (30, 10), "rms_map": True, "k": 3.0}])
def test_masks_only_gives_the_same_masks_and_backgrounds_and_an_empty_table(
    number: str, background: dict[str, object]
) -> None:
    cutout = simulated_cutouts()[number]
    whole = find_sources(cutout, FindingSettings(dilation=1, **background))
    quick = find_sources(cutout, FindingSettings(dilation=1, masks_only=True, **background))
    for kind in ("mask", "mean", "rms"):
        np.testing.assert_array_equal(getattr(quick, kind), getattr(whole, kind))
    assert quick.islands == whole.islands > 0
    assert not whole.gaussians.empty
    assert quick.gaussians.empty
    assert list(quick.gaussians) == list(GAUSSIAN_UNITS)
