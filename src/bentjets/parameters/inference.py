"""What a trained network is to classify: the parameters ``inference``."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field


def _as_list(given: Any) -> Any:
    return [given] if isinstance(given, str) else given


class InferenceSettings(BaseModel):
    """The trained network, and how it is used."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)

    runs: Annotated[list[str], BeforeValidator(_as_list)] | None = Field(
        default=None,
        description="folders of trained runs, whose mean is taken: data/06_models/<model>/"
        "<protocol>-<fold>-<seed>, a pattern such as data/06_models/*/single-0-*, or a model's "
        "folder for all its finished runs",
    )
    attention: int = Field(
        default=0,
        ge=0,
        description="of how many sources to draw where the network looks: the first ones of the "
        "table that were classified",
    )
