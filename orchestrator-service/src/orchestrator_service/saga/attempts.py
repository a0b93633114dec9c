"""One step's tries: three outcomes, a few quick repeats, a budget, a trace."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any, Protocol

import structlog

from orchestrator_service.saga.declaration import Call
from orchestrator_service.saga.log import Reason, SagaRecord, TraceEntry
from orchestrator_service.saga.metrics import SAGA_STEP_SECONDS
from service_common.errors import AppError, Refusal, Unknown
from service_common.http_json import format_time

log = structlog.get_logger()

# Waits before the tries of one step; longer waits are recovery's business.
_WAITS_S = (0.0, 0.05, 0.2)
_TRACE_ENDS_LENGTH = 100


class Outcome(StrEnum):
    """All that a remote effect can answer."""

    DONE = "DONE"
    REFUSED = "REFUSED"
    UNKNOWN = "UNKNOWN"


@dataclass(frozen=True, slots=True)
class Effect:
    """How a step ended for this driver."""

    outcome: Outcome
    attempts: int
    result: Mapping[str, Any] = field(default_factory=dict)
    error: AppError | None = None

    def reason(self) -> Reason:
        """The refusal as the log keeps it."""
        error = self.error or AppError()
        return Reason(error.code, error.message, error.http_status, error.details)


class Clock(Protocol):
    """Time, so that tests can own it."""

    def monotonic(self) -> float:
        """Seconds that only ever grow."""

    def now(self) -> datetime:
        """The time of day, UTC."""

    def sleep(self, seconds: float) -> None:
        """Wait."""


class SystemClock:
    """The machine's time."""

    def monotonic(self) -> float:
        """Seconds that only ever grow."""
        return time.monotonic()

    def now(self) -> datetime:
        """The time of day, UTC."""
        return datetime.now(UTC)

    def sleep(self, seconds: float) -> None:
        """Wait."""
        time.sleep(seconds)


class Attempts:
    """Makes the tries of one drive, within its budget, and keeps their trace."""

    def __init__(self, record: SagaRecord, budget_s: float, clock: Clock) -> None:
        self._record = record
        self._clock = clock
        self._ends_at = clock.monotonic() + budget_s
        self._trace = list(record.trace)

    def make(
        self,
        step: str,
        direction: str,
        effect: Callable[[Call], Mapping[str, Any]],
        call: Callable[[float], Call],
    ) -> Effect:
        """Try the effect until it is known how it ended, or it is time to stop."""
        started_at = self._clock.now()
        last = Effect(Outcome.UNKNOWN, attempts=0)
        for wait_s in _WAITS_S:
            if wait_s:
                self._clock.sleep(wait_s)
            remaining_s = self._ends_at - self._clock.monotonic()
            if remaining_s <= 0:
                break
            last = self._try_once(effect, call(remaining_s), last.attempts + 1)
            if last.outcome is not Outcome.UNKNOWN:
                break
        self._note(step, direction, last, started_at)
        return last

    def trace(self) -> list[TraceEntry]:
        """The tries of every drive; of a saga parked for days, the first and last."""
        if len(self._trace) <= 2 * _TRACE_ENDS_LENGTH:
            return self._trace
        return [*self._trace[:_TRACE_ENDS_LENGTH], *self._trace[-_TRACE_ENDS_LENGTH:]]

    def _try_once(
        self, effect: Callable[[Call], Mapping[str, Any]], call: Call, attempts: int
    ) -> Effect:
        try:
            return Effect(Outcome.DONE, attempts, effect(call))
        except Refusal as refusal:
            return Effect(Outcome.REFUSED, attempts, error=refusal)
        except AppError as unknown:
            return Effect(Outcome.UNKNOWN, attempts, error=unknown)
        except Exception as bug:  # a step must not take the driver down with it
            log.exception("saga_step_crashed", saga_id=call.saga_id)
            return Effect(Outcome.UNKNOWN, attempts, error=Unknown(repr(bug)))

    def _note(
        self, step: str, direction: str, effect: Effect, started_at: datetime
    ) -> None:
        entry = TraceEntry(
            step=step,
            direction=direction,
            outcome=effect.outcome,
            attempts=effect.attempts,
            started_at=format_time(started_at),
            ended_at=format_time(self._clock.now()),
            epoch=self._record.epoch,
            error=effect.error.code if effect.error else None,
        )
        self._trace.append(entry)
        SAGA_STEP_SECONDS.labels(self._record.kind, step, effect.outcome).observe(
            (self._clock.now() - started_at).total_seconds()
        )
        level = log.debug if effect.outcome is Outcome.DONE else log.warning
        level(
            "saga_step",
            saga_id=self._record.saga_id,
            step=step,
            direction=direction,
            outcome=effect.outcome,
            attempts=effect.attempts,
            error=entry.error,
            epoch=self._record.epoch,
        )
