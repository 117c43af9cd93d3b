"""The parameters ``ruler``."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict, Field

from bentjets.learning.ruler import RulerTraining
from bentjets.radio.simulation import SkySettings


class RulerSettings(BaseModel):
    """How opening angles are measured."""

    # Ranges come from YAML as lists.
    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)

    n_sources: int = Field(ge=2, description="simulated sources from which the network learns")
    n_calibration: int = Field(
        ge=20, description="others, by which the errors of both rulers are calibrated"
    )
    n_test: int = Field(ge=20, description="others, on which both rulers are judged")
    broad_share: float = Field(
        ge=0,
        le=1,
        description="share of all of these that are drawn from the broad sky, not from that of "
        "catalogues of bent sources",
    )
    broad: SkySettings = Field(description="a sky of sources of any shape, straight ones included")
    max_error_deg: float = Field(
        default=45.0, gt=0, description="an angle with a larger error is not told (deg)"
    )
    training: RulerTraining = Field(description="how the network is trained")
