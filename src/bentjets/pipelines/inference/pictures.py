"""The picture of one source: its image, and where the network looks (loads matplotlib)."""

from __future__ import annotations

import io
from collections.abc import Hashable, Mapping
from typing import Any

import numpy as np
from matplotlib.figure import Figure

_SIZE_INCH = (6.4, 3.4)
_DPI = 100
# Faint lobes are to be seen beside a bright core.
_GAMMA = 0.5


def draw_map(source: Mapping[Hashable, Any]) -> bytes:
    """Draw one row of what `attend` gives, as PNG: the image, and the map over it, north up.

    Parameters
    ----------
    source
        ``source_id``, ``predicted``, ``probability``, ``height`` and ``width`` (pixels), ``image``
        and ``attention`` (FITS row order), and ``flat`` (the map is the same everywhere).
    """
    shape = int(source["height"]), int(source["width"])
    image, heat = (
        np.asarray(source[name], dtype=np.float32).reshape(shape) for name in ("image", "attention")
    )
    bright = (image / (image.max() or 1.0)) ** _GAMMA
    figure = Figure(figsize=_SIZE_INCH, dpi=_DPI, layout="constrained")
    for axes in (panels := figure.subplots(1, 2)):
        axes.imshow(bright, cmap="gray", vmin=0, vmax=1, origin="lower")
        axes.set(xticks=[], yticks=[])
    panels[0].set_title(str(source["source_id"]), fontsize="medium")
    said = f"{source['predicted']} {source['probability']:.2f}"
    panels[1].set_title(f"{said}, map is flat" if source["flat"] else said, fontsize="medium")
    if not source["flat"]:
        panels[1].imshow(heat, cmap="inferno", vmin=0, vmax=1, alpha=0.55, origin="lower")
    buffer = io.BytesIO()
    # Without the version of matplotlib, the same map is the same file.
    figure.savefig(buffer, format="png", metadata={"Software": None})
    return buffer.getvalue()
