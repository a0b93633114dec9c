"""What must hold at every moment, in each database and across them.

The one judge for the tests, `GET /admin/invariants`, the command `reconcile` and the
metrics. The rules are in docs/invariants.md.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass

from orchestrator_service.services.reconciliation.findings import Judged, Rule, Verdict
from orchestrator_service.services.reconciliation.liveness_judge import (
    NO_ORDER_WAITS,
    NO_SAGA_IS_LATE,
    LivenessJudge,
)
from orchestrator_service.services.reconciliation.local_judge import (
    TO_THE_END_S,
    USUALLY_S,
    LocalJudge,
)
from orchestrator_service.services.reconciliation.saga_judge import SagaJudge
from orchestrator_service.services.reconciliation.saga_rules import SAGA_RULES
from orchestrator_service.services.reconciliation.seat_judge import (
    SEAT_RULES,
    SeatJudge,
)
from service_common.request_context import submit

# What an HTTP request may take for what a page after page has to be read.
ROUTE_BUDGET_S = 6.0


@dataclass(frozen=True, slots=True)
class Judges:
    """Those who know the rules."""

    local: LocalJudge
    sagas: SagaJudge
    seats: SeatJudge
    liveness: LivenessJudge


class InvariantsService:
    """Has everything judged, side by side."""

    def __init__(self, judges: Judges, executor: Executor) -> None:
        self._judges = judges
        self._executor = executor

    def check(
        self, *, budget_s: float | None = ROUTE_BUDGET_S, since_s: float | None = None
    ) -> list[Verdict]:
        """Every invariant: held, broken, or not judged to its end.

        With `budget_s` None nothing stops before its end; but a database has ten
        minutes at the most. With `since_s` only sagas
        that have ended within so many seconds are judged, and no seats.
        """
        until = None if budget_s is None else time.monotonic() + budget_s
        tasks = list(self._tasks(until, since_s, _local_budget_s(budget_s)))
        futures = [submit(self._executor, task) for task in tasks]
        return [verdict for future in futures for verdict in future.result()]

    def _tasks(
        self, until: float | None, since_s: float | None, local_s: int
    ) -> Iterator[Callable[[], Sequence[Verdict]]]:
        judges = self._judges
        if since_s is None:
            yield _task(SAGA_RULES, lambda: judges.sagas.judge_all(until=until))
            yield _task(SEAT_RULES, lambda: judges.seats.judge_all(until=until))
        else:
            yield _task(
                SAGA_RULES, lambda: judges.sagas.judge_since(since_s, until=until)
            )
        yield _task([NO_SAGA_IS_LATE], judges.liveness.judge_sagas)
        yield _task([NO_ORDER_WAITS], lambda: judges.liveness.judge_orders(until=until))
        for service in judges.local.services:
            yield _local(judges.local, service, local_s)


def _task(
    rules: Sequence[Rule], judge: Callable[[], Judged]
) -> Callable[[], Sequence[Verdict]]:
    return lambda: judge().verdicts(rules)


def _local(
    judge: LocalJudge, service: str, within_s: int
) -> Callable[[], Sequence[Verdict]]:
    return lambda: judge.judge(service, within_s)


def _local_budget_s(budget_s: float | None) -> int:
    if budget_s is None:
        return TO_THE_END_S
    return min(TO_THE_END_S, max(USUALLY_S, int(budget_s)))
