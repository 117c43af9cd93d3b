"""Steps of the reporting pipeline that draw: each gives a figure as the bytes of a PNG file."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import pandas as pd
from astropy.io import fits
from numpy.typing import NDArray

from bentjets.parameters import ReportingSettings
from bentjets.report.figures import choose_examples, render_png

Cutouts = Mapping[str, Callable[[], fits.PrimaryHDU]]
Images = Mapping[str, Callable[[], NDArray[np.uint8]]]


def by_model(results: Mapping[str, pd.DataFrame], result: str) -> dict[str, pd.DataFrame]:
    """Pick one result of each model; arguments are called as datasets are, ``<model>.<result>``."""
    ending = f".{result}"
    return {
        name.removesuffix(ending): table for name, table in results.items() if name.endswith(ending)
    }


def draw_examples(
    manifest: pd.DataFrame,
    cutouts: Cutouts,
    classes: Mapping[str, str],
    reporting: ReportingSettings,
) -> bytes:
    """Draw Figure 1: example cutouts of each class."""
    from bentjets.radio.imaging import figures

    chosen = choose_examples(manifest, classes, reporting.examples_per_class)
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
    reporting: ReportingSettings,
) -> bytes:
    """Draw Figure 2: image, mask and masked image of the sources of Figure 1."""
    from bentjets.radio.imaging import figures

    steps = (images, mask_images, masked_images)
    chosen = choose_examples(manifest, classes, reporting.examples_per_class)
    examples = {
        morphology: [
            figures.MaskingExample(str(name), *(step[source_id]() for step in steps))
            for name, source_id in zip(sources["name"], sources["source_id"], strict=True)
        ]
        for morphology, sources in chosen
    }
    return render_png(figures.draw_masking(examples))


def draw_attention(**attention: pd.DataFrame) -> bytes:
    """Draw Figure 3: where the networks look."""
    from bentjets.learning.evaluation import figures

    return render_png(figures.draw_attention(by_model(attention, "attention")))


def draw_confusion(metrics: Mapping[str, Any]) -> bytes:
    """Draw the confusion matrices of the networks."""
    from bentjets.learning.evaluation import figures

    return render_png(figures.draw_confusion(metrics))


def draw_reliability(reliability: pd.DataFrame, metrics: Mapping[str, Any]) -> bytes:
    """Draw how often the networks are right against how sure they are."""
    from bentjets.learning.evaluation import figures

    return render_png(figures.draw_reliability(reliability, metrics))


def draw_properties(metrics_by_property: pd.DataFrame, metrics: Mapping[str, Any]) -> bytes:
    """Draw the accuracy against flux, size, signal to noise and shape."""
    from bentjets.learning.evaluation import figures

    return render_png(figures.draw_properties(metrics_by_property, metrics))


def draw_importance(shape_importance: pd.DataFrame, classes: Mapping[str, str]) -> bytes:
    """Draw what the rules on the shape of the islands go by."""
    from bentjets.learning.evaluation import figures

    return render_png(figures.draw_importance(shape_importance, list(classes)))


def draw_angles(hand_angles: pd.DataFrame) -> bytes:
    """Draw the opening angles that experts measured against those of the ruler."""
    from bentjets.learning.evaluation import figures

    return render_png(figures.draw_angles(hand_angles))


def draw_history(**trained: pd.DataFrame) -> bytes:
    """Draw how the training of the networks went, from their runs and histories."""
    from bentjets.learning.evaluation import figures

    histories, runs = by_model(trained, "histories"), by_model(trained, "runs")
    return render_png(figures.draw_history(histories, runs))
