"""Public services that give a FITS image of any place on the sky.

Each takes an `ImageRequest` and answers with the bytes of a FITS file, through astroquery, whose
requests all go through a `bentjets.transport.asking.session.PoliteSession`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
import requests
from numpy.typing import NDArray

from bentjets.errors import EndOfRunError, InputError
from bentjets.radio.cutouts import read_image
from bentjets.transport import PassingError, PoliteSession, Retry

_ARCSEC_PER_DEG = 3600.0


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
    def in_full(self) -> str:
        """Everything that is asked for, to the last digit."""
        return (
            f"{self.service}: {self.survey}, RA {self.ra_deg!r}, Dec {self.dec_deg!r} deg, "
            f"{self.size_px} x {self.size_px} pixels of {float(self.pixel_scale_arcsec)!r} arcsec"
        )

    @property
    def side_deg(self) -> float:
        """Side of the image on the sky."""
        return self.size_px * self.pixel_scale_arcsec / _ARCSEC_PER_DEG


class ImageService(Protocol):
    """A public service that gives images."""

    session: PoliteSession

    def ask(self, request: ImageRequest, retry: Retry) -> bytes:
        """Return the FITS file that the service answers with; it may be blank.

        Parameters
        ----------
        request
            What to ask for.
        retry
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


def is_blank(image: NDArray[Any]) -> bool:
    """Tell whether an image holds nothing but NaN and zeros, as outside a survey's footprint."""
    return not np.any(np.nan_to_num(image))


def is_image(content: bytes) -> bool:
    """Tell whether what is in a file is a whole FITS image."""
    try:
        read_image(content)
    except InputError:
        return False
    return True


def checked_image(response: requests.Response) -> bytes:
    """Return the file of an answer that is a whole FITS image.

    Raises
    ------
    requests.HTTPError
        If the status is one of an error.
    PassingError
        If it is no FITS image, or half of one.
    OutsideFootprintError
        If all its pixels are zero.
    """
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
