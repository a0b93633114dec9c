"""The saga log in memory: leases, epochs and fences as PostgresSagaLog has them.

test_saga_log_conformance.py holds both to the same sentences.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from orchestrator_service.saga.log import (
    FINAL_STATES,
    NewSaga,
    Reason,
    SagaRecord,
    SagaState,
    TraceEntry,
)

LIVE_STATES = frozenset({SagaState.RUNNING, SagaState.ABORTING})


@dataclass(slots=True)
class _Row:
    new: NewSaga
    data: dict[str, Any]
    created_at: datetime
    next_run_at: datetime
    deadline: datetime
    lease_until: datetime | None
    state: SagaState = SagaState.RUNNING
    epoch: int = 1
    attempts: int = 1
    trace: tuple[TraceEntry, ...] = ()
    reason: Reason | None = None
    finished_at: datetime | None = None


class MemorySagaLog:
    """SagaLog over a dictionary, with a clock of its own."""

    def __init__(self, now: Callable[[], datetime]) -> None:
        self._now = now
        self._rows: dict[str, _Row] = {}

    def start(self, new: NewSaga) -> SagaRecord | None:
        """Write START; None when its id or its subject is taken already."""
        if new.saga_id in self._rows or self.find_current(new.kind, new.subject):
            return None
        now = self._now()
        self._rows[new.saga_id] = _Row(
            new=new,
            data=json.loads(json.dumps(new.data)),
            created_at=now,
            next_run_at=now,
            deadline=now + timedelta(seconds=new.deadline_s),
            lease_until=now + timedelta(seconds=new.lease_s),
        )
        return self.get(new.saga_id)

    def get(self, saga_id: str) -> SagaRecord | None:
        """The saga with this id."""
        row = self._rows.get(saga_id)
        return self._record(row) if row else None

    def find_current(self, kind: str, subject: str) -> SagaRecord | None:
        """The live or successful saga of the subject."""
        for row in self._rows.values():
            same = row.new.kind == kind and row.new.subject == subject
            if same and row.state is not SagaState.FAILED:
                return self._record(row)
        return None

    def begin_abort(self, record: SagaRecord, reason: Reason) -> bool:
        """Write ABORTING, before the first undo."""
        row = self._find_ours(record)
        if row is None:
            return False
        row.state, row.reason = SagaState.ABORTING, reason
        return True

    def finish(
        self,
        record: SagaRecord,
        state: SagaState,
        trace: Sequence[TraceEntry],
        reason: Reason | None,
    ) -> bool:
        """Write END: DONE or FAILED, from the state that the record has."""
        row = self._find_ours(record)
        if row is None:
            return False
        row.state, row.trace = state, tuple(trace)
        row.reason = (row.reason or reason) if state is SagaState.FAILED else None
        row.finished_at, row.lease_until = self._now(), None
        return True

    def park(
        self, record: SagaRecord, trace: Sequence[TraceEntry], delay_s: float
    ) -> bool:
        """Give the lease back and ask to be driven again after the delay."""
        row = self._find_ours(record)
        if row is None:
            return False
        row.trace, row.lease_until = tuple(trace), None
        row.next_run_at = self._now() + timedelta(seconds=delay_s)
        return True

    def mark_stuck(
        self, record: SagaRecord, trace: Sequence[TraceEntry], reason: Reason
    ) -> bool:
        """Leave it to a person."""
        row = self._find_ours(record)
        if row is None:
            return False
        row.state, row.trace = SagaState.STUCK, tuple(trace)
        row.reason = row.reason or reason
        row.lease_until = None
        return True

    def take_over(
        self,
        owner: str,  # noqa: ARG002 - only a person wants to know
        lease_s: float,
        limit: int,
    ) -> list[SagaRecord]:
        """Lease due sagas that nobody drives, each under a new epoch."""
        due = sorted(filter(self._is_due, self._rows.values()), key=_next_run_at)
        for row in due[:limit]:
            row.epoch += 1
            row.attempts += 1
            row.lease_until = self._now() + timedelta(seconds=lease_s)
        return [self._record(row) for row in due[:limit]]

    def all(self) -> list[SagaRecord]:
        """Every saga, in the order they began."""
        return [self._record(row) for row in self._rows.values()]

    def has_live(self) -> bool:
        """Some saga has not ended."""
        return any(row.state in LIVE_STATES for row in self._rows.values())

    def has_due(self) -> bool:
        """Some saga waits for a recovery worker."""
        return any(map(self._is_due, self._rows.values()))

    def _find_ours(self, record: SagaRecord) -> _Row | None:
        row = self._rows[record.saga_id]
        return row if self._is_ours(row, record) else None

    def _is_ours(self, row: _Row, record: SagaRecord) -> bool:
        return row.epoch == record.epoch and row.state is record.state

    def _is_due(self, row: _Row) -> bool:
        now = self._now()
        free = row.lease_until is None or row.lease_until < now
        return row.state in LIVE_STATES and row.next_run_at <= now and free

    def _record(self, row: _Row) -> SagaRecord:
        return SagaRecord(
            saga_id=row.new.saga_id,
            kind=row.new.kind,
            version=row.new.version,
            subject=row.new.subject,
            state=row.state,
            data=dict(row.data),
            epoch=row.epoch,
            attempts=row.attempts,
            past_deadline=row.deadline <= self._now(),
            trace=row.trace,
            reason=row.reason,
            request_id=row.new.request_id,
            created_at=row.created_at,
            finished_at=row.finished_at,
        )


class UnfencedLog(MemorySagaLog):
    """A log that lets a superseded driver write; only the state guards a row."""

    def _is_ours(self, row: _Row, record: SagaRecord) -> bool:
        return row.state is record.state


def _next_run_at(row: _Row) -> datetime:
    return row.next_run_at


def is_final(record: SagaRecord) -> bool:
    """The saga is DONE or FAILED."""
    return record.state in FINAL_STATES
