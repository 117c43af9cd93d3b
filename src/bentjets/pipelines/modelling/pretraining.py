"""A step of models with `weights: simulated`: the network that their runs start from."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np

from bentjets import __version__
from bentjets.engine import SHORT_CALLS, EngineSettings, Failure, map_sources
from bentjets.errors import InputError
from bentjets.learning.data import resize_image
from bentjets.learning.pretraining import SIMULATED_CLASSES, SimulatedSources
from bentjets.learning.settings import ModelSettings
from bentjets.parameters import AcquisitionSettings, ModellingSettings
from bentjets.pipelines.modelling.simulating import SimulatedSky, draw_source
from bentjets.radio.simulation import SurveyGeometry

logger = logging.getLogger(__name__)

# 1000 s + 4 is no seed s of a catalogue, and not among those of the rulers.
_APART, _OWN = 1000, 4
_FEWEST = 2


def pretrain(
    folder: Path,
    model: ModelSettings,
    modelling: ModellingSettings,
    acquisition: AcquisitionSettings,
    seed: int,
    engine: EngineSettings,
) -> Path:
    """Give the weights of a model trained on simulated sources, by an earlier run or now."""
    from bentjets.learning.pretraining.store import find_pretrained, save_pretrained
    from bentjets.learning.pretraining.training import pretrain as fit
    from bentjets.learning.training.precision import choose_precision

    simulated = SimulatedSky(pretraining_seed(seed), acquisition.sky, find_geometry(acquisition))
    made_of = describe(model, modelling, simulated)
    if found := find_pretrained(folder, made_of):
        return found
    settings = modelling.pretraining
    logger.info("pretraining %s on %d simulated sources", model.timm_model, settings.n_sources)
    sources = draw_sources(settings.n_sources, simulated, model, engine)
    coarse = choose_precision(modelling.training_of(model).precision) != "32-true"
    network = fit(model, sources, settings, seed=simulated.seed, coarse=coarse)
    return save_pretrained(folder, made_of, network)


def describe(
    model: ModelSettings, modelling: ModellingSettings, simulated: SimulatedSky
) -> dict[str, Any]:
    """Say what a pretrained network is made of: models that agree in it share one network."""
    geometry = asdict(simulated.geometry)
    return {
        "version": __version__,
        **{name: getattr(model, name) for name in ("timm_model", "image_size", "channels")},
        "images": model.images.model_dump(mode="json"),
        "pretraining": modelling.pretraining.model_dump(mode="json", exclude={"lr_of_runs"}),
        "seed": simulated.seed,
        "sky": simulated.sky.model_dump(mode="json"),
        "geometry": geometry | {"beam_arcsec": list(geometry["beam_arcsec"])},
    }


def pretraining_seed(seed: int) -> int:
    """Give the seed of the sky of pretraining: never that of a catalogue of the same `seed`."""
    return _APART * seed + _OWN


def find_geometry(acquisition: AcquisitionSettings) -> SurveyGeometry:
    """Let the simulated sky be seen as by the chosen survey; what it does not state is FIRST's."""
    survey: Any = acquisition.chosen_survey
    first = SurveyGeometry()
    beam = survey.beam_arcsec or first.beam_arcsec
    return SurveyGeometry(
        survey.size_px,
        getattr(survey, "pixel_scale_arcsec", first.pixel_scale_arcsec),
        # Of zones of declination, the northernmost is named first.
        tuple(beam[0].beam if isinstance(beam, list) else beam),
        survey.frequency_hz or first.frequency_hz,
    )


def draw_sources(
    count: int, simulated: SimulatedSky, model: ModelSettings, engine: EngineSettings
) -> SimulatedSources:
    """Draw simulated sources, one by one, at the size and precision at which they are kept."""
    images = np.empty((0, 0, 0, 0), dtype=np.float16)
    rows: list[dict[str, Any]] = []
    for row in _draw(count, simulated, model, engine):
        image = resize_image(row.pop("image"), model.image_size)
        if not rows:
            images = np.empty((count, *image.shape), dtype=np.float16)
        images[len(rows)] = image
        rows.append(row)
    if len(rows) < _FEWEST:
        raise InputError(
            f"of {count} simulated sources, {len(rows)} show light where the network looks: raise "
            "modelling.pretraining.n_sources, or images.crop_px of the model"
        )
    return SimulatedSources(
        images[: len(rows)],
        np.array([SIMULATED_CLASSES.index(row["morphology"]) for row in rows], dtype=np.int64),
        np.array([row["angle_deg"] for row in rows], dtype=np.float32),
        np.array([row["ends"] for row in rows], dtype=np.float32),
    )


def _draw(
    count: int, simulated: SimulatedSky, model: ModelSettings, engine: EngineSettings
) -> Iterator[dict[str, Any]]:
    drawn = map_sources(
        draw_source,
        ((str(number), number) for number in range(count)),
        engine=engine,
        total=count,
        cached=False,
        together=SHORT_CALLS,
        simulated=simulated,
        images=model.images,
    )
    for _, result in drawn:
        if isinstance(result, Failure):
            raise InputError(f"a simulated source could not be drawn: {result.message}")
        if result is not None:
            yield result
