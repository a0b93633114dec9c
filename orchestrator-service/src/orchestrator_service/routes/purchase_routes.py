"""Scenario 1: reserve, enter a code, give back, pay."""

from __future__ import annotations

from typing import Any

from flask import Response, jsonify

from orchestrator_service.orchestrators.purchase_orchestrator import (
    Payment,
    PendingPayment,
    PurchaseOrchestrator,
)
from orchestrator_service.orchestrators.reservation_orchestrator import (
    Reservation,
    ReservationOrchestrator,
)
from orchestrator_service.routes.order_routes import parse_order_id, seat_id_when_one
from orchestrator_service.schemas.purchase_schemas import (
    PaymentSchema,
    PayRequestSchema,
    PendingPaymentSchema,
    ReservationSchema,
    ReserveRequestSchema,
    VerifiedSchema,
    VerifyOtpRequestSchema,
)
from service_common.access import caller, signed_in
from service_common.api_description import refuses
from service_common.client_address import client_address
from service_common.http_json import Blueprint, format_time

_refuses_to_reserve = refuses(
    "403 FORBIDDEN",
    "404 SEAT_NOT_FOUND",
    "409 PHONE_BUSY",
    "409 SEAT_ALREADY_SOLD",
    "409 SEAT_UNAVAILABLE",
    "410 EVENT_ENDED",
    "410 HOLD_EXPIRED",
    "429 OTP_LIMIT_REACHED",
    "503 SEAT_BUSY",
)
_refuses_to_give_back = refuses(
    "403 FORBIDDEN",
    "404 ORDER_NOT_FOUND",
    "409 PAYMENT_IN_PROGRESS",
    "409 SEAT_ALREADY_SOLD",
)
_refuses_codes = refuses(
    "401 OTP_INVALID",
    "403 FORBIDDEN",
    "404 ORDER_NOT_FOUND",
    "404 OTP_NOT_FOUND",
    "410 HOLD_EXPIRED",
    "410 OTP_EXPIRED",
    "429 OTP_ATTEMPTS_EXCEEDED",
)
_refuses_payments = refuses(
    "402 INSUFFICIENT_CREDITS",
    "403 FORBIDDEN",
    "404 ORDER_NOT_FOUND",
    "409 PAYMENT_IN_PROGRESS",
    "409 SEAT_ALREADY_SOLD",
    "410 HOLD_EXPIRED",
    "428 OTP_REQUIRED",
)


def purchase_blueprint(
    reservations: ReservationOrchestrator,
    purchases: PurchaseOrchestrator,
    *,
    trusted_proxies: int,
) -> Blueprint:
    """The routes of scenario 1."""
    bp = Blueprint("purchase", __name__, description="Scenario 1: purchase")

    @bp.post("/reserve")
    @signed_in
    @bp.arguments(ReserveRequestSchema)
    @bp.response(200, ReservationSchema)
    @_refuses_to_reserve
    def reserve_seat(body: dict[str, Any]) -> Response:
        """Hold 1 to 10 seats of one event, all or nothing."""
        caller().must_be(body.get("user_id"))
        seat_ids = body.get("seat_ids") or [body["seat_id"]]
        reservation = reservations.reserve_seats(
            str(caller().user_id),
            [str(seat_id) for seat_id in seat_ids],
            client_address(trusted_proxies),
        )
        return jsonify(_reservation_body(reservation))

    @bp.delete("/reserve/<order_id>")
    @signed_in
    @bp.response(204)
    @_refuses_to_give_back
    def release_reservation(order_id: str) -> None:
        """Give the seats back at once; the order becomes FAILED."""
        reservations.release_reservation(
            str(caller().user_id), parse_order_id(order_id)
        )

    @bp.post("/verify-otp")
    @signed_in
    @bp.arguments(VerifyOtpRequestSchema)
    @bp.response(200, VerifiedSchema)
    @_refuses_codes
    def verify_otp(body: dict[str, Any]) -> Response:
        """Enter the one-time code of a reservation."""
        reservations.verify_otp(
            str(caller().user_id), str(body["reference_id"]), body["otp_code"]
        )
        return jsonify(verified=True, status="HELD")

    @bp.post("/pay")
    @signed_in
    @bp.arguments(PayRequestSchema)
    @bp.response(200, PaymentSchema)
    @bp.alt_response(202, schema=PendingPaymentSchema)
    @_refuses_payments
    def pay_order(body: dict[str, Any]) -> Response:
        """Pay for a reservation with credits, exactly once."""
        caller().must_be(body.get("user_id"))
        paid = purchases.pay_order(str(caller().user_id), str(body["order_id"]))
        if isinstance(paid, PendingPayment):
            response = jsonify(_pending_body(paid))
            response.status_code = 202
            return response
        return jsonify(_payment_body(paid))

    return bp


def _reservation_body(reservation: Reservation) -> dict[str, Any]:
    hold = reservation.hold
    seats = [
        {
            "seat_id": seat.seat_id,
            "row_number": seat.row_number,
            "seat_number": seat.seat_number,
            "category": seat.category,
            "price": seat.price,
        }
        for seat in hold.seats
    ]
    return {
        "order_id": hold.order_id,
        **seat_id_when_one(seats),
        "seats": seats,
        "event_id": hold.event_id,
        "hold_id": hold.hold_id,
        "status": "OTP_REQUIRED" if reservation.needs_otp else "HELD",
        "held_until": format_time(hold.held_until),
        "ttl_seconds": hold.ttl_seconds,
        "price": reservation.order["total"],
        "currency": reservation.order["currency"],
    }


def _payment_body(payment: Payment) -> dict[str, Any]:
    order = payment.order
    return {
        "order_id": order["order_id"],
        **seat_id_when_one(order["seats"]),
        "event_id": order["event_id"],
        "status": order["status"],
        "credits_charged": order["credits_charged"],
        "remaining_balance": payment.remaining_balance,
        "confirmed_at": order["confirmed_at"],
        "tickets": [
            {
                "seat_id": ticket.seat_id,
                "qr_payload": ticket.qr_payload,
                "expires_at": format_time(ticket.expires_at),
            }
            for ticket in payment.tickets
        ],
    }


def _pending_body(pending: PendingPayment) -> dict[str, str]:
    return {
        "order_id": pending.order_id,
        "saga_id": pending.saga_id,
        "status": "PENDING",
        "status_url": f"/orders/{pending.order_id}",
    }
