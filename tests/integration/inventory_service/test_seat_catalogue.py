from __future__ import annotations

import hashlib
import json
import time
import uuid
from collections.abc import Callable
from functools import partial
from typing import Any

import pytest

from service_common.errors import Conflict, InvalidInput
from service_common.stubs import inventory_pb2 as pb
from support.inventory_calls import InventoryCalls, a_block, new_id
from support.races import race

Query = Callable[..., list[Any]]


def count(inventory: InventoryCalls, event_id: str) -> tuple[int, int, int, int]:
    counts = inventory.call("CountSeats", pb.CountSeatsRequest(event_id=event_id))
    return (counts.available, counts.held, counts.sold, counts.checked_in)


def test_seats_are_created_from_all_blocks(
    inventory: InventoryCalls, query: Query
) -> None:
    event_id = new_id()

    created = inventory.create_seats(
        event_id,
        a_block(["A", "B"], 20, "CAT1", "350.00"),
        a_block(["F"], 5, "CAT2", "0.00"),
    )

    assert created == 45
    rows = query(
        "SELECT row_number, category, price::text, count(*), max(seat_number)"
        "  FROM seats GROUP BY 1, 2, 3 ORDER BY 1"
    )
    assert [tuple(row) for row in rows] == [
        ("A", "CAT1", "350.00", 20, 20),
        ("B", "CAT1", "350.00", 20, 20),
        ("F", "CAT2", "0.00", 5, 5),
    ]


def test_plans_know_of_many_seats_from_the_first_buyer_on(
    inventory: InventoryCalls, query: Query
) -> None:
    query("TRUNCATE seats CASCADE")
    query("ANALYZE seats")

    inventory.create_seats(new_id(), a_block(["A", "B"], 500))

    [(known,)] = query("SELECT reltuples FROM pg_class WHERE relname = 'seats'")
    assert known == 1000


def test_id_of_a_seat_follows_from_what_it_is(
    inventory: InventoryCalls, event_id: str, seats: list[str]
) -> None:
    digest = hashlib.md5(f"{event_id}/A/7".encode(), usedforsecurity=False)

    assert seats[6] == str(uuid.UUID(digest.hexdigest()))


def test_repeat_answers_the_same_count_and_creates_nothing(
    inventory: InventoryCalls, event_id: str
) -> None:
    assert inventory.create_seats(event_id, a_block()) == 10
    assert count(inventory, event_id) == (10, 0, 0, 0)


def test_same_event_created_eight_times_at_once_exists_once(
    inventory: InventoryCalls,
) -> None:
    event_id = new_id()
    block = a_block(["A", "B"], 500)

    results = race(*[partial(inventory.create_seats, event_id, block)] * 8)

    assert results == [1000] * 8
    assert count(inventory, event_id) == (1000, 0, 0, 0)


@pytest.mark.parametrize(
    "blocks",
    [
        pytest.param([], id="no block"),
        pytest.param([a_block([])], id="no row"),
        pytest.param([a_block(["A", "A"])], id="row twice"),
        pytest.param([a_block(["A"]), a_block(["A"])], id="row in two blocks"),
        pytest.param([a_block(["ABCDE"])], id="row too long"),
        pytest.param([a_block([""])], id="row without a name"),
        pytest.param([a_block([" A"])], id="row with a space"),
        pytest.param([a_block(["A\0"])], id="row with NUL"),
        pytest.param([a_block(seats_per_row=0)], id="empty rows"),
        pytest.param([a_block(seats_per_row=-1)], id="negative"),
        pytest.param([a_block(["A", "B"], 25_001)], id="too many seats"),
        pytest.param([a_block(["A"], 2**31 - 1)], id="far too many seats"),
        pytest.param([a_block(category="")], id="no category"),
        pytest.param([a_block(category="x" * 41)], id="category too long"),
        *[
            pytest.param([a_block(price=price)], id=f"price {price!r}")
            for price in (
                "",
                "1",
                "1.005",
                "-1.00",
                "NaN",
                "1e400",
                "\u0663.00",
                "1" * 99,
            )
        ],
    ],
)
def test_malformed_plan_is_refused_and_leaves_nothing(
    inventory: InventoryCalls, query: Query, blocks: list[pb.SeatBlock]
) -> None:
    event_id = new_id()

    with pytest.raises(InvalidInput):
        inventory.create_seats(event_id, *blocks)

    assert query("SELECT 1 FROM seats") == query("SELECT 1 FROM seat_plans") == []
    assert inventory.create_seats(event_id, a_block()) == 10


def test_seats_are_deleted_and_cannot_be_created_again(
    inventory: InventoryCalls, event_id: str
) -> None:
    assert [inventory.delete_seats(event_id) for _ in range(2)] == [10, 10]

    with pytest.raises(Conflict) as refused:
        inventory.create_seats(event_id, a_block())

    assert refused.value.code == "SEATS_DISCARDED"
    assert count(inventory, event_id) == (0, 0, 0, 0)
    assert inventory.violations() == {}


def test_delete_that_comes_first_refuses_the_late_create(
    inventory: InventoryCalls,
) -> None:
    event_id = new_id()
    assert inventory.delete_seats(event_id) == 0

    with pytest.raises(Conflict) as refused:
        inventory.create_seats(event_id, a_block())

    assert refused.value.code == "SEATS_DISCARDED"


def test_seats_of_which_one_is_held_are_not_deleted(
    inventory: InventoryCalls, event_id: str, seats: list[str]
) -> None:
    inventory.reserve([seats[3]])

    with pytest.raises(Conflict) as refused:
        inventory.delete_seats(event_id)

    assert refused.value.code == "SEAT_UNAVAILABLE"
    assert refused.value.details == {"seat_ids": [seats[3]]}
    assert count(inventory, event_id) == (9, 1, 0, 0)
    assert inventory.create_seats(event_id, a_block()) == 10


@pytest.mark.parametrize("attempt", range(5))
def test_create_and_delete_race_and_no_seat_is_left(
    inventory: InventoryCalls, attempt: int
) -> None:
    event_id = new_id()
    block = a_block(["A", "B", "C"], 300)

    race(
        partial(inventory.create_seats, event_id, block),
        partial(inventory.delete_seats, event_id),
        partial(inventory.create_seats, event_id, block),
    )

    assert count(inventory, event_id) == (0, 0, 0, 0)
    assert inventory.violations() == {}


@pytest.mark.parametrize("attempt", range(10))
def test_delete_and_reserve_race_and_no_hold_loses_its_seat(
    inventory: InventoryCalls, event_id: str, seats: list[str], attempt: int
) -> None:
    held, deleted = race(
        partial(inventory.reserve, seats[4:6]),
        partial(inventory.delete_seats, event_id),
    )

    if isinstance(held, pb.SeatHold):
        assert deleted.code == "SEAT_UNAVAILABLE"
        assert count(inventory, event_id) == (8, 2, 0, 0)
    else:
        assert held.code == "SEAT_NOT_FOUND"
        assert deleted == 10


def test_counts_follow_the_seats(
    inventory: InventoryCalls, event_id: str, seats: list[str]
) -> None:
    inventory.reserve(seats[:2])
    inventory.buy(seats[2:5], new_id())
    inventory.check_in(seats[2], event_id, 1)

    assert count(inventory, event_id) == (5, 2, 2, 1)


def test_fifty_thousand_seats_are_created_and_listed(
    inventory: InventoryCalls, query: Query
) -> None:
    event_id = new_id()
    rows = [f"{n}" for n in range(1, 101)]
    started = time.monotonic()

    assert inventory.create_seats(event_id, a_block(rows, 500)) == 50_000
    parts = inventory.map_parts(event_id)

    # The session's statement_timeout is five seconds, and this is no timed assertion
    # of a figure: it tells seconds from minutes.
    assert time.monotonic() - started < 60
    seats = json.loads(b"[" + b"".join(part.seats for part in parts) + b"]")
    assert len(seats) == 50_000
    assert max(part.ByteSize() for part in parts) < 1_000_000
    assert [seat["row_number"] for seat in seats[::500]] == rows
    assert inventory.delete_seats(event_id) == 50_000
    assert query("SELECT 1 FROM seats") == []
