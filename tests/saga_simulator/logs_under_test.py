"""The two saga logs, each with a way to let time pass in it."""

from __future__ import annotations

import uuid
from dataclasses import replace
from pathlib import Path
from typing import Any, Protocol

from sqlalchemy import text

from orchestrator_service.saga.log import NewSaga, SagaLog
from orchestrator_service.saga.postgres_log import PostgresSagaLog
from saga_simulator.manual_clock import ManualClock
from saga_simulator.memory_log import MemorySagaLog
from service_common.db import Database

SERVICE_FOLDER = Path(__file__).parents[2] / "orchestrator-service"
LEASE_S = 15.0
DEADLINE_S = 60.0

_LET_PASS = text(
    """
    UPDATE sagas SET lease_until = lease_until - make_interval(secs => :seconds),
           next_run_at = next_run_at - make_interval(secs => :seconds),
           deadline = deadline - make_interval(secs => :seconds),
           created_at = created_at - make_interval(secs => :seconds)
    """
)
_INSERT_ABANDONED = text(
    """
    INSERT INTO sagas (saga_id, kind, version, subject, data, deadline,
                       lease_owner, lease_until)
    SELECT gen_random_uuid(), 'sale', 1, 'subject-' || n, '{}', now(), 'dead', now()
      FROM generate_series(1, :count) AS n
    """
)


class LogUnderTest(Protocol):
    """A saga log and its time."""

    log: SagaLog

    def let_pass(self, seconds: float) -> None:
        """Make everything in the log that much older."""


class MemoryUnderTest:
    """The log of the simulator."""

    def __init__(self) -> None:
        self._clock = ManualClock()
        self.log: SagaLog = MemorySagaLog(self._clock.now)

    def let_pass(self, seconds: float) -> None:
        """Put the clock forward."""
        self._clock.sleep(seconds)


class PostgresUnderTest:
    """The log of the product, in an empty table."""

    def __init__(self, database: Database) -> None:
        self.database = database
        self.log: SagaLog = PostgresSagaLog(database)
        self.execute("TRUNCATE sagas")

    def let_pass(self, seconds: float) -> None:
        """PostgreSQL's clock cannot be moved, so its rows are."""
        with self.database.statement() as connection:
            connection.execute(_LET_PASS, {"seconds": seconds})

    def insert_abandoned(self, count: int) -> None:
        """Sagas whose driver has died and whose lease has run out."""
        with self.database.statement() as connection:
            connection.execute(_INSERT_ABANDONED, {"count": count})

    def execute(self, sql: str) -> Any:
        """One statement; its rows, if it has any."""
        with self.database.statement() as connection:
            result = connection.execute(text(sql))
            return result.all() if result.returns_rows else None


def new_saga(subject: str = "subject-1", **changes: Any) -> NewSaga:
    """What START writes."""
    new = NewSaga(
        saga_id=str(uuid.uuid4()),
        kind="sale",
        version=1,
        subject=subject,
        data={"seats": ["A1", "Ä2"], "amount": "25.00", "nested": {"n": None}},
        owner="first",
        lease_s=LEASE_S,
        deadline_s=DEADLINE_S,
        request_id="request-1",
    )
    return replace(new, **changes)
