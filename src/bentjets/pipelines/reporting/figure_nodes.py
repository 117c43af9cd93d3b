"""The nodes of the reporting pipeline that draw: figures as the bytes of a PNG file."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from io import BytesIO
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from astropy.io import fits
from numpy.typing import NDArray

if TYPE_CHECKING:
    from matplotlib.figure import Figure

Images = Mapping[str, Callable[[], NDArray[np.uint8]]]
Cutouts = Mapping[str, Callable[[], fits.PrimaryHDU]]

FIGURE_DPI = 180


def choose_examples(
    manifest: pd.DataFrame, classes: Mapping[str, str], per_class: int
) -> Iterator[tuple[str, pd.DataFrame]]:
    """Choose sources of each class at evenly spaced quantiles of the largest angular size."""
    for morphology in classes:
        sources = manifest[manifest["morphology"] == morphology]
        sources = sources.sort_values(["largest_angular_size_arcsec", "source_id"])
        count = min(per_class, len(sources))
        places = (np.arange(count) + 0.5) / max(count, 1) * len(sources)
        if count:
            yield morphology, sources.iloc[places.astype(int)]


def draw_examples(
    manifest: pd.DataFrame,
    cutouts: Cutouts,
    classes: Mapping[str, str],
    reporting: Mapping[str, Any],
) -> bytes:
    """Draw Figure 1: example cutouts of each class."""
    from bentjets.radio import figures

    chosen = choose_examples(manifest, classes, reporting["examples_per_class"])
    examples = {
        morphology: [
            (str(name), cutouts[source_id]())
            for name, source_id in zip(sources["name"], sources["source_id"], strict=True)
        ]
        for morphology, sources in chosen
    }
    return render_png(figures.draw_examples(examples))


def draw_masking(
    *,
    manifest: pd.DataFrame,
    images: Images,
    mask_images: Images,
    masked_images: Images,
    classes: Mapping[str, str],
    reporting: Mapping[str, Any],
) -> bytes:
    """Draw Figure 2: image, mask and masked image of the sources of Figure 1."""
    from bentjets.radio import figures

    steps = (images, mask_images, masked_images)
    chosen = choose_examples(manifest, classes, reporting["examples_per_class"])
    examples = {
        morphology: [
            figures.MaskingExample(str(name), *(step[source_id]() for step in steps))
            for name, source_id in zip(sources["name"], sources["source_id"], strict=True)
        ]
        for morphology, sources in chosen
    }
    return render_png(figures.draw_masking(examples))


def draw_attention(**attention: pd.DataFrame) -> bytes:
    """Draw Figure 3: where the models look."""
    from bentjets.learning.figures import draw_attention as draw

    return render_png(draw(attention))


def draw_confusion(**metrics: Mapping[str, Any]) -> bytes:
    """Draw the confusion matrices of the models."""
    from bentjets.learning.figures import draw_confusion as draw

    return render_png(draw(metrics))


def draw_history(**history: pd.DataFrame) -> bytes:
    """Draw the training histories of the models."""
    from bentjets.learning.figures import draw_history as draw

    return render_png(draw(history))


def render_png(figure: Figure) -> bytes:
    """Render a figure as PNG; the same figure gives the same bytes."""
    file = BytesIO()
    figure.savefig(
        file, format="png", dpi=FIGURE_DPI, facecolor="white", metadata={"Software": None}
    )
    return file.getvalue()
