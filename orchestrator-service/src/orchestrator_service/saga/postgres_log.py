"""The saga log in PostgreSQL: every method is one statement in autocommit.

START and END of sagas that run at the same time share theirs, see log_rounds.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from sqlalchemy import Row, text
from sqlalchemy.sql.elements import TextClause

from orchestrator_service.saga.log import (
    NewSaga,
    Reason,
    SagaRecord,
    SagaState,
    TraceEntry,
)
from orchestrator_service.saga.log_rounds import End, LogRounds
from service_common.crash_points import crash_point, crash_points_around
from service_common.db import Database
from service_common.prepared import hot

SAGA_COLUMNS = """
    saga_id, kind, version, subject, state, data, epoch, attempts, trace, reason,
    request_id, created_at, finished_at, deadline <= now() AS past_deadline
"""


def _statement(sql: str) -> TextClause:
    return text(sql.replace("{columns}", SAGA_COLUMNS))


def _fenced(sql: str) -> TextClause:
    """A write that a driver makes only while the saga is still his."""
    return text(
        f"{sql} WHERE saga_id = CAST(:saga_id AS uuid) AND epoch = :epoch"
        " AND state = :was RETURNING saga_id"
    )


_START = hot(
    _statement(
        """
    INSERT INTO sagas (saga_id, kind, version, subject, data, deadline,
                       lease_owner, lease_until, request_id)
    VALUES (:saga_id, :kind, :version, :subject, CAST(:data AS jsonb),
            now() + make_interval(secs => :deadline_s),
            :owner, now() + make_interval(secs => :lease_s), :request_id)
    ON CONFLICT DO NOTHING
    RETURNING {columns}
    """
    )
)
_GET = _statement("SELECT {columns} FROM sagas WHERE saga_id = CAST(:saga_id AS uuid)")
_FIND_CURRENT = _statement(
    """
    SELECT {columns} FROM sagas
     WHERE kind = :kind AND subject = :subject AND state <> 'FAILED'
    """
)
_BEGIN_ABORT = _fenced(
    "UPDATE sagas SET state = 'ABORTING', reason = CAST(:reason AS jsonb)"
)
_FINISH = hot(
    _fenced(
        """
    UPDATE sagas SET state = :state, trace = CAST(:trace AS jsonb),
           reason = CASE WHEN CAST(:state AS text) = 'FAILED'
                         THEN COALESCE(reason, CAST(:reason AS jsonb)) END,
           finished_at = now(),
           lease_until = NULL, lease_owner = NULL
    """
    )
)
_PARK = _fenced(
    """
    UPDATE sagas SET trace = CAST(:trace AS jsonb),
           next_run_at = now() + make_interval(secs => :delay_s),
           lease_until = NULL, lease_owner = NULL
    """
)
_STICK = _fenced(
    """
    UPDATE sagas SET state = 'STUCK', stuck_from = state,
           trace = CAST(:trace AS jsonb),
           reason = COALESCE(reason, CAST(:reason AS jsonb)),
           lease_until = NULL, lease_owner = NULL
    """
)
# SKIP LOCKED: several workers, in any number of replicas, each get their own.
_TAKE_OVER = _statement(
    """
    UPDATE sagas SET lease_owner = :owner, epoch = epoch + 1, attempts = attempts + 1,
           lease_until = now() + make_interval(secs => :lease_s)
     WHERE saga_id IN (
           SELECT saga_id FROM sagas
            WHERE state IN ('RUNNING', 'ABORTING') AND next_run_at <= now()
              AND (lease_until IS NULL OR lease_until < now())
            ORDER BY next_run_at LIMIT :limit FOR UPDATE SKIP LOCKED)
    RETURNING {columns}
    """
)


class PostgresSagaLog:
    """SagaLog over the orchestrator's own database."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._rounds = LogRounds(
            database,
            columns=SAGA_COLUMNS,
            start_alone=lambda new: self._first(_START, _start_values(new)),
            finish_alone=lambda end: self._execute(_FINISH, asdict(end)),
            encode=_start_values,
        )

    def start(self, new: NewSaga) -> SagaRecord | None:
        """Write START; None when its id or its subject is taken already."""
        with crash_points_around("saga_log.start"):
            row = self._rounds.start(new)
        return record_of(row) if row is not None else None

    def get(self, saga_id: str) -> SagaRecord | None:
        """The saga with this id."""
        return self._one(_GET, {"saga_id": saga_id})

    def find_current(self, kind: str, subject: str) -> SagaRecord | None:
        """The live or successful saga of the subject."""
        return self._one(_FIND_CURRENT, {"kind": kind, "subject": subject})

    def begin_abort(self, record: SagaRecord, reason: Reason) -> bool:
        """Write ABORTING, before the first undo."""
        values = {"reason": _reason_json(reason)}
        return self._write("begin_abort", _BEGIN_ABORT, record, values)

    def finish(
        self,
        record: SagaRecord,
        state: SagaState,
        trace: Sequence[TraceEntry],
        reason: Reason | None,
    ) -> bool:
        """Write END: DONE or FAILED, from the state that the record has."""
        end = End(
            **_fence(record),
            state=state,
            trace=_trace_json(trace),
            reason=_reason_json(reason) if reason else None,
        )
        with crash_points_around("saga_log.finish"):
            return self._rounds.finish(end)

    def park(
        self, record: SagaRecord, trace: Sequence[TraceEntry], delay_s: float
    ) -> bool:
        """Give the lease back and ask to be driven again after the delay."""
        values = {"trace": _trace_json(trace), "delay_s": delay_s}
        return self._write("park", _PARK, record, values)

    def mark_stuck(
        self, record: SagaRecord, trace: Sequence[TraceEntry], reason: Reason
    ) -> bool:
        """Leave it to a person."""
        values = {"trace": _trace_json(trace), "reason": _reason_json(reason)}
        return self._write("mark_stuck", _STICK, record, values)

    def take_over(self, owner: str, lease_s: float, limit: int) -> list[SagaRecord]:
        """Lease due sagas that nobody drives, each under a new epoch."""
        values = {"owner": owner, "lease_s": lease_s, "limit": limit}
        with self._database.statement() as connection:
            rows = connection.execute(_TAKE_OVER, values).all()
        for row in rows:
            crash_point("saga_log.take_over:after_commit", row.request_id)
        return [record_of(row) for row in rows]

    def _one(self, statement: TextClause, values: dict[str, Any]) -> SagaRecord | None:
        row = self._first(statement, values)
        return record_of(row) if row is not None else None

    def _first(self, statement: TextClause, values: dict[str, Any]) -> Row[Any] | None:
        with self._database.statement() as connection:
            return connection.execute(statement, values).first()

    def _write(
        self,
        name: str,
        statement: TextClause,
        record: SagaRecord,
        values: dict[str, Any],
    ) -> bool:
        with crash_points_around(f"saga_log.{name}"):
            return self._execute(statement, {**_fence(record), **values})

    def _execute(self, statement: TextClause, values: dict[str, Any]) -> bool:
        with self._database.statement() as connection:
            return connection.execute(statement, values).first() is not None


def record_of(row: Row[Any]) -> SagaRecord:
    """A row of the sagas table with `past_deadline`."""
    return SagaRecord(
        saga_id=str(row.saga_id),
        kind=row.kind,
        version=row.version,
        subject=row.subject,
        state=SagaState(row.state),
        data=row.data,
        epoch=row.epoch,
        attempts=row.attempts,
        past_deadline=row.past_deadline,
        trace=tuple(TraceEntry(**entry) for entry in row.trace),
        reason=Reason(**row.reason) if row.reason else None,
        request_id=row.request_id,
        created_at=row.created_at,
        finished_at=row.finished_at,
    )


def _start_values(new: NewSaga) -> dict[str, Any]:
    return {**asdict(new), "data": json.dumps(new.data)}


def _fence(record: SagaRecord) -> dict[str, Any]:
    return {"saga_id": record.saga_id, "epoch": record.epoch, "was": record.state}


def _trace_json(trace: Sequence[TraceEntry]) -> str:
    return json.dumps([asdict(entry) for entry in trace])


def _reason_json(reason: Reason) -> str:
    # jsonb takes no NUL, and a refusal that cannot be written down would never end.
    return json.dumps(asdict(reason)).replace("\\u0000", "")
