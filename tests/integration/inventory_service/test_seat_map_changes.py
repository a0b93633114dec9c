"""The map as JSON is the map, and its changes are all that a reader has not seen."""

from __future__ import annotations

import json
from typing import Any

from sqlalchemy import text

from service_common.db import Database
from service_common.stubs import inventory_pb2 as pb
from support.inventory_calls import InventoryCalls, a_block, new_id


def _read(
    inventory: InventoryCalls, event_id: str, **asked: Any
) -> tuple[pb.SeatMapPart, list[dict[str, Any]]]:
    request = pb.ReadSeatMapRequest(event_id=event_id, **asked)
    call = inventory.caller.stream(inventory.stub.ReadSeatMap, request, timeout_s=30)
    parts = list(call)
    text_of_all = b"".join(part.seats for part in parts)
    return parts[0], json.loads(b"[" + text_of_all + b"]")


def test_rendered_map_says_what_the_map_says(
    inventory: InventoryCalls, event_id: str, seats: list[str]
) -> None:
    hold = inventory.reserve([seats[1]])
    inventory.buy([seats[2]], new_id())
    [chunk] = inventory.seat_map(event_id)

    first, rendered = _read(inventory, event_id)

    assert not first.not_modified
    assert [seat["seat_id"] for seat in rendered] == seats
    assert [
        (
            seat["row_number"],
            seat["seat_number"],
            seat["category"],
            seat["price"],
            pb.SeatStatus.Value(seat["status"]),
        )
        for seat in rendered
    ] == [
        (
            row.seat.row_number,
            row.seat.seat_number,
            row.seat.category,
            row.seat.price,
            row.status,
        )
        for row in chunk.seats
    ]
    until = hold.held_until.ToDatetime()
    held = until.isoformat(timespec="microseconds") + "Z"
    assert rendered[1]["held_until"] == held
    assert "held_until" not in rendered[0]


def test_names_that_are_no_plain_words_stay_json(inventory: InventoryCalls) -> None:
    event_id, odd = new_id(), 'C "1" \\'
    inventory.create_seats(event_id, a_block(["A"], 1, category=odd))

    _, [seat] = _read(inventory, event_id)

    assert seat["category"] == odd


def test_changes_are_the_seats_that_changed_and_nothing_else(
    inventory: InventoryCalls, event_id: str, seats: list[str]
) -> None:
    before, _ = _read(inventory, event_id)
    inventory.reserve([seats[3]])
    inventory.buy([seats[1]], new_id())

    after, changed = _read(inventory, event_id, since=before.version)

    wanted = {seats[1]: "SOLD", seats[3]: "HELD"}
    assert {
        seat["seat_id"]: seat["status"]
        for seat in changed
        if seat["status"] != "AVAILABLE"
    } == wanted
    again, rest = _read(inventory, event_id, since=after.version)
    assert again.version >= after.version
    assert {seat["seat_id"] for seat in rest} <= set(wanted)


def test_change_that_commits_late_under_an_older_id_is_still_told(
    inventory: InventoryCalls, database: Database, event_id: str, seats: list[str]
) -> None:
    late = database.engine.connect()
    try:
        change = text("UPDATE seats SET price = 1 WHERE seat_id = :seat_id")
        late.execute(change, {"seat_id": seats[0]})
        inventory.reserve([seats[3]])
        seen, _ = _read(inventory, event_id)
        late.commit()
    finally:
        late.close()

    _, changed = _read(inventory, event_id, since=seen.version)

    assert seats[0] in {seat["seat_id"] for seat in changed}


def test_event_without_seats_is_an_empty_map(inventory: InventoryCalls) -> None:
    _, rendered = _read(inventory, new_id())

    assert rendered == []


def test_map_that_the_reader_has_is_not_sent_again(
    inventory: InventoryCalls, event_id: str, seats: list[str]
) -> None:
    first, rendered = _read(inventory, event_id)
    again, rest = _read(inventory, event_id, known_etag=first.etag)

    assert len(rendered) == len(seats)
    if first.etag.startswith('"v'):  # nobody else was writing
        assert again.not_modified
        assert rest == []
