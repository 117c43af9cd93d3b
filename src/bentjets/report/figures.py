"""Figures of the report: which sources they show, and figures as the bytes of a PNG file."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from io import BytesIO
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

if TYPE_CHECKING:
    from matplotlib.figure import Figure

FIGURE_DPI = 180


def choose_examples(
    manifest: pd.DataFrame, classes: Mapping[str, str], per_class: int
) -> Iterator[tuple[str, pd.DataFrame]]:
    """Choose sources of each class at evenly spaced quantiles of the largest angular size.

    Parameters
    ----------
    manifest : DataFrame
        ``source_id``, ``morphology`` and ``largest_angular_size_arcsec``, one row per source.
    classes : mapping of str to str
        The declared classes.
    per_class : int
        How many sources of each class, if there are as many.

    Yields
    ------
    tuple of str and DataFrame
        A class that has sources, and the chosen rows.
    """
    for morphology in classes:
        sources = manifest[manifest["morphology"] == morphology]
        sources = sources.sort_values(["largest_angular_size_arcsec", "source_id"])
        count = min(per_class, len(sources))
        places = (np.arange(count) + 0.5) / max(count, 1) * len(sources)
        if count:
            yield morphology, sources.iloc[places.astype(int)]


def render_png(figure: Figure) -> bytes:
    """Render a figure as PNG; the same figure gives the same bytes."""
    file = BytesIO()
    figure.savefig(
        file, format="png", dpi=FIGURE_DPI, facecolor="white", metadata={"Software": None}
    )
    return file.getvalue()
