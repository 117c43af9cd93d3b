"""Where catalogue and cutouts come from: the parameters ``acquisition``."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, Literal, Self

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Discriminator,
    Field,
    Tag,
    model_validator,
)

from bentjets.parameters.image_set import ImageSetSettings
from bentjets.parameters.opinions import Opinions
from bentjets.radio.simulation import SkySettings
from bentjets.transport import Politeness

_STRICT = ConfigDict(extra="forbid", frozen=True, strict=True, allow_inf_nan=False)


def _as_list(given: Any) -> Any:
    return [given] if isinstance(given, str) else given


def _read_beam(given: Any) -> Any:
    match given:
        case (int() | float() as major, int() | float() as minor, int() | float() as angle):
            if 0 < minor <= major:
                return float(major), float(minor), float(angle)
    raise ValueError("give BMAJ, BMIN (arcsec, 0 < BMIN <= BMAJ) and BPA (deg)")


def _is_zoned(given: Any) -> str:
    first = given[0] if isinstance(given, list | tuple) and given else None
    return "zones" if isinstance(first, Mapping | BeamZone) else "beam"


Beam = Annotated[tuple[float, float, float], BeforeValidator(_read_beam)]
"""BMAJ and BMIN (full widths at half maximum, arcsec) and BPA (deg, north through east)."""

Footprint = Annotated[
    str | None,
    Field(
        description="file of the sky that the survey covers: a MOC in FITS, JSON or ASCII; the map "
        "of the sample shows it"
    ),
]

Citation = Annotated[str, Field(description="whom to cite, where this was used")]
"""What the report and the card of the release name; empty where nobody stated it."""

Addresses = Annotated[list[str], BeforeValidator(_as_list), Field(min_length=1)]
"""The address of a service, then those of its mirrors."""


class BeamZone(BaseModel):
    """The beam of a survey in a zone of declination."""

    model_config = _STRICT

    from_dec_deg: float = Field(ge=-90, le=90, description="southern limit of the zone, deg")
    beam: Beam = Field(description="BMAJ, BMIN (arcsec) and BPA (deg)")


Beams = Annotated[
    Annotated[Beam, Tag("beam")] | Annotated[list[BeamZone], Tag("zones")],
    Discriminator(_is_zoned),
]


class SimulatedCatalogue(BaseModel):
    """Sources of a simulated sky."""

    model_config = _STRICT

    service: Literal["simulated"] = Field(description="drawn on the spot")
    n_sources: int = Field(ge=1, description="how many; the paper processed 703")
    wat_fraction: float = Field(
        ge=0, le=1, description="share of wide-angle tails; Table 1 has 385 of 639"
    )
    citation: Citation = ""


class _Published(Opinions):
    """A table whose columns and classes may have names of their own."""

    model_config = _STRICT

    columns: dict[str, str] = Field(
        default_factory=dict,
        description="which column of the table is which of ours, where the names differ",
    )
    classes: dict[Any, str] = Field(
        default_factory=dict,
        description="which class of the table is which of ours, where the names differ",
    )
    citation: Citation = ""


class TableCatalogue(_Published):
    """A table of one's own."""

    service: Literal["table"] = Field(description="a file")
    path: str | None = Field(default=None, description="the file: CSV, FITS, VOTable, ...")
    images: str | None = Field(
        default=None,
        description="folder of images, each of which is a source, where there is no table",
    )


class VizierCatalogue(_Published):
    """A table of VizieR."""

    service: Literal["vizier"] = Field(description="VizieR of the CDS")
    table: str = Field(min_length=1, description="name of the table or of its catalogue")


class SimulatedSurvey(BaseModel):
    """A FIRST-like sky made on the spot."""

    model_config = _STRICT

    service: Literal["simulated"] = Field(description="drawn on the spot")
    size_px: int = Field(default=150, ge=1, description="side of a cutout (section 2), pixels")
    pixel_scale_arcsec: float = Field(default=1.8, gt=0, description="side of a pixel (section 2)")
    beam_arcsec: Beams = Field(
        default=(5.4, 5.4, 0.0), description="BMAJ, BMIN (arcsec) and BPA (deg)"
    )
    frequency_hz: float = Field(default=1.4e9, gt=0, description="observing frequency")
    licence: str = Field(default="", description="terms of the images")
    citation: Citation = ""
    backgrounds: str | None = Field(
        default=None,
        description="folder of FITS images of a survey's empty sky, into which the sources are "
        "laid: its noise, artefacts, neighbours and beam; null: all of it is drawn",
    )
    sky: SkySettings = Field(default=SkySettings(), description="what its sources are drawn from")


class FolderSurvey(BaseModel):
    """A folder of FITS files, one for each source; or one FITS image that holds them all."""

    model_config = _STRICT

    service: Literal["folder"] = Field(description="files")
    path: str | None = Field(default=None, description="the folder, or the file of a mosaic")
    size_px: int = Field(ge=1, description="side of a cutout (section 2: 150), pixels")
    beam_arcsec: Beams | None = Field(
        default=None,
        description="BMAJ, BMIN (arcsec) and BPA (deg) for files that state none; null makes such "
        "a file an error",
    )
    frequency_hz: float | None = Field(
        default=None, gt=0, description="observing frequency for files that state none"
    )
    licence: str = Field(default="", description="terms of the images")
    citation: Citation = ""
    footprint: Footprint = None


class RemoteSurvey(BaseModel):
    """A survey of which a public service makes cutouts."""

    model_config = _STRICT

    service: Literal["skyview", "hips2fits"] = Field(description="who makes the cutouts")
    survey: str = Field(min_length=1, description="name of the survey at the service")
    size_px: int = Field(ge=1, description="side of a cutout (section 2: 150), pixels")
    pixel_scale_arcsec: float = Field(gt=0, description="side of a pixel (section 2: 1.8)")
    beam_arcsec: Beams | None = Field(
        default=None,
        description="BMAJ, BMIN (arcsec) and BPA (deg) for files that state none, or one of each "
        "for zones of declination",
    )
    frequency_hz: float | None = Field(
        default=None, gt=0, description="observing frequency for files that state none"
    )
    licence: str = Field(default="", description="terms of the survey's images")
    citation: Citation = ""
    footprint: Footprint = None


Catalogue = Annotated[
    SimulatedCatalogue | TableCatalogue | VizierCatalogue, Field(discriminator="service")
]
Survey = Annotated[SimulatedSurvey | FolderSurvey | RemoteSurvey, Field(discriminator="service")]


class Services(BaseModel):
    """The addresses of public services."""

    model_config = _STRICT

    skyview: Addresses = Field(description="SkyView's query page")
    hips2fits: Addresses = Field(description="hips2fits of the CDS, and its mirrors")
    vizier: Addresses = Field(description="host of VizieR")


class AcquisitionSettings(BaseModel):
    """Which catalogue, which survey, and how public services are asked for them."""

    model_config = _STRICT

    catalogue: str = Field(description="name of an entry of catalogues")
    survey: str = Field(description="name of an entry of surveys")
    labelled: bool = Field(
        default=True,
        description="whether every source must have one of the classes; those that a network is to "
        "classify need none",
    )
    published_record: str | None = Field(
        default=None,
        description="address of a published dataset's record, to use that instead of making one",
    )
    published_md5: Annotated[dict[str, str], BeforeValidator(lambda given: given or {})] = Field(
        default_factory=dict,
        description="file name and md5 of what to take from the record, archives and the batches "
        "in them; empty or null: all batches, by the record's own md5",
    )
    image_set: ImageSetSettings = Field(
        default=ImageSetSettings(), description="images without a catalogue, as they are"
    )
    max_failed_fraction: float = Field(
        ge=0,
        le=1,
        description="share of the sources that may fail before the run ends; what no survey holds "
        "is no failure",
    )
    match_arcsec: float = Field(
        default=30.0,
        gt=0,
        description="how far apart the positions may be that two catalogues give of one source",
    )
    requests: Politeness = Field(description="how public services are asked")
    services: Services = Field(description="the addresses of public services")
    catalogues: dict[str, Catalogue] = Field(description="the catalogues to choose from")
    surveys: dict[str, Survey] = Field(description="the surveys to choose from")

    @property
    def uses_image_set(self) -> bool:
        """Whether images are taken as they are, and go straight to the networks."""
        return self.published_record is not None or self.image_set.path is not None

    @property
    def chosen_catalogue(self) -> Catalogue:
        """The entry of the chosen catalogue."""
        return self.catalogues[self.catalogue]

    @property
    def second_opinions(self) -> dict[str, TableCatalogue | VizierCatalogue]:
        """The entries of second opinions on the chosen catalogue."""
        named = getattr(self.chosen_catalogue, "second_opinions", [])
        entries = ((name, self.catalogues[name]) for name in named)
        return {
            name: entry
            for name, entry in entries
            if not isinstance(entry, SimulatedCatalogue) and getattr(entry, "path", "") is not None
        }

    @property
    def chosen_survey(self) -> Survey:
        """The entry of the chosen survey."""
        return self.surveys[self.survey]

    @property
    def sky(self) -> SkySettings:
        """What simulated sources are drawn from: as the chosen survey has them, if it is one."""
        survey = self.chosen_survey
        return survey.sky if isinstance(survey, SimulatedSurvey) else SkySettings()

    @property
    def survey_is_folder(self) -> bool:
        """Whether the images are somebody's own files."""
        return isinstance(self.chosen_survey, FolderSurvey)

    @model_validator(mode="after")
    def _check_choice(self) -> Self:
        for kind, chosen, entries in (
            ("catalogue", self.catalogue, self.catalogues),
            ("survey", self.survey, self.surveys),
        ):
            if chosen not in entries:
                raise ValueError(
                    f"{kind} {chosen!r} is unknown: choose from {', '.join(entries)}, or declare "
                    f"it under acquisition.{kind}s"
                )
        return self

    @model_validator(mode="after")
    def _check_opinions(self) -> Self:
        real = [name for name, one in self.catalogues.items() if one.service != "simulated"]
        for name, entry in self.catalogues.items():
            for other in getattr(entry, "second_opinions", []):
                if other not in real or other == name:
                    raise ValueError(
                        f"catalogues.{name}.second_opinions names {other!r}: choose from "
                        f"{', '.join(one for one in real if one != name)}, or declare it under "
                        "acquisition.catalogues"
                    )
        return self
