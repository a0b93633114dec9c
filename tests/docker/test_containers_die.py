"""Every container is killed while somebody buys, and everything goes on afterwards."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal

import pytest
import yaml

from support.buying import Buyer, buying
from support.containers import ROOT, Containers
from support.shop import EventOnSale, Shop
from support.waiting import eventually
from ticket_demo.api import NoAnswer

pytestmark = pytest.mark.timeout(900)

SEATS = 100
# RabbitMQ takes the longest to start; a lease is 15 s.
WELL_AGAIN_WITHIN_S = 90.0
FILES = ("docker-compose.yml", "docker-compose.standins.yml")
ALL = sorted(
    {
        name
        for file in FILES
        for name in yaml.safe_load((ROOT / file).read_text())["services"]
    }
)


@pytest.mark.parametrize("service", ALL)
def test_container_that_crashes_is_started_again_and_nothing_is_lost(
    stack: Containers, shop: Shop, alice: str, admin: str, service: str
) -> None:
    event = shop.publish(seats=SEATS)
    [container] = stack.ids(service)
    with buying(shop, alice, event) as buyer:
        _goes_on(buyer)
        stack.crash(container)
        eventually(
            lambda: stack.inspect(container, "{{.RestartCount}}"),
            lambda count: int(count) > 0,
            within_s=30,
        )
        _is_healthy(stack, container)
        _goes_on(buyer)

    _adds_up(shop, alice, admin, event, buyer)


@pytest.mark.parametrize("service", ["orchestrator-service", "inventory-service"])
def test_after_docker_kill_a_start_is_enough(
    stack: Containers, shop: Shop, alice: str, admin: str, service: str
) -> None:
    event = shop.publish(seats=SEATS)
    [container] = stack.ids(service)
    with buying(shop, alice, event) as buyer:
        _goes_on(buyer)
        stack.kill(container)
        # Without it nothing is sold, and everybody is told.
        eventually(lambda: len(buyer.failures), lambda seen: seen > 0, within_s=30)
        stack.compose("up", "--detach", "--no-recreate", "--wait")
        _goes_on(buyer)

    _adds_up(shop, alice, admin, event, buyer)


def test_three_orchestrators_share_the_work_and_take_over_what_two_leave(
    stack: Containers, shop: Shop, alice: str, admin: str
) -> None:
    stack.up("--no-recreate", "--scale", "orchestrator-service=3")
    replicas = stack.ids("orchestrator-service")
    assert len(replicas) == 3
    event = shop.publish(seats=SEATS)
    before = Decimal(shop.balance(alice))
    orders = [shop.must_reserve(alice, seat)["order_id"] for seat in event.seat_ids[:9]]
    [inventory] = stack.ids("inventory-service")

    # The inventory hangs, so every payment is under way when two of three die.
    stack.compose("pause", "inventory-service")
    with ThreadPoolExecutor(len(orders)) as pool:
        paying = [pool.submit(_pay_or_nothing, shop, alice, one) for one in orders]
        eventually(
            lambda: _running(shop, admin, orders),
            lambda count: count == len(orders),
            within_s=20,
        )
        for replica in replicas[:2]:
            stack.crash(replica)
        stack.compose("unpause", "inventory-service")
        for one in paying:
            one.result()

    eventually(
        lambda: _running(shop, admin, orders),
        lambda count: count == 0,
        within_s=WELL_AGAIN_WITHIN_S,
    )
    statuses = [shop.order(alice, one)["status"] for one in orders]
    assert set(statuses) <= {"CONFIRMED", "FAILED"}
    charged = before - Decimal(shop.balance(alice))
    assert charged == statuses.count("CONFIRMED") * Decimal("1.00")
    for container in (*replicas, inventory):
        _is_healthy(stack, container)
    _every_replica_answers(stack, shop, replicas)
    assert shop.broken_invariants(admin) == []
    stack.up("--no-recreate", "--scale", "orchestrator-service=1")


def _pay_or_nothing(shop: Shop, token: str, order_id: str) -> None:
    try:
        shop.pay(token, order_id)
    except NoAnswer:
        return


def _running(shop: Shop, admin: str, orders: list[str]) -> int:
    query = {"page_size": 100}
    answer = shop.api.call("GET", "/admin/sagas", params=query, token=admin)
    assert answer.status == 200, answer.body
    sagas = [row for row in answer.body["data"] if row["subject"] in orders]
    return sum(row["state"] not in {"DONE", "FAILED"} for row in sagas)


def _every_replica_answers(stack: Containers, shop: Shop, replicas: list[str]) -> None:
    def silent() -> list[str]:
        for _ in range(12):
            shop.api.call("GET", "/events/none")
        return [r for r in replicas if not stack.has_served(r)]

    assert eventually(silent, lambda found: not found, within_s=30) == []


def _goes_on(buyer: Buyer) -> None:
    sold = len(buyer.confirmed)
    eventually(
        lambda: len(buyer.confirmed),
        lambda now: now > sold + 1,
        within_s=WELL_AGAIN_WITHIN_S,
    )


def _is_healthy(stack: Containers, container: str) -> None:
    eventually(
        lambda: stack.health(container),
        lambda health: health == "healthy",
        within_s=WELL_AGAIN_WITHIN_S,
        every_s=1.0,
    )


def _adds_up(
    shop: Shop, token: str, admin: str, event: EventOnSale, buyer: Buyer
) -> None:
    """What he was told is his is his; nothing else is taken, and all else holds."""
    for order_id in buyer.confirmed:
        assert shop.order(token, order_id)["status"] == "CONFIRMED"
    eventually(
        lambda: shop.broken_invariants(admin),
        lambda broken: broken == [],
        within_s=WELL_AGAIN_WITHIN_S,
        every_s=1.0,
    )
    sold = [seat for seat in shop.seats(event.event_id) if seat["status"] == "SOLD"]
    # A payment whose answer was lost may be done all the same.
    assert len(buyer.confirmed) <= len(sold) <= SEATS
