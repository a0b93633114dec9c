"""Work that nobody can take in time is refused, not piled up."""

from __future__ import annotations

import threading
from collections.abc import Iterator

import pytest

from service_common.bounded_executor import BoundedExecutor, result_within
from service_common.errors import Unavailable


@pytest.fixture
def executor() -> Iterator[BoundedExecutor]:
    with BoundedExecutor(1, "test") as executor:
        yield executor


def test_result_comes_back(executor: BoundedExecutor) -> None:
    assert result_within(executor.submit(sum, [1, 2]), 1.0) == 3


def test_too_much_work_is_refused_and_room_comes_back(
    executor: BoundedExecutor,
) -> None:
    gate = threading.Event()
    accepted = [executor.submit(gate.wait, 10) for _ in range(4)]

    with pytest.raises(Unavailable) as refused:
        executor.submit(gate.wait, 10)
    gate.set()

    assert refused.value.code == "SERVICE_BUSY"
    assert all(future.result(5) for future in accepted)
    assert result_within(executor.submit(len, "abc"), 1.0) == 3


def test_work_that_is_cancelled_makes_room(executor: BoundedExecutor) -> None:
    gate = threading.Event()
    running = executor.submit(gate.wait, 10)
    waiting = [executor.submit(gate.wait, 10) for _ in range(3)]

    assert all(future.cancel() for future in waiting)
    again = executor.submit(len, "ab")
    gate.set()

    assert running.result(5)
    assert again.result(5) == 2


def test_late_result_is_unavailable_and_no_longer_waited_for(
    executor: BoundedExecutor,
) -> None:
    gate = threading.Event()
    executor.submit(gate.wait, 10)
    late = executor.submit(len, "abc")

    with pytest.raises(Unavailable):
        result_within(late, 0.05)
    gate.set()

    assert late.cancelled()
