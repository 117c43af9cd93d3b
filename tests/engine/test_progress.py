"""What is told of a step while it works, and of the sources that failed."""

from __future__ import annotations

import logging

import pytest

from bentjets.engine import Failure, progress
from bentjets.engine.progress import Progress


@pytest.fixture
def told(monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture):
    """What is logged, as text; the half minute between two lines is none."""
    monkeypatch.setattr(progress, "_LINE_EVERY_S", 0.0)
    caplog.set_level(logging.INFO)
    return lambda: [record.getMessage() for record in caplog.records]


def test_outside_a_terminal_a_line_says_how_far_the_step_is(told, capfd) -> None:
    with Progress("fit_cutout", 3) as step:
        step.advance("A")
        step.advance("B", Failure("InputError", "B is empty"))
    assert told() == [
        "fit_cutout: 1 of 3 sources after 0 s",
        "B: B is empty",
        "fit_cutout: 2 of 3 sources after 0 s, 1 without a result",
    ]
    assert "%|" not in "".join(capfd.readouterr())  # a bar


def test_where_the_number_of_sources_is_unknown_only_those_done_are_told(told) -> None:
    with Progress("fit_cutout") as step:
        step.advance("A")
    assert told() == ["fit_cutout: 1 sources after 0 s"]


def test_lines_are_half_a_minute_apart(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    with Progress("fit_cutout", 100) as step:
        for number in range(100):
            step.advance(f"s{number}")
    assert caplog.records == []


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
