"""Everything that may stand in the parameters of conf, section by section."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, Self

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, model_validator

from bentjets.engine import EngineSettings
from bentjets.learning.data import label_codes
from bentjets.learning.settings import ModelSettings
from bentjets.parameters.acquisition import AcquisitionSettings
from bentjets.parameters.acquisition.image_set import Benchmark
from bentjets.parameters.across import AcrossSettings, split_paths
from bentjets.parameters.curation import CurationSettings
from bentjets.parameters.inference import InferenceSettings
from bentjets.parameters.modelling import ModellingSettings
from bentjets.parameters.reporting import ReportingSettings
from bentjets.parameters.ruler import RulerSettings
from bentjets.radio.finding import FindingSettings
from bentjets.validation import suggest, validate

_ENVIRONMENTS = {
    "catalogue": "folder",
    "cutouts": "folder",
    "second_opinion": "folder",
    "images": "images",
    "test_on": "images",
}


def _as_text(given: Any) -> Any:
    return str(given) if isinstance(given, int) else given


class Parameters(BaseModel):
    """The parameters of a run."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)

    seed: int = Field(
        ge=0,
        description="of the simulated sky and of the splits; those of training are modelling.seeds",
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
    ruler: RulerSettings = Field(description="how opening angles are measured")
    inference: InferenceSettings = Field(description="which trained network classifies")
    across: AcrossSettings = Field(
        default_factory=AcrossSettings, description="other image sets to test on"
    )
    catalogue: str | None = Field(
        default=None, description="path of your own table, by --params with --env folder"
    )
    cutouts: str | None = Field(
        default=None, description="path of your own cutouts, by --params with --env folder"
    )
    images: str | None = Field(
        default=None, description="path of your own image set, by --params with --env images"
    )
    benchmarks: dict[str, Benchmark] = Field(
        default_factory=dict, description="published image sets to choose from"
    )
    benchmark: str | None = Field(
        default=None, description="name of an entry of benchmarks, by --params with --env images"
    )
    second_opinion: str | None = Field(
        default=None,
        description="path of another table of the same sources, by --params with --env folder",
    )
    test_on: str | list[str] | None = Field(
        default=None, description="paths of other image sets, by --params with --env images"
    )
    mosaic: str | None = Field(
        default=None, description="path of one image of all sources, with --env inference"
    )
    survey: str | None = Field(
        default=None, description="name of an entry of surveys, with --env inference"
    )
    run: str | None = Field(
        default=None, description="folder of a trained run, with --env inference"
    )

    @model_validator(mode="after")
    def _check_models(self) -> Self:
        unknown = [name for name in self.modelling.train if name not in self.models]
        if unknown:
            raise ValueError(
                f"modelling.train names {', '.join(unknown)}: choose from "
                f"{', '.join(self.models)}, or declare a model under models"
            )
        for name, members in self.modelling.ensembles.items():
            if name in self.models:
                raise ValueError(
                    f"modelling.ensembles.{name} is called like a model: choose another name"
                )
            if not members:
                raise ValueError(f"modelling.ensembles.{name} names no model: name one or more")
            if unknown := [one for one in members if one not in self.modelling.train]:
                raise ValueError(
                    f"modelling.ensembles.{name} names {', '.join(unknown)}: choose from "
                    "modelling.train"
                )
        return self

    @model_validator(mode="after")
    def _check_soft_labels(self) -> Self:
        if self.modelling.soft_labels and self.acquisition.uses_image_set:
            raise ValueError(
                "modelling.soft_labels needs a catalogue, second opinions on it or votes: image "
                "sets have one label for each image"
            )
        return self

    @model_validator(mode="after")
    def _check_benchmark(self) -> Self:
        if self.benchmark is None:
            return self
        if self.benchmark not in self.benchmarks:
            near = suggest(self.benchmark, list(self.benchmarks))
            raise ValueError(f"benchmark {self.benchmark!r} is unknown: {near}")
        if self.acquisition.image_set.path is None:
            raise ValueError(f"benchmark {self.benchmark!r} is not used here: add --env images")
        if self.images:
            raise ValueError("images and benchmark are given: leave one out")
        return self

    def _tests_on(self, given: str | list[str] | None) -> bool:
        """Tell whether the paths given by --params are those of the environment."""
        return self.acquisition.uses_image_set and split_paths(given) == self.across.test_on

    @model_validator(mode="after")
    def _check_paths(self) -> Self:
        tables = self.acquisition.catalogues.values()
        paths = [getattr(one, "path", None) for one in self.acquisition.surveys.values()]
        used: dict[str, list[Any]] = {
            "catalogue": [getattr(one, "path", None) for one in tables],
            "second_opinion": [getattr(one, "path", None) for one in tables],
            "cutouts": [*paths, *(getattr(one, "images", None) for one in tables)],
            "images": [self.acquisition.image_set.path],
            "mosaic": paths,
            "run": [*(self.inference.runs or [])],
            "survey": [self.acquisition.survey],
            "test_on": [given for given in [self.test_on] if self._tests_on(given)],
        }
        for name, values in used.items():
            given = getattr(self, name)
            if given is not None and given not in values:
                env = _ENVIRONMENTS.get(name, "inference")
                raise ValueError(f"{name} {given!r} is not used here: add --env {env}")
        sources = [name for name in ("cutouts", "mosaic", "survey") if getattr(self, name)]
        if len(sources) > 1:
            raise ValueError(
                f"{' and '.join(sources)} are given: images come from one of them, leave out the "
                "others"
            )
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
