"""Walking over sorted lists: what is in memory, where it stops, what it confirms."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import pytest

from orchestrator_service.clients.facts import Page
from orchestrator_service.services.reconciliation import walk
from orchestrator_service.services.reconciliation.findings import (
    Finding,
    Judged,
    Rule,
    Verdict,
    overall,
)
from orchestrator_service.services.reconciliation.walk import (
    confirm,
    judge_walk,
    keyed,
    side_by_side,
)
from service_common.errors import Unknown

BAD = Rule("I0", "nothing_is_bad")
OTHER = Rule("I0", "another")


@pytest.fixture(autouse=True)
def _no_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(time, "sleep", lambda _: None)


class PagedList:
    """Numbers as five-digit keys, served a few at a time; remembers what was asked."""

    def __init__(self, numbers: Sequence[int], page: int = 10) -> None:
        self.keys = [f"{number:05}" for number in numbers]
        self.page = page
        self.asked: list[str] = []

    def fetch(self, after: str) -> Page[str]:
        self.asked.append(after)
        rest = [key for key in self.keys if key > after]
        page = rest[: self.page]
        return Page(page, page[-1] if len(rest) > self.page else None)

    def walk(self, after: str = "") -> Iterator[tuple[str, str]]:
        return keyed(self.fetch, str, after)


def _find(key: str, rule: Rule = BAD) -> Finding:
    return Finding(rule, key, f"key {key}")


def _judge_all(
    *lists: PagedList,
    bad: Callable[[str, list[Any]], bool],
    after: str = "",
    until: float | None = None,
    look_again: Callable[[Sequence[str]], list[Finding]] | None = None,
) -> Judged:
    return judge_walk(
        side_by_side([one.walk(after) for one in lists]),
        lambda key, facts: [_find(key)] if bad(key, facts) else [],
        look_again or (lambda keys: [_find(key) for key in keys]),
        after=after,
        until=until,
    )


def test_facts_of_one_key_come_together_from_every_list() -> None:
    evens, threes = PagedList(range(0, 40, 2)), PagedList(range(0, 40, 3), page=4)

    together = {
        key
        for key, facts in side_by_side([evens.walk(), threes.walk()])
        if len(facts) == 2
    }

    assert together == {f"{number:05}" for number in range(0, 40, 6)}


def test_a_page_is_fetched_only_when_the_walk_comes_to_it() -> None:
    long, short = PagedList(range(1000)), PagedList(range(0, 1000, 100))

    groups = side_by_side([long.walk(), short.walk()])
    for _ in range(25):
        next(groups)

    assert len(long.asked) == 3
    assert len(short.asked) == 1


def test_whatever_is_missing_on_either_side_is_found() -> None:
    left = PagedList([n for n in range(100) if n != 42])
    right = PagedList([n for n in range(100) if n != 77])

    judged = _judge_all(left, right, bad=lambda _, facts: len(facts) != 2)

    assert [finding.key for finding in judged.findings] == ["00042", "00077"]
    assert judged.problem is None


def test_out_of_time_says_where_it_stopped_and_goes_on_from_there() -> None:
    numbers = PagedList(range(100))
    seen: list[str] = []

    def bad(key: str, _: list[Any]) -> bool:
        seen.append(key)
        return False

    slices, after = 0, ""
    while True:
        slices += 1
        judged = _judge_all(numbers, bad=bad, after=after, until=time.monotonic())
        if judged.problem is None:
            break
        assert judged.stopped_after in judged.problem
        after = judged.stopped_after

    assert seen == numbers.keys
    assert slices == 101


def test_what_is_gone_at_a_later_look_is_not_told() -> None:
    looks: list[Sequence[str]] = []

    def look_again(keys: Sequence[str]) -> list[Finding]:
        looks.append(keys)
        healed = {1: "00003", 2: "00004"}.get(len(looks))
        return [_find(key) for key in keys if key != healed]

    judged = _judge_all(
        PagedList(range(10)),
        bad=lambda key, _: key in {"00003", "00004", "00005"},
        look_again=look_again,
    )

    assert [finding.key for finding in judged.findings] == ["00005"]
    assert looks == [["00003", "00004", "00005"], ["00004", "00005"], ["00005"]]


def test_a_later_look_confirms_only_the_rule_that_was_suspected() -> None:
    suspects = [_find("1"), _find("2", OTHER)]

    left = confirm(suspects, lambda keys: [_find(key, OTHER) for key in keys])

    assert [(finding.rule, finding.key) for finding in left] == [(OTHER, "2")]


def test_many_violations_are_confirmed_in_batches_and_end_the_walk() -> None:
    asked: list[int] = []

    def look_again(keys: Sequence[str]) -> list[Finding]:
        asked.append(len(keys))
        return [_find(key) for key in keys]

    judged = _judge_all(
        PagedList(range(5000), page=100), bad=lambda *_: True, look_again=look_again
    )

    assert max(asked) == walk.BATCH
    assert len(judged.findings) == walk.FINDINGS_MAX
    assert judged.problem is not None
    assert judged.stopped_after == f"{walk.FINDINGS_MAX - 1:05}"


def test_service_that_stops_answering_leaves_the_rest_unjudged() -> None:
    numbers = PagedList(range(30))

    def fetch(after: str) -> Page[str]:
        if after:
            raise Unknown("The order-service does not answer.")
        return numbers.fetch(after)

    judged = judge_walk(
        side_by_side([keyed(fetch, str, "")]),
        lambda key, _: [_find(key)] if key == "00003" else [],
        lambda keys: [_find(key) for key in keys],
        after="",
        until=None,
    )

    assert judged.problem is not None
    assert "order-service" in judged.problem
    assert [finding.key for finding in judged.findings] == ["00003"]
    [verdict] = judged.verdicts([BAD])
    assert (verdict.holds, verdict.complete, verdict.violations) == (False, False, 1)


@pytest.mark.parametrize(
    ("violations", "problem", "expected"),
    [(0, None, True), (1, None, False), (0, "why", None), (1, "why", False)],
)
def test_all_hold_only_when_all_was_judged(
    violations: int, problem: str | None, expected: object
) -> None:
    good = Verdict("x", "I1", "good", 0)
    other = Verdict("x", "I2", "other", violations, problem=problem)

    assert overall([good, other]) is expected
