"""Scanners without the network: what they take along and bring back."""

from __future__ import annotations

from typing import Any

from flask import Response, jsonify

from orchestrator_service.orchestrators.offline_orchestrator import (
    LonelyScan,
    OfflineOrchestrator,
    Settlement,
    count_conflicts,
)
from orchestrator_service.refusals import EventNotFound
from orchestrator_service.schemas.offline_schemas import (
    ManifestSchema,
    OfflineBatchAnswerSchema,
    OfflineBatchSchema,
)
from orchestrator_service.services.qr_service import CLOCK_SKEW_S, TTL_S
from service_common.access import Role, caller, only
from service_common.api_description import refuses
from service_common.http_json import Blueprint, format_time, path_uuid


def offline_blueprint(offline: OfflineOrchestrator) -> Blueprint:
    """The routes of scanners that are alone for a while."""
    bp = Blueprint("offline", __name__, description="Scenario 3: verification")

    @bp.get("/events/<event_id>/scan-manifest")
    @only(Role.STAFF, Role.ADMIN)
    @bp.response(200, ManifestSchema)
    @refuses("404 EVENT_NOT_FOUND")
    def get_manifest(event_id: str) -> Response:
        """What a scanner needs to decide alone for two hours; nothing of persons."""
        wanted = str(path_uuid(event_id, EventNotFound.default_code, "event"))
        manifest = offline.read_manifest(wanted)
        response = jsonify(
            event_id=manifest.event.event_id,
            hall_id=manifest.event.hall_id,
            generated_at=format_time(manifest.generated_at),
            valid_until=format_time(manifest.valid_until),
            code_ttl_seconds=TTL_S,
            clock_skew_seconds=CLOCK_SKEW_S,
            public_keys=dict(manifest.public_keys),
            tickets=[
                {
                    "seat_id": row.seat_id,
                    "ticket_version": row.ticket_version,
                    "status": row.status,
                }
                for row in manifest.tickets
            ],
        )
        response.headers["Cache-Control"] = "no-store"
        return response

    @bp.post("/verify/offline-batch")
    @only(Role.STAFF, Role.ADMIN)
    @bp.arguments(OfflineBatchSchema)
    @bp.response(200, OfflineBatchAnswerSchema)
    @refuses("403 FORBIDDEN", "422 SCAN_ID_REUSED")
    def merge_batch(body: dict[str, Any]) -> Response:
        """Take in whom a scanner let in alone; may be sent again."""
        caller().must_be(body.get("staff_id"))
        scans = [
            LonelyScan(str(scan["scan_id"]), scan["qr_payload"], scan["scanned_at"])
            for scan in body["scans"]
        ]
        settled = offline.merge_batch(str(caller().user_id), body["hall_id"], scans)
        return jsonify(
            data=[_settlement_body(one, body["hall_id"]) for one in settled],
            conflicts=count_conflicts(settled),
        )

    return bp


def _settlement_body(settled: Settlement, hall_id: str) -> dict[str, Any]:
    return {
        "scan_id": settled.scan.scan_id,
        "result": settled.verdict.result.value,
        "message": settled.verdict.message,
        "seat_id": settled.seat_id,
        "hall_id": hall_id,
        "scanned_at": format_time(settled.scan.scanned_at),
        "conflicts": [
            {
                "scan_id": entry.scan_id,
                "staff_id": entry.staff_id,
                "hall_id": entry.hall_id,
                "scanned_at": format_time(entry.scanned_at),
            }
            for entry in settled.conflicts
        ],
    }
