"""How hard a public service may be pressed, and how long it is waited for."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict, Field


class Politeness(BaseModel):
    """How a public service is asked, whichever it is."""

    # Strict: true is no number of requests, nor is "4" or 2.5.
    model_config = ConfigDict(extra="forbid", frozen=True, strict=True, allow_inf_nan=False)

    per_second: float = Field(
        default=4.0, gt=0, description="Requests started in a second, at most."
    )
    in_flight: int = Field(
        default=4, gt=0, description="Requests that are under way at the same time, at most."
    )
    connect_s: float = Field(
        default=10.0,
        gt=0,
        description="How long to wait for a connection, in s.",
    )
    read_s: float = Field(
        default=60.0,
        gt=0,
        description="How long to wait for the next piece of an answer, in s.",
    )
    answer_s: float = Field(
        default=180.0,
        gt=0,
        description="How long an answer may take from its first to its last byte, in s.",
    )
    attempts: int = Field(
        default=5,
        gt=0,
        description=(
            "How often a request is made that fails for a reason that may pass: time-outs, 429, "
            "5xx, half files, empty lists."
        ),
    )
    backoff_s: float = Field(
        default=2.0,
        gt=0,
        description="Mean wait before the second attempt, in s; doubled before each further one.",
    )
    give_up_after: int = Field(
        default=20,
        gt=0,
        description=(
            "Failed attempts in a row after which the service is down, and the run ends, unless "
            "it can still do what it could before."
        ),
    )
