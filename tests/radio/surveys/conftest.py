"""What tests of surveys share."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from bentjets.radio.surveys import Survey, open_survey
from bentjets.transport import Politeness
from surveys import QUICK


@pytest.fixture
def ask(services) -> Callable[..., Survey]:
    """Open a survey of the stand-in."""

    def make(settings: dict[str, Any], politeness: Politeness = QUICK, **options: Any) -> Survey:
        addresses = {"skyview": [services.skyview_url], "hips2fits": [services.hips2fits_url]}
        options = {"services": addresses, "politeness": politeness, "seed": 0} | options
        return open_survey("mine", settings, **options)

    return make
