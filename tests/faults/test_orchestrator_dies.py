"""The orchestrator is killed with -9, at the worst moments."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal

import pytest

from local_stack import Stack
from support.shop import Shop
from support.waiting import eventually
from ticket_demo.api import Answer, NoAnswer

ORCHESTRATOR = "orchestrator-service"
RECOVERY = "orchestrator-recovery"


def _pay_or_nothing(shop: Shop, token: str, order_id: str) -> Answer | None:
    try:
        return shop.pay(token, order_id)
    except NoAnswer:
        return None


def _sagas_of(shop: Shop, admin: str, order_id: str) -> list[dict[str, object]]:
    answer = shop.api.call("GET", "/admin/sagas", token=admin)
    if answer.status != 200:
        return []
    return [saga for saga in answer.body["data"] if saga["subject"] == order_id]


def test_killed_between_reserve_and_pay_the_buyer_pays_as_if_nothing_was(
    live: Stack, shop: Shop, alice: str
) -> None:
    event = shop.publish()
    order_id = shop.must_reserve(alice, event.seat_ids[0])["order_id"]

    live.kill(ORCHESTRATOR)
    live.restart(ORCHESTRATOR)

    paid = shop.pay(alice, order_id)
    assert paid.status == 200
    assert shop.seat_status(event.event_id, event.seat_ids[0]) == "SOLD"


@pytest.mark.parametrize("stuck_at", ["user-service", "order-service"])
def test_killed_in_the_middle_of_a_payment_recovery_finishes_it(
    live: Stack, shop: Shop, alice: str, admin: str, stuck_at: str
) -> None:
    """Held up at the deduction, or after it: in both cases the buyer gets his seat."""
    event = shop.publish()
    balance = Decimal(shop.balance(alice))
    order_id = shop.must_reserve(alice, event.seat_ids[0])["order_id"]
    # The reads before the saga are done in parallel threads; only then stop it.
    with ThreadPoolExecutor(1) as pool:
        paying = pool.submit(_pay_or_nothing, shop, alice, order_id)
        live.pause(stuck_at)
        eventually(
            lambda: _sagas_of(shop, admin, order_id) or paying.done(),
            bool,
            within_s=10,
            every_s=0.02,
        )
        live.kill(ORCHESTRATOR)
        live.resume(stuck_at)
        live.restart(ORCHESTRATOR)
        paying.result()
    answer = eventually(
        lambda: _pay_or_nothing(shop, alice, order_id),
        lambda answer: (
            answer is not None
            and (answer.status == 200 or answer.code == "HOLD_EXPIRED")
        ),
        within_s=60,
        every_s=1.0,
    )

    assert answer is not None
    if answer.status == 200:
        assert shop.seat_status(event.event_id, event.seat_ids[0]) == "SOLD"
        assert Decimal(shop.balance(alice)) == balance - Decimal("1.00")
    else:
        assert Decimal(shop.balance(alice)) == balance


def test_killed_again_and_again_under_payments_loses_nothing(
    live: Stack, shop: Shop, alice: str
) -> None:
    event = shop.publish(seats=30)
    balance = Decimal(shop.balance(alice))
    order_ids = [
        shop.must_reserve(alice, seat_id)["order_id"] for seat_id in event.seat_ids
    ]
    stop = threading.Event()

    def kill_and_restart() -> int:
        kills = 0
        while not stop.is_set():
            live.kill(ORCHESTRATOR)
            live.restart(ORCHESTRATOR)
            kills += 1
        return kills

    with ThreadPoolExecutor(9) as pool:
        nemesis = pool.submit(kill_and_restart)
        answers = list(
            pool.map(lambda order: _pay_or_nothing(shop, alice, order), order_ids)
        )
        stop.set()
        kills = nemesis.result()
    told_paid = [
        order_id
        for order_id, answer in zip(order_ids, answers, strict=True)
        if answer is not None and answer.status == 200
    ]
    orders = eventually(
        lambda: [shop.order(alice, order_id) for order_id in order_ids],
        lambda orders: all(order["status"] != "PENDING" for order in orders),
        within_s=60,
        every_s=1.0,
    )

    confirmed = [order for order in orders if order["status"] == "CONFIRMED"]
    assert kills > 0
    assert set(told_paid) <= {order["order_id"] for order in confirmed}
    assert Decimal(shop.balance(alice)) == balance - len(confirmed)
    sold = [seat for seat in shop.seats(event.event_id) if seat["status"] == "SOLD"]
    assert len(sold) == len(confirmed)


def test_recovery_is_dead_and_payments_go_on(
    live: Stack, shop: Shop, alice: str
) -> None:
    live.kill(RECOVERY)
    event = shop.publish()
    order_id = shop.must_reserve(alice, event.seat_ids[0])["order_id"]

    assert shop.pay(alice, order_id).status == 200
