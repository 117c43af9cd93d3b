from __future__ import annotations

import pytest

from bentjets.errors import ServiceError
from bentjets.radio.surveys import WrongAddressError
from surveys import FIRST, SOURCE, read


def test_the_form_is_asked_for_once(ask, services) -> None:
    survey = ask(FIRST)
    for dec in (10.0, 20.0, 30.0):
        survey.fetch(SOURCE | {"dec_deg": dec})
    assert [len(services.asked(step=step)) for step in ("form", "query", "image")] == [1, 3, 3]


def test_an_empty_list_may_pass(ask, services) -> None:
    services.fail("empty_list", times=2)
    assert ask(FIRST).fetch(SOURCE).attempts == 3
    services.fail("empty_list", times=9)
    with pytest.raises(ServiceError, match="it lists no image"):
        ask(FIRST).fetch(SOURCE)


def test_an_image_that_does_not_come_whole_is_made_again(ask, services) -> None:
    services.fail("half_file", where="/tempspace", times=2)
    ask(FIRST).fetch(SOURCE)
    assert [len(services.asked(step=step)) for step in ("query", "image")] == [3, 3]


def test_a_query_that_is_not_found_is_not_an_empty_sky(ask, services) -> None:
    services.fail("not_found", where="runquery")
    with pytest.raises(ServiceError, match=r"SkyView failed \(HTTP 404\)"):
        ask(FIRST).fetch(SOURCE)


def test_a_form_that_is_an_error_page_may_pass(ask, services) -> None:
    services.fail("html", where="query.pl")
    ask(FIRST).fetch(SOURCE)


def test_a_wrong_address_is_not_taken_for_an_empty_sky(ask, services) -> None:
    address = f"{services.address}/elsewhere"
    with pytest.raises(WrongAddressError, match=r"no query form at .*/elsewhere: mend"):
        ask(FIRST, services={"skyview": [address]}).fetch(SOURCE)


def test_beam_follows_the_declination(ask) -> None:
    cutout = read(ask(FIRST).fetch(SOURCE | {"dec_deg": -5.0}))
    assert cutout.beam_deg[0] * 3600 == pytest.approx(6.8)
