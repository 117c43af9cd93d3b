"""What is told of a step while it works, and of the sources that failed."""

from __future__ import annotations

import io
import logging

import pytest

from bentjets.engine import TALLIES, Failure, Tally, progress
from bentjets.engine.progress import Progress


class Clock:
    """A clock that only moves when it is told to."""

    now = 0.0

    def monotonic(self) -> float:
        return self.now


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    made = Clock()
    monkeypatch.setattr(progress.time, "monotonic", made.monotonic)
    return made


@pytest.fixture
def told(caplog: pytest.LogCaptureFixture):
    """What is logged, as text."""
    caplog.set_level(logging.INFO)
    return lambda: [record.getMessage() for record in caplog.records]


def test_outside_a_terminal_a_line_says_how_far_the_step_is(clock, told, capfd) -> None:
    with Progress("fit_cutout", 4) as step:
        clock.now = 20.0
        step.advance("A")
        step.advance("B", Failure("InputError", "B is empty"))
        clock.now = 40.0
        step.advance("C")
    assert told() == [
        "fit_cutout: 1 of 4 sources in 20 s, 0.1 a second, 60 s left",
        "B: B is empty",
        "fit_cutout: 3 of 4 sources in 40 s, 0.1 a second, 13 s left, 1 failed",
    ]
    assert "%|" not in "".join(capfd.readouterr())  # a bar


def test_where_the_number_of_sources_is_unknown_only_those_done_are_told(clock, told) -> None:
    with Progress("fit_cutout") as step:
        clock.now = 10.0
        step.advance("A")
    assert told() == ["fit_cutout: 1 sources in 10 s, 0.1 a second"]


@pytest.mark.parametrize(
    ("seconds_each", "lines"),
    [
        (0.05, 0),  # over before anybody asks
        (0.5, 5),  # tenths are 5 s apart: a line at every second of them
        (2.0, 10),  # a line at each tenth
        (30.0, 50),  # tenths are 300 s apart: a line a minute
    ],
)
def test_lines_are_neither_many_nor_far_apart(
    seconds_each: float, lines: int, clock: Clock, told
) -> None:
    with Progress("fit_cutout", 100) as step:
        for number in range(100):
            clock.now += seconds_each
            step.advance(f"s{number}")
    assert len(told()) == pytest.approx(lines, abs=1)


def test_on_a_terminal_there_is_a_bar_and_no_line(told, monkeypatch: pytest.MonkeyPatch) -> None:
    terminal = io.StringIO()
    terminal.isatty = lambda: True  # type: ignore[method-assign]
    monkeypatch.setattr("sys.stdout", terminal)
    monkeypatch.setattr(progress, "_LINE_EVERY_S", 0.0)
    with Progress("fit_cutout", 3) as step:
        step.advance("A")
        step.advance("B", Failure("InputError", "B is empty"))
        step._bar.refresh()
    assert told() == ["B: B is empty"]
    drawn = terminal.getvalue()
    assert "2/3" in drawn
    assert "sources/s" in drawn or "s/ sources" in drawn
    assert "1 failed" in drawn


def test_a_program_is_told_what_was_new_and_what_was_found_finished() -> None:
    tallies = []
    handler = logging.Handler()
    handler.emit = lambda record: tallies.append(record.tally)  # type: ignore[method-assign]
    logger = logging.getLogger(TALLIES)
    logger.addHandler(handler)
    logger.setLevel(logging.DEBUG)
    try:
        with Progress("fit_cutout", 3, is_kept=True) as step:
            step.advance("A", is_new=False)
            step.advance("B")
            step.advance("C", Failure("InputError", "C is empty"))
    finally:
        logger.removeHandler(handler)
        logger.setLevel(logging.NOTSET)
    assert tallies == [Tally("fit_cutout", done=3, new=2, failed=1, is_kept=True)]


@pytest.mark.parametrize(("failures", "lines"), [(5, 5), (6, 6), (9, 6)])
def test_five_failures_are_named_and_the_rest_summed_up(
    failures: int, lines: int, caplog: pytest.LogCaptureFixture
) -> None:
    with Progress("fit_cutout", failures) as step:
        for number in range(failures):
            step.advance(f"s{number}", Failure("InputError", "no signal"))
    assert len(caplog.records) == lines
    is_summed = f"{failures - 5} more sources" in caplog.records[-1].getMessage()
    assert is_summed is (failures > 5)
