"""Scenario 1, steps 1 to 4: hold seats for a buyer, and give them back.

No saga: a hold is a lease, so whatever fails here undoes itself when its time is over.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass
from datetime import UTC, datetime

import structlog

from orchestrator_service.clients.event_client import EventClient
from orchestrator_service.clients.inventory_client import HoldRequest, InventoryClient
from orchestrator_service.clients.inventory_types import (
    ReleaseOutcome,
    ReleaseReason,
    SeatHold,
)
from orchestrator_service.clients.order_client import Order, OrderClient
from orchestrator_service.clients.user_client import (
    PURCHASE,
    OtpChallenge,
    OtpOutcome,
    UserClient,
)
from orchestrator_service.refusals import (
    EventEnded,
    EventNotFound,
    HoldExpired,
    NotYourOrder,
    OtpAttemptsExceeded,
    OtpExpired,
    OtpInvalid,
    PaymentInProgress,
    SeatAlreadySold,
    SeatNotFound,
)
from orchestrator_service.services.fresh_orders import FreshOrders
from service_common.bounded_executor import result_within
from service_common.errors import AppError, Conflict, Unavailable, Unknown
from service_common.request_context import submit

log = structlog.get_logger()

CURRENCY = "SGD"
_RESERVE_TRIES = 2
_RISK_WITHIN_S = 3.0


@dataclass(frozen=True, slots=True)
class Reservation:
    """A hold with its PENDING order."""

    hold: SeatHold
    order: Order
    needs_otp: bool


class ReservationOrchestrator:
    """Reserve seats, and give a reservation back."""

    def __init__(
        self,
        *,
        inventory: InventoryClient,
        users: UserClient,
        orders: OrderClient,
        events: EventClient,
        fresh_orders: FreshOrders,
        executor: Executor,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._inventory = inventory
        self._users = users
        self._orders = orders
        self._events = events
        self._fresh_orders = fresh_orders
        self._executor = executor
        self._now = now

    def reserve_seats(
        self, user_id: str, seat_ids: Sequence[str], client_address: str
    ) -> Reservation:
        """Hold the seats and write the order; the price is fixed here.

        Refusals: SEAT_NOT_FOUND, SEAT_UNAVAILABLE, SEAT_ALREADY_SOLD, EVENT_ENDED.
        """
        hold = self._hold(
            HoldRequest(
                seat_ids=seat_ids,
                user_id=user_id,
                hold_id=str(uuid.uuid4()),
                order_id=str(uuid.uuid4()),
            )
        )
        try:
            self._must_be_on_sale(hold.event_id)
            order, needs_otp = self._write_order(hold)
            if needs_otp:
                self._send_otp(hold, order, client_address)
        except AppError:
            self._give_back_quietly(hold)
            raise
        if order["status"] == "PENDING" and not needs_otp:
            self._fresh_orders.remember(order)
        return Reservation(hold, order, needs_otp)

    def _write_order(self, hold: SeatHold) -> tuple[Order, bool]:
        """The PENDING order, and whether its buyer has to enter a code first."""
        asked = submit(
            self._executor, self._users.get_risk, hold.user_id, hold.order_id
        )
        try:
            order = self._orders.create_order(hold, CURRENCY)
            risk = result_within(asked, _RISK_WITHIN_S)
        except Conflict as refusal:
            if refusal.code == "ORDER_FAILED":  # the hold ended at this very moment
                raise HoldExpired([seat.seat_id for seat in hold.seats]) from refusal
            raise
        finally:
            asked.cancel()
        return order, risk.is_flagged and not risk.otp_verified

    def release_reservation(self, user_id: str, order_id: str) -> None:
        """Give the seats back at once; the order becomes FAILED. Repeatable."""
        order = self._orders.get_order(order_id)
        if order["user_id"] != user_id:
            raise NotYourOrder
        self._give_back(order, ReleaseReason.RELEASED_BY_HOLDER)

    def verify_otp(self, user_id: str, order_id: str, otp_code: str) -> None:
        """Scenario 1, 2c and 2d: the buyer enters the code that was sent to him.

        Refusals: OTP_INVALID, OTP_EXPIRED, OTP_NOT_FOUND, HOLD_EXPIRED; with
        OTP_ATTEMPTS_EXCEEDED the seats are free again and the order is FAILED.
        """
        order = self._orders.get_order(order_id)
        if order["user_id"] != user_id:
            raise NotYourOrder
        otp_failed = order["failure_reason"] == ReleaseReason.OTP_FAILED
        if order["status"] == "FAILED" and not otp_failed:
            raise HoldExpired([seat["seat_id"] for seat in order["seats"]])
        challenge = OtpChallenge(user_id, PURCHASE, order_id)
        outcome, attempts_left = self._users.verify_otp(challenge, otp_code)
        if outcome is OtpOutcome.EXCEEDED:
            self._give_back(order, ReleaseReason.OTP_FAILED)
            raise OtpAttemptsExceeded
        if outcome is OtpOutcome.EXPIRED:
            raise OtpExpired
        if outcome is OtpOutcome.INVALID:
            raise OtpInvalid(attempts_left)

    def _send_otp(self, hold: SeatHold, order: Order, client_address: str) -> None:
        challenge = OtpChallenge(hold.user_id, PURCHASE, hold.order_id)
        try:
            self._users.send_otp(challenge, order["total"], client_address)
        except Unavailable as error:
            # Nobody knows whether the code is on its way. The hold stands, nothing
            # can be paid without the code, and reserving again sends another.
            log.warning("otp_maybe_not_sent", order_id=hold.order_id, code=error.code)

    def _give_back(self, order: Order, reason: ReleaseReason) -> None:
        """The seat row decides first: an order that is being paid does not fail."""
        outcome = self._inventory.release_seat(order["hold_id"], reason)
        if outcome is ReleaseOutcome.ALREADY_SOLD:
            raise SeatAlreadySold
        if outcome is not ReleaseOutcome.RELEASED:
            raise PaymentInProgress
        self._orders.fail_order(order, reason)

    def _hold(self, request: HoldRequest) -> SeatHold:
        for attempt in range(1, _RESERVE_TRIES + 1):
            try:
                return self._inventory.reserve_seat(request)
            except Unknown:
                # The hold may stand: the same ids find it again.
                if attempt == _RESERVE_TRIES:
                    self._release_quietly(request.hold_id)
                    raise
        raise AssertionError("the last try returns or raises")

    def _must_be_on_sale(self, event_id: str) -> None:
        try:
            event = self._events.get_published_event(event_id)
        except EventNotFound:
            raise SeatNotFound from None  # its event is not (yet) public
        if event.event_date <= self._now():
            raise EventEnded(details={"event_id": event_id})

    def _give_back_quietly(self, hold: SeatHold) -> None:
        """A courtesy: the hold expires anyway. An earlier hold is left alone."""
        if not hold.existing:
            self._release_quietly(hold.hold_id)

    def _release_quietly(self, hold_id: str) -> None:
        try:
            self._inventory.release_seat(hold_id, ReleaseReason.RESERVATION_REFUSED)
        except AppError as error:
            log.warning("hold_left_to_expire", hold_id=hold_id, code=error.code)
