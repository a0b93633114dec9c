"""Tickets: the list of them, and a code of one, as JSON or as a picture."""

from __future__ import annotations

import io
from typing import Any

import segno
from flask import Response, jsonify, request

from orchestrator_service.orchestrators.ticket_orchestrator import TicketOrchestrator
from orchestrator_service.refusals import SeatNotFound
from orchestrator_service.schemas.gate_schemas import TicketCodeSchema
from orchestrator_service.schemas.ticket_schemas import (
    OwnedTicketPageSchema,
    TicketQuerySchema,
)
from orchestrator_service.services.qr_service import TTL_S, Ticket
from service_common.access import caller, signed_in
from service_common.api_description import refuses
from service_common.http_json import Blueprint, format_time, path_uuid

_JSON = "application/json"
_PICTURES = {"image/png": "png", "image/svg+xml": "svg"}
_PICTURE_CONTENT: dict[str, dict[str, Any]] = {media: {} for media in _PICTURES}
_PIXELS_PER_MODULE = 6


def ticket_blueprint(tickets: TicketOrchestrator) -> Blueprint:
    """The routes of tickets."""
    bp = Blueprint("tickets", __name__, description="Tickets")

    @bp.get("/tickets")
    @signed_in
    @bp.arguments(TicketQuerySchema, location="query")
    @bp.response(200, OwnedTicketPageSchema)
    def list_tickets(query: dict[str, Any]) -> Response:
        """The caller's tickets, newest first: those he owns, has bought or has sold."""
        return jsonify(tickets.list_tickets(str(caller().user_id), query))

    @bp.get("/tickets/<seat_id>/qr")
    @signed_in
    @bp.response(200, TicketCodeSchema)
    @bp.doc(responses={200: {"content": _PICTURE_CONTENT}})
    @refuses("403 NOT_SEAT_OWNER", "404 SEAT_NOT_FOUND", "409 SEAT_UNAVAILABLE")
    def get_ticket_code(seat_id: str) -> Response:
        """A code for the gate, fresh for a minute; as a picture when one is asked for.

        `Accept: image/png` or `image/svg+xml` gives the picture.
        """
        seat = str(path_uuid(seat_id, SeatNotFound.default_code, "seat"))
        ticket = tickets.issue_code(str(caller().user_id), seat)
        wanted = request.accept_mimetypes.best_match([_JSON, *_PICTURES], _JSON)
        response = _picture(ticket, wanted) if wanted in _PICTURES else _body(ticket)
        response.headers["Cache-Control"] = "no-store"
        response.headers["Vary"] = "Accept"
        return response

    return bp


def _body(ticket: Ticket) -> Response:
    return jsonify(
        qr_payload=ticket.qr_payload,
        generated_at=format_time(ticket.generated_at),
        expires_at=format_time(ticket.expires_at),
        ttl_seconds=TTL_S,
    )


def _picture(ticket: Ticket, media_type: str) -> Response:
    out = io.BytesIO()
    segno.make(ticket.qr_payload, error="m", micro=False).save(
        out, kind=_PICTURES[media_type], scale=_PIXELS_PER_MODULE
    )
    return Response(out.getvalue(), content_type=media_type)
