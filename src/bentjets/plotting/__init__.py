"""How every figure looks: one style, the widths of journals, and figures as files.

A plain library that knows matplotlib only, and is used wherever something is drawn. Matplotlib is
imported inside functions. The style itself is the file ``bentjets.mplstyle`` beside this module.
"""

from bentjets.plotting.journals import AAS, JOURNALS, Journal, JournalName
from bentjets.plotting.panels import (
    PANELS_PER_ROW,
    empty_figure,
    new_figure,
    new_panels,
    open_frame,
)
from bentjets.plotting.rendering import PNG_DPI, render_figure
from bentjets.plotting.style import (
    BLACK,
    BLUE,
    COLOURS,
    GREY,
    MARKERS,
    VERMILION,
    shorten,
    styled,
)

__all__ = [
    "AAS",
    "BLACK",
    "BLUE",
    "COLOURS",
    "GREY",
    "JOURNALS",
    "MARKERS",
    "PANELS_PER_ROW",
    "PNG_DPI",
    "VERMILION",
    "Journal",
    "JournalName",
    "empty_figure",
    "new_figure",
    "new_panels",
    "open_frame",
    "render_figure",
    "shorten",
    "styled",
]
