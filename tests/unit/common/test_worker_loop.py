from __future__ import annotations

import threading

import pytest

from service_common import loop as loops
from service_common.errors import Unavailable
from service_common.loop import Interrupted, Loop


@pytest.fixture(autouse=True)
def hardly_any_backoff(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(loops, "_BACKOFF_FIRST_S", 0.001)


@pytest.fixture
def stop() -> threading.Event:
    return threading.Event()


@pytest.mark.parametrize("outage", [Unavailable("down"), Interrupted("down")])
def test_loop_goes_on_after_an_outage(stop: threading.Event, outage: Exception) -> None:
    turns: list[int] = []

    def turn(loop: Loop) -> None:
        turns.append(len(turns))
        if len(turns) < 4:
            raise outage
        loop.report_well()
        stop.set()

    loop = Loop("test", turn, stop)
    loop.start()

    assert loop.join(5)
    assert len(turns) == 4
    assert not loop.failed


def test_loop_that_meets_a_fault_of_ours_stops_the_process(
    stop: threading.Event,
) -> None:
    def turn(_loop: Loop) -> None:
        raise KeyError("surprise")

    loop = Loop("test", turn, stop)
    loop.start()

    assert loop.join(5)
    assert loop.failed
    assert stop.is_set()


def test_loop_is_ready_only_while_it_has_what_it_needs(stop: threading.Event) -> None:
    working, broken, go_on = threading.Event(), threading.Event(), threading.Event()

    def turn(loop: Loop) -> None:
        loop.report_well()
        working.set()
        go_on.wait(5)
        if not broken.is_set():
            broken.set()
            raise Unavailable("down")
        loop.pause(5)

    loop = Loop("test", turn, stop)
    with pytest.raises(Unavailable):
        loop.check()
    loop.start()
    assert working.wait(5)
    loop.check()
    stop.set()
    go_on.set()

    assert loop.join(5)
    with pytest.raises(Unavailable):
        loop.check()


def test_pause_ends_when_the_loop_is_told_to_stop(stop: threading.Event) -> None:
    loop = Loop("test", lambda loop: loop.pause(60), stop)
    loop.start()

    stop.set()

    assert loop.join(5)
    assert loop.stopping()
