"""Surveys: what gives the cutout of a source. One interface, three ways behind it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any, Protocol, TypeVar

from astropy.io import fits

from bentjets.errors import InputError, ServiceError
from bentjets.radio.cutouts import Beam, Cutout, fits_bytes, normalise_cutout, read_image
from bentjets.radio.simulation import SurveyGeometry, simulate_cutout

Source = Mapping[str, Any]
"""One row of the catalogue."""

_ARCSEC_PER_DEG = 3600.0
_T = TypeVar("_T")


class MissingCutoutError(InputError):
    """The survey holds no image of a source: not a fault, and asking again will not help."""


class Survey(Protocol):
    """Anything that can give the image around a source."""

    def fetch(self, source: Source) -> Cutout:
        """Return the normalised cutout of a source.

        Raises
        ------
        MissingCutoutError
            If the survey does not hold that position or file.
        InputError
            If what it holds cannot be used.
        ServiceError
            If a remote service fails.
        """


@dataclass(frozen=True)
class SimulatedSurvey:
    """A FIRST-like sky made on the spot (see `bentjets.radio.simulation`)."""

    name: str
    geometry: SurveyGeometry
    seed: int

    def fetch(self, source: Source) -> Cutout:
        """Draw the source; the same seed gives the same pixels."""
        hdu = simulate_cutout(source, geometry=self.geometry, seed=self.seed)
        return normalise_cutout(
            hdu, origin="bentjets simulation", survey=self.name, size_px=self.geometry.size_px
        )


@dataclass(frozen=True)
class FolderSurvey:
    """A folder of FITS files, one per source, called ``<name>.fits`` (or .fits.gz, .fits.fz)."""

    name: str
    path: str
    size_px: int
    beam_arcsec: Beam | None = None
    frequency_hz: float | None = None

    def fetch(self, source: Source) -> Cutout:
        """Read the file of the source."""
        file = self._file(str(source["name"]))
        return normalise_cutout(
            read_image(file, name=file.name),
            origin=file.name,
            survey=self.name,
            size_px=self.size_px,
            beam_arcsec=self.beam_arcsec,
            frequency_hz=self.frequency_hz,
        )

    def _file(self, name: str) -> Path:
        for suffix in (".fits", ".fits.gz", ".fits.fz"):
            file = Path(self.path).expanduser() / f"{name}{suffix}"
            if file.is_file():
                return file
        raise MissingCutoutError(f"no file called after the source in {self.path}")


@dataclass(frozen=True)
class SkyViewSurvey:
    """NASA's SkyView virtual observatory, through astroquery (McGlynn et al. 1998)."""

    name: str
    survey: str
    size_px: int
    pixel_scale_arcsec: float
    timeout_s: float
    beam_arcsec: Beam | None = None
    frequency_hz: float | None = None

    def fetch(self, source: Source) -> Cutout:
        """Ask SkyView for the image around the source's position."""
        position = f"RA {source['ra_deg']:.5f}, Dec {source['dec_deg']:.5f} deg"
        origin = f"SkyView {self.survey}, {position}"
        return normalise_cutout(
            self._request(source, position),
            origin=origin,
            survey=self.name,
            size_px=self.size_px,
            beam_arcsec=self.beam_arcsec,
            frequency_hz=self.frequency_hz,
        )

    def _request(self, source: Source, position: str) -> fits.PrimaryHDU:
        from astropy import units as u
        from astropy.coordinates import SkyCoord
        from astroquery.exceptions import TimeoutError as QueryTimeoutError
        from requests import RequestException

        service = _patient_skyview(self.timeout_s)
        side = self.size_px * self.pixel_scale_arcsec / _ARCSEC_PER_DEG * u.deg
        try:
            addresses = service.get_image_list(
                SkyCoord(source["ra_deg"], source["dec_deg"], unit="deg"),
                survey=self.survey,
                pixels=self.size_px,
                width=side,
                height=side,
                cache=False,
            )
            if not addresses:
                raise MissingCutoutError(f"SkyView has no {self.survey} image there")
            response = service._request("GET", addresses[0], cache=False)
            response.raise_for_status()
        except (RequestException, QueryTimeoutError) as error:
            raise ServiceError(
                f"SkyView did not give {self.survey} at {position} ({type(error).__name__}): "
                "check the internet connection and run again"
            ) from error
        except InputError:
            raise
        except ValueError as error:
            raise InputError(
                f"SkyView has no survey {self.survey!r}: see its list of surveys, and mend "
                "acquisition.surveys"
            ) from error
        return read_image(response.content, name=f"SkyView's file for {position}")


def open_survey(name: str, settings: Mapping[str, Any], *, seed: int) -> Survey:
    """Make the survey that an entry of ``acquisition.surveys`` describes.

    Raises
    ------
    InputError
        If the service is unknown, a setting is missing or misspelt, or the folder does not exist.
    """
    given = {key: value for key, value in settings.items() if key not in ("service", "licence")}
    if given.get("beam_arcsec") is not None:
        given["beam_arcsec"] = tuple(map(float, given["beam_arcsec"]))
    match settings.get("service"):
        case "simulated":
            geometry = _build(SurveyGeometry, given, name)
            return SimulatedSurvey(name=name, geometry=geometry, seed=seed)
        case "folder":
            _check_folder(given.get("path"))
            return _build(FolderSurvey, {"name": name, **given}, name)
        case "skyview":
            return _build(SkyViewSurvey, {"name": name, **given}, name)
        case other:
            raise InputError(
                f"survey {name}: service {other!r} is unknown; choose simulated, folder or skyview"
            )


def fetch_cutout(source: Source, survey: Survey) -> bytes:
    """Fetch the cutout of one source and return its FITS file (a function to send to a worker)."""
    return fits_bytes(survey.fetch(source).to_hdu())


def _build(kind: type[_T], given: Mapping[str, Any], survey: str) -> _T:
    known = {field.name for field in fields(kind)}  # type: ignore[arg-type]
    unknown = sorted(set(given) - known)
    if unknown:
        raise InputError(
            f"survey {survey}: unknown setting {', '.join(unknown)}; choose from "
            f"{', '.join(sorted(known - {'name', 'seed'}))}"
        )
    try:
        return kind(**given)
    except TypeError as error:
        raise InputError(f"survey {survey}: {error}; add it to acquisition.surveys") from error


def _check_folder(path: str | None) -> None:
    if not path:
        raise InputError(
            "no folder of cutouts given: add --params cutouts=FOLDER,catalogue=TABLE "
            "or set acquisition.surveys.folder.path in conf/local"
        )
    if not Path(path).expanduser().is_dir():
        raise InputError(f"{path} is not a folder: give the folder that holds the FITS cutouts")


def _patient_skyview(timeout_s: float) -> Any:
    from astroquery.skyview import SkyViewClass

    class PatientSkyView(SkyViewClass):
        """SkyView with a time limit on every request; astroquery's own has none."""

        def _request(self, *args: Any, **kwargs: Any) -> Any:
            kwargs.setdefault("timeout", timeout_s)
            return super()._request(*args, **kwargs)

    return PatientSkyView()
