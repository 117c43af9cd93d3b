"""Steps of the reporting pipeline: tables, figures and the report."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

import numpy as np
import pandas as pd
from astropy.io import fits
from numpy.typing import NDArray
from pydantic import BaseModel

from bentjets.learning.data import name_sample
from bentjets.learning.evaluation import classify_by_angle as classify
from bentjets.learning.evaluation import compare_pairs
from bentjets.learning.evaluation.metrics import measure
from bentjets.learning.settings import ModelSettings
from bentjets.parameters import (
    AcquisitionSettings,
    CurationSettings,
    ModellingSettings,
    ReportingSettings,
)
from bentjets.radio.finding import FindingSettings
from bentjets.report import page, summaries, tables
from bentjets.report.figures import choose_examples, render_png

Cutouts = Mapping[str, Callable[[], fits.PrimaryHDU]]
Images = Mapping[str, Callable[[], NDArray[np.uint8]]]


def tabulate_batches(
    manifest: pd.DataFrame, classes: Mapping[str, str]
) -> tuple[pd.DataFrame, str]:
    """Make Table 1, as a table and in LaTeX."""
    table = tables.batch_table(manifest, classes)
    return table, tables.batch_table_latex(table)


def classify_by_angle(
    manifest: pd.DataFrame, classes: Mapping[str, str]
) -> tuple[pd.DataFrame, dict[str, Any]]:
    """Classify the test batch by the opening angle alone, and measure how well that went."""
    predictions = classify(manifest, list(classes))
    return predictions, measure(predictions, list(classes))


def tabulate_models(**metrics: Mapping[str, Any]) -> tuple[pd.DataFrame, str]:
    """Make Table 2, as a table and in LaTeX."""
    table = tables.model_table(metrics)
    return table, tables.model_table_latex(table)


def compare_models(**predictions: pd.DataFrame) -> pd.DataFrame:
    """Compare every pair of models by the exact McNemar test."""
    return compare_pairs(predictions)


def describe_sample(
    manifest: pd.DataFrame,
    cutouts: Cutouts,
    decisions: pd.DataFrame,
    curation: CurationSettings,
    classes: Mapping[str, str],
) -> dict[str, Any]:
    """Say what the sample is: its survey, its size, and who accepted it."""
    cutout = cutouts[manifest["source_id"].iloc[0]]()
    counts = manifest["morphology"].value_counts()
    return {
        "survey": summaries.describe_survey(cutout.header, cutout.data.shape),
        "total": len(manifest),
        "classes": [[name, int(counts.get(name, 0))] for name in classes],
        "policy": curation.review.policy,
        "reviewers": summaries.list_reviewers(decisions),
    }


def count_funnel(
    catalogue: pd.DataFrame,
    acquisition_log: pd.DataFrame,
    processing_log: pd.DataFrame,
    quality: pd.DataFrame,
    decisions: pd.DataFrame,
    curation: CurationSettings,
) -> dict[str, Any]:
    """Count the sources that each stage kept, and say why the others were lost."""
    unfetched = acquisition_log[acquisition_log["sha256"] == ""]
    failed = processing_log[processing_log["status"] != "ok"]
    rejected = decisions[~decisions["accepted"].astype(bool)]
    by_experts = curation.review.policy == "experts"
    losses = [
        summaries.list_losses("Cutouts not obtained", unfetched, "acquisition_log.csv"),
        summaries.list_losses("Source finding failed", failed, "processing_log.csv"),
        summaries.list_losses("Rejected", rejected, "reviews.db" if by_experts else "quality.csv"),
    ]
    if by_experts:
        doubtful = quality[~quality["accepted"].astype(bool)]
        title = "What the automatic checks would reject"
        losses.append(summaries.list_losses(title, doubtful, "quality.csv"))
    stages = [
        ["in the catalogue", len(catalogue)],
        ["with a cutout", len(acquisition_log) - len(unfetched)],
        ["processed", len(processing_log) - len(failed)],
        ["accepted", len(decisions) - len(rejected)],
    ]
    return {"stages": stages, "losses": [loss for loss in losses if loss["count"]]}


def describe_published(
    manifest: pd.DataFrame, acquisition: AcquisitionSettings, classes: Mapping[str, str]
) -> tuple[dict[str, Any], dict[str, Any]]:
    """Say what published batches are, and that nothing is known of how sources were lost."""
    counts = manifest["morphology"].value_counts()
    sample = {
        "survey": {
            "name": "as published",
            "facts": [f"the batches of {acquisition.published_record}"],
        },
        "total": len(manifest),
        "classes": [[name, int(counts.get(name, 0))] for name in classes],
        "policy": "published",
        "reviewers": [],
    }
    return sample, {"stages": [], "losses": []}


def list_settings(
    models: Mapping[str, Any],
    acquisition: AcquisitionSettings,
    processing: FindingSettings,
    curation: CurationSettings,
    modelling: ModellingSettings,
    reporting: ReportingSettings,
) -> dict[str, Any]:
    """List the parameters of the run, and the versions of the packages that ran."""
    # Kedro gives the settings of models to the steps of each model, and here those of all.
    trained = {
        name: _as_written(ModelSettings.model_validate(models[name])) for name in modelling.train
    }
    columns = list(dict.fromkeys(key for settings in trained.values() for key in settings))
    sections = {
        "acquisition": acquisition,
        "processing": processing,
        "curation": curation,
        "modelling": modelling,
        "reporting": reporting,
    }
    return {
        "model_columns": columns,
        "models": [
            [name, [summaries.value_text(settings.get(key)) for key in columns]]
            for name, settings in trained.items()
        ],
        "sections": [
            [name, [[*pair] for pair in _flatten(settings)]] for name, settings in sections.items()
        ],
        "versions": [[*pair] for pair in summaries.list_versions()],
    }


def _as_written(settings: BaseModel) -> dict[str, Any]:
    return settings.model_dump(mode="json", by_alias=True, exclude_unset=True)


def _flatten(settings: BaseModel) -> Iterator[tuple[str, str]]:
    return summaries.flatten(summaries.drop_unchosen(_as_written(settings)))


def write_report(
    sample: Mapping[str, Any],
    funnel: Mapping[str, Any],
    settings: Mapping[str, Any],
    table1: pd.DataFrame,
    table2: pd.DataFrame,
    comparison: pd.DataFrame,
    **figures: bytes,
) -> str:
    """Write the report: one HTML page that holds the tables and figures."""
    return page.render_page(
        figures,
        sample=sample,
        funnel=funnel,
        settings=settings,
        table1=table1.astype(str).to_dict("split"),
        table2=page.model_rows(table2),
        classes=tables.table_classes(table2),
        objects=name_sample(tables.table_classes(table2)),
        n_test=int(table2["n"].iloc[0]),
        has_angle=tables.has_angle(table2),
        verdict=summaries.judge_models(table2, comparison),
    )


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
    """Draw Figure 3: where the models look."""
    from bentjets.learning.evaluation.figures import draw_attention as draw

    return render_png(draw(attention))


def draw_confusion(**metrics: Mapping[str, Any]) -> bytes:
    """Draw the confusion matrices of the models."""
    from bentjets.learning.evaluation.figures import draw_confusion as draw

    return render_png(draw(metrics))


def draw_history(**history: pd.DataFrame) -> bytes:
    """Draw the training histories of the models."""
    from bentjets.learning.evaluation.figures import draw_history as draw

    return render_png(draw(history))
