from __future__ import annotations

import pytest

from inventory_service.services import patience
from inventory_service.services.patience import tries
from service_common.errors import Busy, Unavailable


class Clock:
    """Time that passes only while somebody sleeps."""

    def __init__(self) -> None:
        self.now = 100.0
        self.slept: list[float] = []

    def monotonic(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.now += seconds
        self.slept.append(seconds)


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    clock = Clock()
    monkeypatch.setattr(patience, "time", clock)
    return clock


@pytest.mark.parametrize(
    ("time_left_s", "limit_s"), [(None, 1.0), (30.0, 1.0), (0.25, 0.2)]
)
def test_tries_end_as_busy_within_patience_and_deadline(
    clock: Clock, time_left_s: float | None, limit_s: float
) -> None:
    with pytest.raises(Busy) as busy:
        for _ in tries(time_left_s):
            pass

    assert busy.value.code == "SEAT_BUSY"
    assert limit_s - 0.021 < clock.now - 100 <= limit_s
    assert all(0.005 <= pause <= 0.020 for pause in clock.slept)


@pytest.mark.parametrize("time_left_s", [0.05, 0.0, -1.0])
def test_call_without_time_is_not_even_begun(clock: Clock, time_left_s: float) -> None:
    attempts = tries(time_left_s)

    with pytest.raises(Unavailable):
        next(attempts)


def test_first_try_comes_without_a_pause(clock: Clock) -> None:
    assert next(tries(1.0)) == 0
    assert clock.slept == []
