"""A dialogue: a scripted saga, a log, and every line that was said, in order."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from orchestrator_service.saga.declaration import (
    Call,
    Registry,
    Saga,
    StepResult,
    UndoOutcome,
    pivot,
    refusable,
    retriable,
)
from orchestrator_service.saga.drive import EngineLimits, Result
from orchestrator_service.saga.engine import Engine
from orchestrator_service.saga.log import SagaRecord
from saga_simulator.manual_clock import ManualClock
from saga_simulator.memory_log import MemorySagaLog
from service_common.errors import Conflict, Unavailable, Unknown

LIMITS = EngineLimits()
REFUSED = Conflict("No.", code="SCRIPTED_NO", details={"why": "because"})
UNKNOWN = Unknown("No answer.")
BUG = KeyError("missing")
TOO_LATE = UndoOutcome.TOO_LATE
_WRITES = {
    "start": "START",
    "begin_abort": "ABORTING",
    "finish": "END",
    "park": "PARK",
    "mark_stuck": "STUCK",
}

Answer = Exception | UndoOutcome | StepResult


@dataclass(frozen=True, slots=True)
class ScriptData:
    """Inputs of the scripted saga."""

    note: str = "unchanged"


class Dialogue:
    """Steps claim/revoke, pay/refund (pivot), hand_over, write_order.

    `answers` scripts what they answer, call by call; after that they say yes.
    `lost` names writes that are lost, `meanwhile` what happens just before a line.
    """

    def __init__(self, **answers: Sequence[Answer]) -> None:
        self.lines: list[str] = []
        self.lost: set[str] = set()
        self.meanwhile: dict[str, Callable[[], object]] = {}
        self.step_takes_s = 0.0
        self.timeouts_s: list[float] = []
        self.clock = ManualClock()
        self.log = _NotingLog(self)
        self.saga = self._declare()
        self.engine = Engine(
            self.log,
            Registry(self.saga),
            owner="dialogue",
            limits=LIMITS,
            clock=self.clock,
        )
        self._answers = {step: list(said) for step, said in answers.items()}

    def run(self, saga_id: str | None = None) -> Result:
        """A request starts the saga."""
        return self.engine.run(
            self.saga, subject="subject-1", data=ScriptData(), saga_id=saga_id
        )

    def recover(self, *, after_s: float = LIMITS.lease_s + 1) -> Result:
        """Another process takes it over and drives it."""
        return self.engine.drive(self.take_over(after_s=after_s))

    def take_over(self, *, after_s: float = LIMITS.lease_s + 1) -> SagaRecord:
        """Another process takes it over."""
        self.clock.sleep(after_s)
        (record,) = self.log.take_over("other", LIMITS.lease_s, 1)
        return record

    @property
    def record(self) -> SagaRecord:
        """The one saga as the log has it."""
        (record,) = self.log.all()
        return record

    def say(self, line: str) -> None:
        """Note a line; what was to happen meanwhile happens before it."""
        self.meanwhile.pop(line, lambda: None)()
        self.lines.append(line)

    def _declare(self) -> Saga[ScriptData]:
        return Saga(
            kind="scripted",
            version=1,
            data_class=ScriptData,
            steps=(
                refusable(
                    "claim",
                    self._act("claim"),
                    undo_name="revoke",
                    undo=self._undo("revoke"),
                ),
                pivot(
                    "pay",
                    self._act("pay"),
                    undo_name="refund",
                    undo=self._undo("refund"),
                ),
                retriable("hand_over", self._act("hand_over")),
                retriable("write_order", self._act("write_order")),
            ),
        )

    def _act(self, name: str) -> Callable[[ScriptData, Call], StepResult]:
        return lambda _, call: self._answer(name, call, {"from": name})

    def _undo(self, name: str) -> Callable[[ScriptData, Call], UndoOutcome]:
        return lambda _, call: self._answer(name, call, UndoOutcome.UNDONE)

    def _answer(self, name: str, call: Call, default: Any) -> Any:
        self.say(name)
        self.timeouts_s.append(call.timeout_s)
        self.clock.sleep(self.step_takes_s)
        script = self._answers.get(name)
        answer = script.pop(0) if script else default
        if isinstance(answer, Exception):
            raise answer
        return answer


class _NotingLog(MemorySagaLog):
    """A log that notes its writes in the dialogue, and loses some of them."""

    def __init__(self, dialogue: Dialogue) -> None:
        super().__init__(dialogue.clock.now)
        self._dialogue = dialogue

    def __getattribute__(self, name: str) -> Any:
        attribute = super().__getattribute__(name)
        if name not in _WRITES:
            return attribute

        def note_and_write(*args: Any) -> Any:
            state = f" {args[1]}" if name == "finish" else ""
            line = _WRITES[name] + state
            self._dialogue.say(line)
            if line in self._dialogue.lost:
                raise Unavailable
            return attribute(*args)

        return note_and_write
