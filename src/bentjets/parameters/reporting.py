"""What the report shows: the parameters ``reporting``."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict, Field

from bentjets.plotting import JOURNALS, Journal, JournalName
from bentjets.report.tabulating.typesetting import LatexStyle


class ReportingSettings(BaseModel):
    """Contents of the figures."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)

    journal: JournalName = Field(
        default="aas",
        description="whose columns figures are as wide as, in print: aas (ApJ, AJ: 3.5 and 7.1 in) "
        "or aa (Astronomy & Astrophysics: 88 and 180 mm)",
    )
    latex: LatexStyle = Field(
        default="booktabs",
        description="how tables are set in LaTeX: booktabs, or deluxetable of the AAS journals' "
        "AASTeX",
    )
    examples_per_class: int = Field(ge=1, description="sources of each class in Figures 1 and 2")
    embedded_thumbnails: int = Field(
        ge=0,
        description="of a survey up to this many sources, the report holds the pictures of its "
        "gallery; those of a larger one stay in 08_reporting/thumbnails, beside it",
    )

    @property
    def widths(self) -> Journal:
        """The widths of figures in the chosen journal."""
        return JOURNALS[self.journal]
