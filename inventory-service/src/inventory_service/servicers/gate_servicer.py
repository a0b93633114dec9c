"""Scenario 3 at the door: the gate and its log."""

from __future__ import annotations

from collections.abc import Iterator

import grpc

from inventory_service.models import ScanResult
from inventory_service.servicers.messages import (
    admission_message,
    merged_message,
    scan_message,
    state_message,
)
from inventory_service.servicers.parsing import (
    parse_hall,
    parse_look,
    parse_moment,
    parse_optional_uuid,
    parse_page,
    parse_presented,
    parse_rejection,
    parse_result,
    parse_scan,
    parse_uuid,
)
from inventory_service.services.offline_service import OfflineScan, OfflineService
from inventory_service.services.scan_log_service import RejectedScan, ScanLogService
from inventory_service.services.verification_service import VerificationService
from service_common.stubs import inventory_pb2 as pb
from service_common.stubs.inventory_pb2_grpc import InventoryServicer as Generated

# About 50 bytes a ticket: a chunk is far below the 4 MB that a client accepts.
_TICKETS_PER_CHUNK = 5000


class GateServicer(Generated):
    """The tickets when they are shown."""

    verification: VerificationService
    scans: ScanLogService
    offline: OfflineService

    def VerifyTicket(  # noqa: N802 - the name of the rpc
        self, request: pb.VerifyTicketRequest, _context: grpc.ServicerContext
    ) -> pb.TicketState:
        """The ticket as the gate sees it."""
        look = parse_look(request)
        return state_message(self.verification.get_state(look.seat_id, look.identity))

    def MarkCheckedIn(  # noqa: N802 - the name of the rpc
        self, request: pb.MarkCheckedInRequest, _context: grpc.ServicerContext
    ) -> pb.MarkCheckedInResponse:
        """Let the holder in."""
        scan = parse_scan(request)
        return admission_message(self.verification.mark_checked_in(scan))

    def RecordScan(  # noqa: N802 - the name of the rpc
        self, request: pb.RecordScanRequest, _context: grpc.ServicerContext
    ) -> pb.RecordScanResponse:
        """Write a refused scan down."""
        expected = request.hall_id_expected
        self.scans.record_scan(
            RejectedScan(
                log_id=parse_uuid(request.log_id, "log_id"),
                scan_id=parse_uuid(request.scan_id, "scan_id"),
                result=parse_rejection(request.result),
                staff_id=parse_uuid(request.staff_id, "staff_id"),
                presented_seat_id=parse_presented(request.presented_seat_id),
                event_id=parse_optional_uuid(request.event_id, "event_id"),
                ticket_version=request.ticket_version or None,
                hall_id_presented=parse_hall(
                    request.hall_id_presented, "hall_id_presented"
                ),
                hall_id_expected=parse_hall(expected, "hall_id_expected")
                if expected
                else None,
                admitted=request.admitted,
                scanned_at=parse_moment(request.scanned_at, "scanned_at")
                if request.HasField("scanned_at")
                else None,
            )
        )
        return pb.RecordScanResponse()

    def MergeScan(  # noqa: N802 - the name of the rpc
        self, request: pb.MergeScanRequest, _context: grpc.ServicerContext
    ) -> pb.MergeScanResponse:
        """Take in what a scanner decided alone."""
        scan = OfflineScan(
            scan_id=parse_uuid(request.scan_id, "scan_id"),
            seat_id=parse_uuid(request.seat_id, "seat_id"),
            event_id=parse_uuid(request.event_id, "event_id"),
            ticket_version=request.ticket_version,
            staff_id=parse_uuid(request.staff_id, "staff_id"),
            hall_id=parse_hall(request.hall_id, "hall_id"),
            scanned_at=parse_moment(request.scanned_at, "scanned_at"),
        )
        return merged_message(self.offline.merge_scan(scan))

    def ListTickets(  # noqa: N802 - the name of the rpc
        self, request: pb.ListTicketsRequest, _context: grpc.ServicerContext
    ) -> Iterator[pb.TicketChunk]:
        """What a scanner needs to know of an event's tickets."""
        rows = self.offline.list_tickets(parse_uuid(request.event_id, "event_id"))
        for start in range(0, len(rows), _TICKETS_PER_CHUNK):
            yield pb.TicketChunk(
                tickets=[
                    pb.TicketRow(
                        seat_id=str(row.seat_id),
                        ticket_version=row.ticket_version,
                        status=row.status,
                    )
                    for row in rows[start : start + _TICKETS_PER_CHUNK]
                ]
            )

    def ListScans(  # noqa: N802 - the name of the rpc
        self, request: pb.ListScansRequest, _context: grpc.ServicerContext
    ) -> pb.ScanPage:
        """A page of the log."""
        page, page_size = parse_page(request)
        rows, total = self.scans.list_scans(
            event_id=parse_optional_uuid(request.event_id, "event_id"),
            result=parse_result(request.result) if request.result else None,
            page=page,
            page_size=page_size,
        )
        return pb.ScanPage(scans=[scan_message(row) for row in rows], total=total)

    def CountScans(  # noqa: N802 - the name of the rpc
        self, request: pb.CountScansRequest, _context: grpc.ServicerContext
    ) -> pb.ScanCounts:
        """How many scans came to what."""
        counts = self.scans.count_scans(parse_uuid(request.event_id, "event_id"))
        return pb.ScanCounts(
            counts=[
                pb.ScanCount(result=ScanResult(result).value, scans=scans)
                for result, scans in counts.items()
            ]
        )
