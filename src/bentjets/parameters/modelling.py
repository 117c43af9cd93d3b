"""Which networks are trained, and how: the parameters ``modelling``."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, field_validator

from bentjets.learning.pretraining import PretrainingSettings
from bentjets.learning.settings import ModelSettings, Protocol, TrainingSettings


class ModellingSettings(BaseModel):
    """Models to train, their training, and what is explained of them."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)

    train: list[str] = Field(min_length=1, description="names of entries of models")
    protocol: Protocol = Field(
        description="single: the test batch, read once, at the end; cross_validation: every image "
        "predicted by a network that never saw it; paper: the epoch chosen on the test batch, as "
        "in the published example, which flatters; published: the parts of a published split, "
        "which replaces the first two where images come with one"
    )
    folds: int = Field(ge=2, description="parts of a cross-validation, made of whole batches")
    seeds: list[Annotated[int, Field(ge=0)]] = Field(
        min_length=1, description="seeds of the training; each trains every fold of every model"
    )
    validation_batch: int = Field(
        ge=0, description="batch that chooses the epoch in the protocol single, counted from 0"
    )
    soft_labels: bool = Field(
        default=False,
        description="whether networks learn how the opinions share each source among the classes "
        "(second opinions, experts), in place of the catalogue's label; tests are by the label",
    )
    training: TrainingSettings = Field(description="how every model is trained (section 5)")
    pretraining: PretrainingSettings = Field(
        default=PretrainingSettings(),
        description="what models with `weights: simulated` start from",
    )
    ensembles: dict[str, list[str]] = Field(
        default_factory=dict,
        description="names of further entries, each with the models over which it averages; every "
        "model with several seeds has an ensemble of its own besides",
    )
    attention_per_class: int = Field(
        ge=1, description="test images of each class of which the attention is shown"
    )

    @field_validator("train", "seeds")
    @classmethod
    def _check_repeats(cls, given: list[Any]) -> list[Any]:
        if repeated := [one for one in given if given.count(one) > 1]:
            raise ValueError(f"{repeated[0]} stands there twice: leave one out")
        return given

    @property
    def all_ensembles(self) -> dict[str, list[str]]:
        """The declared ensembles, and one over the seeds of each model that has several."""
        if len(self.seeds) == 1:
            return self.ensembles
        own = {f"{name}, {len(self.seeds)} seeds": [name] for name in self.train}
        return own | self.ensembles

    def protocol_of(self, *, published: bool) -> Protocol:
        """Give the protocol for images that came with a split, which is not mixed, or without."""
        return "published" if published and self.protocol != "paper" else self.protocol

    def training_of(self, model: ModelSettings) -> TrainingSettings:
        """Give how one model is trained: what its entry says, and else what holds for all."""
        changes = {name: getattr(model.training, name) for name in model.training.model_fields_set}
        return TrainingSettings.model_validate(self.training.model_dump() | changes)
