"""What a payment answers for each way its saga can end."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from fakes.participants import (
    BUYER_ID,
    SEAT_ID,
    FakeEvents,
    FakeInventory,
    FakeOrders,
    FakeUsers,
    an_event,
    an_order,
)
from orchestrator_service.orchestrators.purchase_orchestrator import (
    Payment,
    PendingPayment,
    PurchaseOrchestrator,
)
from orchestrator_service.refusals import (
    HoldExpired,
    NotYourOrder,
    OrderNotFound,
    OtpRequired,
    PaymentInProgress,
)
from orchestrator_service.saga.drive import Result
from orchestrator_service.saga.log import Reason, SagaState
from orchestrator_service.services.fresh_orders import FreshOrders
from orchestrator_service.services.qr_service import QrService
from service_common.errors import AppError, PaymentRequired, Unavailable

SAGA_ID = "0d9f5a5e-6b1c-4d5e-8a52-3f6f54a0c009"


class FakeEngine:
    """Ends every saga as it was told to, and remembers what it was given."""

    def __init__(self) -> None:
        self.result = Result(SAGA_ID, SagaState.DONE)
        self.ended = self.result
        self.started: list[Any] = []

    def run(self, _saga: object, *, subject: str, data: object) -> Result:
        self.started.append((subject, data))
        return self.result

    def wait_for_end(self, _joined: Result, *, within_s: float) -> Result:
        assert within_s > 0
        return self.ended


class World:
    """The services around one orchestrator, with one PENDING order."""

    def __init__(self, executor: ThreadPoolExecutor) -> None:
        self.engine = FakeEngine()
        self.users = FakeUsers()
        self.orders = FakeOrders()
        self.inventory = FakeInventory()
        self.order = an_order()
        self.order_id = self.order["order_id"]
        self.orders.orders[self.order_id] = self.order
        self.fresh_orders = FreshOrders()
        self.orchestrator = PurchaseOrchestrator(
            engine=self.engine,  # type: ignore[arg-type]
            saga=None,  # type: ignore[arg-type]
            tickets=self.inventory,  # type: ignore[arg-type]
            users=self.users,  # type: ignore[arg-type]
            orders=self.orders,  # type: ignore[arg-type]
            events=FakeEvents(an_event()),  # type: ignore[arg-type]
            fresh_orders=self.fresh_orders,
            qr=QrService(b"k" * 32),
            executor=executor,
        )

    def pay(self) -> Payment | PendingPayment:
        return self.orchestrator.pay_order(BUYER_ID, self.order_id)

    def ends(self, state: SagaState, reason: Reason | None = None) -> None:
        self.engine.result = Result(SAGA_ID, state, reason)


@pytest.fixture
def world() -> Iterator[World]:
    with ThreadPoolExecutor(2) as executor:
        yield World(executor)


def test_saga_is_given_the_price_of_the_order_and_not_of_the_client(
    world: World,
) -> None:
    confirmed = an_order(status="CONFIRMED")
    world.engine.result = Result(
        SAGA_ID,
        SagaState.DONE,
        results={
            "deduct_credits": {"credit_balance": "650.00"},
            "confirm_seat": {"ticket_versions": {SEAT_ID: 1}},
            "confirm_order": {"order": confirmed},
        },
    )

    paid = world.pay()

    [(subject, data)] = world.engine.started
    assert (subject, data.amount) == (world.order_id, "350.00")
    assert isinstance(paid, Payment)
    assert str(paid.remaining_balance) == "650.00"
    assert [ticket.seat_id for ticket in paid.tickets] == [SEAT_ID]


@pytest.mark.parametrize(
    "state", [SagaState.RUNNING, SagaState.ABORTING, SagaState.STUCK]
)
def test_saga_that_has_not_ended_is_told_as_pending(
    world: World, state: SagaState
) -> None:
    world.ends(state)

    assert world.pay() == PendingPayment(world.order_id, SAGA_ID)


def test_order_that_was_just_reserved_here_is_paid_without_being_read(
    world: World,
) -> None:
    world.fresh_orders.remember(world.order)
    world.orders.orders.clear()
    world.users.failure = Unavailable("nobody is to be asked")
    world.ends(SagaState.RUNNING)

    assert world.pay() == PendingPayment(world.order_id, SAGA_ID)
    [(subject, data)] = world.engine.started
    assert (subject, data.hold_id) == (world.order_id, world.order["hold_id"])
    assert (data.user_id, data.amount) == (BUYER_ID, "350.00")


def test_second_payment_of_a_fresh_order_reads_how_it_stands(world: World) -> None:
    world.fresh_orders.remember(dict(world.order))
    world.ends(SagaState.RUNNING)
    world.pay()
    world.order["status"] = "CONFIRMED"

    paid = world.pay()

    assert isinstance(paid, Payment)
    assert len(world.engine.started) == 1


def test_fresh_order_of_somebody_else_is_neither_paid_nor_forgotten(
    world: World,
) -> None:
    world.fresh_orders.remember(world.order)

    with pytest.raises(NotYourOrder):
        world.orchestrator.pay_order("somebody-else", world.order_id)

    assert world.fresh_orders.take(world.order_id, BUYER_ID) is world.order


def test_buyer_who_was_flagged_after_he_reserved_is_asked_for_his_code(
    world: World,
) -> None:
    world.fresh_orders.remember(world.order)
    reason = Reason("OTP_REQUIRED", "Enter the code first.", 428)
    world.ends(SagaState.FAILED, reason)

    with pytest.raises(AppError) as refusal:
        world.pay()

    assert (refusal.value.http_status, refusal.value.code) == (428, "OTP_REQUIRED")


def test_flagged_buyer_starts_no_saga(world: World) -> None:
    world.users.is_flagged = True

    with pytest.raises(OtpRequired):
        world.pay()

    assert world.engine.started == []


def test_flagged_buyer_who_entered_his_code_may_pay(world: World) -> None:
    world.users.is_flagged = True
    world.users.otp_verified = True
    world.ends(SagaState.RUNNING)

    assert isinstance(world.pay(), PendingPayment)


@pytest.mark.parametrize("status", ["FAILED", "REFUNDED"])
def test_order_that_is_over_starts_no_saga(world: World, status: str) -> None:
    world.order["status"] = status

    with pytest.raises(HoldExpired):
        world.pay()

    assert world.engine.started == []


def test_confirmed_order_is_answered_again_without_a_saga(world: World) -> None:
    world.order["status"] = "CONFIRMED"

    paid = world.pay()

    assert isinstance(paid, Payment)
    assert len(paid.tickets) == 1
    assert world.engine.started == []


def test_confirmed_order_of_a_ticket_passed_on_has_no_code(world: World) -> None:
    world.order["status"] = "CONFIRMED"
    world.inventory.owner = "somebody-else"

    paid = world.pay()

    assert isinstance(paid, Payment)
    assert paid.tickets == ()


@pytest.mark.parametrize(
    ("reason", "error"),
    [
        (Reason("HOLD_EXPIRED", "", 410), HoldExpired),
        (Reason("CLAIM_REVOKED", "", 409), HoldExpired),
        (Reason("INSUFFICIENT_CREDITS", "", 402), PaymentRequired),
        (Reason("SERVICE_UNAVAILABLE", "", 503), Unavailable),
    ],
)
def test_refused_saga_is_told_in_the_words_of_the_contract(
    world: World, reason: Reason, error: type[AppError]
) -> None:
    world.ends(SagaState.FAILED, reason)

    with pytest.raises(error):
        world.pay()


def test_second_payment_answers_what_the_first_one_did(world: World) -> None:
    world.engine.result = Result(SAGA_ID, SagaState.RUNNING, joined=True)
    world.engine.ended = Result(SAGA_ID, SagaState.DONE, joined=True)
    world.orders.as_seen_next = [world.order, an_order(status="CONFIRMED")]

    assert isinstance(world.pay(), Payment)


def test_second_payment_is_refused_as_the_first_one_was(world: World) -> None:
    reason = Reason("INSUFFICIENT_CREDITS", "", 402)
    world.engine.result = Result(SAGA_ID, SagaState.RUNNING, joined=True)
    world.engine.ended = Result(SAGA_ID, SagaState.FAILED, reason, joined=True)

    with pytest.raises(PaymentRequired):
        world.pay()


def test_second_payment_does_not_wait_for_ever(world: World) -> None:
    world.engine.result = Result(SAGA_ID, SagaState.RUNNING, joined=True)
    world.engine.ended = world.engine.result

    with pytest.raises(PaymentInProgress):
        world.pay()


def test_somebody_elses_order_is_forbidden(world: World) -> None:
    world.order["user_id"] = SEAT_ID

    with pytest.raises(NotYourOrder):
        world.pay()


def test_unknown_order_is_not_found(world: World) -> None:
    world.orders.orders.clear()

    with pytest.raises(OrderNotFound):
        world.pay()
