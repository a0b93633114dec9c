from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from typing import Any

import pytest
from sqlalchemy import text

from inventory_service.services import map_service
from service_common.db import Database
from support.inventory_calls import (
    InventoryCalls,
    SeenMap,
    a_block,
    as_json_time,
    new_id,
)
from support.waiting import eventually

Query = Callable[..., list[Any]]


@pytest.fixture
def settled(inventory: InventoryCalls, event_id: str) -> Callable[[], SeenMap]:
    """The map once nobody in the whole cluster is writing any more."""

    def read() -> SeenMap:
        return eventually(
            lambda: inventory.seat_map(event_id),
            lambda seen: seen.etag.startswith('"v'),
            within_s=10,
            every_s=0.05,
        )

    return read


@contextmanager
def open_change(database: Database, seat_id: str) -> Iterator[Callable[[], None]]:
    """A transaction that has changed a seat; committed by the call it yields."""
    connection = database.engine.connect()
    try:
        connection.execute(
            text("UPDATE seats SET price = 1 WHERE seat_id = :id"), {"id": seat_id}
        )
        yield connection.commit
    finally:
        connection.close()


def changed_since(query: Query, version: int) -> set[str]:
    """What a reader gets who asks for the rows that changed since a version."""
    rows = query("SELECT seat_id FROM seats WHERE version >= :v", v=version)
    return {str(row.seat_id) for row in rows}


def test_map_shows_every_seat_with_status_price_and_end_of_hold(
    inventory: InventoryCalls, event_id: str, seats: list[str]
) -> None:
    hold = inventory.reserve([seats[1]])
    inventory.buy([seats[2]], new_id())

    seen = inventory.seat_map(event_id)

    assert [seat["seat_id"] for seat in seen.seats] == seats
    assert [seat["status"] for seat in seen.seats[:4]] == [
        "AVAILABLE",
        "HELD",
        "SOLD",
        "AVAILABLE",
    ]
    assert seen.seats[1]["held_until"] == as_json_time(hold.held_until)
    assert "held_until" not in seen.seats[0]
    assert seen.seats[0]["price"] == "350.00"


def test_rows_are_in_the_order_in_which_people_count_them(
    inventory: InventoryCalls,
) -> None:
    event_id = new_id()
    inventory.create_seats(event_id, a_block(["B", "AA", "Z", "A", "AB"], 11))

    seen = inventory.seat_map(event_id)

    names = [(seat["row_number"], seat["seat_number"]) for seat in seen.seats]
    assert names == [
        (row, n) for row in ("A", "B", "Z", "AA", "AB") for n in range(1, 12)
    ]


def test_event_without_seats_has_an_empty_map_that_never_matches(
    inventory: InventoryCalls,
) -> None:
    event_id = new_id()
    seen = inventory.seat_map(event_id)
    again = inventory.seat_map(event_id, known_etag=seen.etag)

    assert list(seen.seats) == []
    assert not again.not_modified


def test_settled_map_is_not_sent_twice(
    inventory: InventoryCalls, event_id: str, settled: Callable[[], SeenMap]
) -> None:
    first = settled()

    again = inventory.seat_map(event_id, known_etag=first.etag)

    assert again.not_modified
    assert (again.etag, again.version) == (first.etag, first.version)
    assert list(again.seats) == []


@pytest.mark.parametrize("change", ["hold", "release", "claim", "confirm", "check_in"])
def test_every_change_of_a_seat_makes_another_map(
    inventory: InventoryCalls,
    event_id: str,
    seats: list[str],
    settled: Callable[[], SeenMap],
    query: Query,
    change: str,
) -> None:
    hold, claim_id = inventory.reserve([seats[0]]), new_id()
    inventory.buy([seats[1]], new_id())
    if change == "confirm":
        inventory.claim(claim_id, hold)
    before = settled()

    changes: dict[str, Callable[[], Any]] = {
        "hold": partial(inventory.reserve, [seats[2]]),
        "release": partial(inventory.release, hold.hold_id, by_holder=True),
        "claim": partial(inventory.claim, claim_id, hold),
        "confirm": partial(inventory.confirm, claim_id, hold.user_id),
        "check_in": partial(inventory.check_in, seats[1], event_id, 1),
    }
    changes[change]()

    after = settled()
    assert after.etag != before.etag
    assert not inventory.seat_map(event_id, known_etag=before.etag).not_modified
    assert len(changed_since(query, before.version)) == 1
    assert changed_since(query, after.version) == set()


def test_transaction_that_commits_late_is_not_missed_by_a_delta(
    inventory: InventoryCalls,
    database: Database,
    event_id: str,
    seats: list[str],
    query: Query,
) -> None:
    """100 is open, 101 commits, the reader comes, 100 commits."""
    with open_change(database, seats[0]) as commit:
        inventory.reserve([seats[1]])
        seen = inventory.seat_map(event_id)
        commit()

    assert seats[0] in changed_since(query, seen.version)


def test_map_read_while_somebody_was_writing_never_matches(
    inventory: InventoryCalls,
    database: Database,
    event_id: str,
    seats: list[str],
) -> None:
    with open_change(database, seats[0]) as commit:
        inventory.reserve([seats[1]])
        seen = inventory.seat_map(event_id)
        assert seen.etag.startswith('"u')
        assert not inventory.seat_map(event_id, known_etag=seen.etag).not_modified
        commit()

    after = inventory.seat_map(event_id, known_etag=seen.etag)
    assert not after.not_modified


def test_newest_version_alone_would_miss_the_late_commit(
    inventory: InventoryCalls,
    database: Database,
    event_id: str,
    seats: list[str],
    query: Query,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The same as above with the guard out: a reader would keep a wrong map."""
    monkeypatch.setattr(
        map_service, "version_of", lambda newest, _xmin: (newest + 1, f"v{newest + 1}")
    )
    with open_change(database, seats[0]) as commit:
        inventory.reserve([seats[1]])
        seen = inventory.seat_map(event_id)
        commit()

    assert seats[0] not in changed_since(query, seen.version)
    assert inventory.seat_map(event_id, known_etag=seen.etag).not_modified


def test_map_is_one_snapshot_while_pairs_of_seats_are_taken(
    inventory: InventoryCalls, event_id: str, seats: list[str]
) -> None:
    """A pair is held in one statement, so no map may show half of it."""
    stop = threading.Event()

    def take_and_give_back() -> None:
        while not stop.is_set():
            hold = inventory.reserve(seats[:2])
            inventory.release(hold.hold_id, by_holder=True)

    thread = threading.Thread(target=take_and_give_back)
    thread.start()
    try:
        maps = [inventory.seat_map(event_id) for _ in range(60)]
    finally:
        stop.set()
        thread.join()

    pairs = {tuple(seat["status"] for seat in seen.seats[:2]) for seen in maps}
    assert pairs <= {("AVAILABLE", "AVAILABLE"), ("HELD", "HELD")}
    assert len(pairs) == 2
