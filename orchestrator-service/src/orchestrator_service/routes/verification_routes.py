"""Scenario 3: scan a ticket, read the log of the gate."""

from __future__ import annotations

from typing import Any

from flask import Response, jsonify, request

from orchestrator_service.clients.gate_client import GateClient, LoggedScan
from orchestrator_service.clients.inventory_types import Seat
from orchestrator_service.orchestrators.verification_orchestrator import (
    PresentedCode,
    ScanAnswer,
    VerificationOrchestrator,
)
from orchestrator_service.schemas.gate_schemas import (
    EntryLogPageSchema,
    EntryLogQuerySchema,
    ScanAnswerSchema,
    ScanRequestSchema,
)
from service_common.access import Role, caller, only
from service_common.api_description import refuses
from service_common.http_json import Blueprint, format_time, page_of
from service_common.idempotency import HEADER, REPLAYED_HEADER


def verification_blueprint(
    verification: VerificationOrchestrator, gate: GateClient
) -> Blueprint:
    """The routes of scenario 3."""
    bp = Blueprint("verification", __name__, description="Scenario 3: verification")

    @bp.post("/verify")
    @only(Role.STAFF, Role.ADMIN)
    @bp.arguments(ScanRequestSchema)
    @bp.response(200, ScanAnswerSchema)
    @refuses("403 FORBIDDEN")
    def verify_ticket(body: dict[str, Any]) -> Response:
        """Let the holder of a ticket in, once; a refused scan is an answer too."""
        caller().must_be(body.get("staff_id"))
        answer = verification.verify_code(
            PresentedCode(
                qr_payload=body["qr_payload"],
                hall_id=body["hall_id"],
                staff_id=str(caller().user_id),
                key=request.headers.get(HEADER),
            )
        )
        response = jsonify(_answer_body(answer))
        if answer.replayed:
            response.headers[REPLAYED_HEADER] = "true"
        return response

    @bp.get("/entry-logs")
    @only(Role.STAFF, Role.ADMIN)
    @bp.arguments(EntryLogQuerySchema, location="query")
    @bp.response(200, EntryLogPageSchema)
    def list_scans(query: dict[str, Any]) -> Response:
        """Scans, newest first."""
        page, page_size = query["page"], query["page_size"]
        scans, total = gate.list_scans(
            event_id=str(query.get("event_id", "")),
            result=query.get("result"),
            page=page,
            page_size=page_size,
        )
        rows = [_scan_body(scan) for scan in scans]
        return jsonify(page_of(rows, page=page, page_size=page_size, total=total))

    return bp


def _answer_body(answer: ScanAnswer) -> dict[str, Any]:
    body: dict[str, Any] = {
        "result": answer.verdict.result.value,
        "message": answer.verdict.message,
    }
    if answer.seat is not None:
        body |= _seat_body(answer.seat)
    if answer.checked_in_at is not None:
        body["checked_in_at"] = format_time(answer.checked_in_at)
    if answer.first_scan is not None:
        body["first_scan"] = {
            "scanned_at": format_time(answer.first_scan.scanned_at),
            "hall_id": answer.first_scan.hall_id,
        }
    return body


def _seat_body(seat: Seat | None) -> dict[str, Any]:
    return {
        "seat_id": seat and seat.seat_id,
        "row_number": seat and seat.row_number,
        "seat_number": seat and seat.seat_number,
        "category": seat and seat.category,
    }


def _scan_body(scan: LoggedScan) -> dict[str, Any]:
    return {
        "log_id": scan.log_id,
        "scanned_at": format_time(scan.scanned_at),
        "result": scan.result,
        "event_id": scan.event_id,
        "presented_seat_id": scan.presented_seat_id,
        **_seat_body(scan.seat),
        "ticket_version": scan.ticket_version,
        "staff_id": scan.staff_id,
        "hall_id_presented": scan.hall_id,
        "hall_id_expected": scan.hall_id_expected,
        "admitted": scan.admitted,
        "recorded_at": format_time(scan.recorded_at),
    }
