from __future__ import annotations

import threading
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from functools import partial

import pytest

from service_common.errors import Conflict, Unknown
from service_common.gather import Gatherer
from support.races import race
from support.waiting import eventually

PATIENCE_S = 10.0


class Rounds:
    """Executes rounds: the first waits to be let go, so that others line up."""

    def __init__(self) -> None:
        self.seen: list[list[int]] = []
        self.first_is_under_way = threading.Event()
        self.go = threading.Event()

    def execute(self, items: Sequence[int]) -> list[int | Exception]:
        self.seen.append(list(items))
        if len(self.seen) == 1:
            self.first_is_under_way.set()
            assert self.go.wait(PATIENCE_S)
        return [Conflict(f"no {item}") if item < 0 else item * 10 for item in items]


def _wait_for(gatherer: Gatherer[int, int], waiting: int) -> None:
    eventually(
        lambda: len(gatherer._queue),
        lambda length: length == waiting,
        within_s=PATIENCE_S,
        every_s=0.005,
    )


def test_call_that_comes_alone_goes_at_once_and_alone() -> None:
    gatherer = Gatherer[int, int](lambda items: [item * 10 for item in items])

    assert [gatherer.call(n, timeout_s=PATIENCE_S) for n in (1, 2)] == [10, 20]


def test_those_who_come_meanwhile_share_the_next_round_and_get_their_own_answers() -> (
    None
):
    rounds = Rounds()
    gatherer = Gatherer[int, int](rounds.execute)
    with ThreadPoolExecutor(9) as threads:
        first = threads.submit(gatherer.call, 1, timeout_s=PATIENCE_S)
        assert rounds.first_is_under_way.wait(PATIENCE_S)
        others = [
            threads.submit(gatherer.call, n, timeout_s=PATIENCE_S) for n in range(2, 9)
        ]
        _wait_for(gatherer, 7)
        rounds.go.set()

        assert first.result() == 10
        assert [other.result() for other in others] == [n * 10 for n in range(2, 9)]

    assert [len(items) for items in rounds.seen] == [1, 7]


def test_refusal_of_one_is_raised_for_him_alone() -> None:
    rounds = Rounds()
    gatherer = Gatherer[int, int](rounds.execute)
    with ThreadPoolExecutor(3) as threads:
        first = threads.submit(gatherer.call, 1, timeout_s=PATIENCE_S)
        assert rounds.first_is_under_way.wait(PATIENCE_S)
        refused = threads.submit(gatherer.call, -2, timeout_s=PATIENCE_S)
        served = threads.submit(gatherer.call, 3, timeout_s=PATIENCE_S)
        _wait_for(gatherer, 2)
        rounds.go.set()

        assert first.result() == 10
        assert served.result() == 30
        with pytest.raises(Conflict, match="no -2"):
            refused.result()


def test_round_that_breaks_is_an_error_for_all_of_it_and_not_for_the_next() -> None:
    broken = [True]

    def execute(items: Sequence[int]) -> list[int]:
        if broken.pop():
            broken.append(False)
            raise Unknown("nobody answers")
        broken.append(False)
        return list(items)

    gatherer = Gatherer[int, int](execute)

    with pytest.raises(Unknown):
        gatherer.call(1, timeout_s=PATIENCE_S)
    assert gatherer.call(2, timeout_s=PATIENCE_S) == 2


def test_who_waits_longer_than_his_time_leaves_the_line_undone() -> None:
    rounds = Rounds()
    gatherer = Gatherer[int, int](rounds.execute)
    with ThreadPoolExecutor(2) as threads:
        first = threads.submit(gatherer.call, 1, timeout_s=PATIENCE_S)
        assert rounds.first_is_under_way.wait(PATIENCE_S)
        with pytest.raises(Unknown):
            gatherer.call(2, timeout_s=0.01)
        rounds.go.set()
        assert first.result() == 10

    assert gatherer.call(3, timeout_s=PATIENCE_S) == 30
    assert rounds.seen == [[1], [3]]


def test_more_than_a_round_takes_go_in_several() -> None:
    rounds = Rounds()
    gatherer = Gatherer[int, int](rounds.execute, round_size_max=2)
    with ThreadPoolExecutor(6) as threads:
        first = threads.submit(gatherer.call, 1, timeout_s=PATIENCE_S)
        assert rounds.first_is_under_way.wait(PATIENCE_S)
        others = [
            threads.submit(gatherer.call, n, timeout_s=PATIENCE_S) for n in range(2, 7)
        ]
        _wait_for(gatherer, 5)
        rounds.go.set()

        assert first.result() == 10
        assert [other.result() for other in others] == [n * 10 for n in range(2, 7)]

    assert [len(items) for items in rounds.seen] == [1, 2, 2, 1]


@pytest.mark.parametrize("rounds_at_once", [1, 2, 3])
def test_crowd_that_is_in_a_hurry_gets_answers_or_hears_that_time_is_over(
    rounds_at_once: int,
) -> None:
    """Whoever gives up just as he is to lead, and leaders who end together."""

    def execute(items: Sequence[int]) -> list[int]:
        time.sleep(0.001)
        return [item * 10 for item in items]

    gatherer = Gatherer[int, int](
        execute, rounds_at_once=rounds_at_once, round_size_max=2
    )

    def ask_often(first: int) -> list[int]:
        wrong = []
        for item in range(first, first + 200):
            with suppress(Unknown):
                if gatherer.call(item, timeout_s=item % 9 / 1000) != item * 10:
                    wrong.append(item)
        return wrong

    assert race(*(partial(ask_often, n * 1000) for n in range(8))) == [[]] * 8
    assert gatherer.call(1, timeout_s=PATIENCE_S) == 10
    assert gatherer._rounds == 0
