"""The orchestrator is killed with -9, at the worst moments."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal
from typing import Any

from local_stack import Stack
from support.shop import Shop
from support.waiting import eventually
from ticket_demo.api import Answer, NoAnswer

ORCHESTRATOR = "orchestrator-service"
RECOVERY = "orchestrator-recovery"
INVENTORY = "inventory-service"
ORDERS = "order-service"


def _pay_or_nothing(shop: Shop, token: str, order_id: str) -> Answer | None:
    try:
        return shop.pay(token, order_id)
    except NoAnswer:
        return None


def is_decided(answer: Answer | None) -> bool:
    """Whether asking again would tell nothing new."""
    return answer is not None and (
        answer.status == 200 or answer.code == "HOLD_EXPIRED"
    )


def _await_saga(shop: Shop, admin: str, order_id: str, *states: str) -> dict[str, Any]:
    """The order's newest saga once it is in one of the states."""

    def look() -> dict[str, Any]:
        answer = shop.api.call("GET", "/admin/sagas", token=admin)
        sagas = [row for row in answer.body["data"] if row["subject"] == order_id]
        found: dict[str, Any] = sagas[0]
        return found

    return eventually(
        look, lambda saga: saga["state"] in states, within_s=60, every_s=0.02
    )


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


def test_killed_while_the_claim_is_unanswered_pays_whole_or_not_at_all(
    live: Stack, shop: Shop, alice: str, admin: str
) -> None:
    event = shop.publish()
    balance = Decimal(shop.balance(alice))
    order_id = shop.must_reserve(alice, event.seat_ids[0])["order_id"]
    # Nothing before START asks the inventory, so the saga begins, and hangs.
    live.pause(INVENTORY)
    with ThreadPoolExecutor(1) as pool:
        paying = pool.submit(_pay_or_nothing, shop, alice, order_id)
        _await_saga(shop, admin, order_id, "RUNNING")
        live.kill(ORCHESTRATOR)
        live.resume(INVENTORY)
        live.restart(ORCHESTRATOR)
        paying.result()

    saga = _await_saga(shop, admin, order_id, "DONE", "FAILED")
    assert saga["drives"] > 1
    paid = saga["state"] == "DONE"
    sold = shop.seat_status(event.event_id, event.seat_ids[0]) == "SOLD"
    assert sold is paid
    assert balance - Decimal(shop.balance(alice)) == (1 if paid else 0)


def test_killed_after_the_pivot_recovery_finishes_the_purchase(
    live: Stack, shop: Shop, alice: str, admin: str
) -> None:
    event = shop.publish()
    balance = Decimal(shop.balance(alice))
    order_id = shop.must_reserve(alice, event.seat_ids[0])["order_id"]
    live.pause(INVENTORY)
    with ThreadPoolExecutor(1) as pool:
        paying = pool.submit(_pay_or_nothing, shop, alice, order_id)
        _await_saga(shop, admin, order_id, "RUNNING")
        # From here on the order is out of reach: the saga stops before its last beat.
        live.pause(ORDERS)
        live.resume(INVENTORY)
        eventually(
            lambda: shop.seat_status(event.event_id, event.seat_ids[0]),
            lambda status: status == "SOLD",
            within_s=20,
        )
        live.kill(ORCHESTRATOR)
        live.resume(ORDERS)
        live.restart(ORCHESTRATOR)
        paying.result()

    saga = _await_saga(shop, admin, order_id, "DONE")
    assert saga["drives"] > 1
    assert shop.order(alice, order_id)["status"] == "CONFIRMED"
    assert balance - Decimal(shop.balance(alice)) == 1
    again = shop.pay(alice, order_id)
    assert (again.status, len(again.body["tickets"])) == (200, 1)


def test_killed_again_and_again_under_payments_loses_nothing(
    live: Stack, shop: Shop, alice: str
) -> None:
    event = shop.publish(seats=30)
    balance = Decimal(shop.balance(alice))
    order_ids = [
        shop.must_reserve(alice, seat_id)["order_id"] for seat_id in event.seat_ids
    ]
    paid: list[str] = []
    over = threading.Event()

    def pay_stubbornly(order_id: str) -> Answer | None:
        """As a client does who was told nothing, or to come again."""
        answer = eventually(
            lambda: _pay_or_nothing(shop, alice, order_id), is_decided, within_s=60
        )
        if answer is not None and answer.status == 200:
            paid.append(order_id)
        return answer

    def kill_after_every_third_payment() -> int:
        kills = 0
        while not over.is_set():
            if len(paid) >= 3 * (kills + 1):
                live.kill(ORCHESTRATOR)
                live.restart(ORCHESTRATOR)
                kills += 1
            over.wait(0.01)
        return kills

    with ThreadPoolExecutor(9) as pool:
        nemesis = pool.submit(kill_after_every_third_payment)
        answers = list(pool.map(pay_stubbornly, order_ids))
        over.set()
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
    assert kills > 1
    assert len(confirmed) >= 3
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
