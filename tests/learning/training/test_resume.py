"""Runs that are killed or told to stop, and go on as if they had not been."""

import json
import signal
import subprocess
import sys
import time

import pytest
import torch

from bentjets.errors import InputError
from bentjets.learning.training import train_run
from bentjets.learning.training.callbacks import EpochCheckpoint
from learners import draw_bars, make_run, make_training

EPOCHS = 6
WAYS = {
    "patience": {"patience": EPOCHS},
    "average": {"patience": None, "average": 0.9},
}

CHILD = """
import json, logging, sys, time
from learners import draw_bars, make_run, make_training
import torch
torch.set_num_threads(1)
from bentjets.errors import BentjetsError
from bentjets.learning.training import train_run
from bentjets.learning.training.callbacks import EpochCheckpoint

save = EpochCheckpoint.on_train_epoch_start

def save_and_wait(self, trainer, module):
    save(self, trainer, module)
    if trainer.current_epoch == 3:
        open(sys.argv[3], "w").close()
        time.sleep(float(sys.argv[4]))

EpochCheckpoint.on_train_epoch_start = save_and_wait
images = draw_bars(64, 0)
training = make_training(**json.loads(sys.argv[2]))
try:
    train_run(make_run(sys.argv[1], images, training=training), images)
except BentjetsError as error:
    sys.exit(f"{type(error).__name__}: {error}")
"""


def settings_of(way):
    changes = {"rotate": "any", "zoom": 0.1, "shift": 0.05, "epochs": EPOCHS, "accumulate": 3}
    return changes | WAYS[way]


@pytest.fixture(scope="module", params=WAYS)
def unbroken(request, tmp_path_factory):
    images, folder = draw_bars(64, 0), tmp_path_factory.mktemp("unbroken") / "run"
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    training = make_training(**settings_of(request.param))
    train_run(make_run(folder, images, training=training), images)
    torch.set_num_threads(before)
    return request.param, folder


def end_by(sent, way, folder, tmp_path, environment):
    """Train in a process of its own, and end that when three epochs are done."""
    mark = tmp_path / "three epochs are done"
    seconds = "60" if sent == signal.SIGKILL else "0.5"
    arguments = [folder, json.dumps(settings_of(way)), mark, seconds]
    with subprocess.Popen(
        [sys.executable, "-c", CHILD, *map(str, arguments)],
        env=environment, stderr=subprocess.PIPE, text=True,
    ) as child:  # fmt: skip
        until = time.monotonic() + 120
        while not mark.exists() and child.poll() is None and time.monotonic() < until:
            time.sleep(0.02)
        child.send_signal(sent)
        _, errors = child.communicate(timeout=120)
    assert mark.exists(), errors
    return child.returncode, errors


@pytest.mark.parametrize("sent", [signal.SIGKILL, signal.SIGTERM], ids=lambda sent: sent.name)
def test_a_run_that_was_ended_goes_on_as_if_it_had_not(unbroken, sent, tmp_path, child_environment):
    way, whole = unbroken
    folder = tmp_path / "run"
    code, errors = end_by(sent, way, folder, tmp_path, child_environment)
    checkpoint = torch.load(folder / "last.ckpt", weights_only=True)
    assert checkpoint["epoch"] == 3
    assert json.loads((folder / "run.json").read_text())["state"] == "training"
    if sent == signal.SIGTERM:
        assert code == 1
        line = "StoppedError: tiny single-0-0: told to stop (SIGTERM) in epoch 4 of 6: "
        assert [text for text in errors.splitlines() if "Error" in text] == [
            f"{line}the same command goes on from the epoch before"
        ]
    images = draw_bars(64, 0)
    epochs_here = []
    save = EpochCheckpoint.on_train_epoch_start

    def count(self, trainer, module):
        epochs_here.append(trainer.current_epoch)
        save(self, trainer, module)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(EpochCheckpoint, "on_train_epoch_start", count)
        training = make_training(**settings_of(way))
        record = train_run(make_run(folder, images, training=training), images)
    assert epochs_here == [3, 4, 5]
    assert record.state == "finished" and record.epochs == EPOCHS
    for name in ("model.safetensors", "history.csv", "config.json"):
        assert (folder / name).read_bytes() == (whole / name).read_bytes(), name
    assert not (folder / "last.ckpt").exists()


def test_a_damaged_checkpoint_is_one_line(unbroken, tmp_path):
    way, whole = unbroken
    folder, images = tmp_path / "run", draw_bars(64, 0)
    folder.mkdir()
    record = json.loads((whole / "run.json").read_text())
    (folder / "run.json").write_text(json.dumps(record | {"state": "training"}))
    (folder / "last.ckpt").write_bytes(b"PK\x03\x04 and no more")
    training = make_training(**settings_of(way))
    with pytest.raises(InputError, match=r"last\.ckpt is damaged .*: remove it") as caught:
        train_run(make_run(folder, images, training=training), images)
    assert "\n" not in str(caught.value)
    assert (folder / "last.ckpt").exists()
