from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import text

from inventory_service.services.release_service import ReleaseService
from service_common.db import Database
from support.inventory_calls import InventoryCalls, new_id
from support.races import race

Query = Callable[..., list[Any]]
Expire = Callable[[str], None]
Payloads = Callable[[], list[dict[str, Any]]]


@pytest.fixture
def sweep(database: Database) -> Callable[[], int]:
    return ReleaseService(database).sweep_due_holds


def test_due_hold_is_released_as_a_whole_and_told_once(
    inventory: InventoryCalls,
    event_id: str,
    seats: list[str],
    expire: Expire,
    released: Payloads,
) -> None:
    hold = inventory.reserve(seats[:2])
    expire(hold.hold_id)

    outcomes = [inventory.release(hold.hold_id) for _ in range(3)]

    assert outcomes == ["RELEASED"] * 3
    assert inventory.status(seats[0]) == inventory.status(seats[1]) == "AVAILABLE"
    assert released() == [
        {
            "hold_id": hold.hold_id,
            "order_id": hold.order_id,
            "event_id": event_id,
            "user_id": hold.user_id,
            "reason": "HOLD_EXPIRED",
            "seats": [
                {
                    "seat_id": seat.seat_id,
                    "row_number": "A",
                    "seat_number": seat.seat_number,
                    "category": "CAT1",
                    "price": "350.00",
                }
                for seat in hold.seats
            ],
        }
    ]


def test_message_that_comes_too_early_releases_nothing(
    inventory: InventoryCalls, seats: list[str], released: Payloads
) -> None:
    hold = inventory.reserve([seats[0]])

    assert inventory.release(hold.hold_id) == "NOT_DUE"
    assert inventory.status(seats[0]) == "HELD"
    assert released() == []


def test_holder_gives_his_seats_back_before_they_are_due(
    inventory: InventoryCalls, seats: list[str], released: Payloads
) -> None:
    hold = inventory.reserve(seats[:2])

    assert inventory.release(hold.hold_id, by_holder=True) == "RELEASED"
    assert inventory.status(seats[0]) == "AVAILABLE"
    assert [told["reason"] for told in released()] == ["RELEASED_BY_HOLDER"]


def test_stale_message_of_an_earlier_hold_does_not_free_a_newer_hold(
    inventory: InventoryCalls, seats: list[str], expire: Expire
) -> None:
    old = inventory.reserve([seats[0]])
    expire(old.hold_id)
    new = inventory.reserve([seats[0]])
    expire(new.hold_id)

    assert inventory.release(old.hold_id) == "RELEASED"
    assert inventory.status(seats[0]) == "HELD"


def test_stale_message_does_not_free_a_sold_seat(
    inventory: InventoryCalls, seats: list[str], query: Query, released: Payloads
) -> None:
    inventory.buy([seats[0]], new_id())
    [row] = query("SELECT hold_id FROM seats WHERE seat_id = :id", id=seats[0])

    assert inventory.release(str(row.hold_id)) == "ALREADY_SOLD"
    assert inventory.release(str(row.hold_id), by_holder=True) == "ALREADY_SOLD"
    assert inventory.status(seats[0]) == "SOLD"
    assert released() == []


def test_claimed_hold_is_not_released_though_its_time_is_over(
    inventory: InventoryCalls,
    seats: list[str],
    expire: Expire,
    sweep: Callable[[], int],
) -> None:
    hold = inventory.reserve([seats[0]])
    inventory.claim(new_id(), hold)
    expire(hold.hold_id)

    assert inventory.release(hold.hold_id) == "CLAIMED"
    assert inventory.release(hold.hold_id, by_holder=True) == "CLAIMED"
    assert sweep() == 0
    assert inventory.status(seats[0]) == "HELD"


def test_hold_that_never_was_counts_as_released(inventory: InventoryCalls) -> None:
    assert inventory.release(new_id()) == "RELEASED"


def test_sweeper_releases_what_is_due_and_leaves_the_rest(
    inventory: InventoryCalls,
    seats: list[str],
    expire: Expire,
    sweep: Callable[[], int],
    released: Payloads,
) -> None:
    due = [inventory.reserve(seats[:2]), inventory.reserve([seats[2]])]
    live = inventory.reserve([seats[3]])
    for hold in due:
        expire(hold.hold_id)

    assert sweep() == 2
    assert sweep() == 0
    assert {told["hold_id"] for told in released()} == {hold.hold_id for hold in due}
    assert inventory.owner(seats[3]).status
    assert inventory.release(live.hold_id) == "NOT_DUE"


def test_sweeper_works_off_more_holds_than_one_batch(
    inventory: InventoryCalls, query: Query, sweep: Callable[[], int]
) -> None:
    query(
        """
        INSERT INTO seats (seat_id, event_id, row_number, seat_number, category, price,
                           status, hold_id, order_id, held_by_user_id, held_until)
        SELECT gen_random_uuid(), :event_id, 'A', n, 'CAT1', 10, 'HELD',
               gen_random_uuid(), gen_random_uuid(), gen_random_uuid(),
               now() - interval '1 second'
          FROM generate_series(1, 250) n
        """,
        event_id=new_id(),
    )

    assert sweep() == 250


def test_sweeper_leaves_a_hold_whole_while_one_of_its_seats_is_locked(
    inventory: InventoryCalls,
    database: Database,
    seats: list[str],
    expire: Expire,
    sweep: Callable[[], int],
) -> None:
    busy, free = inventory.reserve(seats[:2]), inventory.reserve([seats[2]])
    expire(busy.hold_id)
    expire(free.hold_id)

    with database.transaction() as connection:
        connection.execute(
            text("SELECT 1 FROM seats WHERE seat_id = :id FOR UPDATE"),
            {"id": seats[0]},
        )
        assert sweep() == 1

    assert inventory.status(seats[1]) == "HELD"
    assert sweep() == 1


@pytest.mark.parametrize("attempt", range(5))
def test_sweeper_message_take_over_and_payment_race_for_one_hold(
    inventory: InventoryCalls,
    seats: list[str],
    query: Query,
    expire: Expire,
    sweep: Callable[[], int],
    released: Payloads,
    attempt: int,
) -> None:
    """Whoever wins, the hold ends once: released, or sold, never both."""
    hold = inventory.reserve(seats[:3])
    claim_id = new_id()
    if attempt % 2:
        inventory.claim(claim_id, hold)
    expire(hold.hold_id)

    race(
        *[sweep] * 3,
        *[lambda: inventory.release(hold.hold_id)] * 3,
        *[lambda: inventory.reserve([seats[1]])] * 3,
        *[lambda: inventory.confirm(claim_id, hold.user_id)] * 3,
    )

    told = [payload for payload in released() if payload["hold_id"] == hold.hold_id]
    sold = query("SELECT 1 FROM seats WHERE status = 'SOLD'")
    assert (len(told), len(sold)) == ((0, 3) if attempt % 2 else (1, 0))
    assert inventory.violations() == {}
