"""hips2fits, the cutout service of the CDS, through astroquery."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from http import HTTPStatus
from typing import Any

import requests

from bentjets.radio.surveys.web.services import ImageRequest, UnknownSurveyError, checked_image
from bentjets.transport import PassingError, Politeness, PoliteSession, Retry


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

    def ask(self, request: ImageRequest, retry: Retry) -> bytes:
        """Have the service cut the image out."""
        content: bytes = retry(lambda: self._fetch(request))
        return content

    def _fetch(self, request: ImageRequest) -> bytes:
        mirror = self._mirrors[0]
        try:
            response = mirror.cut_out(request)
            _refuse_unknown(response, request)
            return checked_image(response)
        except (requests.RequestException, PassingError):
            self._leave(mirror)
            raise

    def _leave(self, mirror: Any) -> None:
        """Go on with the next mirror, unless another thread has left this one already."""
        with self._lock:
            if self._mirrors[0] is mirror:
                self._mirrors.append(self._mirrors.pop(0))


def _refuse_unknown(response: requests.Response, request: ImageRequest) -> None:
    """Tell a HiPS id that hips2fits does not know from a service that fails."""
    if response.status_code not in (HTTPStatus.BAD_REQUEST, HTTPStatus.NOT_FOUND):
        return
    try:
        title = response.json()["title"]
    except (ValueError, KeyError, TypeError):
        return
    raise UnknownSurveyError(
        f"hips2fits refuses {request.survey!r} ({title}): look the HiPS id up, and mend "
        "acquisition.surveys"
    )


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
