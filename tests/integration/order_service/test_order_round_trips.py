"""The hot calls cost one statement each, and no BEGIN or COMMIT around it."""

from __future__ import annotations

import uuid
from collections.abc import Callable

from builders.orders import a_new_order, a_seat
from order_service.services.ledger_service import LedgerService, OrderFilter
from order_service.services.order_service import OrderService
from service_common.db import Database
from support.sent_statements import sent_statements


def test_hot_calls_are_one_statement_each(
    database: Database, orders: OrderService
) -> None:
    order, abandoned = a_new_order(a_seat(), a_seat(seat_number=13)), a_new_order()
    calls: list[Callable[[], object]] = [
        lambda: orders.create_order(order),
        lambda: orders.create_order(order),
        lambda: orders.get_order(order.order_id),
        lambda: orders.confirm_order(order.order_id, uuid.uuid4()),
        lambda: orders.fail_order(abandoned, "HOLD_EXPIRED"),
        lambda: orders.fail_order(abandoned, "HOLD_EXPIRED"),
        lambda: LedgerService(database).list_orders(
            OrderFilter(seat_id=order.seats[0].seat_id), page=1, page_size=20
        ),
    ]

    with sent_statements(database) as sent:
        for number, call in enumerate(calls, start=1):
            call()
            assert [one.autocommit for one in sent] == [True] * number
