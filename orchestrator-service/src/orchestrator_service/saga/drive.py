"""One driver's work on one saga: forward, back, or waiting."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Generic, TypeVar

import structlog

from orchestrator_service.saga.attempts import Attempts, Clock, Effect, Outcome
from orchestrator_service.saga.declaration import (
    Call,
    Saga,
    Step,
    StepKind,
    UndoOutcome,
)
from orchestrator_service.saga.log import Reason, SagaLog, SagaRecord, SagaState
from orchestrator_service.saga.metrics import SAGAS_FINISHED
from service_common.errors import AppError, Unavailable, refusal_of

log = structlog.get_logger()

_SERVER_ERROR = 500
D = TypeVar("D")


@dataclass(frozen=True, slots=True)
class EngineLimits:
    """How long things may take. The lease outlives the budget, so no renewals."""

    budget_s: float = 8.0
    lease_s: float = 15.0
    deadline_s: float = 60.0
    step_timeout_s: float = 2.0
    backoff_first_s: float = 0.5
    backoff_last_s: float = 60.0


@dataclass(frozen=True, slots=True)
class Result:
    """How a drive ended. RUNNING and ABORTING mean: recovery goes on with it.

    `results` has what the steps of this drive answered, by step name.
    """

    saga_id: str
    state: SagaState
    reason: Reason | None = None
    results: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    joined: bool = False

    def error(self, *, unanswered: str) -> AppError:
        """Why a saga that FAILED was turned back, as an error for its caller.

        `unanswered` is the sentence for one that nobody refused.
        """
        reason = self.reason
        if reason is None or reason.http_status >= _SERVER_ERROR:
            return Unavailable(unanswered)
        return refusal_of(
            reason.http_status, reason.code, reason.message, reason.details
        )


class Drive(Generic[D]):
    """One driver's work on one saga, from where the log says it stands."""

    def __init__(
        self,
        saga: Saga[D],
        record: SagaRecord,
        saga_log: SagaLog,
        limits: EngineLimits,
        clock: Clock,
    ) -> None:
        self._saga = saga
        self._record = record
        self._data = saga.decode(record.data)
        self._log = saga_log
        self._limits = limits
        self._attempts = Attempts(record, limits.budget_s, clock)
        self._results: dict[str, Mapping[str, Any]] = {}
        # After a takeover nobody knows what the earlier driver had begun.
        self._maybe_done = {step.name for step in saga.undoable if record.epoch > 1}

    def run(self) -> Result:
        """Go as far as the budget allows."""
        if self._record.state is SagaState.ABORTING:
            return self._go_back()
        return self._go_forward(self._saga.steps)

    def _go_forward(self, steps: tuple[Step[D], ...]) -> Result:
        for step in steps:
            effect = self._attempt(step)
            if effect.outcome is Outcome.DONE:
                self._results[step.name] = effect.result
            elif step.kind is StepKind.RETRIABLE:
                return self._wait_or_stick(step, effect)
            elif effect.outcome is Outcome.REFUSED:
                return self._give_up(effect.reason())
            elif self._record.past_deadline:
                return self._give_up(_DEADLINE_PASSED)
            else:
                return self._park()
        return self._finish(SagaState.DONE, None)

    def _attempt(self, step: Step[D]) -> Effect:
        effect = self._attempts.make(
            step.name,
            "action",
            lambda call: step.action(self._data, call),
            self._call_of(step),
        )
        # A first and only try that was refused has left nothing behind, and our epoch
        # on the next write proves that nobody else has tried. Anything else may have,
        # or may yet: a request of ours can still be on its way.
        if effect.outcome is not Outcome.REFUSED or effect.attempts > 1:
            self._maybe_done.add(step.name)
        return effect

    def _wait_or_stick(self, step: Step[D], effect: Effect) -> Result:
        if effect.outcome is Outcome.UNKNOWN:
            return self._park()
        # A refusal after the pivot: either another driver has settled this saga
        # meanwhile, and the log knows it, or something is wrong that we must not
        # guess about.
        log.error("saga_step_refused_after_pivot", step=step.name, error=effect.error)
        return self._stick(effect.reason())

    def _give_up(self, reason: Reason) -> Result:
        if not self._maybe_done:
            return self._finish(SagaState.FAILED, reason)
        if not self._log.begin_abort(self._record, reason):
            return self._superseded()
        self._record = replace(self._record, state=SagaState.ABORTING, reason=reason)
        return self._go_back()

    def _go_back(self) -> Result:
        arbiter, *others = self._saga.undoable
        effect = self._undo(arbiter)
        if effect.outcome is Outcome.UNKNOWN:
            return self._park()
        if effect.outcome is Outcome.REFUSED:
            return self._stick(effect.reason())
        if effect.result.get("undo") == UndoOutcome.TOO_LATE:
            return self._go_forward(self._saga.steps[self._saga.pivot_index + 1 :])
        for step in reversed(others):
            if step.name not in self._maybe_done:
                continue
            effect = self._undo(step)
            if effect.outcome is Outcome.UNKNOWN:
                return self._park()
            if effect.result.get("undo") != UndoOutcome.UNDONE:
                return self._stick(effect.reason())  # only the arbiter may say more
        return self._finish(SagaState.FAILED, self._record.reason)

    def _undo(self, step: Step[D]) -> Effect:
        undo = step.undo
        if undo is None:  # the declaration was checked when it was made
            raise AssertionError(step.name)
        return self._attempts.make(
            step.undo_name or step.name,
            "undo",
            lambda call: {"undo": undo(self._data, call)},
            self._call_of(step),
        )

    def _call_of(self, step: Step[D]) -> Callable[[float], Call]:
        limit_s = step.timeout_s or self._limits.step_timeout_s
        return lambda left_s: Call(self._record.saga_id, min(limit_s, left_s))

    def _finish(self, state: SagaState, reason: Reason | None) -> Result:
        try:
            written = self._log.finish(
                self._record, state, self._attempts.trace(), reason
            )
        except Unavailable:
            log.warning("saga_end_not_written", saga_id=self._record.saga_id)
            if state is SagaState.FAILED and self._record.state is SagaState.RUNNING:
                # Recovery will go forward, and what was refused may be granted then.
                return report(self._record)
            # All effects are there; only the note is missing, and recovery, which
            # repeats them without effect, will write it.
            written = True
        if not written:
            return self._superseded()
        SAGAS_FINISHED.labels(self._record.kind, state).inc()
        log.info(
            "saga_finished",
            saga_id=self._record.saga_id,
            kind=self._record.kind,
            state=state,
            reason=reason.code if reason else None,
            epoch=self._record.epoch,
        )
        return Result(self._record.saga_id, state, reason, self._results)

    def _park(self) -> Result:
        delay_s = self._backoff_s()
        if not self._log.park(self._record, self._attempts.trace(), delay_s):
            return self._superseded()
        log.warning(
            "saga_parked",
            saga_id=self._record.saga_id,
            kind=self._record.kind,
            state=self._record.state,
            delay_s=delay_s,
        )
        return Result(self._record.saga_id, self._record.state, self._record.reason)

    def _stick(self, reason: Reason) -> Result:
        if not self._log.mark_stuck(self._record, self._attempts.trace(), reason):
            return self._superseded()
        SAGAS_FINISHED.labels(self._record.kind, SagaState.STUCK).inc()
        log.error("saga_stuck", saga_id=self._record.saga_id, reason=reason.code)
        return Result(self._record.saga_id, SagaState.STUCK, reason)

    def _superseded(self) -> Result:
        """Another driver has it: report what the log says, touch nothing more."""
        log.warning("saga_superseded", saga_id=self._record.saga_id)
        current = self._log.get(self._record.saga_id)
        return report(current or self._record)

    def _backoff_s(self) -> float:
        doubled = self._limits.backoff_first_s * 2.0 ** min(self._record.attempts, 16)
        return min(doubled, self._limits.backoff_last_s)


_DEADLINE_PASSED = Reason(
    code="SERVICE_UNAVAILABLE",
    message="A needed service did not answer in time; nothing was done.",
    http_status=503,
)


def report(record: SagaRecord, *, joined: bool = False) -> Result:
    """A result as the log has it."""
    return Result(record.saga_id, record.state, record.reason, joined=joined)
