"""Scenario 2: initiate, confirm, cancel, look."""

from __future__ import annotations

import uuid
from typing import Any

from flask import Response, jsonify

from orchestrator_service.clients.transfer_client import (
    Party,
    Transfer,
    TransferClient,
)
from orchestrator_service.orchestrators.transfer_access import Viewer, read_transfer
from orchestrator_service.orchestrators.transfer_checks import Proposal
from orchestrator_service.orchestrators.transfer_orchestrator import (
    TransferOrchestrator,
)
from orchestrator_service.routes.keys import id_of_key
from orchestrator_service.schemas.transfer_schemas import (
    ConfirmTransferSchema,
    InitiateTransferSchema,
    PendingTransferSchema,
    TransferIdSchema,
    TransferPageSchema,
    TransferQuerySchema,
    TransferSchema,
)
from orchestrator_service.transfer_refusals import TransferNotFound
from service_common.access import Role, caller, signed_in
from service_common.api_description import refuses
from service_common.client_address import client_address
from service_common.http_json import Blueprint, path_uuid

# The names that keys are made to transfer ids in; any fixed UUID will do.
_TRANSFERS_OF_KEYS = uuid.UUID("6f3b0c1e-58c5-4a54-9d57-0c1f2f4d7a10")
_PUBLIC_FIELDS = (
    "transfer_id",
    "seat_id",
    "event_id",
    "seller_id",
    "buyer_id",
    "credits_amount",
    "currency",
    "status",
    "seller_otp_verified",
    "buyer_otp_verified",
    "created_at",
    "expires_at",
    "completed_at",
)
_ONCE_THERE = ("failure_reason", "dispute_reason")
_refuses_to_initiate = refuses(
    "400 SELF_TRANSFER",
    "402 INSUFFICIENT_CREDITS",
    "403 FORBIDDEN",
    "403 NOT_SEAT_OWNER",
    "404 SEAT_NOT_FOUND",
    "404 USER_NOT_FOUND",
    "409 PHONE_BUSY",
    "409 SEAT_UNAVAILABLE",
    "409 TRANSFER_IN_PROGRESS",
    "410 EVENT_ENDED",
    "410 TRANSFER_CLOSED",
    "422 TRANSFER_PRICE_TOO_HIGH",
    "429 OTP_LIMIT_REACHED",
    "429 TRANSFER_LIMIT_REACHED",
)
_refuses_to_confirm = refuses(
    "401 OTP_INVALID",
    "402 INSUFFICIENT_CREDITS",
    "403 FORBIDDEN",
    "403 NOT_SEAT_OWNER",
    "404 TRANSFER_NOT_FOUND",
    "409 SEAT_UNAVAILABLE",
    "409 TRANSFER_INVALID_STATE",
    "410 EVENT_ENDED",
    "410 OTP_EXPIRED",
    "410 TRANSFER_CLOSED",
    "410 TRANSFER_EXPIRED",
    "429 OTP_ATTEMPTS_EXCEEDED",
)
_refuses_to_cancel = refuses(
    "403 FORBIDDEN", "404 TRANSFER_NOT_FOUND", "409 TRANSFER_INVALID_STATE"
)


def transfer_blueprint(
    orchestrator: TransferOrchestrator,
    transfers: TransferClient,
    *,
    trusted_proxies: int,
) -> Blueprint:
    """The routes of scenario 2, as far as all goes well."""
    bp = Blueprint("transfer", __name__, description="Scenario 2: transfer")

    @bp.post("/transfer/initiate")
    @signed_in
    @bp.arguments(InitiateTransferSchema)
    @bp.response(201, TransferSchema)
    @_refuses_to_initiate
    def initiate_transfer(body: dict[str, Any]) -> Response:
        """Offer a ticket, or ask for one; both parties get a code."""
        transfer = orchestrator.initiate(
            str(caller().user_id), _proposal(body), client_address(trusted_proxies)
        )
        response = jsonify(transfer_body(transfer))
        response.status_code = 201
        return response

    @bp.post("/transfer/confirm")
    @signed_in
    @bp.arguments(ConfirmTransferSchema)
    @bp.response(200, TransferSchema)
    @bp.alt_response(202, schema=PendingTransferSchema)
    @_refuses_to_confirm
    def confirm_transfer(body: dict[str, Any]) -> Response:
        """Enter both codes, or one's own; with both, ticket and credits move."""
        address = client_address(trusted_proxies)
        confirmed = orchestrator.confirm(
            viewer(), str(body["transfer_id"]), _codes(body), address
        )
        return transfer_response(confirmed.transfer, pending=confirmed.pending)

    @bp.post("/transfer/cancel")
    @signed_in
    @bp.arguments(TransferIdSchema)
    @bp.response(200, TransferSchema)
    @_refuses_to_cancel
    def cancel_transfer(body: dict[str, Any]) -> Response:
        """Call it off, while not both have consented."""
        cancelled = orchestrator.cancel(viewer(), str(body["transfer_id"]))
        return jsonify(transfer_body(cancelled))

    @bp.get("/transfers")
    @signed_in
    @bp.arguments(TransferQuerySchema, location="query")
    @bp.response(200, TransferPageSchema)
    def list_transfers(query: dict[str, Any]) -> Response:
        """The caller's transfers, newest first."""
        page = transfers.list_of({**query, "user_id": str(caller().user_id)})
        rows = [transfer_body(Transfer.read(row)) for row in page["data"]]
        return jsonify({**page, "data": rows})

    @bp.get("/transfers/<transfer_id>")
    @signed_in
    @bp.response(200, TransferSchema)
    @refuses("403 FORBIDDEN", "404 TRANSFER_NOT_FOUND")
    def get_transfer(transfer_id: str) -> Response:
        """One transfer of the caller's."""
        wanted = path_uuid(transfer_id, TransferNotFound.default_code, "transfer")
        return jsonify(transfer_body(read_transfer(transfers, viewer(), str(wanted))))

    return bp


def viewer() -> Viewer:
    """The caller, as transfers know him."""
    return Viewer(str(caller().user_id), caller().role is Role.ADMIN)


def transfer_response(transfer: Transfer, *, pending: bool) -> Response:
    """200, or 202 while recovery still works on it."""
    body = transfer_body(transfer)
    if not pending:
        return jsonify(body)
    response = jsonify({**body, "status_url": f"/transfers/{transfer.transfer_id}"})
    response.status_code = 202
    return response


def transfer_body(transfer: Transfer) -> dict[str, Any]:
    """What its parties see of it."""
    body = {field: getattr(transfer, field) for field in _PUBLIC_FIELDS}
    there = {field: getattr(transfer, field) for field in _ONCE_THERE}
    return body | {field: value for field, value in there.items() if value is not None}


def _proposal(body: dict[str, Any]) -> Proposal:
    """Whoever is not named is the caller."""
    me = caller().user_id
    return Proposal(
        seat_id=str(body["seat_id"]),
        seller_id=str(body.get("seller_id", me)),
        buyer_id=str(body.get("buyer_id", me)),
        amount=body["credits_amount"],
        transfer_id=id_of_key(_TRANSFERS_OF_KEYS),
    )


def _codes(body: dict[str, Any]) -> dict[Party, str]:
    fields = {Party.SELLER: "seller_otp", Party.BUYER: "buyer_otp"}
    return {party: body[field] for party, field in fields.items() if field in body}
