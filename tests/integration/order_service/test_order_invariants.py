"""The invariants of orders_db: they hold after ordinary work, and see what is wrong."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from flask.testing import FlaskClient
from sqlalchemy import text

from builders.orders import a_new_order, a_seat
from order_service.services.invariant_service import InvariantService
from order_service.services.order_service import OrderService
from service_common.db import Database, DatabaseSettings, migrate

SERVICE_FOLDER = Path(__file__).parents[3] / "order-service"
KEYS = {"number", "name", "holds", "complete", "violations", "names", "examples"}


@pytest.fixture(scope="module")
def unconstrained(
    make_database: Callable[[str], DatabaseSettings],
) -> Iterator[Database]:
    """A database that would let anything in."""
    settings = make_database("orders_unconstrained")
    migrate(settings, SERVICE_FOLDER)
    database = Database(settings, pool_size=2, application_name="order-invariants")
    with database.statement() as connection:
        for table, name in connection.execute(
            text(
                "SELECT CAST(CAST(conrelid AS regclass) AS text), conname"
                "  FROM pg_constraint"
                " WHERE contype = 'c' AND CAST(conrelid AS regclass) ="
                " CAST('orders' AS regclass)"
            )
        ).all():
            connection.execute(text(f"ALTER TABLE {table} DROP CONSTRAINT {name}"))
    yield database
    database.dispose()


@pytest.fixture
def empty(unconstrained: Database) -> Database:
    with unconstrained.statement() as connection:
        connection.execute(text("TRUNCATE parked_messages, orders CASCADE"))
    return unconstrained


def test_invariants_hold_after_every_kind_of_move(
    client: FlaskClient, orders: OrderService
) -> None:
    confirmed, failed, unknown = a_new_order(), a_new_order(), a_new_order(a_seat())
    for order in (confirmed, failed):
        orders.create_order(order)
    orders.confirm_order(confirmed.order_id, uuid.uuid4())
    orders.fail_order(failed, "HOLD_EXPIRED")
    orders.fail_order(unknown, "HOLD_EXPIRED")

    verdicts = client.get("/invariants").get_json()["invariants"]

    assert len(verdicts) == 13
    for verdict in verdicts:
        assert set(verdict) == KEYS
        assert (verdict["holds"], verdict["violations"]) == (True, 0), verdict
        assert verdict["examples"] == []


@pytest.mark.parametrize(
    ("damage", "broken"),
    [
        (
            "UPDATE orders SET total = total + 1, credits_charged = total + 1",
            {"order_total_is_the_sum_of_its_items"},
        ),
        (
            "DELETE FROM order_items",
            {
                "order_total_is_the_sum_of_its_items",
                "order_has_items",
                "single_seat_is_named",
            },
        ),
        ("UPDATE orders SET seat_id = NULL", {"single_seat_is_named"}),
        (
            "UPDATE orders SET saga_id = NULL",
            {"confirmed_order_is_charged_once_by_a_saga"},
        ),
        (
            "UPDATE orders SET credits_charged = 0",
            {"confirmed_order_is_charged_once_by_a_saga"},
        ),
        (
            "UPDATE orders SET status = 'PENDING'",
            {
                "confirmed_order_is_charged_once_by_a_saga",
                "live_item_is_of_a_confirmed_order",
            },
        ),
        (
            "UPDATE order_items SET live = false",
            {"seat_of_a_confirmed_order_has_a_live_item"},
        ),
    ],
)
def test_damage_is_seen_and_named(
    empty: Database, damage: str, broken: set[str]
) -> None:
    orders = OrderService(empty)
    order, _ = orders.create_order(a_new_order())
    orders.confirm_order(order.order_id, uuid.uuid4())
    with empty.statement() as connection:
        connection.execute(text(damage))

    verdicts = [v for v in InvariantService(empty).judge() if not v.holds]

    assert {verdict.name for verdict in verdicts} == broken
    named = {str(order.order_id), str(order.seats[0].seat_id)}
    assert all(set(verdict.examples) <= named for verdict in verdicts)
    assert all(verdict.violations == 1 for verdict in verdicts)


def test_examples_are_few_however_many_violations(empty: Database) -> None:
    orders = OrderService(empty)
    for _ in range(12):
        orders.create_order(a_new_order())
    with empty.statement() as connection:
        connection.execute(text("UPDATE orders SET total = 1"))

    first = InvariantService(empty).judge()[0]

    assert (first.violations, len(first.examples)) == (12, 10)
