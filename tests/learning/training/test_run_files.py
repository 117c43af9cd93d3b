import pytest

from bentjets.learning.training import train_run
from bentjets.learning.training.record import list_files_of, list_run_files
from learners import draw_bars, make_run, make_training


@pytest.mark.parametrize(
    ("run", "is_run"),
    [
        ("cross_validation-0-0", True),
        ("single-0-12", True),
        ("paper-0-1", True),
        ("single-best-of_mine", False),
        ("trial-0-0", False),
    ],
)
def test_only_folders_of_runs_are_looked_into(tmp_path, run, is_run):
    (tmp_path / run).mkdir()
    assert (tmp_path / run / "model.safetensors" in set(list_run_files(tmp_path))) is is_run


@pytest.mark.usefixtures("one_thread")
def test_a_run_writes_what_is_listed_and_removes_no_more(tmp_path):
    images, folder = draw_bars(24, seed=1), tmp_path / "single-0-0"
    train_run(make_run(folder, images), images)
    assert set(folder.iterdir()) <= set(list_files_of(folder))
    unfinished = folder / ".run.json.123.part"
    notes = folder / "notes.txt"
    for path in (unfinished, notes):
        path.write_text("mine")
    train_run(make_run(folder, images, training=make_training(epochs=1)), images)
    assert notes.read_text() == "mine"
    assert not unfinished.exists()
