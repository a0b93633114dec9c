"""The operator at the door: invariants, and the facts that others judge with."""

from __future__ import annotations

import grpc

from inventory_service.servicers.messages import (
    claim_message,
    invariant_message,
    seat_fact_message,
)
from inventory_service.servicers.parsing import (
    parse_optional_uuid,
    parse_uuid,
    parse_within,
)
from inventory_service.services.invariant_service import InvariantService
from service_common.stubs import inventory_pb2 as pb
from service_common.stubs.inventory_pb2_grpc import InventoryServicer as Generated


class InvariantServicer(Generated):
    """What must always be true, here and across the services."""

    invariants: InvariantService

    def CheckInvariants(  # noqa: N802 - the name of the rpc
        self, request: pb.CheckInvariantsRequest, _context: grpc.ServicerContext
    ) -> pb.CheckInvariantsResponse:
        """What must always be true."""
        budget_s = parse_within(request.within_s)
        return pb.CheckInvariantsResponse(
            invariants=[
                invariant_message(invariant)
                for invariant in self.invariants.check_invariants(budget_s=budget_s)
            ]
        )

    def FindEndedHolds(  # noqa: N802 - the name of the rpc
        self, request: pb.FindEndedHoldsRequest, _context: grpc.ServicerContext
    ) -> pb.FindEndedHoldsResponse:
        """Which holds are over and told."""
        asked = [parse_uuid(raw, "hold_ids") for raw in request.hold_ids]
        ended = self.invariants.find_ended_holds(asked)
        return pb.FindEndedHoldsResponse(hold_ids=[str(hold_id) for hold_id in ended])

    def ListClaims(  # noqa: N802 - the name of the rpc
        self, request: pb.ListClaimsRequest, _context: grpc.ServicerContext
    ) -> pb.ClaimPage:
        """Claims, for reconciliation."""
        if request.claim_ids:
            asked = [parse_uuid(raw, "claim_ids") for raw in request.claim_ids]
            rows = self.invariants.find_claims(asked)
        else:
            after = parse_optional_uuid(request.after_claim_id, "after_claim_id")
            rows = self.invariants.list_claims(after, request.limit)
        return pb.ClaimPage(claims=[claim_message(row) for row in rows])

    def ListSoldSeats(  # noqa: N802 - the name of the rpc
        self, request: pb.ListSoldSeatsRequest, _context: grpc.ServicerContext
    ) -> pb.SoldSeatPage:
        """Seats with their owners, for reconciliation."""
        if request.seat_ids:
            asked = [parse_uuid(raw, "seat_ids") for raw in request.seat_ids]
            rows = self.invariants.find_seats(asked)
        else:
            after = parse_optional_uuid(request.after_seat_id, "after_seat_id")
            rows = self.invariants.list_sold_seats(after, request.limit)
        return pb.SoldSeatPage(seats=[seat_fact_message(row) for row in rows])
