"""Everything that may stand in the parameters of conf, section by section."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, Self

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, model_validator

from bentjets.engine import EngineSettings
from bentjets.learning.data import label_codes
from bentjets.learning.settings import ModelSettings
from bentjets.parameters.acquisition import AcquisitionSettings
from bentjets.parameters.curation import CurationSettings
from bentjets.parameters.modelling import ModellingSettings
from bentjets.parameters.reporting import ReportingSettings
from bentjets.radio.finding import FindingSettings
from bentjets.validation import validate


def _as_text(given: Any) -> Any:
    return str(given) if isinstance(given, int) else given


class Parameters(BaseModel):
    """The parameters of a run."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)

    seed: int = Field(
        ge=0, description="of the simulated sky, the initial weights and the order of training"
    )
    classes: Annotated[
        dict[str, Annotated[str, BeforeValidator(_as_text)]], AfterValidator(label_codes)
    ] = Field(description="the classes, and the label that batches give each of them")
    engine: EngineSettings = Field(description="how work on many sources is spread")
    acquisition: AcquisitionSettings = Field(description="where catalogue and cutouts come from")
    processing: FindingSettings = Field(description="how islands are found (section 3)")
    curation: CurationSettings = Field(description="which sources are accepted (sections 3, 4)")
    models: dict[str, ModelSettings] = Field(description="the models to choose from (section 5)")
    modelling: ModellingSettings = Field(description="which models are trained, and how")
    reporting: ReportingSettings = Field(description="what the report shows")
    catalogue: str | None = Field(
        default=None, description="path of your own table, by --params with --env folder"
    )
    cutouts: str | None = Field(
        default=None, description="path of your own cutouts, by --params with --env folder"
    )

    @model_validator(mode="after")
    def _check_models(self) -> Self:
        unknown = [name for name in self.modelling.train if name not in self.models]
        if unknown:
            raise ValueError(
                f"modelling.train names {', '.join(unknown)}: choose from "
                f"{', '.join(self.models)}, or declare a model under models"
            )
        return self

    @model_validator(mode="after")
    def _check_paths(self) -> Self:
        for name in ("catalogue", "cutouts"):
            given = getattr(self, name)
            entries = self.acquisition.surveys if name == "cutouts" else self.acquisition.catalogues
            if given is not None and given not in [
                getattr(entry, "path", None) for entry in entries.values()
            ]:
                raise ValueError(f"{name} {given!r} is not used here: add --env folder")
        return self


def read_parameters(raw: Mapping[str, Any]) -> Parameters:
    """Check all parameters of a run, those of pipelines that are not asked for included.

    Parameters
    ----------
    raw
        What Kedro's configuration loader gives for ``parameters``.

    Raises
    ------
    InputError
        If one of them is unknown, missing or wrong: one line with its dotted name, what was
        given, and what is allowed.
    """
    return validate(Parameters, dict(raw))
