"""Public services that give a FITS image of any place on the sky.

Each takes an `ImageRequest` and answers with the bytes of a FITS file, through astroquery, whose
requests all go through a `bentjets.transport.session.PoliteSession`.
"""

from __future__ import annotations

import re
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol, TypeVar

import numpy as np
import requests
from numpy.typing import NDArray

from bentjets.errors import BentjetsError, EndOfRunError, InputError
from bentjets.radio.cutouts import read_image
from bentjets.transport import PassingError, Politeness, PoliteSession

T = TypeVar("T")
Persist = Callable[[Callable[[], T]], T]
"""Calls a function that makes requests, again if it fails in a way that may pass."""

_ARCSEC_PER_DEG = 3600.0
_NOT_FOUND = 404
_BAD_REQUEST = 400


class OutsideFootprintError(InputError):
    """The survey has not observed that place: not a fault, and asking again will not help."""


class UnknownSurveyError(EndOfRunError, InputError):
    """The service does not know the survey, for this source or any other."""


class WrongAddressError(EndOfRunError, InputError):
    """There is no such service at the address that is given for it."""


@dataclass(frozen=True)
class ImageRequest:
    """A square image of the sky, as a service is asked for it.

    Parameters
    ----------
    service
        Name of the service: the same survey may look different elsewhere.
    survey
        The survey, as the service calls it.
    ra_deg, dec_deg
        Centre of the image (J2000).
    size_px
        Side of the image.
    pixel_scale_arcsec
        Side of a pixel.
    """

    service: str
    survey: str
    ra_deg: float
    dec_deg: float
    size_px: int
    pixel_scale_arcsec: float

    def __str__(self) -> str:
        return (
            f"{self.survey}, RA {self.ra_deg:.6f}, Dec {self.dec_deg:.6f} deg, "
            f"{self.size_px} x {self.size_px} pixels of {self.pixel_scale_arcsec:g} arcsec"
        )

    @property
    def side_deg(self) -> float:
        """Side of the image on the sky."""
        return self.size_px * self.pixel_scale_arcsec / _ARCSEC_PER_DEG


class ImageService(Protocol):
    """A public service that gives images."""

    session: PoliteSession

    def ask(self, request: ImageRequest, persist: Persist[Any]) -> bytes:
        """Return the FITS file that the service answers with; it may be blank.

        Parameters
        ----------
        request
            What to ask for.
        persist
            What calls functions that make requests.

        Raises
        ------
        OutsideFootprintError
            If the service says that the survey has not observed that place.
        UnknownSurveyError
            If the service does not know the survey.
        ServiceError
            If the service fails, however often it is asked.
        """


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

    def ask(self, request: ImageRequest, persist: Persist[Any]) -> bytes:
        """Have SkyView make the image, then fetch it; again from the start, as it may be cut."""
        content: bytes = persist(lambda: self._fetch(self._make(request)))
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
        if response.status_code == _NOT_FOUND:
            raise OutsideFootprintError("SkyView has no image there (HTTP 404)")
        return _checked_image(response)


class HiPS2FITS:
    """The hips2fits service of the CDS: any all-sky survey that exists as a HiPS, by its id.

    HiPS: Fernique et al. 2015, A&A 578, A114. The image is resampled.

    Parameters
    ----------
    addresses
        The service and its mirrors; one that fails is left for the next.
    politeness
        How it is asked.
    """

    def __init__(self, addresses: Sequence[str], politeness: Politeness) -> None:
        self.session = PoliteSession("hips2fits", politeness)
        self._mirrors = [_hips2fits(address, self.session) for address in addresses]
        self._lock = threading.Lock()

    def ask(self, request: ImageRequest, persist: Persist[Any]) -> bytes:
        """Have the service cut the image out."""
        content: bytes = persist(lambda: self._fetch(request))
        return content

    def _fetch(self, request: ImageRequest) -> bytes:
        mirror = self._mirrors[0]
        try:
            response = mirror.cut_out(request)
            _refuse_unknown(response, request)
            return _checked_image(response)
        except (requests.RequestException, PassingError):
            self._leave(mirror)
            raise

    def _leave(self, mirror: Any) -> None:
        """Go on with the next mirror, unless another thread has left this one already."""
        with self._lock:
            if self._mirrors[0] is mirror:
                self._mirrors.append(self._mirrors.pop(0))


SERVICES: dict[str, Callable[[Sequence[str], Politeness], ImageService]] = {
    "skyview": SkyView,
    "hips2fits": HiPS2FITS,
}
"""The services by their names in ``acquisition.services``."""


def read_addresses(services: Mapping[str, Any], service: str) -> list[str]:
    """Return the addresses of a service, from ``acquisition.services``.

    Raises
    ------
    InputError
        If there is none.
    """
    given = services.get(service) or []
    addresses = [given] if isinstance(given, str) else list(given)
    if not addresses:
        raise InputError(f"service {service} has no address: add it to acquisition.services")
    return addresses


def is_blank(image: NDArray[Any]) -> bool:
    """Tell whether an image holds nothing but NaN and zeros, as outside a survey's footprint."""
    return not np.any(np.nan_to_num(image))


def _checked_image(response: requests.Response) -> bytes:
    """Return the file of an answer that is a whole FITS image."""
    response.raise_for_status()
    try:
        image = read_image(response.content).data
    except InputError as error:
        # Half a file, or a page of HTML that says the service is busy.
        raise PassingError("its answer is not a whole FITS file") from error
    if not np.any(image):
        # NaN is an answer, to be remembered; zeros may be what is sent in place of one.
        raise OutsideFootprintError("the image there is zero everywhere")
    return response.content


def _refuse_unknown(response: requests.Response, request: ImageRequest) -> None:
    """Tell a HiPS id that hips2fits does not know from a service that fails."""
    if response.status_code not in (_BAD_REQUEST, _NOT_FOUND):
        return
    try:
        title = response.json()["title"]
    except (ValueError, KeyError, TypeError):
        return
    raise UnknownSurveyError(
        f"hips2fits refuses {request.survey!r} ({title}): look the HiPS id up, and mend "
        "acquisition.surveys"
    )


def _checked_form(response: requests.Response) -> requests.Response:
    """Return SkyView's page if it is the form, and not one that asks to come back later."""
    if response.status_code == _NOT_FOUND:
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


def _hips2fits(address: str, session: PoliteSession) -> Any:
    from astropy.coordinates import Angle, Latitude, Longitude
    from astroquery.hips2fits import hips2fitsClass

    class Mirror(hips2fitsClass):
        """One address of the service."""

        server = address

        def __init__(self) -> None:
            super().__init__()
            self._session = session

        def cut_out(self, request: ImageRequest) -> requests.Response:
            response: requests.Response = self.query_async(
                hips=request.survey,
                width=request.size_px,
                height=request.size_px,
                projection="TAN",
                ra=Longitude(request.ra_deg, unit="deg"),
                dec=Latitude(request.dec_deg, unit="deg"),
                fov=Angle(request.side_deg, unit="deg"),
                coordsys="icrs",
                rotation_angle=Angle(0.0, unit="deg"),
                format="fits",
                # Those of pictures; the query does not go without them.
                min_cut=0.5,
                max_cut=99.5,
                stretch="linear",
                cmap="Greys_r",
            )
            return response

    return Mirror()
