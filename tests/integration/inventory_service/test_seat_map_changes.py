"""The map as JSON is the map, and its changes are all that a reader has not seen."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from sqlalchemy import text

from service_common.db import Database
from support.inventory_calls import InventoryCalls, a_block, as_json_time, new_id

Query = Callable[..., list[Any]]


def test_rendered_map_says_what_the_table_says(
    inventory: InventoryCalls, event_id: str, seats: list[str], query: Query
) -> None:
    hold = inventory.reserve([seats[1]])
    inventory.buy([seats[2]], new_id())
    rows = query("SELECT * FROM seats WHERE event_id = :id", id=event_id)
    stored = {str(row.seat_id): row for row in rows}

    rendered = inventory.seat_map(event_id)

    assert not rendered.not_modified
    assert [seat["seat_id"] for seat in rendered.seats] == seats
    assert [
        (
            seat["row_number"],
            seat["seat_number"],
            seat["category"],
            seat["price"],
            seat["status"],
        )
        for seat in rendered.seats
    ] == [
        (row.row_number, row.seat_number, row.category, str(row.price), row.status)
        for row in (stored[seat_id] for seat_id in seats)
    ]
    assert rendered.seats[1]["held_until"] == as_json_time(hold.held_until)
    assert "held_until" not in rendered.seats[0]


def test_names_that_are_no_plain_words_stay_json(inventory: InventoryCalls) -> None:
    event_id, odd = new_id(), 'C "1" \\'
    inventory.create_seats(event_id, a_block(["A"], 1, category=odd))

    [seat] = inventory.seat_map(event_id).seats

    assert seat["category"] == odd


def test_changes_are_the_seats_that_changed_and_nothing_else(
    inventory: InventoryCalls, event_id: str, seats: list[str]
) -> None:
    before = inventory.seat_map(event_id)
    inventory.reserve([seats[3]])
    inventory.buy([seats[1]], new_id())

    after = inventory.seat_map(event_id, since=before.version)

    wanted = {seats[1]: "SOLD", seats[3]: "HELD"}
    assert {
        seat["seat_id"]: seat["status"]
        for seat in after.seats
        if seat["status"] != "AVAILABLE"
    } == wanted
    again = inventory.seat_map(event_id, since=after.version)
    assert again.version >= after.version
    assert {seat["seat_id"] for seat in again.seats} <= set(wanted)


def test_change_that_commits_late_under_an_older_id_is_still_told(
    inventory: InventoryCalls, database: Database, event_id: str, seats: list[str]
) -> None:
    late = database.engine.connect()
    try:
        change = text("UPDATE seats SET price = 1 WHERE seat_id = :seat_id")
        late.execute(change, {"seat_id": seats[0]})
        inventory.reserve([seats[3]])
        seen = inventory.seat_map(event_id)
        late.commit()
    finally:
        late.close()

    changed = inventory.seat_map(event_id, since=seen.version)

    assert seats[0] in {seat["seat_id"] for seat in changed.seats}


def test_event_without_seats_is_an_empty_map(inventory: InventoryCalls) -> None:
    assert inventory.seat_map(new_id()).seats == []
