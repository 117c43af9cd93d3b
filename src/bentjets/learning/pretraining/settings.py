"""How a network is trained on simulated sources: the parameters ``modelling.pretraining``."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict, Field


class PretrainingSettings(BaseModel):
    """What networks with `weights: simulated` learn from before they see an image of a run."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True, allow_inf_nan=False)

    n_sources: int = Field(default=6000, ge=2, description="simulated sources to learn from")
    epochs: int = Field(default=12, ge=1, description="passes over them")
    batch_size: int = Field(default=64, ge=2, description="sources in a step")
    lr: float = Field(default=2e-3, gt=0, description="of AdamW, the largest of one cycle")
    lr_of_runs: float = Field(
        default=0.1,
        gt=0,
        le=1,
        description="learning rate of the runs that start from it, over that of their model: at "
        "the rate of random weights, a few labels undo what was learnt from thousands of sources",
    )
