"""What each pipeline is about to do, and from what, in a few words."""

from __future__ import annotations

from collections.abc import Callable

from bentjets.parameters import Parameters
from bentjets.telling.files import Files
from bentjets.telling.results import count, n_accepted, n_fetched, n_processed


def plan(pipeline: str, parameters: Parameters, files: Files) -> str:
    """Say what a pipeline will do.

    Parameters
    ----------
    pipeline
        Its name.
    parameters
        Those of the run.
    files
        Those that it starts from, counted if they are there.
    """
    words = _PLANS.get(pipeline)
    return words(parameters, files) if words else "its steps"


PIPELINES = (
    *("acquisition", "processing", "curation", "modelling"),
    *("inference", "ruler", "reporting"),
)
"""The pipelines in the order in which they are told of."""


def _acquire(parameters: Parameters, _: Files) -> str:
    acquisition = parameters.acquisition
    if acquisition.published_record:
        return f"the batches of {acquisition.published_record}"
    if acquisition.image_set.path is not None:
        return f"the image set {acquisition.image_set.path}"
    catalogue = acquisition.chosen_catalogue
    if catalogue.service == "simulated":
        sources = f"{catalogue.n_sources} simulated sources"
    else:
        sources = f"the sources of the catalogue {acquisition.catalogue}"
    return f"{sources}, and a cutout of each from the survey {acquisition.survey}"


def _process(parameters: Parameters, files: Files) -> str:
    gaussians = "" if parameters.processing.masks_only else "Gaussians, "
    return (
        f"background, islands, {gaussians}masks and images of {count(n_fetched(files), 'cutout')}"
    )


def _curate(parameters: Parameters, files: Files) -> str:
    return (
        f"quality and opening angle of {count(n_processed(files), 'image')}, who is accepted "
        f"({parameters.curation.review.policy}), {parameters.curation.n_batches} batches, a release"
    )


def _model(parameters: Parameters, files: Files) -> str:
    modelling = parameters.modelling
    seeds = count(len(modelling.seeds), "seed")
    splits = files.read("splits")
    published = splits is not None and "published" in splits and bool(splits["published"].all())
    protocol = modelling.protocol_of(published=published)
    folds = f", {modelling.folds} folds" if protocol == "cross_validation" else ""
    return (
        f"{', '.join(modelling.train)} ({protocol}{folds}, {seeds}) and simple rules on "
        f"{count(n_accepted(files), 'image')}"
    )


def _classify(parameters: Parameters, files: Files) -> str:
    runs = parameters.inference.runs
    named = ", ".join([runs] if isinstance(runs, str) else runs or ["no run"])
    return f"classes of {count(n_processed(files), 'image')} by {named}"


def _measure(_: Parameters, files: Files) -> str:
    return f"a ruler of opening angles, and the angles of {count(n_processed(files), 'image')}"


def _report(parameters: Parameters, files: Files) -> str:
    return f"tables, figures and the page on {count(n_accepted(files), 'image')}"


_PLANS: dict[str, Callable[[Parameters, Files], str]] = {
    "acquisition": _acquire,
    "processing": _process,
    "curation": _curate,
    "modelling": _model,
    "inference": _classify,
    "ruler": _measure,
    "reporting": _report,
}
