from __future__ import annotations

import threading

import pytest
import requests
from hypothesis import given
from hypothesis import strategies as st

from bentjets.errors import InputError
from bentjets.transport import CircuitBreaker, ServiceDownError


def make(give_up_after: int = 3, waits: list[int] | None = None) -> CircuitBreaker:
    return CircuitBreaker(
        "SkyView", give_up_after, wait=[].append if waits is None else waits.append
    )


def fail(breaker: CircuitBreaker, times: int) -> None:
    for number in range(times):
        breaker.record_failure(f"failure {number + 1}")


def test_closed_it_lets_requests_pass() -> None:
    breaker = make()
    fail(breaker, 2)
    breaker.check()
    assert breaker.state == "closed"


def test_too_many_failures_open_it_and_the_last_one_is_told() -> None:
    breaker = make()
    fail(breaker, 3)
    assert breaker.state == "open"
    with pytest.raises(
        ServiceDownError,
        match=r"^SkyView failed 3 times in a row \(last: failure 3\): not asked any more",
    ):
        breaker.check()


def test_open_it_stays_so_for_its_first_reason() -> None:
    breaker = make()
    breaker.open("asks to be left alone for 700 s")
    fail(breaker, 9)
    breaker.record_success()
    breaker.open("is left alone, as the run is over")
    with pytest.raises(ServiceDownError, match="SkyView asks to be left alone for 700 s: not"):
        breaker.check()


@given(st.lists(st.booleans(), max_size=60), st.integers(1, 6))
def test_it_opens_after_so_many_failures_without_a_success_between(answers, give_up_after) -> None:
    breaker, row = make(give_up_after), 0
    for is_success in answers:
        if breaker.state == "open":
            break
        row = 0 if is_success else row + 1
        if is_success:
            breaker.record_success()
        else:
            breaker.record_failure("HTTP 500")
        assert (breaker.state == "open") == (row >= give_up_after)


class TestProbe:
    def test_a_service_that_can_do_what_it_could_is_not_down(self) -> None:
        breaker, states = make(), []
        breaker.probe = lambda: states.append(breaker.state)
        fail(breaker, 3)
        assert states == ["half-open"]
        assert breaker.state == "closed"
        fail(breaker, 2)  # the count starts anew
        assert states == ["half-open"]

    def test_half_open_others_may_still_ask(self) -> None:
        breaker = make()
        breaker.probe = breaker.check
        fail(breaker, 3)
        assert breaker.state == "closed"

    @pytest.mark.parametrize(
        "error", [requests.ConnectionError(), InputError("half a file"), ServiceDownError("no")]
    )
    def test_three_probes_that_fail_open_it(self, error) -> None:
        waits: list[int] = []
        breaker, asked = make(waits=waits), []

        def probe() -> None:
            asked.append(1)
            raise error

        breaker.probe = probe
        fail(breaker, 3)
        assert breaker.state == "open"
        assert len(asked) == 3
        assert waits == [1, 2, 3]

    def test_one_unlucky_probe_is_not_the_end(self) -> None:
        waits: list[int] = []
        breaker = make(waits=waits)
        answers = iter([requests.Timeout(), None])

        def probe() -> None:
            error = next(answers)
            if error:
                raise error

        breaker.probe = probe
        fail(breaker, 3)
        assert breaker.state == "closed"
        assert waits == [1]

    def test_a_fault_of_ours_is_not_taken_for_one_of_the_service(self) -> None:
        breaker = make()
        breaker.probe = lambda: 1 / 0
        with pytest.raises(ZeroDivisionError):
            fail(breaker, 3)
        assert breaker.state == "closed"

    def test_many_threads_ask_for_one_probe(self) -> None:
        breaker, probes, release = make(give_up_after=4), [], threading.Event()

        def probe() -> None:
            probes.append(1)
            release.wait(5)

        breaker.probe = probe
        threads = [threading.Thread(target=fail, args=(breaker, 1)) for _ in range(7)]
        for thread in threads:
            thread.start()
        while not probes:
            pass
        assert breaker.state == "half-open"
        release.set()
        for thread in threads:
            thread.join()
        assert len(probes) == 1
        assert breaker.state == "closed"

    def test_whoever_ends_the_run_does_not_wait_for_a_probe(self) -> None:
        breaker, asked, release = make(give_up_after=1), threading.Event(), threading.Event()

        def probe() -> None:
            asked.set()
            release.wait(5)

        breaker.probe = probe
        thread = threading.Thread(target=fail, args=(breaker, 1))
        thread.start()
        asked.wait(5)
        breaker.open("is left alone")
        assert thread.is_alive()
        assert breaker.state == "open"
        release.set()
        thread.join()
        assert breaker.state == "open"
