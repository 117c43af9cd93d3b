from __future__ import annotations

from typing import Any

import pytest
from pydantic import ValidationError

from bentjets.engine import EngineSettings


@pytest.mark.parametrize(
    ("settings", "complaint"),
    [
        ({"backend": "threads"}, "'loky' or 'dask'"),
        ({"n_jobs": 0}, "n_jobs is 0: give a number of processes, or -1"),
        ({"n_jobs": "all"}, "n_jobs"),
        ({"n_jobs": None}, "n_jobs"),
        ({"scheduler": "tcp://10.0.0.1:8786"}, r"scheduler is Dask's: set engine\.backend"),
        ({"shards": 0}, "shards"),
        ({"shards": 2.0}, "shards"),
        ({"shards": 3, "shard": 3}, "shard is 3: give a number from 0 to 2"),
        ({"shards": 3, "shard": -1}, "shard"),
        ({"shard": 1}, "shard is 1: give a number from 0 to 0"),
        ({"cores": 4}, "cores"),
    ],
)
def test_senseless_settings_are_refused(settings: dict[str, Any], complaint: str) -> None:
    with pytest.raises(ValidationError, match=complaint):
        EngineSettings(**settings)


def test_settings_are_read_from_a_mapping_as_from_arguments() -> None:
    settings = {"backend": "dask", "n_jobs": 2, "shards": 3, "shard": 2}
    assert EngineSettings.model_validate(settings) == EngineSettings(**settings)


def test_unless_told_otherwise_there_is_a_process_for_each_core_of_this_machine() -> None:
    settings = EngineSettings()
    assert (settings.backend, settings.n_jobs, settings.is_share) == ("loky", -1, False)
