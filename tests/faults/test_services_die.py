"""Participants, broker and databases are killed; what was sold stays sold."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal

import pytest

from live import HOLD_TTL_S
from local_stack import Stack
from support.shop import Shop
from support.waiting import eventually
from ticket_demo.api import Answer, NoAnswer


def _try(ask: object) -> Answer | None:
    try:
        return ask()  # type: ignore[operator,no-any-return]
    except NoAnswer:
        return None


@pytest.mark.parametrize(
    "victim", ["inventory-service", "user-service", "order-service", "event-service"]
)
def test_killed_under_purchases_a_participant_loses_nothing(
    live: Stack, shop: Shop, alice: str, victim: str
) -> None:
    event = shop.publish(seats=20)
    balance = Decimal(shop.balance(alice))
    stop = threading.Event()

    def buy(seat_id: str) -> bool:
        held = _try(lambda: shop.reserve(alice, seat_id))
        if held is None or held.status != 200:
            return False
        paid = _try(lambda: shop.pay(alice, held.body["order_id"]))
        return paid is not None and paid.status == 200

    def kill_and_restart() -> int:
        kills = 0
        while not stop.is_set():
            live.kill(victim)
            live.restart(victim)
            kills += 1
        return kills

    with ThreadPoolExecutor(9) as pool:
        nemesis = pool.submit(kill_and_restart)
        told_paid = sum(pool.map(buy, event.seat_ids))
        stop.set()
        kills = nemesis.result()

    def settled() -> list[str]:
        return [seat["status"] for seat in shop.seats(event.event_id)]

    statuses = eventually(
        settled,
        lambda seen: "HELD" not in seen,
        within_s=HOLD_TTL_S + 60,
        every_s=1.0,
    )
    assert kills > 0
    assert statuses.count("SOLD") >= told_paid
    spent = balance - Decimal(shop.balance(alice))
    assert spent == statuses.count("SOLD")


def test_dead_broker_stops_no_sale_and_leaks_no_seat(
    live: Stack, shop: Shop, alice: str, bob: str
) -> None:
    event = shop.publish()
    live.kill("rabbitmq")
    try:
        bought = shop.must_reserve(alice, event.seat_ids[0])["order_id"]
        abandoned = shop.must_reserve(alice, event.seat_ids[1])["order_id"]
        assert shop.pay(alice, bought).status == 200
        eventually(
            lambda: shop.seat_status(event.event_id, event.seat_ids[1]),
            lambda status: status == "AVAILABLE",
            within_s=HOLD_TTL_S + 15,
        )
        eventually(
            lambda: shop.order(alice, abandoned)["status"],
            lambda status: status == "FAILED",
            within_s=15,
        )
    finally:
        live.restart("rabbitmq")

    shop.must_reserve(bob, event.seat_ids[1])


def test_dead_worker_leaks_no_seat_because_the_next_buyer_takes_it(
    live: Stack, shop: Shop, alice: str, bob: str
) -> None:
    event = shop.publish()
    live.kill("inventory-worker")
    abandoned = shop.must_reserve(alice, event.seat_ids[0])["order_id"]

    taken = eventually(
        lambda: shop.reserve(bob, event.seat_ids[0]),
        lambda answer: answer.status == 200,
        within_s=HOLD_TTL_S + 10,
    )
    live.restart("inventory-worker")

    failed = eventually(
        lambda: shop.order(alice, abandoned),
        lambda order: order["status"] == "FAILED",
        within_s=15,
    )
    assert failed["failure_reason"] == "HOLD_EXPIRED"
    assert shop.pay(bob, taken.body["order_id"]).status == 200
    assert shop.pay(alice, abandoned).code == "HOLD_EXPIRED"


def test_killed_database_server_comes_back_and_nothing_is_lost(
    live: Stack, shop: Shop, alice: str
) -> None:
    event = shop.publish(seats=10)
    balance = Decimal(shop.balance(alice))
    order_ids = [
        shop.must_reserve(alice, seat_id)["order_id"] for seat_id in event.seat_ids
    ]

    with ThreadPoolExecutor(1) as pool:
        answers = [
            pool.submit(_try, lambda order=order: shop.pay(alice, order))
            for order in order_ids
        ]
        eventually(
            lambda: sum(answer.done() for answer in answers),
            lambda done: done >= 2,
            within_s=20,
            every_s=0.01,
        )
        live.kill("postgres")
        live.restart("postgres")
        told = [answer.result() for answer in answers]

    orders = eventually(
        lambda: [shop.order(alice, order_id) for order_id in order_ids],
        lambda seen: all(order["status"] != "PENDING" for order in seen),
        within_s=90,
        every_s=1.0,
    )
    confirmed = {o["order_id"] for o in orders if o["status"] == "CONFIRMED"}
    told_paid = {
        order_id
        for order_id, answer in zip(order_ids, told, strict=True)
        if answer is not None and answer.status == 200
    }
    assert told_paid <= confirmed
    assert confirmed
    # Who asks a service first after its database died may hear that nobody knows.
    left = eventually(
        lambda: shop.api.call("GET", "/credits/balance", token=alice),
        lambda answer: answer.status == 200,
        within_s=15,
    )
    assert balance - Decimal(left.body["credit_balance"]) == len(confirmed)
