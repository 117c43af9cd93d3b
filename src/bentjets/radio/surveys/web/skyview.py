"""SkyView, NASA's virtual observatory, through astroquery."""

from __future__ import annotations

import re
import threading
import time
from collections.abc import Sequence
from http import HTTPStatus
from typing import Any

import requests

from bentjets.errors import BentjetsError
from bentjets.radio.surveys.web.services import (
    ImageRequest,
    OutsideFootprintError,
    UnknownSurveyError,
    WrongAddressError,
    checked_image,
)
from bentjets.transport import PassingError, Politeness, PoliteSession, Retry


class SkyView:
    """NASA's SkyView virtual observatory (McGlynn, Scollick & White 1998, IAUS 179, 465).

    Parameters
    ----------
    addresses
        Address of its query form; one only, SkyView has no mirrors.
    politeness
        How it is asked.
    """

    def __init__(self, addresses: Sequence[str], politeness: Politeness) -> None:
        self.session = PoliteSession("SkyView", politeness)
        self._query = _skyview(addresses[0], self.session)

    def ask(self, request: ImageRequest, retry: Retry) -> bytes:
        """Have SkyView make the image, then fetch it; again from the start, as it may be cut."""
        content: bytes = retry(lambda: self._fetch(self._make(request)))
        return content

    def _make(self, request: ImageRequest) -> str:
        try:
            addresses = self._query.list_images(request)
        except (requests.RequestException, BentjetsError):
            raise
        except ValueError as error:
            raise UnknownSurveyError(
                f"SkyView has no survey {request.survey!r}: see its list of surveys, and mend "
                "acquisition.surveys"
            ) from error
        if not addresses:
            # What it also answers when it is overloaded.
            raise PassingError("it lists no image")
        return addresses[0]

    def _fetch(self, address: str) -> bytes:
        response = self.session.get(address)
        if response.status_code == HTTPStatus.NOT_FOUND:
            raise OutsideFootprintError("SkyView has no image there (HTTP 404)")
        return checked_image(response)


def _checked_form(response: requests.Response) -> requests.Response:
    """Return SkyView's page if it is the form, and not one that asks to come back later."""
    if response.status_code == HTTPStatus.NOT_FOUND:
        raise WrongAddressError(
            f"SkyView has no query form at {response.url}: mend acquisition.services"
        )
    response.raise_for_status()
    if not re.search(rb"name\s*=\s*['\"]?survey", response.content, re.IGNORECASE):
        raise PassingError("it shows no query form")
    return response


def _skyview(address: str, session: PoliteSession) -> Any:
    from astroquery.skyview import SkyViewClass

    class FrugalSkyView(SkyViewClass):
        """Asks for the query form once, and for positions as exact as they are given."""

        URL = address

        def __init__(self) -> None:
            super().__init__()
            self._session = session
            self._form: requests.Response | None = None
            self._action: tuple[str, dict[str, str]] | None = None
            self._form_lock = threading.Lock()
            self._form_failed = 0.0

        def list_images(self, request: ImageRequest) -> list[str]:
            self._validate_surveys(request.survey)
            side_deg = f"{request.side_deg:.8g}"
            # get_image_list would round coordinates to six digits: 2 arcsec at RA 150 deg.
            response = self._submit_form(
                {
                    "Position": f"{request.ra_deg:.7f} {request.dec_deg:.7f}",
                    "survey": request.survey,
                    "pixels": str(request.size_px),
                    "size": f"{side_deg},{side_deg}",
                    "imscale": f"{side_deg},{side_deg}",
                },
                cache=False,
            )
            addresses: list[str] = self._parse_response(response)
            return addresses

        def _generate_payload(self, input: dict[str, str]) -> tuple[str, dict[str, str]]:
            # Reading the form takes longer than asking for an image.
            if self._action is None:
                self._action = super()._generate_payload({})
            address, defaults = self._action
            return address, defaults | input

        def _request(self, method: str, url: str, **options: Any) -> requests.Response:
            # astroquery keeps errors in its cache, too.
            ask = super()._request
            if url != self.URL:
                return ask(method, url, **{**options, "cache": False})
            arrived = time.monotonic()
            with self._form_lock:
                if self._form is None and self._form_failed > arrived:
                    raise PassingError("it shows no query form")  # to whoever asked before
                if self._form is None:
                    try:
                        self._form = _checked_form(ask(method, url, cache=False))
                    except (requests.RequestException, PassingError):
                        self._form_failed = time.monotonic()
                        raise
                return self._form

    return FrugalSkyView()
