"""Surveys: what gives the cutout of a source. One interface, three ways behind it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, fields, replace
from pathlib import Path
from typing import Any, Protocol, TypeVar

from bentjets.errors import InputError
from bentjets.radio.cutouts import Provenance, fits_bytes, normalise_cutout, read_image
from bentjets.radio.simulation import SurveyGeometry, simulate_cutout
from bentjets.radio.surveys.beams import Beams, beam_at, read_beams
from bentjets.radio.surveys.downloads import Download, download
from bentjets.radio.surveys.services import (
    SERVICES,
    ImageRequest,
    ImageService,
    OutsideFootprintError,
    is_blank,
    read_addresses,
)
from bentjets.transport import Politeness

Source = Mapping[str, Any]
"""One row of the catalogue."""

# Threads for each request in flight: some are between two attempts.
_THREADS_PER_REQUEST = 3
# Side of an image that is only to show that a service works.
_PROBE_PX = 10
_T = TypeVar("_T")


class MissingFileError(InputError):
    """There is no file of a source."""


@dataclass(frozen=True)
class Fetched:
    """A cutout, and what it cost.

    Parameters
    ----------
    file
        The FITS file of the normalised cutout.
    attempts
        How often a public service was asked; 0 where none is needed.
    seconds
        How long that took.
    date
        When it answered (UTC, ISO 8601, to the microsecond); empty where none was asked.
    """

    file: bytes
    attempts: int = 0
    seconds: float = 0.0
    date: str = ""


class Survey(Protocol):
    """Anything that can give the image around a source."""

    @property
    def waiting(self) -> int:
        """How many sources may wait for a service at the same time; 0 if there is none."""

    def fetch(self, source: Source) -> Fetched:
        """Return the normalised cutout of a source.

        Raises
        ------
        OutsideFootprintError, MissingFileError
            If the survey does not hold that position, or file.
        InputError
            If what it holds cannot be used.
        ServiceError
            If a remote service fails.
        EndOfRunError
            If it would fail for every other source, too.
        """

    def close(self) -> None:
        """End whatever still waits."""


@dataclass(frozen=True)
class SimulatedSurvey:
    """A FIRST-like sky made on the spot (see `bentjets.radio.simulation.sky`)."""

    name: str
    geometry: SurveyGeometry
    seed: int
    licence: str
    waiting: int = field(default=0, init=False)

    def fetch(self, source: Source) -> Fetched:
        """Draw the source; the same seed gives the same pixels."""
        hdu = simulate_cutout(source, geometry=self.geometry, seed=self.seed)
        cutout = normalise_cutout(
            hdu,
            provenance=Provenance(
                "simulation", self.name, f"seed {self.seed}, {source['name']}", self.licence
            ),
            size_px=self.geometry.size_px,
            position_deg=_position(source),
        )
        return Fetched(fits_bytes(cutout.to_hdu()))

    def close(self) -> None:
        """Do nothing."""


@dataclass(frozen=True)
class FolderSurvey:
    """A folder of FITS files, one per source, called ``<name>.fits`` (or .fits.gz, .fits.fz)."""

    name: str
    path: str
    size_px: int
    licence: str
    beam_arcsec: Beams | None = None
    frequency_hz: float | None = None
    waiting: int = field(default=0, init=False)

    def fetch(self, source: Source) -> Fetched:
        """Read the file of the source."""
        file = self._file(str(source["name"]))
        position = _position(source)
        cutout = normalise_cutout(
            read_image(file, name=file.name),
            provenance=Provenance("folder", self.name, file.name, self.licence),
            size_px=self.size_px,
            position_deg=position,
            beam_arcsec=beam_at(self.beam_arcsec, position[1], self.name),
            frequency_hz=self.frequency_hz,
        )
        return Fetched(fits_bytes(cutout.to_hdu()))

    def close(self) -> None:
        """Do nothing."""

    def _file(self, name: str) -> Path:
        for suffix in (".fits", ".fits.gz", ".fits.fz"):
            file = Path(self.path).expanduser() / f"{name}{suffix}"
            if file.is_file():
                return file
        raise MissingFileError(f"no file called after the source in {self.path}")


@dataclass(frozen=True)
class RemoteSurvey:
    """A survey that a public service gives, one image for each source.

    Parameters
    ----------
    name
        Name of the entry.
    service, survey
        Names of the service, and of the survey there.
    size_px, pixel_scale_arcsec
        The images to ask for.
    licence
        Terms of the survey's images.
    beam_arcsec, frequency_hz
        What the survey states, for files that do not.
    asked
        The service.
    download
        `download`, or that with a memory.
    """

    name: str
    service: str
    survey: str
    size_px: int
    pixel_scale_arcsec: float
    licence: str
    asked: ImageService
    download: Callable[..., Download]
    beam_arcsec: Beams | None = None
    frequency_hz: float | None = None

    @property
    def waiting(self) -> int:
        """Some more than there may be requests in flight: between attempts, a source waits, too."""
        return _THREADS_PER_REQUEST * self.asked.session.politeness.in_flight

    def fetch(self, source: Source) -> Fetched:
        """Have the service make the image around the source's position, unless it has before."""
        ra_deg, dec_deg = _position(source)
        request = ImageRequest(
            self.service, self.survey, ra_deg, dec_deg, self.size_px, self.pixel_scale_arcsec
        )
        answer = self.download(request, service=self.asked)
        cost: dict[str, Any] = {
            "attempts": answer.attempts,
            "seconds": answer.seconds,
            "date": answer.date,
        }
        try:
            fetched = Fetched(self._normalise(answer, request), **cost)
        except InputError as error:
            error.record = cost
            raise
        small = replace(request, size_px=_PROBE_PX)
        self.asked.session.trust(lambda: self.asked.ask(small, lambda ask: ask()))
        return fetched

    def close(self) -> None:
        """Leave the service alone."""
        self.asked.session.close()

    def _normalise(self, answer: Download, request: ImageRequest) -> bytes:
        image = read_image(answer.file)
        if is_blank(image.data):
            raise OutsideFootprintError(f"{self.survey} has no data there")
        provenance = Provenance(
            self.service, self.name, str(request), self.licence, date=answer.date[:19]
        )
        cutout = normalise_cutout(
            image,
            provenance=provenance,
            size_px=self.size_px,
            position_deg=(request.ra_deg, request.dec_deg),
            beam_arcsec=beam_at(self.beam_arcsec, request.dec_deg, self.name),
            frequency_hz=self.frequency_hz,
        )
        return fits_bytes(cutout.to_hdu())


def open_survey(
    name: str,
    settings: Mapping[str, Any],
    *,
    seed: int,
    services: Mapping[str, Any] | None = None,
    politeness: Politeness | None = None,
    download: Callable[..., Download] = download,
) -> Survey:
    """Make the survey that an entry of ``acquisition.surveys`` describes.

    Parameters
    ----------
    name
        Name of the entry.
    settings
        The entry.
    seed
        Seed of the simulated sky.
    services
        The addresses of each public service: the first one, then its mirrors.
    politeness
        How they are asked.
    download
        The function `download`, or that with a memory.

    Raises
    ------
    InputError
        If the service is unknown, a setting is missing or misspelt, or the folder does not exist.
    """
    given = {key: value for key, value in settings.items() if key != "service"}
    service = settings.get("service")
    if given.get("beam_arcsec") is not None:
        given["beam_arcsec"] = read_beams(given["beam_arcsec"], name)
    if service == "simulated":
        licence = given.pop("licence", "")
        if "beam_arcsec" in given:
            given["beam_arcsec"] = beam_at(given["beam_arcsec"], 0.0, name)
        return SimulatedSurvey(name, _build(SurveyGeometry, given, name), seed, licence)
    given = {"name": name, "licence": "", **given}
    if service == "folder":
        _check_folder(given.get("path"))
        return _build(FolderSurvey, given, name)
    if service not in SERVICES:
        raise InputError(
            f"survey {name}: service {service!r} is unknown; choose from simulated, folder, "
            f"{', '.join(SERVICES)}"
        )
    asked = SERVICES[service](read_addresses(services or {}, service), politeness or Politeness())
    return _build(
        RemoteSurvey, {**given, "service": service, "asked": asked, "download": download}, name
    )


def fetch_cutout(source: Source, survey: Survey) -> Fetched:
    """Fetch the cutout of one source (a function to send to a worker)."""
    return survey.fetch(source)


def _position(source: Source) -> tuple[float, float]:
    return float(source["ra_deg"]), float(source["dec_deg"])


def _build(kind: type[_T], given: Mapping[str, Any], survey: str) -> _T:
    known = {field.name for field in fields(kind) if field.init}  # type: ignore[arg-type]
    unknown = sorted(set(given) - known)
    if unknown:
        ours = {"name", "asked", "download"}
        raise InputError(
            f"survey {survey}: unknown setting {', '.join(unknown)}; choose from "
            f"{', '.join(sorted(known - ours))}"
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
