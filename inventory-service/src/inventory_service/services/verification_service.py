"""The gate: what a ticket is, and the one statement that lets its holder in."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import structlog
from sqlalchemy import Row, text

from inventory_service.services.gathered_gate_statements import (
    CHECK_IN_MANY,
    READ_STATES,
)
from inventory_service.services.ownership_service import (
    TICKET_COLUMNS,
    seat_not_found,
    ticket_of,
)
from inventory_service.services.records import TicketState
from inventory_service.services.together import Asked, tell_each
from service_common.db import Database
from service_common.errors import AppError
from service_common.prepared import hot
from service_common.together import execute_together

log = structlog.get_logger()

_READ_STATE = hot(
    text(
        f"""
    SELECT {TICKET_COLUMNS}, e.scanned_at, e.hall_id_presented,
           coalesce(e.scan_id = CAST(:scan_id AS uuid)
                    AND (:within_s = 0
                         OR e.scanned_at > now() - make_interval(secs => :within_s)),
                    false) AS same_scan
      FROM seats s
      LEFT JOIN entry_logs e ON e.seat_id = s.seat_id AND e.result = 'SUCCESS'
                            AND e.ticket_version = s.ticket_version
     WHERE s.seat_id = :seat_id
    """  # noqa: S608 - put together from constants only
    )
)
# Every rule is repeated here, where nothing can come between the look and the change.
_CHECK_IN = hot(
    text(
        f"""
    WITH admitted AS (
        UPDATE seats SET status = 'CHECKED_IN'
         WHERE seat_id = :seat_id AND event_id = :event_id AND status = 'SOLD'
           AND claim_id IS NULL AND ticket_version = :ticket_version
        RETURNING *
    ), logged AS (
        INSERT INTO entry_logs
            (scan_id, seat_id, presented_seat_id, event_id, ticket_version,
             scanned_by_staff_id, result, admitted, hall_id_presented,
             hall_id_expected)
        SELECT CAST(:scan_id AS uuid), seat_id, seat_id::text, event_id,
               ticket_version, CAST(:staff_id AS uuid),
               'SUCCESS', true, :hall_id_presented, :hall_id_expected
          FROM admitted
        RETURNING seat_id, scanned_at, hall_id_presented
    )
    SELECT {TICKET_COLUMNS}, e.scanned_at, e.hall_id_presented, true AS same_scan
      FROM admitted s JOIN logged e ON e.seat_id = s.seat_id
    """  # noqa: S608 - put together from constants only
    )
)


@dataclass(frozen=True, slots=True)
class ScanIdentity:
    """Which scan it is; the same id after `repeats_within_s` (0: ever) is another."""

    scan_id: UUID
    repeats_within_s: int


@dataclass(frozen=True, slots=True)
class Scan:
    """A ticket presented at a gate."""

    seat_id: UUID
    event_id: UUID
    ticket_version: int
    staff_id: UUID
    hall_id_presented: str
    hall_id_expected: str
    identity: ScanIdentity


@dataclass(frozen=True, slots=True)
class Look:
    """A question for a ticket's state, by a scan or by nobody in particular."""

    seat_id: UUID
    identity: ScanIdentity | None = None


class VerificationService:
    """Reads tickets for the gate and checks them in."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def get_state(
        self, seat_id: UUID, identity: ScanIdentity | None = None
    ) -> TicketState:
        """The ticket as it stands, and whether this scan let it in; SEAT_NOT_FOUND."""
        facts = {
            "seat_id": seat_id,
            "scan_id": identity and identity.scan_id,
            "within_s": identity.repeats_within_s if identity else 0,
        }
        with self._database.statement() as connection:
            row = connection.execute(_READ_STATE, facts).first()
        return _see(Look(seat_id, identity), row)

    def get_states(
        self, asked: Sequence[Asked[Look]]
    ) -> list[TicketState | AppError | None]:
        """The same for each of many."""
        looks = [one.wanted for one in asked]
        identities = [look.identity for look in looks]
        numbers = range(len(looks))
        facts = {
            "numbers": list(numbers),
            "seat_ids": [look.seat_id for look in looks],
            "scan_ids": [scan and scan.scan_id for scan in identities],
            "within_s": [scan.repeats_within_s if scan else 0 for scan in identities],
        }
        with self._database.statement() as connection:
            rows = connection.execute(READ_STATES, facts).all()
        found = {row.number: row for row in rows}
        return tell_each(asked, [found.get(number) for number in numbers], _see)

    def mark_checked_in(self, scan: Scan) -> tuple[bool, TicketState]:
        """Check the ticket in, unless it no longer is what the code says.

        False is no error: somebody was quicker, and the state says what stands now;
        also whether that somebody was this same scan, whose answer was lost.
        """
        with self._database.statement() as connection:
            admitted = connection.execute(
                _CHECK_IN,
                {
                    "seat_id": scan.seat_id,
                    "event_id": scan.event_id,
                    "ticket_version": scan.ticket_version,
                    "staff_id": scan.staff_id,
                    "hall_id_presented": scan.hall_id_presented,
                    "hall_id_expected": scan.hall_id_expected,
                    "scan_id": scan.identity.scan_id,
                },
            ).first()
        if admitted is None:
            return False, self.get_state(scan.seat_id, scan.identity)
        return _admit(scan, admitted)

    def check_in_together(
        self, asked: Sequence[Asked[Scan]]
    ) -> list[tuple[bool, TicketState] | AppError | None]:
        """True and the state for each that is let in; None: it has to come by itself.

        Of two that show one ticket only the first is let in here.
        """
        firsts = {one.wanted.seat_id: one.wanted for one in reversed(asked)}
        admitted = self._admit_together(list(firsts.values()))
        found = [
            admitted.get(one.wanted.seat_id)
            if firsts[one.wanted.seat_id] is one.wanted
            else None
            for one in asked
        ]
        return tell_each(asked, found, lambda scan, row: row and _admit(scan, row))

    def _admit_together(self, scans: Sequence[Scan]) -> Mapping[UUID, Row[Any]]:
        facts = {
            "seat_ids": [scan.seat_id for scan in scans],
            "event_ids": [scan.event_id for scan in scans],
            "ticket_versions": [scan.ticket_version for scan in scans],
            "staff_ids": [scan.staff_id for scan in scans],
            "halls_presented": [scan.hall_id_presented for scan in scans],
            "halls_expected": [scan.hall_id_expected for scan in scans],
            "scan_ids": [scan.identity.scan_id for scan in scans],
        }
        rows = execute_together(self._database, CHECK_IN_MANY, facts)
        return {row.seat_id: row for row in rows}


def _see(look: Look, row: Row[Any] | None) -> TicketState:
    if row is None:
        raise seat_not_found(look.seat_id)
    return _state_of(row)


def _admit(scan: Scan, admitted: Row[Any]) -> tuple[bool, TicketState]:
    log.info("ticket_checked_in", seat_id=str(scan.seat_id))
    return True, _state_of(admitted)


def _state_of(row: Row[Any]) -> TicketState:
    return TicketState(
        ticket_of(row), row.scanned_at, row.hall_id_presented, row.same_scan
    )
