"""Steps of the reporting pipeline that draw the sample and who judged it."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd

from bentjets.files import FigureFiles
from bentjets.parameters import AcquisitionSettings, ReportingSettings
from bentjets.plotting import render_figure
from bentjets.radio.surveys import find_footprint
from bentjets.report import charts
from bentjets.review import compare_pairs


def draw_sky(
    manifest: pd.DataFrame,
    acquisition: AcquisitionSettings,
    classes: Mapping[str, str],
    reporting: ReportingSettings,
) -> FigureFiles:
    """Draw where the sources are on the sky, and what of it the survey covers, if it says so."""
    footprint = find_footprint(acquisition.chosen_survey)
    return render_figure(
        charts.draw_sky(manifest, list(classes), footprint, journal=reporting.widths)
    )


def draw_distributions(
    manifest: pd.DataFrame, classes: Mapping[str, str], reporting: ReportingSettings
) -> FigureFiles:
    """Draw how flux, size and opening angle are distributed in each class."""
    return render_figure(
        charts.draw_distributions(manifest, list(classes), journal=reporting.widths)
    )


def draw_agreement(
    reviews: pd.DataFrame, quality: pd.DataFrame, reporting: ReportingSettings
) -> FigureFiles:
    """Draw how often each expert says what each other one says."""
    images = dict(zip(quality["source_id"], quality["image_sha256"], strict=True))
    return render_figure(
        charts.draw_agreement(compare_pairs(reviews, images), journal=reporting.widths)
    )
