from __future__ import annotations

import pytest

from bentjets.errors import ServiceError
from surveys import LOTSS, SOURCE


def test_a_mirror_steps_in(make_services, services, ask) -> None:
    services.fail("unavailable", times=99)
    mirror = make_services()
    addresses = {"hips2fits": [services.hips2fits_url, mirror.hips2fits_url]}
    survey = ask(LOTSS, services=addresses)
    assert survey.fetch(SOURCE).attempts == 2
    assert survey.fetch(SOURCE | {"dec_deg": 30.0}).attempts == 1
    assert len(mirror.asked()) == 2


def test_a_refusal_without_a_reason_is_one_of_this_source(ask, services) -> None:
    services.fail("not_found")
    with pytest.raises(ServiceError, match=r"hips2fits failed \(HTTP 404\)"):
        ask(LOTSS).fetch(SOURCE)
