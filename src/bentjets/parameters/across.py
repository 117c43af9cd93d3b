"""Which other image sets trained networks are tested on: the parameters ``across``."""

from __future__ import annotations

import os
from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field


def split_paths(given: Any) -> Any:
    """Take one text for the paths that it joins, as ``--params`` cannot give a list."""
    if isinstance(given, str):
        return [path for path in given.split(os.pathsep) if path]
    return [] if given is None else given


def _as_text(given: Any) -> Any:
    """Take numbered labels for the text that they stand for."""
    if not isinstance(given, dict):
        return {} if given is None else given
    return {str(label): name for label, name in given.items()}


class AcrossSettings(BaseModel):
    """Other image sets to test on, and what their labels mean."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True, allow_inf_nan=False)

    test_on: Annotated[list[str], BeforeValidator(split_paths)] = Field(
        default_factory=list,
        description="paths of other image sets, a list or joined by colons; the networks of the "
        "run are tested on each, without the sources that it shares with the set of the run; "
        "empty: on none",
    )
    classes: Annotated[dict[str, str], BeforeValidator(_as_text)] = Field(
        default_factory=dict,
        description="which label of these sets is which trained class; a label that is not there "
        "means the class of its own name, and is left out where there is none",
    )
    match_arcsec: float = Field(
        default=30.0, gt=0, le=600, description="up to how far apart positions are of one source"
    )
