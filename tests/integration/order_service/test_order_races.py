"""Calls for one order, or one seat, at the same moment: exactly one outcome."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from functools import partial

from builders.orders import a_new_order, a_seat
from order_service.models import OrderStatus
from order_service.services.order_record import NewOrder, OrderRecord
from order_service.services.order_service import OrderService
from service_common.errors import AppError, Conflict
from support.races import after, race

ROUNDS = 25
RACERS = 6


def _code(outcome: object) -> str:
    if isinstance(outcome, AppError):
        return outcome.code
    if isinstance(outcome, Exception):
        raise outcome
    return "OK"


def _confirm(
    orders: OrderService, order_id: uuid.UUID, saga_id: uuid.UUID | None = None
) -> Callable[[], OrderRecord]:
    saga = saga_id or uuid.uuid4()
    return lambda: orders.confirm_order(order_id, saga)


def _fail(orders: OrderService, order: NewOrder) -> Callable[[], OrderRecord]:
    return lambda: orders.fail_order(order, "HOLD_EXPIRED")


def test_order_created_while_its_hold_ends_is_failed_in_the_end(
    orders: OrderService,
) -> None:
    for _ in range(ROUNDS):
        order = a_new_order(a_seat(), a_seat(seat_number=13))

        created, failed = race(
            partial(orders.create_order, order), _fail(orders, order)
        )

        left = orders.get_order(order.order_id)
        assert _code(failed) == "OK"
        assert _code(created) in ("OK", "ORDER_FAILED")
        assert left.status is failed.status is OrderStatus.FAILED
        assert set(left.seats) == set(order.seats)


def test_same_order_created_many_times_at_once_is_made_once(
    orders: OrderService,
) -> None:
    for _ in range(ROUNDS):
        order = a_new_order(a_seat(), a_seat(seat_number=13))

        outcomes = race(*[partial(orders.create_order, order)] * RACERS)

        assert sorted(made for _, made in outcomes) == [False] * (RACERS - 1) + [True]
        assert len({record for record, _ in outcomes}) == 1


def test_two_contents_under_one_order_id_leave_one_order(orders: OrderService) -> None:
    for _ in range(ROUNDS):
        first, other = a_new_order(), a_new_order()
        second = NewOrder(
            first.order_id, other.user_id, other.event_id, other.hold_id, other.seats
        )

        outcomes = race(
            partial(orders.create_order, first),
            partial(orders.create_order, second),
        )

        assert sorted(map(_code, outcomes)) == ["OK", "ORDER_ID_REUSED"]


def test_order_confirmed_while_its_hold_ends_has_one_of_both_ends(
    orders: OrderService,
) -> None:
    seen = set()
    for lead in range(ROUNDS):
        order = a_new_order()
        orders.create_order(order)
        read = partial(orders.get_order, order.order_id)

        # Now the one waits a little, now the other, mostly neither.
        confirmed, failed = race(
            partial(after, int(lead % 5 == 1), read, _confirm(orders, order.order_id)),
            partial(after, int(lead % 5 == 2), read, _fail(orders, order)),
        )

        left = orders.get_order(order.order_id)
        seen.add((_code(confirmed), _code(failed), left.status))
    assert seen == {
        ("OK", "ORDER_ALREADY_CONFIRMED", OrderStatus.CONFIRMED),
        ("ORDER_FAILED", "OK", OrderStatus.FAILED),
    }


def test_two_sagas_confirm_one_order_and_one_of_them_wins(
    orders: OrderService,
) -> None:
    for _ in range(ROUNDS):
        order = a_new_order()
        orders.create_order(order)

        outcomes = race(*[_confirm(orders, order.order_id) for _ in range(RACERS)])

        codes = sorted(map(_code, outcomes))
        winner = next(end for end in outcomes if isinstance(end, OrderRecord))
        assert codes == ["OK", *["ORDER_ALREADY_CONFIRMED"] * (RACERS - 1)]
        assert orders.get_order(order.order_id) == winner


def test_one_saga_confirms_many_times_at_once_and_is_answered_the_same(
    orders: OrderService,
) -> None:
    for _ in range(ROUNDS):
        order, saga_id = a_new_order(), uuid.uuid4()
        orders.create_order(order)

        outcomes = race(*[_confirm(orders, order.order_id, saga_id)] * RACERS)

        assert set(outcomes) == {orders.get_order(order.order_id)}


def test_seat_of_many_orders_is_sold_by_one_of_them(orders: OrderService) -> None:
    for _ in range(ROUNDS):
        seat = a_seat()
        rivals = [a_new_order(seat) for _ in range(RACERS)]
        for rival in rivals:
            orders.create_order(rival)

        outcomes = race(*[_confirm(orders, rival.order_id) for rival in rivals])

        codes = sorted(map(_code, outcomes))
        assert codes == ["OK", *["SEAT_ALREADY_SOLD"] * (RACERS - 1)]
        statuses = sorted(orders.get_order(rival.order_id).status for rival in rivals)
        assert statuses == ["CONFIRMED", *["PENDING"] * (RACERS - 1)]


def test_orders_with_the_same_seats_the_other_way_round_do_not_deadlock(
    orders: OrderService,
) -> None:
    for _ in range(ROUNDS):
        seats = [a_seat(seat_number=number) for number in range(1, 11)]
        rivals = [a_new_order(*seats), a_new_order(*reversed(seats))]
        for rival in rivals:
            orders.create_order(rival)

        outcomes = race(*[_confirm(orders, rival.order_id) for rival in rivals])

        refused = [end for end in outcomes if isinstance(end, Exception)]
        assert [type(end) for end in refused] == [Conflict]
        assert _code(refused[0]) == "SEAT_ALREADY_SOLD"
