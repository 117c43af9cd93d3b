"""Which networks are trained, and how: the parameters ``modelling``."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict, Field

from bentjets.learning.settings import TrainingSettings


class ModellingSettings(BaseModel):
    """Models to train, their training, and what is explained of them."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)

    train: list[str] = Field(min_length=1, description="names of entries of models")
    validation_batch: str = Field(
        description="held out of the training batches to choose the best epoch"
    )
    training: TrainingSettings = Field(description="how every model is trained (section 5)")
    attention_per_class: int = Field(
        ge=1, description="test images of each class of which the attention is shown"
    )
