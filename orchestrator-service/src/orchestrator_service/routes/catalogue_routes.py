"""Events with their seats, and how an organiser publishes one."""

from __future__ import annotations

import uuid
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from flask import Response, jsonify, request

from orchestrator_service.clients.event_client import EventClient
from orchestrator_service.clients.inventory_client import InventoryClient
from orchestrator_service.clients.inventory_types import SeatMap
from orchestrator_service.orchestrators.publication_orchestrator import (
    Publication,
    PublicationOrchestrator,
)
from orchestrator_service.refusals import EventNotFound
from orchestrator_service.routes.keys import id_of_key
from orchestrator_service.schemas.catalogue_schemas import (
    VERSION_MAX,
    CreateEventSchema,
    EventSchema,
    PendingPublicationSchema,
    PublicationSchema,
    SeatMapQuerySchema,
    SeatMapSchema,
    seats_in,
)
from service_common.access import Role, only, public
from service_common.api_description import refuses
from service_common.errors import InvalidInput
from service_common.http_json import Blueprint, format_time, path_uuid

_ETAG_LENGTH_MAX = 200
_IF_NONE_MATCH = {
    "name": "If-None-Match",
    "in": "header",
    "schema": {"type": "string"},
    "description": "The ETag of the version that the client has.",
}
# Said again, since parameters that are given here take the place of the schema's.
_SINCE = {
    "name": "since",
    "in": "query",
    "schema": {"type": "integer", "minimum": 0, "maximum": VERSION_MAX},
    "description": "A version: only the seats that have changed from then on.",
}
_EVENTS_OF_KEYS = uuid.UUID("b8a1c1de-0f0c-4a1f-8f57-5f0d3c2a9e01")


def catalogue_blueprint(
    events: EventClient,
    inventory: InventoryClient,
    publications: PublicationOrchestrator,
) -> Blueprint:
    """The routes of the catalogue that need more than the event service."""
    bp = Blueprint("catalogue", __name__, description="Catalogue and seats")

    @bp.get("/events/<event_id>")
    @public
    @bp.response(200, EventSchema)
    @refuses("404 EVENT_NOT_FOUND")
    def get_event(event_id: str) -> Response:
        """One event and how many of its seats are still to be had."""
        event = events.get_published_event(_event_id(event_id))
        counts = inventory.count_seats(event.event_id)
        return jsonify({**event.document, "seats_available": counts["AVAILABLE"]})

    @bp.get("/events/<event_id>/seats")
    @public
    @bp.arguments(SeatMapQuerySchema, location="query")
    @bp.response(200, SeatMapSchema, headers={"ETag": {"schema": {"type": "string"}}})
    @bp.alt_response(304, description="The client has this version already.")
    @bp.doc(parameters=[_IF_NONE_MATCH, _SINCE])
    @refuses("404 EVENT_NOT_FOUND")
    def list_seats(query: dict[str, int], event_id: str) -> Response:
        """The seat map; 304 when the client has this version already.

        With `since`, a version, only the seats that have changed from then on.
        """
        event = events.get_published_event(_event_id(event_id))
        if "since" in query:
            changes = inventory.read_seat_changes(event.event_id, query["since"])
            response = _seat_map_response(event.event_id, changes)
            response.headers["Cache-Control"] = "no-store"
            return response
        known = _known_etags()
        seat_map = inventory.read_seat_map(event.event_id, known[0] if known else "")
        etag = seat_map.etag if seat_map is not None else known[0]
        if seat_map is None or etag in known:
            response = Response(status=304)
        else:
            response = _seat_map_response(event.event_id, seat_map)
        response.headers["ETag"] = etag
        response.headers["Cache-Control"] = "no-cache"  # keep it, but ask
        return response

    @bp.post("/admin/events")
    @only(Role.ORGANISER, Role.ADMIN)
    @bp.arguments(CreateEventSchema)
    @bp.response(201, PublicationSchema)
    @bp.alt_response(202, schema=PendingPublicationSchema)
    @refuses("404 VENUE_NOT_FOUND")
    def publish_event(body: dict[str, Any]) -> Response:
        """Create an event with all its seats, or nothing."""
        if body["event_date"] <= datetime.now(UTC):
            problem = {"event_date": ["The event has to be in the future."]}
            raise InvalidInput(details={"fields": problem})
        plan = body["seat_map"]
        published = publications.publish_event(
            event_details(body), plan, id_of_key(_EVENTS_OF_KEYS)
        )
        return _publication_response(published)

    return bp


def _publication_response(published: Publication) -> Response:
    """201, or 202 while recovery still works on it."""
    if published.seats_created is None:
        pending = {
            "event_id": published.event_id,
            "saga_id": published.saga_id,
            "status": "PENDING",
            "status_url": f"/admin/sagas/{published.saga_id}",
        }
        response = jsonify(pending)
        response.status_code = 202
        return response
    response = jsonify(
        event_id=published.event_id, seats_created=published.seats_created
    )
    response.status_code = 201
    return response


def event_details(body: dict[str, Any]) -> dict[str, Any]:
    """The event service's part of a publication, as plain JSON for the saga log."""
    tiers: dict[str, Decimal] = body["pricing_tiers"]
    details: dict[str, Any] = {
        "name": body["name"],
        "type": body.get("type", "CONCERT"),
        "description": body.get("description", ""),
        "hall_id": body["hall_id"],
        "event_date": format_time(body["event_date"]),
        "pricing_tiers": {name: f"{price:.2f}" for name, price in tiers.items()},
        "total_seats": seats_in(body["seat_map"]),
    }
    if "venue_id" in body:
        return {**details, "venue_id": str(body["venue_id"])}
    return {**details, "venue": dict(body["venue"])}


def _event_id(raw: str) -> str:
    return str(path_uuid(raw, EventNotFound.default_code, "event"))


def _known_etags() -> list[str]:
    """What the client has; weak tags compare like strong ones (RFC 9110, 13.1.2)."""
    offered = request.headers.get("If-None-Match", "").split(",")
    tags = [tag.strip().removeprefix("W/") for tag in offered]
    return [tag for tag in tags if 0 < len(tag) <= _ETAG_LENGTH_MAX and tag.isascii()]


def _seat_map_response(event_id: str, seat_map: SeatMap) -> Response:
    """The seats are JSON already, so they are put into their place as they are."""
    head = f'{{"event_id":"{event_id}","version":{seat_map.version},"seats":['
    body = b"".join([head.encode(), seat_map.seats, b"]}"])
    return Response(body, mimetype="application/json")
