"""`/credits/topup`: buying credits; `/webhooks/stripe`: hearing that they are paid."""

from __future__ import annotations

from typing import Any

from flask import request

from service_common.access import caller, public, signed_in
from service_common.api_description import refuses
from service_common.http_json import Blueprint, path_uuid
from user_service.models.topup import Topup
from user_service.schemas.topup_schemas import (
    OpenTopupSchema,
    ReceivedSchema,
    TopupRequestSchema,
    TopupSchema,
)
from user_service.services.refusals import TopupNotFound
from user_service.services.stripe_events import StripeEvents
from user_service.services.topup_service import OpenTopup, TopupService

_SIGNATURE = {
    "name": "Stripe-Signature",
    "in": "header",
    "required": True,
    "schema": {"type": "string"},
    "description": "Stripe's signature over the body as it is sent.",
}
_STRIPE_EVENT: dict[str, Any] = {
    "required": True,
    "description": "An event of Stripe's, as Stripe sends it.",
    "content": {"application/json": {"schema": {"type": "object"}}},
}


def create_topup_blueprint(topups: TopupService) -> Blueprint:
    """The routes of top-ups."""
    bp = Blueprint("topups", __name__, url_prefix="/credits", description="Credits")

    @bp.post("/topup")
    @signed_in
    @bp.arguments(TopupRequestSchema)
    @bp.response(201, OpenTopupSchema)
    @refuses("404 USER_NOT_FOUND")
    def open_topup(body: dict[str, Any]) -> OpenTopup:
        """Begin to buy credits; they are added when the payment has arrived."""
        return topups.open_topup(caller().user_id, body["amount"])

    @bp.get("/topups/<topup_id>")
    @signed_in
    @bp.response(200, TopupSchema)
    @refuses("404 TOPUP_NOT_FOUND")
    def get_topup(topup_id: str) -> Topup:
        """Read one of the caller's own top-ups."""
        found = path_uuid(topup_id, TopupNotFound.default_code, "top-up")
        return topups.get_topup(found, caller().user_id)

    return bp


def create_webhook_blueprint(events: StripeEvents) -> Blueprint:
    """The route that Stripe calls."""
    bp = Blueprint("webhooks", __name__, url_prefix="/webhooks", description="Stripe")

    @bp.post("/stripe")
    @public
    @bp.response(200, ReceivedSchema)
    @bp.doc(parameters=[_SIGNATURE], requestBody=_STRIPE_EVENT)
    @refuses("400 INVALID_SIGNATURE")
    def receive_event() -> dict[str, bool]:
        """Take an event; the signature is over the body's bytes as they came."""
        events.receive(request.get_data(), request.headers.get("Stripe-Signature"))
        return {"received": True}

    return bp
