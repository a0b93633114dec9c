"""What every client asked for, when, and what it was told: ok, fail or unknown."""

from __future__ import annotations

import threading
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from ticket_demo.api import Answer, NoAnswer

_SERVER_ERROR = 500
_ACCEPTED = 202
_CLIENT_ERROR = 400
# Somebody else is at it: how it ends, this answer does not say.
_NOT_YET = frozenset({"PAYMENT_IN_PROGRESS", "REQUEST_IN_PROGRESS"})


class Outcome(StrEnum):
    """As in Jepsen: an unknown operation may have happened, or may happen yet."""

    OK = "ok"
    FAIL = "fail"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Operation:
    """One question of one client; times in seconds since the run began."""

    kind: str
    who: str
    what: str
    began_s: float
    ended_s: float
    outcome: Outcome
    status: int | None
    code: str | None
    told: dict[str, Any] = field(default_factory=dict)


class Recorder:
    """Keeps every operation of every thread."""

    def __init__(self) -> None:
        self.operations: list[Operation] = []
        self._began = time.monotonic()

    def begin(self) -> None:
        """Time counts from here; what was asked before was preparation."""
        self.operations.clear()
        self._began = time.monotonic()

    def now_s(self) -> float:
        """Seconds since the run began."""
        return time.monotonic() - self._began

    def ask(
        self, kind: str, who: str, what: str, question: Callable[[], Answer]
    ) -> Answer | None:
        """Ask, and write down what was told; None when nobody answered."""
        began_s = self.now_s()
        try:
            answer: Answer | None = question()
        except NoAnswer:
            answer = None
        self.operations.append(
            Operation(
                kind=kind,
                who=who,
                what=what,
                began_s=began_s,
                ended_s=self.now_s(),
                outcome=outcome_of(answer),
                status=answer.status if answer else None,
                code=answer.code if answer else None,
                told=answer.body if answer and isinstance(answer.body, dict) else {},
            )
        )
        return answer

    def insist(
        self,
        kind: str,
        who: str,
        what: str,
        question: Callable[[], Answer],
        *,
        tries: int,
        stop: threading.Event,
        pause_s: float = 0.5,
    ) -> Answer | None:
        """Ask again, as a client does that was told nothing definite."""
        answer = None
        for _ in range(tries):
            answer = self.ask(kind, who, what, question)
            if outcome_of(answer) is not Outcome.UNKNOWN or stop.wait(pause_s):
                break
        return answer

    def counts(self) -> dict[str, dict[str, int]]:
        """How many of each kind ended how."""
        found: dict[str, Counter[str]] = {}
        for one in list(self.operations):
            found.setdefault(one.kind, Counter())[one.outcome] += 1
        return {kind: dict(counter) for kind, counter in sorted(found.items())}

    def of(self, *kinds: str) -> list[Operation]:
        """The operations of some kinds."""
        return [one for one in self.operations if one.kind in kinds]


def outcome_of(answer: Answer | None) -> Outcome:
    """What an answer lets its client believe."""
    if answer is None or answer.status >= _SERVER_ERROR or answer.status == _ACCEPTED:
        return Outcome.UNKNOWN
    if answer.code in _NOT_YET:
        return Outcome.UNKNOWN
    return Outcome.FAIL if answer.status >= _CLIENT_ERROR else Outcome.OK
