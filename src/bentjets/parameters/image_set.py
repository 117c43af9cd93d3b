"""A set of images without a catalogue: the parameters ``acquisition.image_set``."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, field_validator

from bentjets.learning.image_sets import compile_patterns


def _as_text(given: Any) -> Any:
    """Take numbered labels for the text that they stand for: 100 for "100"."""
    if not isinstance(given, dict):
        return {} if given is None else given
    return {str(label): name for label, name in given.items()}


class ImageSetSettings(BaseModel):
    """Images of one's own or of others, by a path alone."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True, allow_inf_nan=False)

    path: str | None = Field(
        default=None,
        description="class folders, CIFAR-like pickles, HDF5, Parquet, or an archive of one of "
        "them; null: images are made of a catalogue and a survey",
    )
    classes: Annotated[dict[str, str], BeforeValidator(_as_text)] = Field(
        default_factory=dict,
        description="which label of the set is which class: several may be one, and a label that "
        "is not there is left out; empty: the classes are those that are found",
    )
    positions: list[str] = Field(
        default_factory=list,
        description="regular expressions by which the name of an image gives its position: groups "
        "ra_deg and dec_deg, or ra_h, ra_m, ra_s, dec_d, dec_m, dec_s; the first that fits counts",
    )
    pixel_scale_arcsec: float | None = Field(
        default=None,
        gt=0,
        description="side of a pixel, from which follow sizes on the sky and overlaps; null: not "
        "known, and both are left out",
    )
    citation: str = Field(default="", description="whom the report shall cite for the images")

    @field_validator("positions")
    @classmethod
    def _check_patterns(cls, given: list[str]) -> list[str]:
        compile_patterns(given)
        return given
