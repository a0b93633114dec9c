"""The inventory service's part of scanners without the network, over gRPC."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime

import grpc

from orchestrator_service.clients.gate_client import ScanResult
from service_common.grpc_client import GrpcCaller
from service_common.stubs import inventory_pb2 as pb
from service_common.stubs.inventory_pb2_grpc import InventoryStub

QUICK_S = 2.0
LISTING_S = 10.0


@dataclass(frozen=True, slots=True)
class TicketRow:
    """What a scanner has to know of a ticket; nothing of its owner."""

    seat_id: str
    ticket_version: int
    status: str


@dataclass(frozen=True, slots=True)
class OfflineAdmission:
    """Whom a scanner let in alone, when and where."""

    scan_id: str
    seat_id: str
    event_id: str
    ticket_version: int
    staff_id: str
    hall_id: str
    scanned_at: datetime


@dataclass(frozen=True, slots=True)
class GateEntry:
    """Somebody who went in with the same ticket."""

    scan_id: str
    staff_id: str
    hall_id: str
    scanned_at: datetime


@dataclass(frozen=True, slots=True)
class MergedScan:
    """What an admission counts as, and whom it collides with."""

    result: ScanResult
    conflicts: tuple[GateEntry, ...]


class OfflineClient:
    """One method per remote procedure, in its words."""

    def __init__(self, channel: grpc.Channel, caller: GrpcCaller) -> None:
        self._stub = InventoryStub(channel)  # type: ignore[no-untyped-call]
        self._caller = caller

    def list_tickets(self, event_id: str) -> list[TicketRow]:
        """Every ticket of the event that stands, used ones too."""
        chunks: Iterator[pb.TicketChunk] = self._caller.stream(
            self._stub.ListTickets,
            pb.ListTicketsRequest(event_id=event_id),
            timeout_s=LISTING_S,
        )
        return [
            TicketRow(row.seat_id, row.ticket_version, pb.SeatStatus.Name(row.status))
            for chunk in chunks
            for row in chunk.tickets
        ]

    def merge_scan(self, admission: OfflineAdmission) -> MergedScan:
        """Take an admission in; a repeat answers how it stands."""
        request = pb.MergeScanRequest(
            scan_id=admission.scan_id,
            seat_id=admission.seat_id,
            event_id=admission.event_id,
            ticket_version=admission.ticket_version,
            staff_id=admission.staff_id,
            hall_id=admission.hall_id,
        )
        request.scanned_at.FromDatetime(admission.scanned_at)
        answer: pb.MergeScanResponse = self._caller.call(
            self._stub.MergeScan, request, timeout_s=QUICK_S, call="MergeScan"
        )
        return MergedScan(
            ScanResult(pb.ScanResult.Name(answer.result)),
            tuple(
                GateEntry(
                    entry.scan_id,
                    entry.staff_id,
                    entry.hall_id,
                    entry.scanned_at.ToDatetime(UTC),
                )
                for entry in answer.conflicts
            ),
        )
