"""The watch: slice by slice over everything, and what it tells as metrics."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Sequence
from typing import Any

import pytest
from prometheus_client import REGISTRY

from orchestrator_service.services.reconciliation.findings import (
    Finding,
    Judged,
    Rule,
    Verdict,
)
from orchestrator_service.services.reconciliation.watch import Round, tell


@pytest.fixture
def rule() -> Rule:
    """A rule of one test alone: gauges are the whole process's."""
    return Rule("I0", f"nothing_is_bad_{uuid.uuid4().hex}")


def _gauge(name: str, rule: Rule, service: str = "orchestrator") -> float | None:
    labels = {"service": service, "number": rule.number, "name": rule.name}
    return REGISTRY.get_sample_value(name, labels)


class SlowWalker:
    """Judges ten keys a slice, and knows which are bad by now."""

    def __init__(self, rule: Rule, keys: int) -> None:
        self._rule = rule
        self._keys = [f"{key:03}" for key in range(keys)]
        self.bad: set[str] = set()
        self.begun_after: list[str] = []

    def judge_all(self, *, after: str = "", until: float | None = None) -> Judged:
        assert until is not None
        self.begun_after.append(after)
        rest = [key for key in self._keys if key > after]
        judged = Judged(findings=list(self.look_again(rest[:10])))
        judged.stopped_after = rest[:10][-1]
        judged.problem = "out of time" if len(rest) > 10 else None
        return judged

    def look_again(self, keys: Sequence[str]) -> Iterable[Finding]:
        return [Finding(self._rule, key, key) for key in keys if key in self.bad]


@pytest.fixture
def walker(rule: Rule) -> SlowWalker:
    return SlowWalker(rule, 25)


@pytest.fixture
def round_(walker: SlowWalker, rule: Rule) -> Round:
    return Round("tests", walker, [rule])


def _completed() -> Any:
    return REGISTRY.get_sample_value(
        "invariant_round_completed_timestamp_seconds", {"kind": "tests"}
    )


def test_slices_go_on_where_the_last_one_stopped_and_begin_anew(
    round_: Round, walker: SlowWalker
) -> None:
    before = _completed()
    for _ in range(2):
        round_.take_slice(1)
    assert _completed() == before

    for _ in range(2):
        round_.take_slice(1)

    assert walker.begun_after == ["", "009", "019", ""]
    assert _completed() != before


def test_what_was_found_stays_told_until_it_is_mended(
    round_: Round, walker: SlowWalker, rule: Rule
) -> None:
    walker.bad = {"003", "012"}
    seen = []
    for _ in range(3):
        round_.take_slice(1)
        seen.append(_gauge("invariant_violations", rule))
    walker.bad = {"012"}
    round_.take_slice(1)

    assert seen == [1, 2, 2]
    assert _gauge("invariant_violations", rule) == 1


def test_unjudged_invariant_keeps_what_was_known_and_says_so(rule: Rule) -> None:
    tell([Verdict("user", rule.number, rule.name, 3, ("a",))])
    tell([Verdict("user", rule.number, rule.name, 0, problem="out of time")])

    assert _gauge("invariant_violations", rule, "user") == 3
    assert _gauge("invariant_unjudged", rule, "user") == 1

    tell([Verdict("user", rule.number, rule.name, 0)])
    assert _gauge("invariant_violations", rule, "user") == 0
    assert _gauge("invariant_unjudged", rule, "user") == 0
