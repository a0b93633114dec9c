"""One run of any saga over a log that may crash its writer, and its recovery."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from orchestrator_service.saga.declaration import Registry, Saga
from orchestrator_service.saga.drive import EngineLimits, Result
from orchestrator_service.saga.engine import Engine
from orchestrator_service.saga.log import FINAL_STATES, SagaRecord, SagaState
from orchestrator_service.saga.recovery import RecoveryWorker
from saga_simulator.manual_clock import ManualClock
from saga_simulator.memory_log import MemorySagaLog

FOR_EVER = 10_000
_LIMITS = EngineLimits()
_RECOVERIES_MAX = 20
_WRITES = ("start", "begin_abort", "finish", "park", "mark_stuck")


@dataclass(frozen=True, slots=True)
class Case:
    """A saga with everything that it touches, all fresh."""

    saga: Saga[Any]
    subject: str
    data: Any
    check: Callable[[SagaRecord], None]


class _Crash(BaseException):
    """The process is gone: nothing in it may notice."""


class CrashingLog(MemorySagaLog):
    """A log before or after whose n-th write the writer dies, once."""

    def __init__(self, *, crash_at: int = FOR_EVER, after: bool = False) -> None:
        self.clock = ManualClock()
        super().__init__(self.clock.now)
        self._writes_left = crash_at
        self._after = after

    def __getattribute__(self, name: str) -> Any:
        attribute = super().__getattribute__(name)
        return self._crashing(attribute) if name in _WRITES else attribute

    def _crashing(self, write: Callable[..., Any]) -> Callable[..., Any]:
        def crash_or_write(*args: Any) -> Any:
            self._writes_left -= 1
            if self._writes_left != -1:
                return write(*args)
            if self._after:
                write(*args)
            raise _Crash

        return crash_or_write


class Rehearsal:
    """One run of a case, and what recovery makes of it."""

    def __init__(
        self,
        case: Case,
        log: CrashingLog | None = None,
        clock: ManualClock | None = None,
    ) -> None:
        self.log = log or CrashingLog()
        self.clock = clock or self.log.clock
        self._case = case
        registry = Registry(case.saga)
        self._engine = Engine(
            self.log, registry, owner="rehearsal", limits=_LIMITS, clock=self.clock
        )
        self._worker = RecoveryWorker(
            self._engine,
            self.log,
            registry,
            owner="rehearsal",
            limits=_LIMITS,
            stop=threading.Event(),
        )

    def start(self) -> Result:
        """What the caller is told."""
        return self._engine.run(
            self._case.saga, subject=self._case.subject, data=self._case.data
        )

    def start_until_crash(self) -> bool:
        """False when the process has outlived it."""
        try:
            self.start()
        except _Crash:
            return True
        return False

    def expect(self, state: SagaState) -> None:
        """Run it when it has not begun; let it recover; it has to end like this."""
        if not self.log.all():
            self.start()
        assert self.expect_an_end().state is state

    def expect_an_end(self) -> SagaRecord:
        """Let it recover; its end has to fit what the participants show."""
        for _ in range(_RECOVERIES_MAX):
            if not self.log.has_live():
                break
            self.clock.sleep(_LIMITS.deadline_s + 1)
            self._worker.run_once()
        (record,) = self.log.all()
        assert record.state in FINAL_STATES, f"left {record.state}"
        self._case.check(record)
        return record
