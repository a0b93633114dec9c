"""Scenario 2 at the door: owners."""

from __future__ import annotations

import grpc

from inventory_service.servicers.messages import owner_message
from inventory_service.servicers.parsing import parse_uuid, time_left_s
from inventory_service.services.ownership_service import OwnershipService
from service_common.errors import InvalidInput
from service_common.stubs import inventory_pb2 as pb
from service_common.stubs.inventory_pb2_grpc import InventoryServicer as Generated

SEATS_PER_LIST_MAX = 100


class TicketServicer(Generated):
    """The seats once they are sold."""

    ownership: OwnershipService

    def GetSeatOwner(  # noqa: N802 - the name of the rpc
        self, request: pb.GetSeatOwnerRequest, _context: grpc.ServicerContext
    ) -> pb.SeatOwner:
        """Whose seat it is."""
        seat_id = parse_uuid(request.seat_id, "seat_id")
        return owner_message(self.ownership.get_ticket(seat_id))

    def ListSeatOwners(  # noqa: N802 - the name of the rpc
        self, request: pb.ListSeatOwnersRequest, _context: grpc.ServicerContext
    ) -> pb.SeatOwners:
        """Whose seats they are."""
        if not 0 < len(request.seat_ids) <= SEATS_PER_LIST_MAX:
            problem = f"Name 1 to {SEATS_PER_LIST_MAX} seats."
            raise InvalidInput(details={"fields": {"seat_ids": [problem]}})
        tickets = self.ownership.list_tickets(
            [parse_uuid(seat_id, "seat_ids") for seat_id in request.seat_ids]
        )
        return pb.SeatOwners(owners=[owner_message(ticket) for ticket in tickets])

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
