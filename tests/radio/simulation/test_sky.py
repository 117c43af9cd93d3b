from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from astropy.coordinates import SkyCoord
from astropy.io import fits
from astropy.wcs import WCS
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import ndimage
from scipy.spatial.distance import pdist

from bentjets.errors import InputError
from bentjets.radio.simulation import (
    SkySettings,
    SurveyGeometry,
    simulate_catalogue,
    simulate_cutout,
)
from bentjets.radio.simulation.trajectories import angle_between_deg, draw_trajectories
from bentjets.radio.simulation.truth import draw_row, draw_tails

FIRST = SurveyGeometry()
WAT_FRACTION = 385 / 639
SEED = 7
REAL = Path(__file__).resolve().parents[4] / "shared" / "first" / "cutouts"


@pytest.fixture(scope="module")
def catalogue():
    return simulate_catalogue(120, wat_fraction=WAT_FRACTION, seed=SEED)


@pytest.fixture(scope="module")
def images(catalogue):
    return [observe(row) for row in catalogue.to_dict("records")]


DEFAULT = SkySettings()
PERFECT = SkySettings(residual_sidelobes=(0.0, 0.0), clean_bias_mjy=0.0)


def observe(row, geometry=FIRST, settings=DEFAULT):
    cutout = simulate_cutout(row, geometry=geometry, seed=SEED, settings=settings)
    return cutout.data.astype(float)


def noise_free(row, geometry=FIRST):
    """Jy/beam of the target alone: two brightnesses of one source share noise and neighbours."""
    brighter = {**row, "total_flux_mjy": 2.0 * row["total_flux_mjy"]}
    return observe(brighter, geometry, PERFECT) - observe(row, geometry, PERFECT)


def beam_area_px(geometry):
    major, minor, _ = geometry.beam_arcsec
    return np.pi * major * minor / (4 * np.log(2)) / geometry.pixel_scale_arcsec**2


def measure(image):
    """Peak and rms (mJy/beam), area (px) and largest extent (px) of the islands, as PyBDSF's."""
    image = np.nan_to_num(image)
    rms = 1.4826 * np.median(np.abs(image - np.median(image)))
    labels, count = ndimage.label(image > 3 * rms, np.ones((3, 3)))
    peaks = ndimage.maximum(image, labels, np.arange(1, count + 1))
    islands = np.isin(labels, 1 + np.flatnonzero(peaks > 5 * rms))
    rows, columns = np.nonzero(labels == 1 + np.argmax(peaks))
    angles = np.radians(np.arange(0, 180, 15))[:, None]
    extents = np.ptp(np.cos(angles) * columns + np.sin(angles) * rows, axis=1)
    return image.max() * 1e3, rms * 1e3, islands.sum(), extents.max()


def test_the_published_counts_and_the_first_row():
    catalogue = simulate_catalogue(639, wat_fraction=WAT_FRACTION, seed=0)

    assert catalogue["morphology"].value_counts().to_dict() == {"WAT": 385, "NAT": 254}
    assert catalogue["morphology"].iloc[0] == "WAT"
    assert catalogue["name"].iloc[17] == "SIM-00017"
    assert catalogue["number"].tolist() == list(range(639))


@settings(max_examples=25)
@given(
    fewer=st.integers(1, 20),
    more=st.integers(20, 40),
    fraction=st.floats(0, 1),
    seed=st.integers(0, 2**32),
)
def test_rows_do_not_depend_on_how_many_there_are(fewer, more, fraction, seed):
    few = simulate_catalogue(fewer, wat_fraction=fraction, seed=seed)
    many = simulate_catalogue(more, wat_fraction=fraction, seed=seed)

    pd.testing.assert_frame_equal(few, many.head(fewer))
    assert abs((many["morphology"] == "WAT").sum() - more * fraction) <= 1


def test_another_seed_gives_another_sky(catalogue):
    other = simulate_catalogue(len(catalogue), wat_fraction=WAT_FRACTION, seed=SEED + 1)

    assert not np.isclose(catalogue["ra_deg"], other["ra_deg"]).any()


def test_positions_lie_in_the_footprint(catalogue):
    assert catalogue["ra_deg"].between(110, 260).all()
    assert catalogue["dec_deg"].between(-5, 60).all()


@pytest.mark.parametrize(
    ("arguments", "culprit"),
    [
        ({"n_sources": 0}, "n_sources is 0"),
        ({"wat_fraction": 1.2}, "wat_fraction is 1.2"),
        ({"seed": -1}, "seed is -1"),
    ],
)
def test_an_argument_out_of_range_is_named(arguments, culprit):
    with pytest.raises(InputError, match=culprit):
        simulate_catalogue(**{"n_sources": 3, "wat_fraction": 0.5, "seed": 0, **arguments})


@pytest.mark.parametrize(
    ("change", "culprit"),
    [({"morphology": "FRII"}, "'FRII'"), ({"core_fraction": None}, "lacks core_fraction")],
)
def test_a_row_that_cannot_be_drawn_is_named(catalogue, change, culprit):
    row = {**catalogue.iloc[0].to_dict(), **change}

    with pytest.raises(InputError, match=culprit):
        observe({column: value for column, value in row.items() if value is not None})


def test_the_same_source_gives_the_same_bytes(catalogue):
    row = catalogue.iloc[3]

    first, again = (simulate_cutout(row, geometry=FIRST, seed=SEED) for _ in range(2))

    assert first.data.tobytes() == again.data.tobytes()
    assert first.header.tostring() == again.header.tostring()
    assert not np.array_equal(first.data, simulate_cutout(row, geometry=FIRST, seed=8).data)


def test_the_header_describes_the_cutout(catalogue, tmp_path):
    row = catalogue.iloc[5]
    path = tmp_path / "cutout.fits"

    simulate_cutout(row, geometry=FIRST, seed=SEED).writeto(path)

    with fits.open(path) as hdus:
        header, data = hdus[0].header, hdus[0].data
        assert data.shape == (150, 150)
        assert header["BITPIX"] == -32
        centre = WCS(header).pixel_to_world(74.5, 74.5)
        east = WCS(header).pixel_to_world(73.5, 74.5)
    position = SkyCoord(row["ra_deg"], row["dec_deg"], unit="deg", frame="fk5")
    assert centre.separation(position).arcsec < 1e-6
    assert position.position_angle(east).deg == pytest.approx(90, abs=0.1)
    assert position.separation(east).arcsec == pytest.approx(1.8)
    assert (header["RADESYS"], header["EQUINOX"]) == ("FK5", 2000.0)
    assert (header["BUNIT"], header["SURVEY"]) == ("JY/BEAM", "SIMULATED")
    assert header["OBJECT"] == row["name"]
    assert header["BMAJ"] == header["BMIN"] == pytest.approx(0.0015)
    assert (header["BPA"], header["RESTFRQ"]) == (0.0, 1.4e9)


@pytest.mark.parametrize(
    "geometry",
    [FIRST, SurveyGeometry(size_px=121, pixel_scale_arcsec=2.5, beam_arcsec=(12.0, 8.0, 30.0))],
)
def test_the_flux_of_the_source_is_in_the_cutout(catalogue, geometry):
    for row in catalogue.head(12).to_dict("records"):
        flux_mjy = noise_free(row, geometry).sum() / beam_area_px(geometry) * 1e3

        assert flux_mjy == pytest.approx(row["total_flux_mjy"], rel=2e-3)


def test_the_beam_has_its_size_and_position_angle():
    geometry = SurveyGeometry(beam_arcsec=(18.0, 9.0, 30.0))
    row = simulate_catalogue(1, wat_fraction=1.0, seed=SEED).iloc[0].to_dict()
    point = {**row, "core_fraction": 1.0}

    image = noise_free(point, geometry)
    north, east = np.indices(image.shape) * geometry.pixel_scale_arcsec
    offsets = np.array([-east.ravel(), north.ravel()])
    covariance = np.cov(offsets, aweights=image.ravel().clip(0), ddof=0)
    variances, axes = np.linalg.eigh(covariance)

    assert np.sqrt(8 * np.log(2) * variances) == pytest.approx([9.0, 18.0], rel=0.03)
    assert np.degrees(np.arctan(axes[0, 1] / axes[1, 1])) == pytest.approx(30, abs=1)


def test_the_truth_is_that_of_the_tails(catalogue):
    for row in catalogue.to_dict("records"):
        tails = draw_tails(
            row["number"], row["morphology"], row["size_arcsec"], SEED, SkySettings()
        )
        places = tails.places_arcsec
        assert tails.flux.sum() == pytest.approx(1.0)
        assert pdist(places.reshape(-1, 2)).max() == pytest.approx(row["size_arcsec"], rel=0.03)
        centres = (places * tails.flux[..., None]).sum(axis=1)
        assert angle_between_deg(*centres) == pytest.approx(row["opening_angle_deg"])
        downwind = np.radians(row["position_angle_deg"])
        units = centres / np.hypot(*centres.T)[:, None]
        assert units.sum(axis=0) @ [np.sin(downwind), np.cos(downwind)] >= 0


def draw_angles(n=200, **settings):
    """Angles between the jets at the host and between their outer halves, deg."""
    chosen = SkySettings(max_angle_deg=400.0, class_angle_deg=-400.0, **settings)
    rng = np.random.default_rng(3)
    drawn = [draw_trajectories("WAT", chosen, rng).places for _ in range(n)]
    outer = [places[:, -1] - places[:, 20] for places in drawn]
    return (
        np.array([angle_between_deg(*places[:, 1]) for places in drawn]),
        np.array([angle_between_deg(*directions) for directions in outer]),
    )


def test_jets_are_straight_without_wind_and_swept_back_by_a_strong_one():
    calm = {"meander_deg": 0.0, "misalignment_deg": 0.0}
    inner, outer = draw_angles(bend_radius=(1e4, 1e4), **calm)
    assert inner.min() > 178
    assert outer.min() > 178
    inner, outer = draw_angles(bend_radius=(0.1, 0.1), radius_change=0.0, **calm)
    assert np.median(outer) < 2
    assert np.median(inner) > 60


@given(
    number=st.integers(0, 500),
    seed=st.integers(0, 100),
)
def test_nothing_but_geometry_depends_on_the_class(number, seed):
    wat, nat = (draw_row(number, fraction, seed, SkySettings()) for fraction in (1.0, 0.0))
    assert (wat["morphology"], nat["morphology"]) == ("WAT", "NAT")
    for column in ("ra_deg", "dec_deg", "size_arcsec", "total_flux_mjy", "core_fraction"):
        assert wat[column] == nat[column]


def test_settings_that_are_given_are_those_that_are_drawn():
    flux = (50.0, 0.0, 1.0, 100.0)
    settings = SkySettings(flux_mjy=flux, size_arcsec=(40.0, 0.0, 1.0, 99.0), core_share=(0.1, 0.1))
    catalogue = simulate_catalogue(5, wat_fraction=0.5, seed=1, settings=settings)
    assert (catalogue["total_flux_mjy"] == 50.0).all()
    assert (catalogue["size_arcsec"] == 40.0).all()
    assert np.allclose(catalogue["core_fraction"], 0.1)


def test_noise_is_correlated_over_the_beam_at_the_depth_of_first(images):
    rms_mjy = np.array([measure(image)[1] for image in images])
    corners = [image[:30, :30] for image in images if np.abs(image[:30, :30]).max() < 1e-3]
    neighbours, far = (
        np.mean([np.mean(c[:, shift:] * c[:, : 30 - shift]) / np.mean(c**2) for c in corners])
        for shift in (1, 8)
    )

    assert np.quantile(rms_mjy, [0.05, 0.5, 0.95]) == pytest.approx([0.138, 0.153, 0.186], rel=0.07)
    assert neighbours > 0.6
    assert abs(far) < 0.3


def test_a_survey_edge_is_rare_and_leaves_the_source(catalogue):
    tiny = SurveyGeometry(size_px=16, pixel_scale_arcsec=18.0)
    row = catalogue.iloc[0].to_dict()
    cut = [np.isnan(observe({**row, "number": number}, tiny)) for number in range(600)]
    hit = [mask for mask in cut if mask.any()]

    assert 1 <= len(hit) <= 8
    assert not any(mask[4:12, 4:12].any() for mask in hit)
    assert all(mask.all(axis=0).any() or mask.all(axis=1).any() for mask in hit)


@pytest.mark.skipif(not REAL.is_dir(), reason="no real FIRST cutouts beside the checkout")
def test_the_sky_looks_like_first(images):
    real = [measure(fits.getdata(path).squeeze().astype(float)) for path in REAL.glob("*.fits")]
    simulated = [measure(image) for image in images]

    ratio = np.median(simulated, axis=0) / np.median(real, axis=0)

    assert ratio == pytest.approx(1.0, abs=0.25)
