"""The order service, over REST."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from orchestrator_service.clients.inventory_types import SeatHold
from orchestrator_service.refusals import OrderNotFound
from service_common.errors import NotFound
from service_common.http_client import JsonClient

QUICK_S = 2.0
Order = Mapping[str, Any]
"""An order as docs/internal-api.md describes it."""


class OrderClient:
    """One method per remote verb."""

    def __init__(self, http: JsonClient) -> None:
        self._http = http

    def create_order(self, hold: SeatHold, currency: str) -> Order:
        """Write the PENDING order of a hold; a repeat answers what stands."""
        return self._http.post(
            "/orders",
            {
                "order_id": hold.order_id,
                "user_id": hold.user_id,
                "event_id": hold.event_id,
                "hold_id": hold.hold_id,
                "currency": currency,
                "seats": [
                    {
                        "seat_id": seat.seat_id,
                        "row_number": seat.row_number,
                        "seat_number": seat.seat_number,
                        "category": seat.category,
                        "price": seat.price,
                    }
                    for seat in hold.seats
                ],
            },
            timeout_s=QUICK_S,
            call="create_order",
        )

    def get_order(self, order_id: str) -> Order:
        """The order, or OrderNotFound."""
        try:
            return self._http.get(
                f"/orders/{order_id}", timeout_s=QUICK_S, call="get_order"
            )
        except NotFound:
            raise OrderNotFound from None

    def list_orders(
        self, query: Mapping[str, Any], timeout_s: float = QUICK_S
    ) -> dict[str, Any]:
        """A page of orders, newest first."""
        return self._http.get(
            "/orders", query=query, timeout_s=timeout_s, call="list_orders"
        )

    def is_seat_paid(self, seat_id: str, timeout_s: float = QUICK_S) -> bool:
        """Whether a confirmed order has the seat."""
        answer = self._http.get(
            f"/orders/paid-seats/{seat_id}", timeout_s=timeout_s, call="is_seat_paid"
        )
        return bool(answer["paid"])

    def summarise_event(self, event_id: str) -> dict[str, Any]:
        """What an event has sold, also by the hour."""
        return self._http.get(
            "/orders/summary",
            query={"event_id": event_id},
            timeout_s=QUICK_S,
            call="summarise_event",
        )

    def confirm_order(self, order_id: str, *, saga_id: str, timeout_s: float) -> Order:
        """PENDING → CONFIRMED, once, by this saga."""
        return self._http.post(
            f"/orders/{order_id}/confirm",
            {"saga_id": saga_id},
            timeout_s=timeout_s,
            call="confirm_order",
        )

    def fail_order(self, order: Order, reason: str) -> Order:
        """PENDING → FAILED."""
        kept = ("user_id", "event_id", "hold_id", "seats")
        return self._http.post(
            f"/orders/{order['order_id']}/fail",
            {"reason": reason, **{field: order[field] for field in kept}},
            timeout_s=QUICK_S,
            call="fail_order",
        )
