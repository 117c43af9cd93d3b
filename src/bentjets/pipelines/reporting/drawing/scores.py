"""Steps of the reporting pipeline that draw how good the models are, from their predictions."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd

from bentjets.files import FigureFiles
from bentjets.learning.data import plan_runs
from bentjets.learning.evaluation import measure_learning
from bentjets.parameters import ModellingSettings, ReportingSettings
from bentjets.pipelines.reporting.drawing.models import by_model
from bentjets.plotting import render_figure


def draw_curves(
    predictions: pd.DataFrame,
    splits: pd.DataFrame,
    metrics: Mapping[str, Any],
    reporting: ReportingSettings,
) -> FigureFiles:
    """Draw ROC and precision-recall curves of the best models, with bands."""
    from bentjets.learning.evaluation import figures

    groups = dict(zip(splits["source_id"], splits["group"], strict=True))
    return render_figure(
        figures.draw_curves(predictions, groups, metrics, journal=reporting.widths)
    )


def draw_learning(
    *,
    manifest: pd.DataFrame,
    splits: pd.DataFrame,
    metrics: Mapping[str, Any],
    modelling: ModellingSettings,
    reporting: ReportingSettings,
    **runs: pd.DataFrame,
) -> FigureFiles:
    """Draw how the accuracy of a simple rule grows with its images, and where the networks are."""
    from bentjets.learning.evaluation import figures

    plans = plan_runs(
        splits,
        protocol=modelling.protocol,
        folds=modelling.folds,
        seeds=modelling.seeds[:1],
        validation_batch=modelling.validation_batch,
    )
    learning = measure_learning(manifest, plans, metrics["classes"])
    return render_figure(
        figures.draw_learning(learning, metrics, by_model(runs, "runs"), journal=reporting.widths)
    )


def draw_seeds(
    predictions: pd.DataFrame, metrics: Mapping[str, Any], reporting: ReportingSettings
) -> FigureFiles:
    """Draw how far the seeds of the training are apart."""
    from bentjets.learning.evaluation import figures

    return render_figure(figures.draw_seeds(predictions, metrics, journal=reporting.widths))
