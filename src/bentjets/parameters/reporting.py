"""What the report shows: the parameters ``reporting``."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict, Field


class ReportingSettings(BaseModel):
    """Contents of the figures."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)

    examples_per_class: int = Field(ge=1, description="sources of each class in Figures 1 and 2")
    embedded_thumbnails: int = Field(
        ge=0,
        description="of a survey up to this many sources, the report holds the pictures of its "
        "gallery; those of a larger one stay in 08_reporting/thumbnails, beside it",
    )
