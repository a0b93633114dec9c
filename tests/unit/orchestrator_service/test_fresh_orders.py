"""Orders that were just made: each is known once, for a while, to its buyer."""

from __future__ import annotations

from fakes.participants import BUYER_ID, an_order
from orchestrator_service.services import fresh_orders
from orchestrator_service.services.fresh_orders import FreshOrders
from saga_simulator.manual_clock import ManualClock


def test_order_is_taken_once() -> None:
    orders, order = FreshOrders(), an_order()
    orders.remember(order)

    assert orders.take(order["order_id"], BUYER_ID) == order
    assert orders.take(order["order_id"], BUYER_ID) is None


def test_order_is_for_its_buyer_only() -> None:
    orders, order = FreshOrders(), an_order()
    orders.remember(order)

    assert orders.take(order["order_id"], "somebody-else") is None
    assert orders.take(order["order_id"], BUYER_ID) == order


def test_order_is_forgotten_when_holds_are_over() -> None:
    clock = ManualClock()
    orders, order = FreshOrders(clock.monotonic), an_order()
    orders.remember(order)

    clock.sleep(300)

    assert orders.take(order["order_id"], BUYER_ID) is None


def test_oldest_orders_make_room() -> None:
    orders = FreshOrders()
    for number in range(fresh_orders._ORDERS_MAX + 1):
        orders.remember(an_order(order_id=str(number)))

    assert orders.take("0", BUYER_ID) is None
    assert orders.take("1", BUYER_ID) is not None
