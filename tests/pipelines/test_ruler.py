from __future__ import annotations

import pandas as pd
import pytest
from kedro.config import OmegaConfigLoader

from bentjets.engine import EngineSettings
from bentjets.errors import InputError
from bentjets.parameters import read_parameters
from bentjets.pipelines.ruler import nodes
from bentjets.settings import CONFIG_LOADER_ARGS


@pytest.fixture(scope="module")
def parameters(project):
    loader = OmegaConfigLoader(str(project / "conf"), env="test", **CONFIG_LOADER_ARGS)
    return read_parameters(loader["parameters"])


def test_a_ruler_of_the_same_settings_is_not_trained_again(parameters, tmp_path) -> None:
    engine = EngineSettings(n_jobs=1, cache=None)

    def train(seed: int):
        settings = (parameters.ruler, parameters.acquisition)
        record = nodes.train_ruler(tmp_path, *settings, seed, engine)
        return record, (tmp_path / "ruler.safetensors").stat().st_mtime_ns

    record, first = train(1)
    assert train(1) == (record, first)
    other, second = train(2)
    assert other != record
    assert second > first
    with pytest.raises(InputError, match="was not made by these settings"):
        nodes.judge_rulers(tmp_path, record, parameters.ruler, parameters.acquisition, 1, engine)


def test_a_source_without_a_frame_keeps_the_reason_that_is_known(parameters, tmp_path) -> None:
    engine = EngineSettings(n_jobs=1, cache=None)
    settings = (parameters.ruler, parameters.acquisition, 1, engine)
    record = nodes.train_ruler(tmp_path, *settings)
    calibrations, _, _ = nodes.judge_rulers(tmp_path, record, *settings)
    rows = [{"source_id": "A", "reason": "A.fits is damaged"}, {"source_id": "B", "reason": ""}]
    framed = pd.DataFrame(rows).reindex(columns=nodes.FRAMED)
    angles = nodes.measure_angles(tmp_path, record, calibrations, framed, parameters.ruler)
    assert angles["reason"].tolist() == ["A.fits is damaged", "no light at the position"]
    assert angles["learnt_deg"].isna().all()
