"""Sagas as an operator looks at them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import text

from orchestrator_service.refusals import SagaNotFound
from orchestrator_service.saga.declaration import Registry
from orchestrator_service.saga.log import SagaRecord, TraceEntry
from orchestrator_service.saga.postgres_log import SAGA_COLUMNS, record_of
from service_common.db import Database
from service_common.errors import Conflict

_WHERE = """
    WHERE (CAST(:state AS text) IS NULL OR state = :state)
      AND (CAST(:kind AS text) IS NULL OR kind = :kind)
      AND (CAST(:older_than_s AS int) IS NULL
           OR created_at < now() - make_interval(secs => :older_than_s))
"""
_LIST = text(
    f"SELECT {SAGA_COLUMNS} FROM sagas {_WHERE}"  # noqa: S608 - constants of ours
    " ORDER BY created_at DESC, saga_id LIMIT :limit OFFSET :offset"
)
_COUNT = text(f"SELECT count(*) FROM sagas {_WHERE}")  # noqa: S608
_GET = text(
    f"SELECT {SAGA_COLUMNS} FROM sagas"  # noqa: S608
    " WHERE saga_id = CAST(:saga_id AS uuid)"
)
_LATEST = text(
    f"SELECT {SAGA_COLUMNS} FROM sagas"  # noqa: S608
    " WHERE kind = :kind AND subject = :subject ORDER BY created_at DESC LIMIT 1"
)
_RETRY = text(
    """
    UPDATE sagas SET next_run_at = now(), state = COALESCE(stuck_from, state),
           stuck_from = NULL
     WHERE saga_id = CAST(:saga_id AS uuid)
       AND state IN ('RUNNING', 'ABORTING', 'STUCK')
    """
)


@dataclass(frozen=True, slots=True)
class SagaFilter:
    """Which sagas to list."""

    state: str | None
    kind: str | None
    older_than_s: int | None


@dataclass(frozen=True, slots=True)
class StepView:
    """One declared step: what its tries came to, and those of its undo."""

    name: str
    kind: str
    action: TraceEntry | None
    compensation: TraceEntry | None


class SagaQueryService:
    """Lists sagas, shows one, and asks recovery to look at one now."""

    def __init__(self, database: Database, registry: Registry) -> None:
        self._database = database
        self._registry = registry

    def list_sagas(
        self, wanted: SagaFilter, *, page: int, page_size: int
    ) -> tuple[list[SagaRecord], int]:
        """A page of sagas, newest first, and how many there are."""
        values: Mapping[str, Any] = {
            "state": wanted.state,
            "kind": wanted.kind,
            "older_than_s": wanted.older_than_s,
        }
        window = {"limit": page_size, "offset": (page - 1) * page_size}
        with self._database.statement() as connection:
            rows = connection.execute(_LIST, {**values, **window}).all()
            total = connection.execute(_COUNT, values).scalar_one()
        return [record_of(row) for row in rows], total

    def get_saga(self, saga_id: str) -> SagaRecord:
        """The saga, or SAGA_NOT_FOUND."""
        with self._database.statement() as connection:
            row = connection.execute(_GET, {"saga_id": saga_id}).first()
        if row is None:
            raise SagaNotFound
        return record_of(row)

    def find_latest(self, kind: str, subject: str) -> SagaRecord | None:
        """The newest attempt for a subject, also one that has failed."""
        with self._database.statement() as connection:
            row = connection.execute(
                _LATEST, {"kind": kind, "subject": subject}
            ).first()
        return record_of(row) if row is not None else None

    def retry_saga(self, saga_id: str) -> SagaRecord:
        """Have a live or stuck saga driven at once; 409 when it has ended."""
        with self._database.statement() as connection:
            changed = connection.execute(_RETRY, {"saga_id": saga_id}).rowcount
        saga = self.get_saga(saga_id)
        if not changed:
            raise Conflict(
                f"The saga has ended: {saga.state}.", code="SAGA_ALREADY_ENDED"
            )
        return saga

    def list_steps(self, saga: SagaRecord) -> Sequence[StepView]:
        """The declared steps with the latest tries of each."""
        declared = self._registry.find(saga.kind, saga.version)
        if declared is None:
            return []
        latest = {(entry.direction, entry.step): entry for entry in saga.trace}
        return [
            StepView(
                name=step.name,
                kind=step.kind,
                action=latest.get(("action", step.name)),
                compensation=latest.get(("undo", step.undo_name or "")),
            )
            for step in declared.steps
        ]


def duration_ms(started_at: datetime, ended_at: datetime | None) -> int | None:
    """How long a saga took, once it has ended."""
    if ended_at is None:
        return None
    return round((ended_at - started_at).total_seconds() * 1000)
