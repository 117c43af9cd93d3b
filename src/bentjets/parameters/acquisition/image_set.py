"""A set of images without a catalogue: the parameters ``acquisition.image_set``."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, field_validator

from bentjets.learning.image_sets import compile_patterns

_OF_BENCHMARK = ("classes", "pixel_scale_arcsec", "citation")
_STRICT = ConfigDict(extra="forbid", frozen=True, strict=True, allow_inf_nan=False)


def _as_text(given: Any) -> Any:
    """Take numbered labels for the text that they stand for: 100 for "100"."""
    if not isinstance(given, dict):
        return {} if given is None else given
    return {str(label): name for label, name in given.items()}


class Benchmark(BaseModel):
    """A published image set: where it is, what it is, and whom to cite for it."""

    model_config = _STRICT

    address: str = Field(pattern="^https?://", description="of the file")
    file: str = Field(pattern=r"^[\w.-]+$", description="its name, by which it is found again")
    md5: str = Field(
        default="",
        pattern="^([0-9a-f]{32})?$",
        description="of the file; empty where it is not known",
    )
    layout: str = Field(
        default="",
        description="how its images lie, in the words of the run's first line; told if not so",
    )
    split: dict[str, int] = Field(
        default_factory=dict,
        description="images that train, validation and test have of these classes, as published; "
        "told if not so; empty where that is not known",
    )
    classes: Annotated[dict[str, str], BeforeValidator(_as_text)] = Field(
        default_factory=dict, description="which of its labels is which class, as for image_set"
    )
    pixel_scale_arcsec: float | None = Field(
        default=None, gt=0, description="side of a pixel; null: not known"
    )
    licence: str = Field(default="", description="its terms, as far as they are stated")
    citation: str = Field(description="whom to cite for it")


class ImageSetSettings(BaseModel):
    """Images of one's own or of others, by a path alone."""

    model_config = _STRICT

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
    benchmark: Benchmark | None = Field(
        default=None, description="the chosen benchmark, which is downloaded; set by benchmark"
    )

    @property
    def name(self) -> str:
        """What tables call the set: its file or folder; empty where there is none."""
        return self.benchmark.file if self.benchmark else Path(self.path or "").name

    def of_benchmark(self, benchmark: Benchmark) -> ImageSetSettings:
        """Take what a benchmark says for what is not said here."""
        said = {name: getattr(benchmark, name) for name in _OF_BENCHMARK if not getattr(self, name)}
        return self.model_copy(update={**said, "path": benchmark.address, "benchmark": benchmark})

    @field_validator("positions")
    @classmethod
    def _check_patterns(cls, given: list[str]) -> list[str]:
        compile_patterns(given)
        return given
