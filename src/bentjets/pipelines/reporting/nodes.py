"""Steps of the reporting pipeline: tables, words and the report."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

import pandas as pd
from astropy.io import fits
from pydantic import BaseModel

from bentjets.files import FigureFiles
from bentjets.learning.data import name_sample
from bentjets.learning.evaluation.metrics.soft import measure_against_shares
from bentjets.learning.settings import ModelSettings
from bentjets.parameters import (
    AcquisitionSettings,
    CurationSettings,
    ModellingSettings,
    ReportingSettings,
    list_citations,
)
from bentjets.pipelines.reporting.drawing.models import by_model
from bentjets.radio.finding import FindingSettings
from bentjets.report import doubtful, gallery, page, reviewing, running
from bentjets.report.flow import draw_flow
from bentjets.report.tabulating import agreed, ecsv, latex, scores, tables
from bentjets.report.tabulating import published as beside
from bentjets.report.wording import captions, summaries
from bentjets.report.wording.verdict import headline, judge_models
from bentjets.review import AUTOMATIC, standing_votes
from bentjets.tables.results import TABLE1
from bentjets.tables.scores import TABLE2

Cutouts = Mapping[str, Callable[[], fits.PrimaryHDU]]


def tabulate_batches(
    manifest: pd.DataFrame, classes: Mapping[str, str], reporting: ReportingSettings
) -> tuple[pd.DataFrame, str, str]:
    """Make Table 1: as a table, as ECSV and in LaTeX."""
    table = tables.batch_table(manifest, classes)
    meanings = TABLE1.meanings(table, others="sources of this class")
    title = f"Sources by class and batch: {name_sample(list(classes))}"
    written = ecsv.table_ecsv(table, meanings, title=title)
    return table, written, latex.batch_table_latex(table, reporting.latex)


def tabulate_models(
    metrics: Mapping[str, Any],
    comparison: pd.DataFrame,
    reporting: ReportingSettings,
    agreement: Mapping[str, Any] | None = None,
    opinions: Mapping[str, Any] | None = None,
) -> tuple[pd.DataFrame, str, str]:
    """Make Table 2: a table, ECSV and LaTeX; with what people agree on where that is known."""
    table = tables.add_p_values(tables.model_table(metrics), comparison)
    table = tables.add_ceilings(table, agreement or {}, opinions or {})
    written = ecsv.table_ecsv(
        table, TABLE2.meanings(table), title=captions.TABLE2, notes=captions.explain_table(table)
    )
    return table, written, latex.model_table_latex(table, reporting.latex)


def tabulate_agreed(
    predictions: pd.DataFrame,
    second_opinions: pd.DataFrame,
    splits: pd.DataFrame,
    classes: Mapping[str, str],
) -> pd.DataFrame:
    """Score all models on the sources whose class every catalogue names alike."""
    groups = dict(zip(splits["source_id"], splits["group"], strict=True))
    return agreed.agreed_table(predictions, second_opinions, groups, list(classes))


def judge_by_opinions(
    predictions: pd.DataFrame,
    soft_labels: pd.DataFrame,
    splits: pd.DataFrame,
    classes: Mapping[str, str],
) -> pd.DataFrame:
    """Judge probabilities by how the opinions on a source share it among the classes."""
    groups = dict(zip(splits["source_id"], splits["group"], strict=True))
    return measure_against_shares(predictions, soft_labels, groups, list(classes))


def state_verdict(
    metrics: Mapping[str, Any],
    table2: pd.DataFrame,
    comparison: pd.DataFrame,
    manifest: pd.DataFrame,
    leaks: pd.DataFrame,
    **runs: pd.DataFrame,
) -> dict[str, Any]:
    """Say in words what was found: which network beats what, and how far that can be trusted."""
    topics = judge_models(table2, metrics, comparison, by_model(runs, "runs"))
    return {
        "headline": headline(table2),
        "topics": [[topic, sentences] for topic, sentences in topics.items()],
        "leaks": summaries.describe_leaks(leaks, int(manifest["batch"].max()) + 1),
    }


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


def compare_angles(reviews: pd.DataFrame, quality: pd.DataFrame) -> pd.DataFrame:
    """Put the opening angles that experts measured by hand beside those of the ruler."""
    return reviewing.compare_angles(standing_votes(reviews), quality)


def describe_review(
    agreement: Mapping[str, Any],
    hand_angles: pd.DataFrame,
    quality: pd.DataFrame,
    curation: CurationSettings,
) -> dict[str, Any]:
    """Say what experts said of the images, and what the automatic checks found."""
    by_hand = reviewing.summarise_angles(hand_angles)
    return {
        "votes": reviewing.count_votes(agreement),
        "decides": curation.review.policy != AUTOMATIC,
        "agreement": reviewing.describe_agreement(agreement),
        "shows_pairs": bool(agreement.get("percent_agreement")),
        "objections": reviewing.list_objections(agreement),
        "angles": by_hand,
        "shows_angles": int(hand_angles["ruler_deg"].notna().sum()) >= reviewing.ENOUGH,
        "flags": reviewing.count_flags(quality, curation.quality),
        "checked": len(quality),
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
    rejected = _by_kind(decisions[~decisions["accepted"].astype(bool)])
    by_experts = curation.review.policy != AUTOMATIC
    decided_in = "reviews.db" if by_experts else "quality.csv"
    on_the_way = [
        summaries.list_losses("Cutouts not obtained", unfetched, "acquisition_log.csv"),
        summaries.list_losses("Source finding failed", failed, "processing_log.csv"),
        summaries.list_losses("Rejected", rejected, decided_in),
    ]
    losses = [loss | {"state": state} for loss, state in zip(on_the_way, gallery.LOST, strict=True)]
    if by_experts:
        doubtful = _by_kind(quality[~quality["accepted"].astype(bool)])
        title = "What the automatic checks would reject"
        losses.append(summaries.list_losses(title, doubtful, "quality.csv"))
    stages = [
        ["in the catalogue", len(catalogue)],
        ["with a cutout", len(acquisition_log) - len(unfetched)],
        ["processed", len(processing_log) - len(failed)],
        ["accepted", len(decisions) - len(rejected)],
    ]
    return {"stages": stages, "losses": [loss for loss in losses if loss["count"]]}


def _by_kind(rejected: pd.DataFrame) -> pd.DataFrame:
    return rejected.assign(reason=reviewing.shorten_reasons(rejected["reason"]))


def list_settings(
    models: Mapping[str, Any],
    acquisition: AcquisitionSettings,
    processing: FindingSettings,
    curation: CurationSettings,
    modelling: ModellingSettings,
    reporting: ReportingSettings,
    classes: Mapping[str, str],
) -> dict[str, Any]:
    """List the parameters of the run, the versions of the packages that ran, and whom to cite."""
    # Kedro gives the settings of models to the steps of each model, and here those of all.
    merged = {
        name: _merge(ModelSettings.model_validate(models[name]), modelling)
        for name in modelling.train
    }
    sections = {
        "acquisition": _used(acquisition),
        "processing": processing,
        "curation": _about(classes, curation),
        "modelling": modelling,
        "reporting": reporting,
    }
    return {
        "model_names": list(merged),
        "models": summaries.compare_settings(merged),
        "sections": [
            [name, [[*pair] for pair in _flatten(settings)]] for name, settings in sections.items()
        ],
        "versions": [[*pair] for pair in summaries.list_versions()],
        "citations": list_citations(acquisition),
    }


def _used(acquisition: AcquisitionSettings) -> BaseModel:
    """Leave catalogues and surveys out where images are those of a set."""
    return acquisition if acquisition.image_set.path is None else acquisition.image_set


def _about(classes: Mapping[str, str], curation: CurationSettings) -> CurationSettings:
    """Leave the limits of other classes out, which nothing in the run is of."""
    angles = curation.quality.class_angles
    kept = {name: limits for name, limits in angles.items() if name in classes}
    quality = curation.quality.model_copy(update={"class_angles": kept})
    return curation.model_copy(update={"quality": quality})


def _merge(model: ModelSettings, modelling: ModellingSettings) -> dict[str, Any]:
    """Give the settings of a model with those of its training, its own over those of all."""
    training = modelling.training_of(model).model_dump(mode="json")
    return model.model_dump(mode="json", by_alias=True) | {"training": training}


def _as_written(settings: BaseModel) -> dict[str, Any]:
    return settings.model_dump(mode="json", by_alias=True, exclude_unset=True)


def _flatten(settings: BaseModel) -> Iterator[tuple[str, str]]:
    return summaries.flatten(summaries.drop_unchosen(_as_written(settings)))


def write_report(
    sample: Mapping[str, Any],
    funnel: Mapping[str, Any],
    settings: Mapping[str, Any],
    verdict: Mapping[str, Any],
    table1: pd.DataFrame,
    table2: pd.DataFrame,
    doubts: pd.DataFrame,
    **parts: Any,
) -> str:
    """Write the report: one HTML page that holds the tables and figures.

    Besides figures, the parts are what not every run has: ``review``, ``gallery``, ``across``
    (tests on other image sets), ``opinions`` of other catalogues, ``sources``, what others
    ``published``, and ``run``, the record of what was run.
    """
    optional = {name: parts.pop(name, None) for name in ("review", "gallery", "across")}
    on_agreed = parts.pop("table2_agreed", None)
    softly = parts.pop("soft_calibration", None)
    run, opinions, sources = (parts.pop(name, None) for name in ("run", "opinions", "sources"))
    published = parts.pop("published", None)
    figures: dict[str, FigureFiles] = parts
    classes = scores.table_classes(table2)
    return page.render_page(
        figures,
        sample=sample,
        funnel=funnel,
        flow=draw_flow(funnel, sample["classes"]) if funnel["stages"] else None,
        settings=settings,
        verdict=verdict,
        **optional,
        doubts=doubtful.describe_doubts(doubts, sources) if len(doubts) else None,
        agreed=None if on_agreed is None else [agreed.HEADINGS, agreed.agreed_rows(on_agreed)],
        softly=None if softly is None else [agreed.SOFT_HEADINGS, agreed.soft_rows(softly)],
        opinions=reviewing.describe_opinions(opinions, classes) if opinions else [],
        published=None if published is None else beside.describe_published(published),
        run=running.describe_run(run, settings["versions"]) if run else None,
        table1=table1.astype(str).to_dict("split"),
        table2=page.model_rows(table2),
        score_groups=page.score_groups(table2),
        explanation=captions.explain_table(table2),
        measured=captions.measured_on(table2),
        classes=classes,
        class_names=captions.join(classes),
        objects=name_sample(classes),
    )
