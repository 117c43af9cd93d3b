"""Where cutouts come from: the parameters ``acquisition.surveys``."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Discriminator, Field, Tag

from bentjets.parameters.acquisition.citation import Citation
from bentjets.radio.simulation import SkySettings

_STRICT = ConfigDict(extra="forbid", frozen=True, strict=True, allow_inf_nan=False)


def _read_beam(given: Any) -> Any:
    match given:
        case (int() | float() as major, int() | float() as minor, int() | float() as angle):
            if 0 < minor <= major:
                return float(major), float(minor), float(angle)
    raise ValueError("give BMAJ, BMIN (arcsec, 0 < BMIN <= BMAJ) and BPA (deg)")


def _is_zoned(given: Any) -> str:
    first = given[0] if isinstance(given, list | tuple) and given else None
    return "zones" if isinstance(first, Mapping | BeamZone) else "beam"


Beam = Annotated[tuple[float, float, float], BeforeValidator(_read_beam)]
"""BMAJ and BMIN (full widths at half maximum, arcsec) and BPA (deg, north through east)."""

Footprint = Annotated[
    str | None,
    Field(
        description="file of the sky that the survey covers: a MOC in FITS, JSON or ASCII; the map "
        "of the sample shows it"
    ),
]


class BeamZone(BaseModel):
    """The beam of a survey in a zone of declination."""

    model_config = _STRICT

    from_dec_deg: float = Field(ge=-90, le=90, description="southern limit of the zone, deg")
    beam: Beam = Field(description="BMAJ, BMIN (arcsec) and BPA (deg)")


Beams = Annotated[
    Annotated[Beam, Tag("beam")] | Annotated[list[BeamZone], Tag("zones")],
    Discriminator(_is_zoned),
]


class SimulatedSurvey(BaseModel):
    """A FIRST-like sky made on the spot."""

    model_config = _STRICT

    service: Literal["simulated"] = Field(description="drawn on the spot")
    size_px: int = Field(default=150, ge=1, description="side of a cutout (section 2), pixels")
    pixel_scale_arcsec: float = Field(default=1.8, gt=0, description="side of a pixel (section 2)")
    beam_arcsec: Beams = Field(
        default=(5.4, 5.4, 0.0), description="BMAJ, BMIN (arcsec) and BPA (deg)"
    )
    frequency_hz: float = Field(default=1.4e9, gt=0, description="observing frequency")
    licence: str = Field(default="", description="terms of the images")
    citation: Citation = ""
    backgrounds: str | None = Field(
        default=None,
        description="folder of FITS images of a survey's empty sky, into which the sources are "
        "laid: its noise, artefacts, neighbours and beam; null: all of it is drawn",
    )
    sky: SkySettings = Field(default=SkySettings(), description="what its sources are drawn from")


class FolderSurvey(BaseModel):
    """A folder of FITS files, one for each source; or one FITS image that holds them all."""

    model_config = _STRICT

    service: Literal["folder"] = Field(description="files")
    path: str | None = Field(default=None, description="the folder, or the file of a mosaic")
    size_px: int = Field(ge=1, description="side of a cutout (section 2: 150), pixels")
    beam_arcsec: Beams | None = Field(
        default=None,
        description="BMAJ, BMIN (arcsec) and BPA (deg) for files that state none; null makes such "
        "a file an error",
    )
    frequency_hz: float | None = Field(
        default=None, gt=0, description="observing frequency for files that state none"
    )
    licence: str = Field(default="", description="terms of the images")
    citation: Citation = ""
    footprint: Footprint = None


class RemoteSurvey(BaseModel):
    """A survey of which a public service makes cutouts."""

    model_config = _STRICT

    service: Literal["skyview", "hips2fits"] = Field(description="who makes the cutouts")
    survey: str = Field(min_length=1, description="name of the survey at the service")
    size_px: int = Field(ge=1, description="side of a cutout (section 2: 150), pixels")
    pixel_scale_arcsec: float = Field(gt=0, description="side of a pixel (section 2: 1.8)")
    beam_arcsec: Beams | None = Field(
        default=None,
        description="BMAJ, BMIN (arcsec) and BPA (deg) for files that state none, or one of each "
        "for zones of declination",
    )
    frequency_hz: float | None = Field(
        default=None, gt=0, description="observing frequency for files that state none"
    )
    licence: str = Field(default="", description="terms of the survey's images")
    citation: Citation = ""
    footprint: Footprint = None


Survey = Annotated[SimulatedSurvey | FolderSurvey | RemoteSurvey, Field(discriminator="service")]
