"""The inventory service's part of the gate, over gRPC."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum

import grpc

from orchestrator_service.clients.inventory_types import Seat
from service_common.errors import NotFound
from service_common.grpc_client import GrpcCaller
from service_common.stubs import inventory_pb2 as pb
from service_common.stubs.inventory_pb2_grpc import InventoryStub

QUICK_S = 2.0


class ScanResult(StrEnum):
    """What the gate is told."""

    SUCCESS = "SUCCESS"
    DUPLICATE = "DUPLICATE"
    UNPAID = "UNPAID"
    NOT_FOUND = "NOT_FOUND"
    WRONG_HALL = "WRONG_HALL"
    EXPIRED = "EXPIRED"


@dataclass(frozen=True, slots=True)
class ScanIdentity:
    """Which scan it is; the same id after `repeats_within_s` (0: ever) is another."""

    scan_id: str
    repeats_within_s: int


@dataclass(frozen=True, slots=True)
class TicketState:
    """A ticket as the gate sees it."""

    seat: Seat
    event_id: str
    status: str
    ticket_version: int
    claimed: bool
    checked_in_at: datetime | None
    checked_in_hall_id: str
    same_scan: bool


@dataclass(frozen=True, slots=True)
class Admission:
    """Whom to let in where; every rule on it is checked again."""

    seat_id: str
    event_id: str
    ticket_version: int
    staff_id: str
    hall_id: str
    identity: ScanIdentity


@dataclass(frozen=True, slots=True)
class Rejection:
    """A scan that let nobody in; the caller makes the log_id, so it may be repeated."""

    log_id: str
    scan_id: str
    result: ScanResult
    staff_id: str
    presented_seat_id: str
    event_id: str
    ticket_version: int
    hall_id: str
    hall_id_expected: str
    offline_at: datetime | None = None
    """When a scanner without the network let somebody in all the same."""


@dataclass(frozen=True, slots=True)
class LoggedScan:
    """One row of the gate's log."""

    log_id: str
    scanned_at: datetime
    result: str
    event_id: str | None
    presented_seat_id: str
    seat: Seat | None
    ticket_version: int | None
    staff_id: str
    hall_id: str
    hall_id_expected: str | None
    admitted: bool
    recorded_at: datetime


class GateClient:
    """One method per remote procedure, in its words."""

    def __init__(self, channel: grpc.Channel, caller: GrpcCaller) -> None:
        self._stub = InventoryStub(channel)  # type: ignore[no-untyped-call]
        self._caller = caller

    def verify_ticket(
        self, seat_id: str, identity: ScanIdentity, timeout_s: float = QUICK_S
    ) -> TicketState | None:
        """The ticket as it stands; None when there is no such seat."""
        try:
            answer: pb.TicketState = self._caller.call(
                self._stub.VerifyTicket,
                pb.VerifyTicketRequest(seat_id=seat_id, scan=_identity(identity)),
                timeout_s=timeout_s,
                call="VerifyTicket",
            )
        except NotFound:
            return None
        return _state(answer)

    def mark_checked_in(
        self, admission: Admission, timeout_s: float = QUICK_S
    ) -> tuple[bool, TicketState | None]:
        """Let the ticket in, with its log row; or learn what stands there instead."""
        try:
            answer: pb.MarkCheckedInResponse = self._caller.call(
                self._stub.MarkCheckedIn,
                pb.MarkCheckedInRequest(
                    seat_id=admission.seat_id,
                    event_id=admission.event_id,
                    ticket_version=admission.ticket_version,
                    staff_id=admission.staff_id,
                    hall_id_presented=admission.hall_id,
                    hall_id_expected=admission.hall_id,
                    scan=_identity(admission.identity),
                ),
                timeout_s=timeout_s,
                call="MarkCheckedIn",
            )
        except NotFound:
            return False, None
        return answer.checked_in, _state(answer.state)

    def record_scan(self, rejection: Rejection, timeout_s: float = QUICK_S) -> None:
        """Write a refused scan down."""
        request = pb.RecordScanRequest(
            log_id=rejection.log_id,
            scan_id=rejection.scan_id,
            result=rejection.result.value,
            staff_id=rejection.staff_id,
            presented_seat_id=rejection.presented_seat_id,
            event_id=rejection.event_id,
            ticket_version=rejection.ticket_version,
            hall_id_presented=rejection.hall_id,
            hall_id_expected=rejection.hall_id_expected,
            admitted=rejection.offline_at is not None,
        )
        if rejection.offline_at is not None:
            request.scanned_at.FromDatetime(rejection.offline_at)
        self._caller.call(
            self._stub.RecordScan, request, timeout_s=timeout_s, call="RecordScan"
        )

    def list_scans(
        self, *, event_id: str, result: str | None, page: int, page_size: int
    ) -> tuple[Sequence[LoggedScan], int]:
        """A page of the log, newest first, and how many rows there are."""
        answer: pb.ScanPage = self._caller.call(
            self._stub.ListScans,
            pb.ListScansRequest(
                event_id=event_id,
                result=result,
                page=page,
                page_size=page_size,
            ),
            timeout_s=QUICK_S,
            call="ListScans",
        )
        return [_logged(scan) for scan in answer.scans], answer.total

    def count_scans(self, event_id: str) -> dict[str, int]:
        """How many scans of the event came to which result, zeros included."""
        answer: pb.ScanCounts = self._caller.call(
            self._stub.CountScans,
            pb.CountScansRequest(event_id=event_id),
            timeout_s=QUICK_S,
            call="CountScans",
        )
        counts = {pb.ScanResult.Name(one.result): one.scans for one in answer.counts}
        return {result.value: counts.get(result.value, 0) for result in ScanResult}


def _identity(identity: ScanIdentity) -> pb.ScanIdentity:
    return pb.ScanIdentity(
        scan_id=identity.scan_id, repeats_within_s=identity.repeats_within_s
    )


def _state(state: pb.TicketState) -> TicketState:
    ticket = state.ticket
    is_used = state.HasField("checked_in_at")
    return TicketState(
        seat=Seat.read(ticket.seat),
        event_id=ticket.event_id,
        status=pb.SeatStatus.Name(ticket.status),
        ticket_version=ticket.ticket_version,
        claimed=ticket.claimed,
        checked_in_at=state.checked_in_at.ToDatetime(UTC) if is_used else None,
        checked_in_hall_id=state.checked_in_hall_id,
        same_scan=state.same_scan,
    )


def _logged(scan: pb.Scan) -> LoggedScan:
    return LoggedScan(
        log_id=scan.log_id,
        scanned_at=scan.scanned_at.ToDatetime(UTC),
        result=pb.ScanResult.Name(scan.result),
        event_id=scan.event_id or None,
        presented_seat_id=scan.presented_seat_id,
        seat=Seat.read(scan.seat) if scan.HasField("seat") else None,
        ticket_version=scan.ticket_version or None,
        staff_id=scan.staff_id,
        hall_id=scan.hall_id_presented,
        hall_id_expected=scan.hall_id_expected or None,
        admitted=scan.admitted,
        recorded_at=scan.recorded_at.ToDatetime(UTC),
    )
