from __future__ import annotations

import random
import threading
import uuid
from collections import Counter
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

import pytest
from sqlalchemy import text

from inventory_service.services.hold_decision import Reservation
from inventory_service.services.lock_service import LockService
from service_common.db import Database
from service_common.errors import AppError, Busy, Conflict
from service_common.stubs import inventory_pb2 as pb
from support.inventory_calls import InventoryCalls, new_id
from support.races import race

Query = Callable[..., list[Any]]
BUYERS = 100


def winners(results: Sequence[Any]) -> list[pb.SeatHold]:
    return [result for result in results if not isinstance(result, Exception)]


def codes(results: Sequence[Any]) -> Counter[str]:
    return Counter(
        result.code if isinstance(result, AppError) else repr(result)
        for result in results
        if isinstance(result, Exception)
    )


@pytest.mark.parametrize("attempt", range(3))
def test_of_a_hundred_buyers_of_one_seat_one_wins_and_all_others_are_refused(
    inventory: InventoryCalls, seats: list[str], attempt: int
) -> None:
    results = race(*[partial(inventory.reserve, [seats[attempt]])] * BUYERS)

    assert len(winners(results)) == 1
    assert codes(results) == {"SEAT_UNAVAILABLE": BUYERS - 1}


def test_of_a_hundred_buyers_of_an_expired_seat_one_wins_and_the_hold_ends_once(
    inventory: InventoryCalls,
    seats: list[str],
    expire: Callable[[str], None],
    released: Callable[[], list[dict[str, Any]]],
) -> None:
    old = inventory.reserve(seats[:2])
    expire(old.hold_id)

    results = race(
        *[partial(inventory.reserve, [seats[0]])] * (BUYERS // 2),
        *[partial(inventory.reserve, [seats[1]])] * (BUYERS // 2),
    )

    assert len(winners(results)) == 2
    assert codes(results) == {"SEAT_UNAVAILABLE": BUYERS - 2}
    assert [payload["hold_id"] for payload in released()] == [old.hold_id]


@pytest.mark.parametrize("attempt", range(10))
def test_overlapping_sets_are_had_as_a_whole_or_not_at_all(
    inventory: InventoryCalls,
    seats: list[str],
    query: Query,
    attempt: int,
) -> None:
    one, two, three = seats[:3]
    sets = [[one, two], [two, three], [three, one]] * 4

    results = race(*[partial(inventory.reserve, wanted) for wanted in sets])

    assert set(codes(results)) == {"SEAT_UNAVAILABLE"}
    [won] = winners(results)
    standing = query("SELECT hold_id, count(*) AS n FROM seats GROUP BY hold_id")
    held = {str(row.hold_id): row.n for row in standing if row.hold_id}
    assert held == {won.hold_id: 2}


def test_many_sets_of_a_crowd_leave_only_whole_holds(
    inventory: InventoryCalls, seats: list[str], query: Query
) -> None:
    rng = random.Random(7)  # noqa: S311 - the same crowd in every run
    sets = [rng.sample(seats, rng.randint(1, 4)) for _ in range(60)]

    results = race(*[partial(inventory.reserve, wanted) for wanted in sets])

    assert set(codes(results)) <= {"SEAT_UNAVAILABLE"}
    rows = query(
        "SELECT hold_id, count(*) AS n FROM seats"
        " WHERE hold_id IS NOT NULL GROUP BY hold_id"
    )
    assert {str(row.hold_id): row.n for row in rows} == {
        hold.hold_id: len(hold.seats) for hold in winners(results)
    }
    assert len(query("SELECT 1 FROM outbox")) == len(winners(results))


def test_same_call_sent_twenty_times_at_once_makes_one_hold(
    inventory: InventoryCalls, seats: list[str], query: Query
) -> None:
    ids: Any = {"user_id": new_id(), "hold_id": new_id(), "order_id": new_id()}

    results = race(*[partial(inventory.reserve, seats[:3], **ids)] * 20)

    assert codes(results) == {}
    assert {hold.hold_id for hold in results} == {ids["hold_id"]}
    assert len({hold.held_until.ToJsonString() for hold in results}) == 1
    assert sum(not hold.existing for hold in results) == 1
    assert len(query("SELECT 1 FROM outbox")) == 1


def test_two_tabs_of_one_user_share_one_hold(
    inventory: InventoryCalls, seats: list[str]
) -> None:
    user_id = new_id()

    results = race(*[partial(inventory.reserve, [seats[0]], user_id=user_id)] * 10)

    assert codes(results) == {}
    assert len({hold.hold_id for hold in results}) == 1


def test_rows_that_stay_locked_are_busy_and_not_taken(
    inventory: InventoryCalls, database: Database, seats: list[str], query: Query
) -> None:
    """The lock is not a hold yet: nobody may be told that the seat is gone."""
    with database.transaction() as connection:
        connection.execute(
            text("SELECT 1 FROM seats WHERE seat_id = :seat_id FOR UPDATE"),
            {"seat_id": seats[0]},
        )
        with pytest.raises(AppError) as busy:
            inventory.reserve(seats[:2], timeout_s=0.6)

    assert busy.value.code == "SEAT_BUSY"
    assert not isinstance(busy.value, Conflict)
    assert query("SELECT 1 FROM seats WHERE status = 'HELD'") == []


def test_lock_of_a_moment_is_waited_out(
    inventory: InventoryCalls, database: Database, seats: list[str]
) -> None:
    locked, leave = threading.Event(), threading.Event()

    def hold_the_row() -> None:
        with database.transaction() as connection:
            connection.execute(
                text("SELECT 1 FROM seats WHERE seat_id = :seat_id FOR UPDATE"),
                {"seat_id": seats[0]},
            )
            locked.set()
            leave.wait(0.15)

    thread = threading.Thread(target=hold_the_row)
    thread.start()
    locked.wait(5)

    hold = inventory.reserve([seats[0]])

    thread.join()
    assert not hold.existing


def test_seat_plainly_held_is_refused_at_once_while_its_row_is_locked(
    inventory: InventoryCalls, database: Database, seats: list[str]
) -> None:
    """Losers read the snapshot and never touch the winner's lock."""
    inventory.reserve([seats[0]])
    with database.transaction() as connection:
        connection.execute(
            text("SELECT 1 FROM seats WHERE seat_id = :seat_id FOR UPDATE"),
            {"seat_id": seats[0]},
        )
        with pytest.raises(Conflict) as refused:
            inventory.reserve([seats[0]])

    assert refused.value.code == "SEAT_UNAVAILABLE"


def test_call_whose_time_is_over_holds_nothing(
    database: Database, seats: list[str], query: Query
) -> None:
    locks = LockService(database, hold_ttl_s=300)
    wanted = Reservation(
        (uuid.UUID(seats[0]),), uuid.uuid4(), uuid.uuid4(), uuid.uuid4()
    )

    with pytest.raises(AppError) as late:
        locks.reserve_seats(wanted, time_left_s=0.01)

    assert late.value.http_status == 503
    assert not isinstance(late.value, Busy)
    assert query("SELECT 1 FROM seats WHERE status = 'HELD'") == []
