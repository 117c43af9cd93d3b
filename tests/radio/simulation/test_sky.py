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

from bentjets.errors import InputError
from bentjets.radio.simulation import SurveyGeometry, simulate_catalogue, simulate_cutout
from bentjets.radio.simulation.jets import bend, bent_source

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


def observe(row, geometry=FIRST):
    return simulate_cutout(row, geometry=geometry, seed=SEED).data.astype(float)


def noise_free(row, geometry=FIRST):
    """Jy/beam of the target alone: two brightnesses of one source share noise and neighbours."""
    brighter = {**row, "total_flux_mjy": 2.0 * row["total_flux_mjy"]}
    return observe(brighter, geometry) - observe(row, geometry)


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


def test_the_tails_lie_downwind_and_inside_the_field(catalogue):
    downwind = []
    for row in catalogue.to_dict("records"):
        blobs = bent_source(row, np.random.default_rng(row["number"]))
        angle = np.radians(row["position_angle_deg"])
        along = blobs.east_arcsec * np.sin(angle) + blobs.north_arcsec * np.cos(angle)
        downwind.append(np.average(along, weights=blobs.flux_mjy) > 0)
        longest = max(row["tail_length_1_arcsec"], row["tail_length_2_arcsec"])
        assert np.hypot(blobs.east_arcsec, blobs.north_arcsec).max() <= longest < 75
        assert blobs.flux_mjy.sum() == pytest.approx(row["total_flux_mjy"])

    assert np.mean(downwind) > 0.95


@given(launch=st.floats(-3.0, 3.0), radius=st.floats(0.3, 5.0))
def test_a_jet_bends_as_its_equation_says(launch, radius):
    distance = np.linspace(0, 2, 2001)

    angle = bend(launch, distance, radius)

    assert angle[0] == pytest.approx(launch)
    np.testing.assert_allclose(
        np.gradient(angle, distance)[1:-1], -np.sin(angle[1:-1]) / radius, atol=1e-4
    )


def test_a_wat_has_wider_tails_and_a_fainter_core_than_a_nat(catalogue, images):
    extents = pd.Series([measure(image)[3] for image in images])
    is_wat = catalogue["morphology"] == "WAT"

    assert extents[is_wat].median() > 1.1 * extents[~is_wat].median()
    assert (
        catalogue["core_fraction"][is_wat].median()
        < 0.6 * catalogue["core_fraction"][~is_wat].median()
    )


def test_noise_is_correlated_over_the_beam_at_the_depth_of_first(images):
    rms_mjy = np.array([measure(image)[1] for image in images])
    corners = [image[:30, :30] for image in images if np.abs(image[:30, :30]).max() < 1e-3]
    neighbours, far = (
        np.mean([np.mean(c[:, shift:] * c[:, : 30 - shift]) / np.mean(c**2) for c in corners])
        for shift in (1, 8)
    )

    assert np.quantile(rms_mjy, [0.05, 0.5, 0.95]) == pytest.approx([0.138, 0.153, 0.186], rel=0.07)
    assert neighbours > 0.7
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
