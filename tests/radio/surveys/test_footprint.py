"""Footprints: of a file in any of three formats, and of the simulated sky."""

import re
from types import SimpleNamespace

import pytest
from astropy import units as u
from mocpy import MOC

from bentjets.errors import InputError
from bentjets.radio.simulation import simulate_catalogue
from bentjets.radio.surveys import find_footprint


def survey(path):
    return SimpleNamespace(service="folder", footprint=None if path is None else str(path))


@pytest.mark.parametrize(
    ("name", "kind"), [("a.fits", "fits"), ("a.json", "json"), ("a.txt", "ascii")]
)
def test_a_file_of_any_format_gives_its_sky(tmp_path, name, kind):
    moc = MOC.from_string("3/3 10 4/16-18")
    moc.save(tmp_path / name, format=kind)
    assert find_footprint(survey(tmp_path / name)) == moc


def test_a_survey_without_one_has_none():
    assert find_footprint(survey(None)) is None


def test_all_simulated_sources_lie_in_the_footprint_of_the_simulated_survey():
    sources = simulate_catalogue(200, wat_fraction=0.6, seed=1)
    moc = find_footprint(SimpleNamespace(service="simulated"))
    places = (sources[name].to_numpy() * u.deg for name in ("ra_deg", "dec_deg"))
    assert moc.contains_lonlat(*places).all()
    assert 0.15 < moc.sky_fraction < 0.25


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("a.fits", None, "does not exist: correct its path"),
        ("a.png", b"", "is no MOC: give .fits, .json, .txt"),
        ("a.fits", b"no FITS", "cannot be read as a MOC"),
    ],
)
def test_what_is_no_footprint_is_told(tmp_path, name, content, message):
    if content is not None:
        (tmp_path / name).write_bytes(content)
    with pytest.raises(InputError, match=re.escape(message)):
        find_footprint(survey(tmp_path / name))
