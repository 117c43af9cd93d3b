"""From an entry of ``acquisition.surveys`` to the survey that it describes."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import fields
from pathlib import Path
from typing import Any, TypeVar

from bentjets.errors import InputError
from bentjets.radio.simulation import SkySettings, SurveyGeometry
from bentjets.radio.surveys.backgrounds import BackgroundFolder
from bentjets.radio.surveys.beams import beam_at, read_beams
from bentjets.radio.surveys.folder import FolderSurvey
from bentjets.radio.surveys.mosaic import MosaicSurvey
from bentjets.radio.surveys.simulated import SimulatedSurvey
from bentjets.radio.surveys.survey import Survey
from bentjets.radio.surveys.web.hips2fits import HiPS2FITS
from bentjets.radio.surveys.web.remote import RemoteSurvey
from bentjets.radio.surveys.web.services import ImageService, is_image
from bentjets.radio.surveys.web.skyview import SkyView
from bentjets.transport import DownloadStore, Politeness
from bentjets.transport.store import safe_name

_SERVICES: dict[str, Callable[[Sequence[str], Politeness], ImageService]] = {
    "skyview": SkyView,
    "hips2fits": HiPS2FITS,
}
_T = TypeVar("_T")


def open_survey(
    name: str,
    settings: Mapping[str, Any],
    *,
    seed: int,
    services: Mapping[str, Any] | None = None,
    politeness: Politeness | None = None,
    downloads: Path | None = None,
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
    downloads
        Folder in which files of public services are kept, in one called after the entry; None
        keeps none.

    Raises
    ------
    InputError
        If the service is unknown, a setting is missing or misspelt, or the folder does not exist.
    """
    # A citation is for readers, a footprint for the map of the sample.
    aside = ("service", "citation", "footprint")
    given = {key: value for key, value in settings.items() if key not in aside}
    service = settings.get("service")
    if given.get("beam_arcsec") is not None:
        given["beam_arcsec"] = read_beams(given["beam_arcsec"], name)
    if service == "simulated":
        return _simulate(name, given, seed)
    given = {"name": name, "licence": "", **given}
    if service == "folder":
        path = given.get("path")
        if path and Path(path).expanduser().is_file():
            return _build(MosaicSurvey, given, name)
        _check_folder(path)
        return _build(FolderSurvey, given, name)
    if service not in _SERVICES:
        raise InputError(
            f"survey {name}: service {service!r} is unknown; choose from simulated, folder, "
            f"{', '.join(_SERVICES)}"
        )
    asked = _SERVICES[service](read_addresses(services or {}, service), politeness or Politeness())
    store = downloads and DownloadStore(
        downloads / safe_name(name), suffix=".fits", is_whole=is_image
    )
    return _build(RemoteSurvey, {**given, "service": service, "asked": asked, "store": store}, name)


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


def _simulate(name: str, given: dict[str, Any], seed: int) -> SimulatedSurvey:
    licence, path = given.pop("licence", ""), given.pop("backgrounds", None)
    sky = SkySettings(**given.pop("sky", {}))
    beams = given.get("beam_arcsec") or read_beams(SurveyGeometry.beam_arcsec, name)
    given["beam_arcsec"] = beam_at(beams, 0.0, name)
    geometry = _build(SurveyGeometry, given, name)
    backgrounds = BackgroundFolder(path, geometry, beams, seed) if path else None
    return SimulatedSurvey(name, geometry, sky, seed, licence, backgrounds)


def _build(kind: type[_T], given: Mapping[str, Any], survey: str) -> _T:
    known = {field.name for field in fields(kind) if field.init}  # type: ignore[arg-type]
    unknown = sorted(set(given) - known)
    if unknown:
        ours = {"name", "asked", "store"}
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
