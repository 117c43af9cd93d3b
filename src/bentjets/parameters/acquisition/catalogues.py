"""Where sources come from: the parameters ``acquisition.catalogues``."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from bentjets.parameters.acquisition.citation import Citation
from bentjets.parameters.acquisition.opinions import Opinions

_STRICT = ConfigDict(extra="forbid", frozen=True, strict=True, allow_inf_nan=False)


class SimulatedCatalogue(BaseModel):
    """Sources of a simulated sky."""

    model_config = _STRICT

    service: Literal["simulated"] = Field(description="drawn on the spot")
    n_sources: int = Field(ge=1, description="how many; the paper processed 703")
    wat_fraction: float = Field(
        ge=0, le=1, description="share of wide-angle tails; Table 1 has 385 of 639"
    )
    citation: Citation = ""


class _Published(Opinions):
    """A table whose columns and classes may have names of their own."""

    model_config = _STRICT

    columns: dict[str, str] = Field(
        default_factory=dict,
        description="which column of the table is which of ours, where the names differ",
    )
    classes: dict[Any, str] = Field(
        default_factory=dict,
        description="which class of the table is which of ours, where the names differ",
    )
    citation: Citation = ""


class TableCatalogue(_Published):
    """A table of one's own."""

    service: Literal["table"] = Field(description="a file")
    path: str | None = Field(default=None, description="the file: CSV, FITS, VOTable, ...")
    images: str | None = Field(
        default=None,
        description="folder of images, each of which is a source, where there is no table",
    )


class VizierCatalogue(_Published):
    """A table of VizieR."""

    service: Literal["vizier"] = Field(description="VizieR of the CDS")
    table: str = Field(min_length=1, description="name of the table or of its catalogue")


Catalogue = Annotated[
    SimulatedCatalogue | TableCatalogue | VizierCatalogue, Field(discriminator="service")
]
