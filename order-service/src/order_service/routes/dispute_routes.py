"""`/transfers/...`: disputes over a completed transfer, and its reversal."""

from __future__ import annotations

from typing import Any

from order_service.models import TransferTask
from order_service.routes.transfer_routes import parse_transfer_id
from order_service.schemas.transfer_schemas import (
    DisputeRequestSchema,
    NothingRequestSchema,
    ReversedRequestSchema,
    SettledRequestSchema,
    TransferResponseSchema,
)
from order_service.services.dispute_service import DisputeService
from order_service.services.swap_service import Swap, SwapService
from order_service.services.transfer_record import TransferRecord
from service_common.access import internal
from service_common.http_json import Blueprint


def dispute_blueprint(disputes: DisputeService, swaps: SwapService) -> Blueprint:
    """The routes of what may follow a completed transfer."""
    bp = Blueprint("disputes", __name__, description="Disputed transfers")

    @bp.post("/transfers/<transfer_id>/dispute")
    @internal
    @bp.arguments(DisputeRequestSchema)
    @bp.response(200, TransferResponseSchema)
    def dispute_transfer(body: dict[str, Any], transfer_id: str) -> TransferRecord:
        """COMPLETED → DISPUTED; the freeze of the proceeds is owed."""
        return disputes.dispute_transfer(parse_transfer_id(transfer_id), **body)

    @bp.post("/transfers/<transfer_id>/uphold")
    @internal
    @bp.arguments(NothingRequestSchema)
    @bp.response(200, TransferResponseSchema)
    def uphold_transfer(_body: dict[str, Any], transfer_id: str) -> TransferRecord:
        """DISPUTED → COMPLETED; the unfreezing is owed."""
        return disputes.uphold_transfer(parse_transfer_id(transfer_id))

    @bp.post("/transfers/<transfer_id>/reversal")
    @internal
    @bp.arguments(NothingRequestSchema)
    @bp.response(200, TransferResponseSchema)
    def begin_reversal(_body: dict[str, Any], transfer_id: str) -> TransferRecord:
        """The reversal of a disputed transfer is owed."""
        return disputes.begin_reversal(parse_transfer_id(transfer_id))

    @bp.post("/transfers/<transfer_id>/reversed")
    @internal
    @bp.arguments(ReversedRequestSchema)
    @bp.response(200, TransferResponseSchema)
    def reverse_transfer(body: dict[str, Any], transfer_id: str) -> TransferRecord:
        """DISPUTED → REVERSED: the orders are as they were before."""
        return swaps.reverse_transfer(Swap(parse_transfer_id(transfer_id), **body))

    @bp.post("/transfers/<transfer_id>/settled")
    @internal
    @bp.arguments(SettledRequestSchema)
    @bp.response(200, TransferResponseSchema)
    def settle_task(body: dict[str, Any], transfer_id: str) -> TransferRecord:
        """What was owed is done; another task than the one owed changes nothing."""
        return disputes.settle_task(
            parse_transfer_id(transfer_id), TransferTask(body["task"]), body["number"]
        )

    return bp
