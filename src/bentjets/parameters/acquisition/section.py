"""Where catalogue and cutouts come from: the parameters ``acquisition``."""

from __future__ import annotations

from typing import Annotated, Any, Self

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, model_validator

from bentjets.parameters.acquisition.catalogues import (
    Catalogue,
    SimulatedCatalogue,
    TableCatalogue,
    VizierCatalogue,
)
from bentjets.parameters.acquisition.image_set import ImageSetSettings
from bentjets.parameters.acquisition.surveys import FolderSurvey, SimulatedSurvey, Survey
from bentjets.radio.simulation import SkySettings
from bentjets.transport import Politeness

_STRICT = ConfigDict(extra="forbid", frozen=True, strict=True, allow_inf_nan=False)


def _as_list(given: Any) -> Any:
    return [given] if isinstance(given, str) else given


Addresses = Annotated[list[str], BeforeValidator(_as_list), Field(min_length=1)]
"""The address of a service, then those of its mirrors."""


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
