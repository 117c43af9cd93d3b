from __future__ import annotations

import pytest

from bentjets.errors import InputError
from bentjets.radio.surveys import open_survey, read_addresses
from bentjets.transport import Download
from surveys import FIRST, LOTSS


@pytest.mark.parametrize(
    ("settings", "complaint"),
    [
        ({"service": "hips"}, "service 'hips' is unknown"),
        (FIRST | {"size": 150}, "unknown setting size; choose from beam_arcsec, frequency_hz"),
        ({"service": "skyview", "survey": "NVSS"}, "missing .* required"),
        (FIRST | {"beam_arcsec": [5.4]}, "beam_arcsec is"),
        (LOTSS, "service hips2fits has no address"),
    ],
)
def test_mistaken_settings_are_named(settings, complaint) -> None:
    services = {"skyview": ["http://127.0.0.1:1/"], "hips2fits": []}
    with pytest.raises(InputError, match=complaint):
        open_survey("mine", settings, seed=0, services=services)


@pytest.mark.parametrize("given", ["http://one/", ["http://one/"]])
def test_a_single_address_needs_no_list(given) -> None:
    assert read_addresses({"skyview": given}, "skyview") == ["http://one/"]


@pytest.mark.parametrize("services", [{}, {"skyview": []}, {"skyview": None}, {"skyview": ""}])
def test_a_service_needs_an_address(services) -> None:
    with pytest.raises(InputError, match="service skyview has no address: add it to acquisition"):
        read_addresses(services, "skyview")


def test_files_of_an_entry_stay_in_their_own_folder(tmp_path) -> None:
    downloads = tmp_path / "downloads"
    options = {"services": {"skyview": "http://127.0.0.1:1/"}, "downloads": downloads}
    survey = open_survey("../a survey", FIRST, seed=0, **options)
    survey.store.keep("J1", "request", Download(b"", 1, 0.1, "2026-11-23"))
    assert [path.name for path in downloads.iterdir()] == ["__a_survey"]
    assert [path.name for path in tmp_path.iterdir()] == ["downloads"]
