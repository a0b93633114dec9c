from __future__ import annotations

import uuid
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from inventory_service.services.hold_decision import Reservation
from inventory_service.services.lock_service import LockService
from service_common.db import Database
from service_common.errors import Conflict, InvalidInput, NotFound
from service_common.stubs import inventory_pb2 as pb
from support.inventory_calls import InventoryCalls, a_block, new_id
from support.sent_statements import sent_statements

Query = Callable[..., list[Any]]
Payloads = Callable[[], list[dict[str, Any]]]


def end_of(hold: pb.SeatHold) -> datetime:
    return hold.held_until.ToDatetime(tzinfo=UTC)


def test_seats_are_held_for_their_buyer_with_price_and_end(
    inventory: InventoryCalls, event_id: str, seats: list[str]
) -> None:
    user_id, hold_id, order_id = new_id(), new_id(), new_id()

    hold = inventory.reserve(
        [seats[2], seats[0]], user_id=user_id, hold_id=hold_id, order_id=order_id
    )

    assert (hold.hold_id, hold.order_id, hold.user_id) == (hold_id, order_id, user_id)
    assert hold.event_id == event_id
    assert hold.ttl_seconds == 300
    assert not hold.existing
    assert [(s.row_number, s.seat_number, s.price) for s in hold.seats] == [
        ("A", 1, "350.00"),
        ("A", 3, "350.00"),
    ]
    left = end_of(hold) - datetime.now(UTC)
    assert 290 < left.total_seconds() <= 301


def test_hold_writes_one_message_for_all_its_seats(
    inventory: InventoryCalls, event_id: str, seats: list[str], query: Query
) -> None:
    hold = inventory.reserve(seats[:3])

    [row] = query("SELECT topic, payload, request_id FROM outbox")
    assert row.topic == "seat.hold"
    told = dict(row.payload)
    assert datetime.fromisoformat(told.pop("held_until")) == end_of(hold)
    assert told == {
        "hold_id": hold.hold_id,
        "order_id": hold.order_id,
        "event_id": event_id,
        "user_id": hold.user_id,
    }
    assert row.request_id


def test_second_buyer_is_refused_while_seat_is_held(
    inventory: InventoryCalls, seats: list[str], query: Query
) -> None:
    earlier = inventory.reserve([seats[0]])

    with pytest.raises(Conflict) as refused:
        inventory.reserve([seats[1], seats[0]])

    assert refused.value.code == "SEAT_UNAVAILABLE"
    assert refused.value.details["seat_ids"] == [seats[0]]
    until = datetime.fromisoformat(refused.value.details["held_until"])
    assert until == end_of(earlier)
    assert inventory.status(seats[1]) == "AVAILABLE"
    assert len(query("SELECT 1 FROM outbox")) == 1


def test_refusal_names_the_earliest_time_at_which_a_seat_may_be_free(
    inventory: InventoryCalls, seats: list[str], query: Query
) -> None:
    inventory.reserve([seats[0]])
    sooner = inventory.reserve([seats[1]])
    query(
        "UPDATE seats SET held_until = held_until - interval '1 minute'"
        " WHERE hold_id = :hold_id",
        hold_id=sooner.hold_id,
    )

    with pytest.raises(Conflict) as refused:
        inventory.reserve(seats[:2])

    assert set(refused.value.details["seat_ids"]) == set(seats[:2])
    until = datetime.fromisoformat(refused.value.details["held_until"])
    assert until == end_of(sooner) - timedelta(minutes=1)


def test_sold_seat_is_refused_as_sold_also_beside_a_held_one(
    inventory: InventoryCalls, seats: list[str]
) -> None:
    inventory.buy([seats[0]], new_id())
    inventory.reserve([seats[1]])

    with pytest.raises(Conflict) as refused:
        inventory.reserve(seats[:3])

    assert refused.value.code == "SEAT_ALREADY_SOLD"
    assert refused.value.details == {"seat_ids": [seats[0]]}


def test_unknown_seat_is_not_found_and_nothing_is_held(
    inventory: InventoryCalls, seats: list[str]
) -> None:
    unknown = new_id()

    with pytest.raises(NotFound) as refused:
        inventory.reserve([seats[0], unknown])

    assert refused.value.code == "SEAT_NOT_FOUND"
    assert refused.value.details == {"seat_ids": [unknown]}
    assert inventory.status(seats[0]) == "AVAILABLE"


def test_seats_of_two_events_are_refused(
    inventory: InventoryCalls, seats: list[str], query: Query
) -> None:
    other = new_id()
    inventory.create_seats(other, a_block())
    [row] = query(
        "SELECT seat_id FROM seats WHERE event_id = :other AND seat_number = 1",
        other=other,
    )

    with pytest.raises(InvalidInput):
        inventory.reserve([seats[0], str(row.seat_id)])

    assert inventory.status(seats[0]) == "AVAILABLE"


@pytest.mark.parametrize(
    "pick",
    [
        pytest.param(lambda _: [], id="none"),
        pytest.param(lambda seats: [*seats, new_id()], id="eleven"),
        pytest.param(lambda seats: [seats[0], seats[0]], id="one twice"),
        pytest.param(lambda _: ["A1"], id="not an id"),
        pytest.param(lambda seats: [seats[0].replace("-", "")], id="not canonical"),
        pytest.param(lambda _: ["\0"], id="NUL"),
    ],
)
def test_malformed_set_of_seats_is_refused(
    inventory: InventoryCalls,
    seats: list[str],
    pick: Callable[[list[str]], list[str]],
) -> None:
    with pytest.raises(InvalidInput) as refused:
        inventory.reserve(pick(seats))

    assert "seat_ids" in refused.value.details["fields"]


def test_repeat_of_the_call_finds_its_own_hold(
    inventory: InventoryCalls, seats: list[str], query: Query
) -> None:
    ids: Any = {"user_id": new_id(), "hold_id": new_id(), "order_id": new_id()}
    first = inventory.reserve(seats[:2], **ids)

    again = inventory.reserve(seats[:2], **ids)

    assert again.existing
    assert again.held_until == first.held_until
    assert again.seats == first.seats
    assert len(query("SELECT 1 FROM outbox")) == 1


def test_repeat_after_the_hold_is_over_does_not_take_its_own_seats_over(
    inventory: InventoryCalls,
    seats: list[str],
    expire: Callable[[str], None],
    released: Payloads,
) -> None:
    ids: Any = {"user_id": new_id(), "hold_id": new_id(), "order_id": new_id()}
    inventory.reserve(seats[:2], **ids)
    expire(ids["hold_id"])

    again = inventory.reserve(seats[:2], **ids)

    assert again.existing
    assert again.ttl_seconds == 0
    assert released() == []


def test_same_user_gets_the_hold_he_has_under_any_hold_id(
    inventory: InventoryCalls, seats: list[str]
) -> None:
    user_id = new_id()
    first = inventory.reserve(seats[:3], user_id=user_id)

    again = inventory.reserve([seats[1]], user_id=user_id)

    assert again.existing
    assert (again.hold_id, again.order_id) == (first.hold_id, first.order_id)
    assert again.held_until == first.held_until
    assert [seat.seat_id for seat in again.seats] == seats[:3]


def test_same_user_is_refused_seats_of_which_he_holds_only_some(
    inventory: InventoryCalls, seats: list[str]
) -> None:
    user_id = new_id()
    inventory.reserve(seats[:2], user_id=user_id)

    with pytest.raises(Conflict) as refused:
        inventory.reserve(seats[1:3], user_id=user_id)

    assert refused.value.details["seat_ids"] == [seats[1]]
    assert inventory.status(seats[2]) == "AVAILABLE"


def test_same_user_holds_a_seat_anew_once_his_hold_is_over(
    inventory: InventoryCalls,
    seats: list[str],
    expire: Callable[[str], None],
    released: Payloads,
) -> None:
    user_id = new_id()
    first = inventory.reserve([seats[0]], user_id=user_id)
    expire(first.hold_id)

    again = inventory.reserve([seats[0]], user_id=user_id)

    assert not again.existing
    assert again.hold_id != first.hold_id
    assert [payload["hold_id"] for payload in released()] == [first.hold_id]


def test_hold_id_cannot_be_stretched_over_more_seats(
    inventory: InventoryCalls, seats: list[str]
) -> None:
    ids: Any = {"user_id": new_id(), "hold_id": new_id(), "order_id": new_id()}
    inventory.reserve([seats[0]], **ids)

    with pytest.raises(InvalidInput):
        inventory.reserve([seats[1]], **ids)

    assert inventory.status(seats[1]) == "AVAILABLE"


def test_expired_hold_is_taken_over_as_a_whole(
    inventory: InventoryCalls,
    event_id: str,
    seats: list[str],
    expire: Callable[[str], None],
    released: Payloads,
) -> None:
    old = inventory.reserve(seats[:3])
    expire(old.hold_id)

    new = inventory.reserve([seats[1], seats[5]])

    assert [seat.seat_id for seat in new.seats] == [seats[1], seats[5]]
    assert [inventory.status(seat) for seat in (seats[0], seats[2])] == [
        "AVAILABLE",
        "AVAILABLE",
    ]
    [told] = released()
    assert [seat["seat_id"] for seat in told.pop("seats")] == seats[:3]
    assert told == {
        "hold_id": old.hold_id,
        "order_id": old.order_id,
        "event_id": event_id,
        "user_id": old.user_id,
        "reason": "HOLD_EXPIRED",
    }


def test_take_over_of_seats_of_two_expired_holds_ends_both(
    inventory: InventoryCalls,
    seats: list[str],
    expire: Callable[[str], None],
    released: Payloads,
) -> None:
    first, second = inventory.reserve(seats[:2]), inventory.reserve(seats[2:4])
    expire(first.hold_id)
    expire(second.hold_id)

    inventory.reserve(seats[1:3])

    ended = {payload["hold_id"]: len(payload["seats"]) for payload in released()}
    assert ended == {first.hold_id: 2, second.hold_id: 2}
    assert [inventory.status(seat) for seat in seats[:4]] == [
        "AVAILABLE",
        "HELD",
        "HELD",
        "AVAILABLE",
    ]


def test_expired_hold_under_a_claim_is_not_taken_over(
    inventory: InventoryCalls, seats: list[str], expire: Callable[[str], None]
) -> None:
    hold = inventory.reserve([seats[0]])
    inventory.claim(new_id(), hold)
    expire(hold.hold_id)

    with pytest.raises(Conflict) as refused:
        inventory.reserve([seats[0]])

    assert refused.value.code == "SEAT_UNAVAILABLE"


def test_take_over_of_one_seat_waits_while_another_seat_cannot_be_had(
    inventory: InventoryCalls,
    seats: list[str],
    expire: Callable[[str], None],
    released: Payloads,
) -> None:
    old = inventory.reserve([seats[0]])
    expire(old.hold_id)
    inventory.reserve([seats[1]])

    with pytest.raises(Conflict):
        inventory.reserve(seats[:2])

    assert released() == []
    assert inventory.status(seats[0]) == "HELD"


@pytest.mark.parametrize("taken", [False, True], ids=["held", "refused"])
def test_reserving_takes_one_statement(
    database: Database, inventory: InventoryCalls, seats: list[str], *, taken: bool
) -> None:
    if taken:
        inventory.reserve([seats[0]])
    wanted = Reservation(
        (uuid.UUID(seats[0]),), uuid.uuid4(), uuid.uuid4(), uuid.uuid4()
    )

    with sent_statements(database) as sent:
        try:
            LockService(database, hold_ttl_s=300).reserve_seats(wanted)
        except Conflict:
            assert taken

    assert len(sent) == 1
