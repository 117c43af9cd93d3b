"""How islands are found: the parameters ``processing``."""

from __future__ import annotations

from typing import Any, Self

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator


class FindingSettings(BaseModel):
    """How islands are found (section 3 of Hossain et al. 2025)."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True, allow_inf_nan=False)

    threshold_island: float = Field(
        default=3.0,
        description="T_isl, section 3: an island is where the image exceeds the background mean "
        "by this many rms",
    )
    threshold_pixel: float = Field(
        default=5.0,
        description="T_pix, section 3: an island must hold a pixel above this many rms",
    )
    dilation: int = Field(
        default=0,
        ge=0,
        description="d of Eq. 3: by how many pixels the mask grows on each side",
    )
    rms_box: tuple[int, int] | None = Field(
        default=None,
        description="side and step in pixels of the subregions in which the background is "
        "estimated (Eq. 1); null leaves the choice to PyBDSF",
    )
    rms_map: bool | None = Field(
        default=None,
        description="true: mean and rms vary over the image; false: they are constants; null "
        "leaves the choice to PyBDSF",
    )
    k: float | None = Field(
        default=None,
        gt=0,
        description="k of Eq. 1, B = mu + k sigma: in each subregion, pixels farther than k sigma "
        "from mu are clipped from the estimates of both until nothing changes; null lets PyBDSF "
        "choose it from the number of pixels",
    )
    masks_only: bool = Field(default=False, description="true: stop before the fit of Gaussians")
    link_arcsec: float | None = Field(
        default=None,
        gt=0,
        description="keep only the islands of the source: the one at its position, and those whose "
        "Gaussians are chained to it by steps of at most this length (arcsec); null keeps "
        "neighbours too",
    )

    @field_validator("rms_box", mode="before")
    @classmethod
    def _read_box(cls, box: Any) -> Any:
        """YAML has lists, not tuples."""
        match box:
            case None:
                return None
            case (int(side), int(step)) if not isinstance(step, bool) and 0 < step <= side:
                return side, step
        raise ValueError("give [side, step] in whole pixels, 0 < step <= side, or null")

    @model_validator(mode="after")
    def _check(self) -> Self:
        if not 0 < self.threshold_island <= self.threshold_pixel:
            raise ValueError(
                f"threshold_island {self.threshold_island:g} and threshold_pixel "
                f"{self.threshold_pixel:g}: give 0 < threshold_island <= threshold_pixel"
            )
        if self.link_arcsec is not None and self.masks_only:
            raise ValueError(
                "link_arcsec needs the Gaussians that masks_only leaves out: set one of the two"
            )
        return self
