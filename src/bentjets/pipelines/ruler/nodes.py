"""Steps of the ruler pipeline."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from bentjets import __version__
from bentjets.engine import SHORT_CALLS, EngineSettings, Failure, attempt, map_sources
from bentjets.files import FigureFiles, StoredFile
from bentjets.learning.ruler import Calibration, calibrate, tabulate_coverage
from bentjets.parameters import AcquisitionSettings, ReportingSettings, RulerSettings
from bentjets.pipelines.ruler.measuring import MeasuringJob, frame_cutout
from bentjets.plotting import render_figure
from bentjets.radio.measuring import FRAME_SIDE

Files = Mapping[str, StoredFile]

RULERS = ("learnt", "geometric")
_ENDS = ("end_1_x_px", "end_1_y_px", "end_2_x_px", "end_2_y_px")
FRAMED = [
    *("source_id", "image", "position_x", "position_y", "centre_x_px", "centre_y_px"),
    *("half_side_px", "size_beams", "snr", "geometric_deg", "geometric_error_deg", "reason"),
]
_COLUMNS = [
    "source_id",
    *("learnt_deg", "learnt_error_deg", "wat_probability", *_ENDS),
    *("geometric_deg", "geometric_error_deg", "size_beams", "snr", "reason"),
]


def train_ruler(
    folder: Path,
    ruler: RulerSettings,
    acquisition: AcquisitionSettings,
    seed: int,
    engine: EngineSettings,
) -> dict[str, Any]:
    """Train the network on simulated sources, unless one of the same settings is there."""
    from bentjets.learning.ruler.store import load_ruler, save_ruler
    from bentjets.learning.ruler.training import train_ruler as fit
    from bentjets.pipelines.ruler.drawing import TRAINING, Drawing, draw_examples, find_geometry

    geometry = find_geometry(acquisition)
    record = {
        "version": __version__,
        "seed": seed,
        "sky": acquisition.sky.model_dump(mode="json"),
        "geometry": asdict(geometry) | {"beam_arcsec": list(geometry.beam_arcsec)},
        **ruler.model_dump(mode="json", exclude={"n_calibration", "n_test", "max_error_deg"}),
    }
    if load_ruler(folder, record) is None:
        drawing = Drawing(ruler, acquisition, seed, engine)
        drawn = draw_examples(ruler.n_sources, TRAINING, drawing)
        save_ruler(folder, fit(drawn.examples, ruler.training, seed=seed), record)
    return record


def judge_rulers(
    folder: Path,
    record: Mapping[str, Any],
    ruler: RulerSettings,
    acquisition: AcquisitionSettings,
    seed: int,
    engine: EngineSettings,
) -> tuple[dict[str, Any], pd.DataFrame, pd.DataFrame]:
    """Calibrate the errors of both rulers on simulated sources, and judge them on others."""
    from bentjets.learning.ruler.reading import read_frames
    from bentjets.pipelines.ruler.drawing import CALIBRATION, TEST, Drawing, draw_examples

    network = _load(folder, record)
    drawing = Drawing(ruler, acquisition, seed, engine)
    measured = {}
    for purpose, count in ((CALIBRATION, ruler.n_calibration), (TEST, ruler.n_test)):
        drawn = draw_examples(count, purpose, drawing)
        readings = read_frames(network, drawn.examples.frames)
        measured[purpose] = drawn.table.assign(
            learnt_deg=readings.angles_deg, learnt_error_deg=readings.errors_deg
        )
    calibrations, coverage = {}, []
    for name in RULERS:
        known, fresh = (_columns(measured[purpose], name) for purpose in (CALIBRATION, TEST))
        calibration = calibrate(*known)
        calibrations[name] = asdict(calibration)
        coverage.append(tabulate_coverage(calibration, *fresh).assign(ruler=name))
    table = pd.concat(coverage, ignore_index=True)
    judged = measured[TEST]
    for name in RULERS:
        stretched = Calibration.from_dict(calibrations[name]).stretch(
            *(judged[column].to_numpy() for column in (f"{name}_error_deg", "size_beams", "snr"))
        )
        judged = judged.assign(**{f"{name}_error_deg": stretched})
    return calibrations, table[["ruler", *table.columns.drop("ruler")]], judged


def draw_ruler(
    judged: pd.DataFrame, coverage: pd.DataFrame, reporting: ReportingSettings
) -> FigureFiles:
    """Draw measured against true angles of both rulers, and how often their intervals hold."""
    from bentjets.learning.ruler.figure import draw_judged

    return render_figure(draw_judged(judged, coverage, journal=reporting.widths))


def frame_sources(
    catalogue: pd.DataFrame,
    processing_log: pd.DataFrame,
    cutouts: Files,
    masks: Files,
    engine: EngineSettings,
) -> pd.DataFrame:
    """Frame every processed source, and measure it by its geometry."""
    done = processing_log.loc[processing_log["status"] == "ok", ["source_id", "rms_jy_beam"]]
    places = catalogue[["source_id", "ra_deg", "dec_deg"]].merge(done, on="source_id")

    def job(key: str, ra_deg: float, dec_deg: float, rms_jy_beam: float) -> MeasuringJob:
        return MeasuringJob(cutouts[key].read(), masks[key].read(), (ra_deg, dec_deg), rms_jy_beam)

    results = map_sources(
        frame_cutout,
        ((row[0], attempt(job, *row)) for row in places.itertuples(index=False, name=None)),
        engine=engine,
        total=len(places),
        made_with=("numpy", "scipy", "astropy"),
        together=SHORT_CALLS,
    )
    rows = [
        {
            "source_id": key,
            **({"reason": result.message} if isinstance(result, Failure) else result),
        }
        for key, result in results
    ]
    return pd.DataFrame(rows).reindex(columns=FRAMED)


def measure_angles(
    folder: Path,
    record: Mapping[str, Any],
    calibrations: Mapping[str, Any],
    framed: pd.DataFrame,
    ruler: RulerSettings,
) -> pd.DataFrame:
    """Tell the opening angle of every source by both rulers, as far as it can be told."""
    return _tell(_read_rows(folder, record, framed), calibrations, ruler.max_error_deg)


def _columns(table: pd.DataFrame, name: str) -> tuple[Any, ...]:
    columns = (f"{name}_deg", f"{name}_error_deg", "angle_deg", "size_beams", "snr")
    return tuple(table[column].to_numpy(dtype=float) for column in columns)


def _read_rows(folder: Path, record: Mapping[str, Any], framed: pd.DataFrame) -> pd.DataFrame:
    """Let the network read those that could be framed."""
    from bentjets.learning.ruler.frames import Frames
    from bentjets.learning.ruler.reading import read_frames

    lit = framed[framed["image"].notna()]
    side = (FRAME_SIDE, FRAME_SIDE)
    images = [np.frombuffer(image, np.uint8).reshape(side) for image in lit["image"]]
    frames = Frames(
        np.stack(images) if images else np.zeros((0, *side), np.uint8),
        lit[["position_x", "position_y"]].to_numpy(dtype=np.float32, copy=True),
        lit["half_side_px"].to_numpy(dtype=np.float32, copy=True),
    )
    readings = read_frames(_load(folder, record), frames)
    half_sides = lit["half_side_px"].to_numpy(dtype=float)[:, None, None]
    centres = lit[["centre_x_px", "centre_y_px"]].to_numpy(dtype=float)[:, None]
    ends = (readings.ends * half_sides + centres).reshape(-1, len(_ENDS))
    read = pd.DataFrame(ends, index=lit.index, columns=list(_ENDS)).assign(
        learnt_deg=readings.angles_deg,
        learnt_error_deg=readings.errors_deg,
        wat_probability=readings.wat_probability,
    )
    return framed.join(read)[_COLUMNS]


def _tell(
    table: pd.DataFrame, calibrations: Mapping[str, Any], max_error_deg: float
) -> pd.DataFrame:
    """Stretch the errors, and leave out what they say cannot be told."""
    has_light = table["size_beams"].notna()
    reason = table["reason"].fillna("")
    reason = reason.mask(~has_light & (reason == ""), "no light at the position")
    for name in RULERS:
        calibration = Calibration.from_dict(calibrations[name])
        error = calibration.stretch(
            table[f"{name}_error_deg"].to_numpy(dtype=float),
            *(table[column].fillna(0.0).to_numpy(dtype=float) for column in ("size_beams", "snr")),
        )
        is_told = error <= max_error_deg
        table[f"{name}_error_deg"] = np.where(is_told, error, np.nan)
        table[f"{name}_deg"] = table[f"{name}_deg"].where(is_told)
        if name == "learnt":
            too_wide = has_light & ~is_told
            reason = reason.mask(too_wide, f"known to no better than {max_error_deg:g} deg")
            reason = reason.mask(has_light & is_told, "")
    return table.assign(reason=reason)


def _load(folder: Path, record: Mapping[str, Any]) -> Any:
    from bentjets.errors import InputError
    from bentjets.learning.ruler.store import load_ruler

    network = load_ruler(folder, record)
    if network is None:
        raise InputError(
            f"{folder}: the ruler was not made by these settings: run train_ruler before"
        )
    return network
