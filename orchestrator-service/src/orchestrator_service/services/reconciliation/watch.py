"""Judges all the time, a slice a minute, and tells it as metrics.

A slice goes on where the last one stopped, so that everything is judged in turn
whatever its size, and never more than a slice at once. What was found is looked at
again with every slice, until it is gone.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Protocol

import structlog

from orchestrator_service.clients.fact_client import LedgerFacts
from orchestrator_service.services.reconciliation.findings import (
    Finding,
    Judged,
    Rule,
    Verdict,
)
from orchestrator_service.services.reconciliation.liveness_judge import (
    NO_ORDER_WAITS,
    NO_SAGA_IS_LATE,
    LivenessJudge,
)
from orchestrator_service.services.reconciliation.local_judge import LocalJudge
from orchestrator_service.services.reconciliation.metrics import (
    LEDGER_DRIFT,
    ROUND_COMPLETED,
    UNJUDGED,
    VIOLATIONS,
)
from orchestrator_service.services.reconciliation.walk import BATCH
from service_common.errors import AppError
from service_common.request_context import request_id_scope

log = structlog.get_logger()

INTERVAL_S = 60.0
SLICE_S = 2.0
_FIRST_AFTER_S = 10.0
# What asks a whole database may take a twentieth of the time.
_REST_PER_WORK = 20
_CENTS = 100


class Walker(Protocol):
    """A judge that can stop and go on."""

    def judge_all(self, *, after: str = "", until: float | None = None) -> Judged:
        """Everything behind `after`, until then."""
        ...

    def look_again(self, keys: Sequence[str]) -> Iterable[Finding]:
        """These, as they stand by now."""
        ...


@dataclass(slots=True)
class Round:
    """One walker's way through all there is, again and again."""

    kind: str
    walker: Walker
    rules: Sequence[Rule]
    cursor: str = ""
    known: dict[tuple[Rule, str], Finding] = field(default_factory=dict)

    def take_slice(self, slice_s: float) -> None:
        """Go on for so long; then tell what is known to be broken."""
        self._forget_what_is_mended()
        judged = self.walker.judge_all(
            after=self.cursor, until=time.monotonic() + slice_s
        )
        for finding in judged.findings:
            if (finding.rule, finding.key) not in self.known:
                log.error(
                    "invariant_broken", invariant=finding.rule.name, what=finding.what
                )
            self.known[finding.rule, finding.key] = finding
        self.cursor = judged.stopped_after if judged.problem else ""
        if judged.problem is None:
            ROUND_COMPLETED.labels(self.kind).set_to_current_time()
        for rule in self.rules:
            count = sum(1 for known, _ in self.known if known == rule)
            VIOLATIONS.labels("orchestrator", rule.number, rule.name).set(count)

    def _forget_what_is_mended(self) -> None:
        keys = sorted({key for _, key in self.known})
        for start in range(0, len(keys), BATCH):
            some = keys[start : start + BATCH]
            still = {(one.rule, one.key) for one in self.walker.look_again(some)}
            for name in [name for name in self.known if name[1] in set(some)]:
                if name not in still:
                    log.info("invariant_mended", invariant=name[0].name, key=name[1])
                    del self.known[name]


class InvariantWatch:
    """The judge that never stops."""

    def __init__(
        self,
        rounds: Sequence[Round],
        liveness: LivenessJudge,
        local: LocalJudge,
        ledger: LedgerFacts,
        *,
        slice_s: float = SLICE_S,
    ) -> None:
        self._rounds = rounds
        self._liveness = liveness
        self._local = local
        self._ledger = ledger
        self._slice_s = slice_s
        self._whole_again_at = 0.0

    def run(self, stop: threading.Event) -> None:
        """Judge until told to stop; what does not answer is asked again later."""
        pause_s = _FIRST_AFTER_S
        while not stop.wait(pause_s):
            with request_id_scope(None):
                self._try(self.take_turn)
            pause_s = INTERVAL_S

    def take_turn(self) -> None:
        """Judge the next slice of everything."""
        until = time.monotonic() + self._slice_s
        tell(self._liveness.judge_sagas().verdicts([NO_SAGA_IS_LATE]))
        tell(self._liveness.judge_orders(until=until).verdicts([NO_ORDER_WAITS]))
        for round_ in self._rounds:
            self._try(lambda r=round_: r.take_slice(self._slice_s))  # type: ignore[misc]
        if time.monotonic() >= self._whole_again_at:
            self._judge_databases()

    def _judge_databases(self) -> None:
        """Ask for what needs whole tables, and rest the longer the longer it took."""
        started = time.monotonic()
        for service in self._local.services:
            tell(self._local.judge(service))
        self._try(self._measure_drift)
        ended = time.monotonic()
        self._whole_again_at = ended + _REST_PER_WORK * (ended - started)

    def _measure_drift(self) -> None:
        LEDGER_DRIFT.set(int(Decimal(self._ledger.measure_drift()) * _CENTS))

    @staticmethod
    def _try(step: Callable[[], None]) -> None:
        try:
            step()
        except AppError as error:
            log.warning("invariants_wait", code=error.code, cause=error.message)
        except Exception:  # the judge must not take those down who do the work
            log.exception("invariants_cannot_be_judged")


def tell(verdicts: Iterable[Verdict]) -> None:
    """Set the gauges; one that was not judged keeps what it had before."""
    for verdict in verdicts:
        labels = (verdict.service, verdict.number, verdict.name)
        UNJUDGED.labels(*labels).set(0 if verdict.complete else 1)
        if verdict.complete or verdict.violations:
            VIOLATIONS.labels(*labels).set(verdict.violations)
        if verdict.violations:
            log.error(
                "invariant_broken",
                invariant=verdict.name,
                violations=verdict.violations,
                what=list(verdict.examples),
            )
