"""Scanners that were alone: what they need for it, and what they did.

Each tells us afterwards whom it let in. Of all admissions of one ticket the earliest
is its entry, ties by scan id; so it does not matter in which order we are told, nor
how often. The others stay in the log as admissions, and are reported.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import structlog
from sqlalchemy import Connection, Row, text

from inventory_service.models import ScanResult, SeatStatus
from service_common.db import Database
from service_common.errors import Busy, Unprocessable

log = structlog.get_logger()

_TICKETS = text(
    """
    SELECT seat_id, ticket_version, status FROM seats
     WHERE event_id = :event_id AND status IN ('SOLD', 'CHECKED_IN')
       AND claim_id IS NULL
     ORDER BY seat_id
    """
)
# Whoever merges or admits a scan of this ticket waits for this lock.
_LOCK_SEAT = text(
    """
    SELECT seat_id, status, ticket_version, claim_id FROM seats
     WHERE seat_id = :seat_id AND event_id = :event_id FOR UPDATE
    """
)
_KNOWN = text(
    """
    SELECT scanned_by_staff_id, presented_seat_id FROM entry_logs
     WHERE log_id = :scan_id
    """
)
_ENTRY = text(
    """
    SELECT log_id, scanned_at FROM entry_logs
     WHERE seat_id = :seat_id AND ticket_version = :ticket_version
       AND result = 'SUCCESS'
    """
)
_DEMOTE = text("UPDATE entry_logs SET result = 'DUPLICATE' WHERE log_id = :log_id")
_CHECK_IN = text("UPDATE seats SET status = 'CHECKED_IN' WHERE seat_id = :seat_id")
_INSERT = text(
    """
    INSERT INTO entry_logs
        (log_id, scan_id, seat_id, presented_seat_id, event_id, ticket_version,
         scanned_at, scanned_by_staff_id, result, admitted, hall_id_presented,
         hall_id_expected)
    VALUES (:scan_id, :scan_id, CAST(:known_seat_id AS uuid),
            CAST(:seat_id AS uuid)::text, :event_id, :ticket_version, :scanned_at,
            :staff_id, CAST(:result AS scan_result), true, :hall_id, :hall_id)
    """
)
_RESULT = text("SELECT result FROM entry_logs WHERE log_id = :scan_id")
_CONFLICTS = text(
    """
    SELECT coalesce(scan_id, log_id) AS scan_id, scanned_by_staff_id AS staff_id,
           hall_id_presented AS hall_id, scanned_at
      FROM entry_logs
     WHERE seat_id = :seat_id AND ticket_version = :ticket_version
       AND admitted AND log_id <> :scan_id
     ORDER BY scanned_at, log_id
    """
)


@dataclass(frozen=True, slots=True)
class OfflineScan:
    """An admission that a scanner decided alone."""

    scan_id: UUID
    seat_id: UUID
    event_id: UUID
    ticket_version: int
    staff_id: UUID
    hall_id: str
    scanned_at: datetime


@dataclass(frozen=True, slots=True)
class GateEntry:
    """Somebody who went in with the same ticket."""

    scan_id: UUID
    staff_id: UUID
    hall_id: str
    scanned_at: datetime


@dataclass(frozen=True, slots=True)
class MergedScan:
    """What the scan counts as now, and whom it collides with."""

    result: ScanResult
    conflicts: tuple[GateEntry, ...]


class OfflineService:
    """Hands tickets to scanners, and takes in what they did alone."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def list_tickets(self, event_id: UUID) -> Sequence[Row[Any]]:
        """Every ticket that stands, used ones too; none that is being transferred."""
        with self._database.statement() as connection:
            return connection.execute(_TICKETS, {"event_id": event_id}).all()

    def merge_scan(self, scan: OfflineScan) -> MergedScan:
        """Take the admission in; a repeat answers how it stands.

        Busy while the ticket is being transferred; SCAN_ID_REUSED.
        """
        facts = {
            "scan_id": scan.scan_id,
            "seat_id": scan.seat_id,
            "event_id": scan.event_id,
            "ticket_version": scan.ticket_version,
            "staff_id": scan.staff_id,
            "hall_id": scan.hall_id,
            "scanned_at": scan.scanned_at,
        }
        with self._database.transaction() as connection:
            seat = connection.execute(_LOCK_SEAT, facts).first()
            known = connection.execute(_KNOWN, facts).first()
            if known is None:
                result = _decide(connection, seat, scan, facts)
                known_seat_id = None if seat is None else seat.seat_id
                connection.execute(
                    _INSERT,
                    {**facts, "result": result.value, "known_seat_id": known_seat_id},
                )
            elif (known.scanned_by_staff_id, known.presented_seat_id) != (
                scan.staff_id,
                str(scan.seat_id),
            ):
                raise Unprocessable(
                    "The scan_id belongs to another scan.", code="SCAN_ID_REUSED"
                )
            merged = _standing(connection, facts)
        if merged.conflicts:
            log.warning(
                "ticket_admitted_twice",
                seat_id=str(scan.seat_id),
                admissions=1 + len(merged.conflicts),
            )
        return merged


def _decide(
    connection: Connection,
    seat: Row[Any] | None,
    scan: OfflineScan,
    facts: dict[str, Any],
) -> ScanResult:
    """What a new scan counts as; an earlier one takes the entry from a later one."""
    if seat is None:
        return ScanResult.NOT_FOUND
    entry = connection.execute(_ENTRY, facts).first()
    if entry is not None:
        if (entry.scanned_at, entry.log_id) < (scan.scanned_at, scan.scan_id):
            return ScanResult.DUPLICATE
        connection.execute(_DEMOTE, {"log_id": entry.log_id})
        return ScanResult.SUCCESS
    if seat.status not in (SeatStatus.SOLD, SeatStatus.CHECKED_IN):
        return ScanResult.UNPAID
    if seat.ticket_version != scan.ticket_version:
        return ScanResult.EXPIRED
    if seat.claim_id is not None:
        raise Busy("The ticket is being transferred.")
    connection.execute(_CHECK_IN, facts)
    return ScanResult.SUCCESS


def _standing(connection: Connection, facts: dict[str, Any]) -> MergedScan:
    result = ScanResult(connection.execute(_RESULT, facts).scalar_one())
    rows = connection.execute(_CONFLICTS, facts).all()
    return MergedScan(
        result,
        tuple(
            GateEntry(row.scan_id, row.staff_id, row.hall_id, row.scanned_at)
            for row in rows
        ),
    )
