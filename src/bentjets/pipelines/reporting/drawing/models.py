"""Steps of the reporting pipeline that draw: each gives a figure as its files."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import pandas as pd
from astropy.io import fits
from numpy.typing import NDArray

from bentjets.files import FigureFiles
from bentjets.parameters import ReportingSettings
from bentjets.plotting import render_figure
from bentjets.report.figures import choose_examples, name_sources

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
) -> FigureFiles:
    """Draw Figure 1: example cutouts of each class."""
    from bentjets.radio.imaging import figures

    chosen = choose_examples(manifest, classes, reporting.examples_per_class)
    examples = {
        morphology: [
            figures.Example(name, cutouts[source_id](), redshift)
            for source_id, name, redshift in name_sources(sources)
        ]
        for morphology, sources in chosen
    }
    return render_figure(figures.draw_examples(examples, journal=reporting.widths))


def draw_masking(
    *,
    manifest: pd.DataFrame,
    cutouts: Cutouts,
    images: Images,
    mask_images: Images,
    masked_images: Images,
    classes: Mapping[str, str],
    reporting: ReportingSettings,
) -> FigureFiles:
    """Draw Figure 2: image, mask and masked image of the sources of Figure 1."""
    from bentjets.radio.imaging import figures

    chosen = choose_examples(manifest, classes, reporting.examples_per_class)
    examples = {
        morphology: [
            figures.MaskingExample(
                name=name,
                image=images[source_id](),
                mask=mask_images[source_id](),
                masked=masked_images[source_id](),
                header=cutouts[source_id]().header,
                redshift=redshift,
            )
            for source_id, name, redshift in name_sources(sources)
        ]
        for morphology, sources in chosen
    }
    return render_figure(figures.draw_masking(examples, journal=reporting.widths))


def draw_attention(*, reporting: ReportingSettings, **attention: pd.DataFrame) -> FigureFiles:
    """Draw Figure 3: where the networks look."""
    from bentjets.learning.evaluation import figures

    maps = by_model(attention, "attention")
    return render_figure(figures.draw_attention(maps, journal=reporting.widths))


def draw_confusion(metrics: Mapping[str, Any], reporting: ReportingSettings) -> FigureFiles:
    """Draw the confusion matrices of the networks."""
    from bentjets.learning.evaluation import figures

    return render_figure(figures.draw_confusion(metrics, journal=reporting.widths))


def draw_reliability(
    reliability: pd.DataFrame, metrics: Mapping[str, Any], reporting: ReportingSettings
) -> FigureFiles:
    """Draw how often the networks are right against how sure they are."""
    from bentjets.learning.evaluation import figures

    return render_figure(figures.draw_reliability(reliability, metrics, journal=reporting.widths))


def draw_properties(
    metrics_by_property: pd.DataFrame, metrics: Mapping[str, Any], reporting: ReportingSettings
) -> FigureFiles:
    """Draw the accuracy against flux, size, signal to noise and shape."""
    from bentjets.learning.evaluation import figures

    return render_figure(
        figures.draw_properties(metrics_by_property, metrics, journal=reporting.widths)
    )


def draw_importance(
    shape_importance: pd.DataFrame, classes: Mapping[str, str], reporting: ReportingSettings
) -> FigureFiles:
    """Draw what the rules on the shape of the islands go by."""
    from bentjets.learning.evaluation import figures

    return render_figure(
        figures.draw_importance(shape_importance, list(classes), journal=reporting.widths)
    )


def draw_angles(hand_angles: pd.DataFrame, reporting: ReportingSettings) -> FigureFiles:
    """Draw the opening angles that experts measured against those of the ruler."""
    from bentjets.learning.evaluation import figures

    return render_figure(figures.draw_angles(hand_angles, journal=reporting.widths))


def draw_history(*, reporting: ReportingSettings, **trained: pd.DataFrame) -> FigureFiles:
    """Draw how the training of the networks went, from their runs and histories."""
    from bentjets.learning.evaluation import figures

    histories, runs = by_model(trained, "histories"), by_model(trained, "runs")
    return render_figure(figures.draw_history(histories, runs, journal=reporting.widths))
