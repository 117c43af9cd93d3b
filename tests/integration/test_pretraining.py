"""Pretraining as a user asks for it."""

from __future__ import annotations

import json
import shutil

import pytest
import torch
from safetensors.torch import load_file

from bentjets.learning.networks import load_network


def test_runs_start_from_one_network_made_once(kedro, finished_run, tmp_path) -> None:
    shutil.copytree(finished_run, tmp_path / "data")
    models = tmp_path / "data" / "06_models"
    words = ("run", "--env", "test", "--pipelines", "modelling")
    given = ("--params", "models.small_cnn.weights=simulated")
    told = kedro(tmp_path / "data", *words, *given).stdout
    assert "pretraining bentjets_six_conv on 40 simulated sources" in told
    assert "WARNING" not in told
    (kept,) = (models / "pretrained").iterdir()
    made_of = json.loads((kept / "pretrained.json").read_text())["made_of"]
    assert made_of["pretraining"]["n_sources"] == 40
    for fold in range(3):
        run = models / "small_cnn" / f"cross_validation-{fold}-0"
        record = json.loads((run / "run.json").read_text())
        assert record["pretraining"] == kept.name
        # A tenth of the entry's.
        assert record["settings"]["optimizer"]["lr"] == pytest.approx(6e-4)
        assert load_network(run).classes == ("WAT", "NAT")
    start, end = load_file(kept / "weights.safetensors"), load_file(run / "model.safetensors")
    # One epoch away from where it started.
    name = "stages.0.0.weight"
    assert 0 < (start[name] - end[name]).norm() < 0.5 * start[name].norm()
    assert torch.isfinite(end[name]).all()
    again = kedro(tmp_path / "data", *words, *given).stdout
    assert "nothing new" in again
    assert "pretraining" not in again
