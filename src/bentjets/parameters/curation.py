"""Which sources are accepted, and into how many batches they go: the parameters ``curation``."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, field_validator

from bentjets.radio.measuring import QualityLimits
from bentjets.review import Policy, Stale

_STRICT = ConfigDict(extra="forbid", frozen=True, strict=True)


class ReviewSettings(BaseModel):
    """Who decides on a source."""

    model_config = _STRICT

    policy: Policy = Field(
        description="automatic: the quality checks decide; unanimous: all experts must accept "
        "(section 3); majority: more than half of them; weighted: by their reliability (Dawid and "
        "Skene 1979)"
    )
    min_reviewers: int = Field(
        ge=1, description="experts who must have voted on a source; section 3 has two"
    )
    stale: Stale = Field(
        default="ignore",
        description="what a vote is worth on an image that has changed since: ignore: it counts as "
        "missing; count: as any other",
    )
    repeat_share: float = Field(
        default=0.05,
        ge=0,
        le=1,
        description="share of the sources that each expert sees twice, unmarked, for their own "
        "consistency",
    )

    @field_validator("policy", mode="before")
    @classmethod
    def _check_name(cls, policy: Any) -> Any:
        if policy == "experts":
            raise ValueError("it is called unanimous now")
        return policy


class SplitSettings(BaseModel):
    """Which source goes in which batch."""

    model_config = _STRICT

    order: Literal["shuffled", "catalogue"] = Field(
        default="shuffled",
        description="shuffled: at random by the seed; sources that share sky, position, image, "
        "name or the catalogue's `group` stay together. catalogue: in its order, as in the paper",
    )
    column: str | None = Field(
        default=None,
        min_length=1,
        description="column of the catalogue that gives each source's batch (0 and on, or "
        "data_batch_0 to test_batch), instead of an order; null: none",
    )
    fail_on_leak: bool = Field(
        default=False,
        description="whether sources in training and test that are not independent end the run",
    )


class ReleaseSettings(BaseModel):
    """What a release says of itself, by people."""

    model_config = _STRICT

    version: str = Field(default="1.0.0", min_length=1, description="version of the release")
    date_published: str = Field(
        default="2026-11-25",
        pattern=r"^\d{4}-\d{2}-\d{2}$",
        description="when it is published, ISO 8601; the date of a run would make every release "
        "another one",
    )
    url: str = Field(
        default="https://arxiv.org/abs/2505.19249",
        pattern="^https?://",
        description="where it, or the work behind it, is described",
    )
    creators: tuple[str, ...] = Field(
        default=(), strict=False, description="people or organisations who made it"
    )
    consent: str = Field(
        default="",
        description="what the experts agreed to; without it they are called by numbers",
    )


class CurationSettings(BaseModel):
    """Quality, review and batches."""

    model_config = _STRICT

    quality: QualityLimits = Field(
        description="what an image must satisfy to be accepted without an expert"
    )
    review: ReviewSettings = Field(description="who decides on a source (section 3)")
    n_batches: int = Field(
        ge=2, description="batches, the last of which is the test batch; section 4 has ten"
    )
    splits: SplitSettings = Field(
        default=SplitSettings(), description="which source goes in which batch"
    )
    release: ReleaseSettings = Field(
        default=ReleaseSettings(), description="what a release says of itself"
    )
