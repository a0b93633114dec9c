"""The races again with one guard out: each has to be seen going wrong.

A race test that stays green without its guard proves nothing. Every test here takes
one guard out of a statement or of the schema, in a database of its own, and looks for
the damage.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from sqlalchemy import text

from builders.orders import a_new_order, a_seat
from order_service.models import OrderStatus
from order_service.services import order_service as moves
from order_service.services.invariant_service import InvariantService
from order_service.services.order_record import NewOrder
from order_service.services.order_service import OrderService
from service_common.db import Database, DatabaseSettings, migrate
from service_common.errors import AppError, Busy
from support.races import race

SERVICE_FOLDER = Path(__file__).parents[3] / "order-service"
ROUNDS_MAX = 100


@pytest.fixture(scope="module")
def unguarded(
    make_database: Callable[[str], DatabaseSettings],
) -> Iterator[Database]:
    settings = make_database("orders_unguarded")
    migrate(settings, SERVICE_FOLDER)
    database = Database(settings, pool_size=4, application_name="order-guards")
    with database.statement() as connection:
        connection.execute(
            text("ALTER TABLE orders DROP CONSTRAINT ck_orders_failed_for_a_reason")
        )
    yield database
    database.dispose()


@pytest.fixture
def orders(unguarded: Database) -> OrderService:
    return OrderService(unguarded)


def _alter(
    monkeypatch: pytest.MonkeyPatch, statement: str, guard: str, instead: str = ""
) -> None:
    sql = getattr(moves, statement).text
    assert guard in sql
    monkeypatch.setattr(moves, statement, text(sql.replace(guard, instead)))


def _eventually(damage: Callable[[], bool]) -> bool:
    return any(damage() for _ in range(ROUNDS_MAX))


def test_confirmation_that_does_not_look_at_the_status_revives_failed_orders(
    orders: OrderService, monkeypatch: pytest.MonkeyPatch
) -> None:
    _alter(monkeypatch, "CONFIRM_ORDER", " AND status = 'PENDING'")

    def confirmed_though_failed() -> bool:
        order = a_new_order()
        orders.create_order(order)
        confirmed, failed = race(
            lambda: orders.confirm_order(order.order_id, uuid.uuid4()),
            lambda: orders.fail_order(order, "HOLD_EXPIRED"),
        )
        return not isinstance(confirmed, Exception) and not isinstance(
            failed, Exception
        )

    assert _eventually(confirmed_though_failed)


def test_confirmation_that_does_not_look_at_the_status_lets_two_sagas_win(
    orders: OrderService, monkeypatch: pytest.MonkeyPatch
) -> None:
    _alter(monkeypatch, "CONFIRM_ORDER", " AND status = 'PENDING'")

    def both_won() -> bool:
        order = a_new_order()
        orders.create_order(order)
        outcomes = race(
            *[lambda: orders.confirm_order(order.order_id, uuid.uuid4())] * 2
        )
        return not any(isinstance(outcome, Exception) for outcome in outcomes)

    assert _eventually(both_won)


def test_end_of_a_hold_that_does_not_look_at_the_status_takes_paid_orders_back(
    orders: OrderService, monkeypatch: pytest.MonkeyPatch
) -> None:
    # The constraint between status and confirmed_at would still refuse it: two locks.
    _alter(monkeypatch, "FAIL_ORDER", " AND status = 'PENDING'")
    _alter(
        monkeypatch,
        "FAIL_ORDER",
        "SET status = 'FAILED',",
        "SET status = 'FAILED', saga_id = NULL, confirmed_at = NULL,"
        " credits_charged = 0,",
    )
    order = a_new_order()
    orders.create_order(order)
    orders.confirm_order(order.order_id, uuid.uuid4())

    orders.fail_order(order, "HOLD_EXPIRED")

    assert orders.get_order(order.order_id).status is OrderStatus.FAILED


def test_end_of_a_hold_that_does_not_look_at_the_hold_fails_another_holds_order(
    orders: OrderService, monkeypatch: pytest.MonkeyPatch
) -> None:
    _alter(monkeypatch, "FAIL_ORDER", " AND hold_id = :hold_id")
    order, stale = a_new_order(), a_new_order()
    orders.create_order(order)
    stale_end = NewOrder(
        order.order_id, stale.user_id, stale.event_id, stale.hold_id, stale.seats
    )

    with pytest.raises(AppError):
        orders.fail_order(stale_end, "HOLD_EXPIRED")

    assert orders.get_order(order.order_id).status is OrderStatus.FAILED


def test_end_of_an_unknown_hold_without_a_tombstone_lets_the_late_create_live(
    orders: OrderService, monkeypatch: pytest.MonkeyPatch
) -> None:
    _alter(monkeypatch, "FAIL_ORDER", "FROM seats\n", "FROM seats HAVING false\n")
    order = a_new_order()

    with pytest.raises(Busy):
        orders.fail_order(order, "HOLD_EXPIRED")

    assert orders.create_order(order)[0].status is OrderStatus.PENDING


def test_move_that_does_not_ask_again_cannot_say_what_overtook_it(
    orders: OrderService, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(moves, "_ATTEMPTS_MAX", 1)

    def undecided() -> bool:
        order = a_new_order()
        return any(
            isinstance(outcome, Busy)
            for outcome in race(*[lambda: orders.create_order(order)] * 4)
        )

    assert _eventually(undecided)


def test_seat_without_its_unique_index_is_sold_twice_and_the_invariants_tell(
    unguarded: Database, orders: OrderService
) -> None:
    with unguarded.statement() as connection:
        connection.execute(text(f"DROP INDEX {moves.LIVE_SEAT_INDEX}"))
    seat = a_seat()
    for order in (a_new_order(seat), a_new_order(seat)):
        orders.create_order(order)
        orders.confirm_order(order.order_id, uuid.uuid4())

    verdicts = {
        verdict.name: verdict for verdict in InvariantService(unguarded).judge()
    }

    twice_sold = verdicts["seat_has_at_most_one_live_item"]
    assert (twice_sold.holds, twice_sold.violations) == (False, 1)
    assert twice_sold.examples == (seat["seat_id"],)
