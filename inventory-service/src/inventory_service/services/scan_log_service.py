"""The log of the gate: scans that let nobody in, and reading it all."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import structlog
from sqlalchemy import Row, text

from inventory_service.models import ScanResult
from service_common.db import Database
from service_common.prepared import hot

log = structlog.get_logger()

_RECORD = hot(
    text(
        """
    INSERT INTO entry_logs
        (log_id, scan_id, seat_id, presented_seat_id, event_id, ticket_version,
         scanned_by_staff_id, result, hall_id_presented, hall_id_expected,
         admitted, scanned_at)
    VALUES (:log_id, :scan_id,
            (SELECT seat_id FROM seats WHERE seat_id = CAST(:seat_id AS uuid)),
            :presented_seat_id, :event_id, :ticket_version,
            :staff_id, CAST(:result AS scan_result),
            :hall_id_presented, :hall_id_expected,
            :admitted, coalesce(CAST(:scanned_at AS timestamptz), now()))
    ON CONFLICT (log_id) DO NOTHING
    """
    )
)
_WHERE = """
    WHERE (CAST(:event_id AS uuid) IS NULL OR e.event_id = CAST(:event_id AS uuid))
      AND (CAST(:result AS scan_result) IS NULL
           OR e.result = CAST(:result AS scan_result))
"""
_LIST = text(
    f"""
    SELECT e.log_id, e.scanned_at, e.result, e.event_id, e.presented_seat_id,
           e.ticket_version, e.scanned_by_staff_id, e.hall_id_presented,
           e.hall_id_expected, e.admitted, e.recorded_at, s.seat_id, s.row_number,
           s.seat_number, s.category, s.price
      FROM entry_logs e LEFT JOIN seats s ON s.seat_id = e.seat_id
    {_WHERE}
     ORDER BY e.scanned_at DESC, e.log_id LIMIT :limit OFFSET :offset
    """  # noqa: S608 - put together from constants only
)
_COUNT_LISTED = text(f"SELECT count(*) FROM entry_logs e {_WHERE}")  # noqa: S608
_COUNT = text(
    """
    SELECT result, count(*) AS scans FROM entry_logs
     WHERE event_id = :event_id GROUP BY result
    """
)


@dataclass(frozen=True, slots=True)
class RejectedScan:
    """A scan that should let nobody in, as its code presented itself.

    `admitted` when a scanner without the network did so all the same.
    """

    log_id: UUID
    scan_id: UUID
    result: ScanResult
    staff_id: UUID
    presented_seat_id: str
    event_id: UUID | None
    ticket_version: int | None
    hall_id_presented: str
    hall_id_expected: str | None
    admitted: bool = False
    scanned_at: datetime | None = None


class ScanLogService:
    """Writes refused scans down, and reads the whole log."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def record_scan(self, scan: RejectedScan) -> None:
        """One row, however often it is asked for."""
        with self._database.statement() as connection:
            connection.execute(
                _RECORD,
                {
                    "log_id": scan.log_id,
                    "scan_id": scan.scan_id,
                    "seat_id": _as_id(scan.presented_seat_id),
                    "presented_seat_id": scan.presented_seat_id,
                    "event_id": scan.event_id,
                    "ticket_version": scan.ticket_version,
                    "staff_id": scan.staff_id,
                    "result": scan.result.value,
                    "hall_id_presented": scan.hall_id_presented,
                    "hall_id_expected": scan.hall_id_expected,
                    "admitted": scan.admitted,
                    "scanned_at": scan.scanned_at,
                },
            )
        log.info(
            "scan_rejected",
            result=scan.result.value,
            presented_seat_id=scan.presented_seat_id,
        )

    def list_scans(
        self,
        *,
        event_id: UUID | None,
        result: ScanResult | None,
        page: int,
        page_size: int,
    ) -> tuple[Sequence[Row[Any]], int]:
        """A page, newest first, and how many there are."""
        wanted = {"event_id": event_id, "result": result and result.value}
        window = {"limit": page_size, "offset": (page - 1) * page_size}
        with self._database.statement() as connection:
            rows = connection.execute(_LIST, {**wanted, **window}).all()
            total = connection.execute(_COUNT_LISTED, wanted).scalar_one()
        return rows, total

    def count_scans(self, event_id: UUID) -> dict[ScanResult, int]:
        """How many scans of an event came to which result."""
        with self._database.statement() as connection:
            rows = connection.execute(_COUNT, {"event_id": event_id}).all()
        return {ScanResult(row.result): row.scans for row in rows}


def _as_id(presented: str) -> UUID | None:
    """What was presented, if a seat could be named so."""
    try:
        return UUID(presented)
    except ValueError:
        return None
