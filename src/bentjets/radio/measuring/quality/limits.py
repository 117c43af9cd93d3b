"""The limits of the quality checks: the parameters ``curation.quality``."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

CheckName = Literal[
    "mask_pixels",
    "blank_fraction",
    "offset_arcsec",
    "largest_angular_size_arcsec",
    "size_beams",
    "snr",
    "touches_edge",
    "neighbour_flux_ratio",
    "contrast_taken",
    "angle_against_class",
    "duplicate_of",
    "overlaps",
]
_STRICT = ConfigDict(extra="forbid", frozen=True, strict=True, allow_inf_nan=False)


class AngleLimits(BaseModel):
    """The opening angles that are plausible for a class."""

    model_config = _STRICT

    min_deg: float = Field(default=0.0, ge=0, le=180, description="smallest opening angle (deg)")
    max_deg: float = Field(default=180.0, ge=0, le=180, description="largest opening angle (deg)")


class QualityLimits(BaseModel):
    """What an image must satisfy to be accepted without an expert, and what is remarked on.

    The paper sorts by eye (section 3): of 703 images, 639 are good, 31 small, 24 bad and 9
    confused. The rejecting checks stand in for that; the others only put a flag on the source.
    """

    model_config = _STRICT

    rejecting: tuple[CheckName, ...] = Field(
        default=(
            *("mask_pixels", "blank_fraction", "offset_arcsec", "largest_angular_size_arcsec"),
            "snr",
        ),
        strict=False,
        description="checks of which one that fails rejects the source; the others only warn",
    )
    max_blank_fraction: float = Field(
        ge=0, le=1, description="largest share of pixels without data, 0 to 1"
    )
    max_offset_arcsec: float = Field(
        ge=0,
        description="farthest that the nearest island may lie from the catalogue position (arcsec)",
    )
    min_size_arcsec: float = Field(
        ge=0,
        description="smallest largest angular size of the source's island (arcsec); smaller ones "
        "show no bend (the small ones of section 3)",
    )
    min_snr: float = Field(
        ge=0, description="smallest ratio of the peak of the source's island to the rms"
    )
    min_mask_pixels: int = Field(
        default=1, ge=1, description="fewest pixels of a mask that is not empty"
    )
    min_size_beams: float = Field(
        default=3.0, ge=0, description="smallest largest angular size of the island, in beams"
    )
    max_touches_edge: float = Field(
        default=0.0,
        ge=0,
        le=1,
        description="largest share of the source's pixels beside which the data end, 0 to 1",
    )
    max_neighbour_flux_ratio: float = Field(
        default=0.5,
        ge=0,
        description="largest ratio of the flux of another island of the mask to the source's",
    )
    min_contrast_taken: float = Field(
        default=128.0,
        ge=0,
        le=255,
        description="smallest level that the source's peak may have in the 8-bit image, 0 to 255 "
        "(Eq. 4): lower where a neighbour takes the contrast",
    )
    max_angle_against_class: float = Field(
        default=2.0,
        ge=0,
        description="how far the opening angle may lie outside of class_angles, in its own errors",
    )
    class_angles: dict[str, AngleLimits] = Field(
        default={},
        description="plausible opening angles of each class; other classes are not checked",
    )
    min_separation_arcsec: float = Field(
        default=5.4,
        ge=0,
        description="sources closer than this are at one position, and the later one duplicates "
        "the earlier (arcsec); FIRST's beam",
    )
    max_overlaps: int = Field(
        default=0, ge=0, description="most sources whose cutouts may share sky with the source's"
    )
