"""The saga log: what is written down, and when.

Two writes tell a saga's whole life: START before its first effect, END after its last.
A third, ABORTING, comes before the first undo. Every write after START names the epoch
it was made in; a driver that has been superseded writes nothing.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any, Protocol


class SagaState(StrEnum):
    """Where a saga stands; DONE and FAILED are final."""

    RUNNING = "RUNNING"
    ABORTING = "ABORTING"
    DONE = "DONE"
    FAILED = "FAILED"
    STUCK = "STUCK"


FINAL_STATES = frozenset({SagaState.DONE, SagaState.FAILED})


@dataclass(frozen=True, slots=True)
class Reason:
    """Why a saga was given up: the refusal that turned it back."""

    code: str
    message: str
    http_status: int
    details: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class TraceEntry:
    """One step as one driver saw it: its tries and their last outcome."""

    step: str
    direction: str  # "action" or "undo"
    outcome: str
    attempts: int
    started_at: str
    ended_at: str
    epoch: int
    error: str | None = None


@dataclass(frozen=True, slots=True)
class NewSaga:
    """What START writes."""

    saga_id: str
    kind: str
    version: int
    subject: str
    data: dict[str, Any]
    owner: str
    lease_s: float
    deadline_s: float
    request_id: str


@dataclass(frozen=True, slots=True)
class SagaRecord:
    """A saga as the log has it."""

    saga_id: str
    kind: str
    version: int
    subject: str
    state: SagaState
    data: dict[str, Any]
    epoch: int
    attempts: int
    past_deadline: bool
    trace: tuple[TraceEntry, ...]
    reason: Reason | None
    request_id: str
    created_at: datetime
    finished_at: datetime | None


class SagaLog(Protocol):
    """Where sagas are written down. Every method is one atomic statement.

    The fenced writes answer False when the epoch or the state has moved on.
    Any method raises Unavailable when nobody knows whether it was carried out.
    """

    def start(self, new: NewSaga) -> SagaRecord | None:
        """Write START; None when its id or its subject is taken already."""

    def get(self, saga_id: str) -> SagaRecord | None:
        """The saga with this id."""

    def find_current(self, kind: str, subject: str) -> SagaRecord | None:
        """The live or successful saga of the subject."""

    def begin_abort(self, record: SagaRecord, reason: Reason) -> bool:
        """Write ABORTING, before the first undo."""

    def finish(
        self,
        record: SagaRecord,
        state: SagaState,
        trace: Sequence[TraceEntry],
        reason: Reason | None,
    ) -> bool:
        """Write END: DONE or FAILED, from the state that the record has."""

    def park(
        self, record: SagaRecord, trace: Sequence[TraceEntry], delay_s: float
    ) -> bool:
        """Give the lease back and ask to be driven again after the delay."""

    def mark_stuck(
        self, record: SagaRecord, trace: Sequence[TraceEntry], reason: Reason
    ) -> bool:
        """Leave it to a person."""

    def take_over(self, owner: str, lease_s: float, limit: int) -> list[SagaRecord]:
        """Lease due sagas that nobody drives, each under a new epoch."""
