"""Scenario 1, steps 5 to 9: pay for a reservation."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from orchestrator_service.clients.event_client import Event, EventClient
from orchestrator_service.clients.order_client import Order, OrderClient
from orchestrator_service.clients.ticket_client import TicketClient
from orchestrator_service.clients.user_client import Risk, UserClient
from orchestrator_service.orchestrators.purchase_saga import PurchaseData
from orchestrator_service.refusals import (
    HoldExpired,
    NotYourOrder,
    OtpRequired,
    PaymentInProgress,
)
from orchestrator_service.saga.declaration import Saga
from orchestrator_service.saga.drive import Result
from orchestrator_service.saga.engine import Engine
from orchestrator_service.saga.log import SagaState
from orchestrator_service.services.fresh_orders import FreshOrders
from orchestrator_service.services.qr_service import QrService, Ticket
from service_common.bounded_executor import result_within
from service_common.errors import AppError
from service_common.request_context import submit

# How long a second request for the same order waits for the first one's answer.
_JOIN_WAIT_S = 1.5
_RISK_WITHIN_S = 3.0


@dataclass(frozen=True, slots=True)
class Payment:
    """A paid order with its tickets."""

    order: Order
    remaining_balance: Decimal
    tickets: tuple[Ticket, ...]


@dataclass(frozen=True, slots=True)
class PendingPayment:
    """The budget of this request is spent; recovery finishes the purchase."""

    order_id: str
    saga_id: str


class PurchaseOrchestrator:
    """Pay for an order: the checks, the saga, the answer."""

    def __init__(
        self,
        *,
        engine: Engine,
        saga: Saga[PurchaseData],
        tickets: TicketClient,
        users: UserClient,
        orders: OrderClient,
        events: EventClient,
        fresh_orders: FreshOrders,
        qr: QrService,
        executor: Executor,
    ) -> None:
        self._engine = engine
        self._saga = saga
        self._tickets = tickets
        self._users = users
        self._orders = orders
        self._events = events
        self._fresh_orders = fresh_orders
        self._qr = qr
        self._executor = executor

    def pay_order(self, user_id: str, order_id: str) -> Payment | PendingPayment:
        """Charge the buyer and hand the seats over, exactly once.

        Refusals: ORDER_NOT_FOUND, FORBIDDEN, HOLD_EXPIRED, OTP_REQUIRED,
        INSUFFICIENT_CREDITS, PAYMENT_IN_PROGRESS.
        """
        order = self._fresh_orders.take(order_id, user_id)
        if order is None:
            order, risk = self._read_order_and_risk(user_id, order_id)
            if order["status"] == "CONFIRMED":
                return self._paid_before(order, risk)
            if order["status"] != "PENDING":
                raise HoldExpired(_seat_ids(order))
            # A courtesy that spares a saga; the charge itself asks for the code.
            if risk.is_flagged and not risk.otp_verified:
                raise OtpRequired(order_id)
        return self._pay(order)

    def _pay(self, order: Order) -> Payment | PendingPayment:
        event = self._events.get_published_event(order["event_id"])
        result = self._engine.run(
            self._saga,
            subject=order["order_id"],
            data=PurchaseData(
                order_id=order["order_id"],
                hold_id=order["hold_id"],
                user_id=order["user_id"],
                amount=order["total"],
            ),
        )
        return self._answer(order, event, result)

    def _read_order_and_risk(self, user_id: str, order_id: str) -> tuple[Order, Risk]:
        asked = submit(self._executor, self._users.get_risk, user_id, order_id)
        try:
            order = self._orders.get_order(order_id)
            if order["user_id"] != user_id:
                raise NotYourOrder
            return order, result_within(asked, _RISK_WITHIN_S)
        finally:
            asked.cancel()

    def _answer(
        self, order: Order, event: Event, result: Result
    ) -> Payment | PendingPayment:
        if result.joined:
            return self._join(order, result)
        if result.state is SagaState.FAILED:
            raise _refusal(result, order)
        if result.state is not SagaState.DONE:
            return PendingPayment(order["order_id"], result.saga_id)
        return self._just_paid(event, result)

    def _just_paid(self, event: Event, result: Result) -> Payment:
        answers = result.results
        order: Order = answers["confirm_order"]["order"]
        if "deduct_credits" not in answers or "confirm_seat" not in answers:
            # Another driver did those beats; what they answered is read again.
            return self._paid_before(order, self._users.get_risk(order["user_id"]))
        versions: Mapping[str, int] = answers["confirm_seat"]["ticket_versions"]
        balance = Decimal(answers["deduct_credits"]["credit_balance"])
        tickets = tuple(
            self._ticket(event, seat_id, versions[seat_id])
            for seat_id in _seat_ids(order)
        )
        return Payment(order, balance, tickets)

    def _paid_before(self, order: Order, risk: Risk) -> Payment:
        """The same order again; nothing is charged."""
        event = self._events.get_published_event(order["event_id"])
        return Payment(
            order, risk.credit_balance, self._tickets_still_owned(order, event)
        )

    def _tickets_still_owned(self, order: Order, event: Event) -> tuple[Ticket, ...]:
        owners = self._tickets.list_seat_owners(_seat_ids(order))
        return tuple(
            self._ticket(event, seat_id, owners[seat_id].ticket_version)
            for seat_id in _seat_ids(order)
            if owners[seat_id].owner_user_id == order["user_id"]
        )

    def _ticket(self, event: Event, seat_id: str, ticket_version: int) -> Ticket:
        return self._qr.issue(
            seat_id=seat_id,
            event_id=event.event_id,
            hall_id=event.hall_id,
            ticket_version=ticket_version,
        )

    def _join(self, order: Order, theirs: Result) -> Payment:
        """Wait briefly for the request that is paying, and answer what it did."""
        ended = self._engine.wait_for_end(theirs, within_s=_JOIN_WAIT_S)
        if ended.state is SagaState.FAILED:
            raise _refusal(ended, order)
        if ended.state is not SagaState.DONE:
            raise PaymentInProgress
        paid = self._orders.get_order(order["order_id"])
        return self._paid_before(paid, self._users.get_risk(order["user_id"]))


def _seat_ids(order: Mapping[str, Any]) -> Sequence[str]:
    return [seat["seat_id"] for seat in order["seats"]]


def _refusal(result: Result, order: Order) -> AppError:
    """What turned the purchase back, in the words of the public contract."""
    error = result.error(
        unanswered="The payment could not be made; nothing was charged."
    )
    if error.code in ("HOLD_EXPIRED", "CLAIM_REVOKED"):
        return HoldExpired(_seat_ids(order))
    return error
