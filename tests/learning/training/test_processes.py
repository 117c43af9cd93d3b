"""Several processes that share a run: those of torchrun, and those that a setting asks for."""

import json
import signal
import subprocess
import sys
import tempfile
import time

import numpy as np
import pytest
import torch

from bentjets.errors import InputError
from bentjets.learning.training import read_history, train_run
from bentjets.learning.training.processes import launch
from learners import draw_bars, make_model, make_run, make_training
from together import refuse, sum_up

SCRIPT = """
import json, os, sys
from pathlib import Path
from learners import draw_bars, make_run, make_training
from bentjets.learning.training import train_run

folder = Path(sys.argv[1])
images = draw_bars(64, 0)
for name, settings in json.loads(sys.argv[2]).items():
    run = make_run(folder / name, images, training=make_training(**settings))
    record = train_run(run, images)
    # What the first process wrote is there for the others.
    found = {path.name: path.stat().st_mtime_ns for path in run.folder.iterdir()}
    told = {"record": record.model_dump(), "files": found}
    (folder / f"{name}-{os.environ['RANK']}.json").write_text(json.dumps(told))
"""
WAY = {"rotate": "any", "average": 0.9, "patience": 2}
WAYS = {"first": WAY, "same": WAY, "frozen": {**WAY, "freeze": True, "epochs": 3}}


def torchrun(folder, environment):
    script = folder / "script.py"
    script.write_text(SCRIPT)
    command = [
        *(sys.executable, "-m", "torch.distributed.run", "--standalone"),
        *("--nproc-per-node", "2", str(script), str(folder), json.dumps(WAYS)),
    ]
    done = subprocess.run(
        command, env=environment, capture_output=True, text=True, timeout=300, check=False
    )
    assert done.returncode == 0, done.stderr
    return done


def weights_of(folder):
    return (folder / "model.safetensors").read_bytes()


def test_processes_of_torchrun_train_together(tmp_path, child_environment):
    images = draw_bars(64, 0)
    done = torchrun(tmp_path, child_environment)
    for name in WAYS:
        told = [json.loads((tmp_path / f"{name}-{rank}.json").read_text()) for rank in (0, 1)]
        assert told[0] == told[1]
        record = told[0]["record"]
        assert (record["state"], record["processes"]) == ("finished", 2)
        assert {*told[0]["files"]} == {
            "run.json", "history.csv", "model.safetensors", "config.json", "novelty.safetensors",
        }  # fmt: skip
    assert weights_of(tmp_path / "first") == weights_of(tmp_path / "same")
    assert "Error" not in done.stderr and "GLOO" not in done.stderr.upper()
    # Another number of processes finds it done.
    run = make_run(tmp_path / "first", images, training=make_training(**WAY))
    before = (run.folder / "run.json").stat().st_mtime_ns
    assert train_run(run, images).processes == 2
    assert (run.folder / "run.json").stat().st_mtime_ns == before


def test_a_batch_is_as_large_as_in_one_process(tmp_path):
    # No statistics of a batch, no dropout and no draws: shares of a batch are all there is.
    images, model = draw_bars(64, 0), make_model("test_vit", optimizer={"class": "SGD", "lr": 0.05})
    histories = []
    for devices in (1, 2):
        training = make_training(devices=devices, class_weights=True)
        run = make_run(tmp_path / str(devices), images, model=model, training=training)
        assert train_run(run, images).processes == devices
        histories.append(read_history(run.folder))
    one, two = histories
    assert list(one.columns) == list(two.columns)
    np.testing.assert_allclose(two, one, rtol=1e-3)


def test_one_process_answers_for_all(tmp_path, monkeypatch):
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    monkeypatch.setattr(tempfile, "tempdir", None)
    assert launch(2, sum_up, 1, 2) == [3, 2, 1, True]
    assert list(tmp_path.iterdir()) == []
    with pytest.raises(InputError, match=r"^no$"):
        launch(2, refuse, "no")


def test_alone_a_process_agrees_with_itself():
    assert sum_up(1, 2) == [3, 1, 1, True]


STOPPED = """
import sys
from learners import draw_bars, make_run, make_training
from bentjets.errors import BentjetsError
from bentjets.learning.training import train_run

if __name__ == "__main__":
    images, training = draw_bars(64, 0), make_training(epochs=9999, patience=None, devices=2)
    try:
        train_run(make_run(sys.argv[1], images, training=training), images)
    except BentjetsError as error:
        sys.exit(f"{type(error).__name__}: {error}")
"""


def test_told_to_stop_they_end_together(tmp_path, child_environment):
    script, checkpoint = tmp_path / "script.py", tmp_path / "run" / "last.ckpt"
    script.write_text(STOPPED)
    with subprocess.Popen(
        [sys.executable, str(script), str(checkpoint.parent)],
        env=child_environment, stderr=subprocess.PIPE, text=True,
    ) as child:  # fmt: skip
        until = time.monotonic() + 120
        while not checkpoint.exists() and child.poll() is None and time.monotonic() < until:
            time.sleep(0.05)
        child.send_signal(signal.SIGTERM)
        _, errors = child.communicate(timeout=120)
    assert child.returncode == 1, errors
    assert [line for line in errors.splitlines() if "Error" in line] == [
        "StoppedError: tiny single-0-0: told to stop (SIGTERM): the same command goes on from the "
        "last epoch"
    ]
    # Nobody had to be killed, as who waits for another would be.
    assert "forcefully" not in errors
    assert torch.load(checkpoint, weights_only=True)["epoch"] >= 1
