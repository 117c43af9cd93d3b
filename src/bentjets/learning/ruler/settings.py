"""How the ruler's network is trained."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict, Field


class RulerTraining(BaseModel):
    """What there is to choose in the training of the ruler."""

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)

    epochs: int = Field(default=10, ge=1, description="passes over the simulated sources")
    batch_size: int = Field(default=64, ge=2, description="sources in a step")
    lr: float = Field(default=4e-3, gt=0, description="largest learning rate, of one cycle")
    average: float = Field(
        default=0.995, ge=0, lt=1, description="decay of the average of the weights, for each step"
    )
    position_error_px: float = Field(
        default=1.0,
        ge=0,
        description="by how far catalogue positions are moved in training: those of real "
        "catalogues are not exact (standard deviation in each direction, pixels)",
    )
