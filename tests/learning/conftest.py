import os
from pathlib import Path

import pytest

import learners


@pytest.fixture(autouse=True)
def _few_threads(one_thread):
    """Networks of a few thousand weights only lose time to a second thread."""


@pytest.fixture
def bars():
    return learners.draw_bars


@pytest.fixture
def model_settings():
    return learners.make_model


@pytest.fixture
def training_settings():
    return learners.make_training


@pytest.fixture
def make_runs():
    return learners.make_run


@pytest.fixture
def child_environment():
    """Environment of a process of its own that draws and trains what these fixtures do."""
    path = os.pathsep.join([str(Path(learners.__file__).parent), os.environ.get("PYTHONPATH", "")])
    return {**os.environ, "PYTHONPATH": path, "OMP_NUM_THREADS": "1"}
