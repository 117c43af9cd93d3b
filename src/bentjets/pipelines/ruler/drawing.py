"""Simulated examples, drawn by the engine and laid out as arrays."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from bentjets.engine import SHORT_CALLS, EngineSettings, Failure, map_sources
from bentjets.learning.ruler.frames import Examples, Frames
from bentjets.parameters import AcquisitionSettings, RulerSettings
from bentjets.radio.measuring import FRAME_SIDE, draw_example
from bentjets.radio.simulation import SurveyGeometry

# Sources of one purpose are never those of another.
TRAINING, CALIBRATION, TEST = 1, 2, 3
_BROAD = 10
_APART = 1000


@dataclass(frozen=True)
class Drawing:
    """What simulated sources are drawn with."""

    ruler: RulerSettings
    acquisition: AcquisitionSettings
    seed: int
    engine: EngineSettings


@dataclass(frozen=True)
class Drawn:
    """Simulated sources: what the network sees, and a table of the rest.

    Parameters
    ----------
    examples
        Frames and truth.
    table
        ``angle_deg``, ``size_beams``, ``snr``, ``geometric_deg``, ``geometric_error_deg``.
    """

    examples: Examples
    table: pd.DataFrame


def draw_examples(count: int, purpose: int, drawing: Drawing) -> Drawn:
    """Draw simulated sources for a purpose, from the catalogue's sky and from the broad one."""
    ruler, acquisition = drawing.ruler, drawing.acquisition
    n_broad = round(count * ruler.broad_share)
    rows: list[dict[str, Any]] = []
    for number, sky, part in (
        (count - n_broad, acquisition.sky, 0),
        (n_broad, ruler.broad, _BROAD),
    ):
        results = map_sources(
            draw_example,
            ((str(one), one) for one in range(number)),
            engine=drawing.engine,
            total=number,
            cached=False,
            together=SHORT_CALLS,
            seed=drawing.seed * _APART + purpose + part,
            sky=sky,
            geometry=find_geometry(acquisition),
        )
        for _, result in results:
            if isinstance(result, Failure):
                raise RuntimeError(f"a simulated source could not be drawn: {result.message}")
            if result is not None:
                rows.append(result)
    return _lay_out(rows)


def find_geometry(acquisition: AcquisitionSettings) -> SurveyGeometry:
    """Give grid and beam of the simulated survey, if that is the chosen one; else FIRST's."""
    survey = acquisition.chosen_survey
    if survey.service != "simulated":
        return SurveyGeometry()
    beam: Any = survey.beam_arcsec
    return SurveyGeometry(
        survey.size_px, survey.pixel_scale_arcsec, tuple(beam), survey.frequency_hz
    )


def _lay_out(rows: list[dict[str, Any]]) -> Drawn:
    def column(name: str) -> Any:
        return np.array([row[name] for row in rows], dtype=np.float32)

    side = (FRAME_SIDE, FRAME_SIDE)
    images = np.stack([np.frombuffer(row["image"], np.uint8).reshape(side) for row in rows])
    frames = Frames(images, column("position"), column("half_side_px"))
    names = ("angle_deg", "size_beams", "snr", "geometric_deg", "geometric_error_deg")
    table = pd.DataFrame({name: [row[name] for row in rows] for name in names}, dtype=float)
    examples = Examples(frames, column("angle_deg"), column("is_wat"), column("ends"))
    return Drawn(examples, table)
