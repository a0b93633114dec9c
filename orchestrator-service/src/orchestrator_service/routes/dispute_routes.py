"""Scenario 2 when something is wrong: dispute, uphold, reverse."""

from __future__ import annotations

from typing import Any

from flask import Response, jsonify

from orchestrator_service.orchestrators.dispute_orchestrator import (
    DisputeOrchestrator,
)
from orchestrator_service.routes.transfer_routes import (
    transfer_body,
    transfer_response,
    viewer,
)
from orchestrator_service.schemas.transfer_schemas import (
    DisputeTransferSchema,
    PendingTransferSchema,
    TransferIdSchema,
    TransferSchema,
)
from service_common.access import Role, only, signed_in
from service_common.api_description import refuses
from service_common.http_json import Blueprint

_UNDECIDED = ("404 TRANSFER_NOT_FOUND", "409 TRANSFER_INVALID_STATE")


def dispute_blueprint(disputes: DisputeOrchestrator) -> Blueprint:
    """The routes of complaints about transfers."""
    bp = Blueprint("dispute", __name__, description="Scenario 2: transfer")

    @bp.post("/transfer/dispute")
    @signed_in
    @bp.arguments(DisputeTransferSchema)
    @bp.response(200, TransferSchema)
    @refuses("403 FORBIDDEN", *_UNDECIDED)
    def dispute_transfer(body: dict[str, Any]) -> Response:
        """Complain about a completed transfer; the seller's proceeds are frozen."""
        disputed = disputes.dispute(viewer(), str(body["transfer_id"]), body["reason"])
        return jsonify(transfer_body(disputed))

    @bp.post("/transfer/uphold")
    @only(Role.ADMIN)
    @bp.arguments(TransferIdSchema)
    @bp.response(200, TransferSchema)
    @refuses(*_UNDECIDED)
    def uphold_transfer(body: dict[str, Any]) -> Response:
        """Let a disputed transfer stand; the proceeds are the seller's again."""
        return jsonify(transfer_body(disputes.uphold(str(body["transfer_id"]))))

    @bp.post("/transfer/reverse")
    @only(Role.ADMIN)
    @bp.arguments(TransferIdSchema)
    @bp.response(200, TransferSchema)
    @bp.alt_response(202, schema=PendingTransferSchema)
    @refuses(
        *_UNDECIDED,
        "409 SEAT_UNAVAILABLE",
        "409 TICKET_MOVED_ON",
        "409 TICKET_USED",
    )
    def reverse_transfer(body: dict[str, Any]) -> Response:
        """Undo a disputed transfer: the seat and the credits go back."""
        reversal = disputes.reverse(str(body["transfer_id"]))
        return transfer_response(reversal.transfer, pending=reversal.pending)

    return bp
