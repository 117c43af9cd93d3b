"""Figures as files: PNG to look at, PDF for a journal."""

from __future__ import annotations

from io import BytesIO
from typing import TYPE_CHECKING

from bentjets.files import FigureFiles
from bentjets.plotting.style import in_style

if TYPE_CHECKING:
    from matplotlib.figure import Figure

PNG_DPI = 200
# Of the images within the vector file.
_PDF_IMAGE_DPI = 300


def render_figure(figure: Figure) -> FigureFiles:
    """Render a figure as PNG and as PDF; the same figure gives the same bytes.

    The PDF is a vector file of one page with embedded TrueType fonts; what is an image in the
    figure is one of 300 dpi in it.
    """
    png, pdf = BytesIO(), BytesIO()
    with in_style():
        figure.savefig(png, format="png", dpi=PNG_DPI, metadata={"Software": None})
        # Laid out once: both files look alike.
        figure.set_layout_engine("none")
        undated = {"CreationDate": None, "Creator": None, "Producer": None}
        figure.savefig(pdf, format="pdf", dpi=_PDF_IMAGE_DPI, metadata=undated)
    return FigureFiles(png.getvalue(), pdf.getvalue())
