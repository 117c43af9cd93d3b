from __future__ import annotations

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
