"""Scenarios 2 and 3 at the door: owners and the gate."""

from __future__ import annotations

import grpc

from inventory_service.servicers.messages import owner_message, state_message
from inventory_service.servicers.parsing import parse_hall, parse_uuid, time_left_s
from inventory_service.services.ownership_service import OwnershipService
from inventory_service.services.verification_service import Scan, VerificationService
from service_common.stubs import inventory_pb2 as pb
from service_common.stubs.inventory_pb2_grpc import InventoryServicer as Generated


class TicketServicer(Generated):
    """The seats once they are sold."""

    ownership: OwnershipService
    verification: VerificationService

    def GetSeatOwner(  # noqa: N802 - the name of the rpc
        self, request: pb.GetSeatOwnerRequest, _context: grpc.ServicerContext
    ) -> pb.SeatOwner:
        """Whose seat it is."""
        seat_id = parse_uuid(request.seat_id, "seat_id")
        return owner_message(self.ownership.get_ticket(seat_id))

    def UpdateOwner(  # noqa: N802 - the name of the rpc
        self, request: pb.UpdateOwnerRequest, context: grpc.ServicerContext
    ) -> pb.SeatOwner:
        """Hand a claimed ticket over."""
        ticket = self.ownership.update_owner(
            parse_uuid(request.claim_id, "claim_id"),
            parse_uuid(request.seat_id, "seat_id"),
            parse_uuid(request.new_owner_user_id, "new_owner_user_id"),
            time_left_s=time_left_s(context),
        )
        return owner_message(ticket)

    def VerifyTicket(  # noqa: N802 - the name of the rpc
        self, request: pb.VerifyTicketRequest, _context: grpc.ServicerContext
    ) -> pb.TicketState:
        """The ticket as the gate sees it."""
        seat_id = parse_uuid(request.seat_id, "seat_id")
        return state_message(self.verification.get_state(seat_id))

    def MarkCheckedIn(  # noqa: N802 - the name of the rpc
        self, request: pb.MarkCheckedInRequest, _context: grpc.ServicerContext
    ) -> pb.MarkCheckedInResponse:
        """Let the holder in."""
        scan = Scan(
            seat_id=parse_uuid(request.seat_id, "seat_id"),
            event_id=parse_uuid(request.event_id, "event_id"),
            ticket_version=request.ticket_version,
            staff_id=parse_uuid(request.staff_id, "staff_id"),
            hall_id_presented=parse_hall(
                request.hall_id_presented, "hall_id_presented"
            ),
            hall_id_expected=parse_hall(request.hall_id_expected, "hall_id_expected"),
        )
        checked_in, state = self.verification.mark_checked_in(scan)
        return pb.MarkCheckedInResponse(
            checked_in=checked_in, state=state_message(state)
        )
