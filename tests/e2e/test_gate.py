"""Scenario 3: one test for each rule of the gate, and what stands in its log."""

from __future__ import annotations

import uuid
from typing import Any

import pytest

from support.codes import CodePress
from support.shop import HALL, EventOnSale, Shop


@pytest.fixture
def event(shop: Shop) -> EventOnSale:
    return shop.publish(seats=3, price="0.01")


@pytest.fixture
def seat(event: EventOnSale) -> dict[str, Any]:
    return dict(event.seats[0])


@pytest.fixture
def code(shop: Shop, alice: str, seat: dict[str, Any]) -> str:
    """The code of a ticket that alice has just bought."""
    return shop.buy(alice, seat["seat_id"])[seat["seat_id"]]


def last_scan(shop: Shop, staff: str, event: EventOnSale) -> tuple[str, str]:
    [newest, *_] = shop.scans(staff, event.event_id)
    return newest["result"], newest["presented_seat_id"]


def test_valid_ticket_is_let_in_and_logged(
    shop: Shop, staff: str, event: EventOnSale, seat: dict[str, Any], code: str
) -> None:
    answer = shop.scan(staff, code)

    checked_in_at = answer.pop("checked_in_at")
    assert answer == {
        "result": "SUCCESS",
        "message": "Valid Entry",
        "seat_id": seat["seat_id"],
        "row_number": seat["row_number"],
        "seat_number": seat["seat_number"],
        "category": seat["category"],
    }
    assert shop.seat_status(event.event_id, seat["seat_id"]) == "CHECKED_IN"
    [row] = shop.scans(staff, event.event_id)
    assert row["scanned_at"] == checked_in_at
    assert row["staff_id"] == shop.api.me(staff)["user_id"]
    assert (row["result"], row["seat_id"]) == ("SUCCESS", seat["seat_id"])
    assert (row["hall_id_presented"], row["hall_id_expected"]) == (HALL, HALL)


def test_second_gate_is_told_when_and_where_the_ticket_was_used(
    shop: Shop, staff: str, admin: str, event: EventOnSale, code: str
) -> None:
    first = shop.scan(staff, code)

    second = shop.scan(admin, code)

    assert (second["result"], second["message"]) == ("DUPLICATE", "Already Checked In")
    assert second["first_scan"] == {
        "scanned_at": first["checked_in_at"],
        "hall_id": HALL,
    }
    assert second["seat_id"] == first["seat_id"]
    logged = [row["result"] for row in shop.scans(staff, event.event_id)]
    assert logged == ["DUPLICATE", "SUCCESS"]


def test_another_code_of_a_used_ticket_is_a_duplicate_also_at_the_same_gate(
    shop: Shop, alice: str, staff: str, code: str, seat: dict[str, Any]
) -> None:
    other = shop.code(alice, seat["seat_id"])
    shop.scan(staff, code)

    assert shop.scan(staff, other)["result"] == "DUPLICATE"


def test_old_code_of_a_used_ticket_is_still_a_duplicate(
    shop: Shop,
    staff: str,
    press: CodePress,
    event: EventOnSale,
    seat: dict[str, Any],
    code: str,
) -> None:
    shop.scan(staff, code)
    old = press.make(seat["seat_id"], event.event_id, age_s=600)

    assert shop.scan(staff, old)["result"] == "DUPLICATE"


def test_held_seat_is_unpaid(
    shop: Shop, alice: str, staff: str, press: CodePress, event: EventOnSale
) -> None:
    seat_id = event.seat_ids[0]
    shop.must_reserve(alice, seat_id)

    answer = shop.scan(staff, press.make(seat_id, event.event_id))

    assert (answer["result"], answer["message"]) == ("UNPAID", "Incomplete Payment")
    assert answer["seat_id"] == seat_id
    assert last_scan(shop, staff, event) == ("UNPAID", seat_id)
    assert shop.seat_status(event.event_id, seat_id) == "HELD"


def test_free_seat_is_unpaid(
    shop: Shop, staff: str, press: CodePress, event: EventOnSale
) -> None:
    seat_id = event.seat_ids[0]

    answer = shop.scan(staff, press.make(seat_id, event.event_id, version=0))

    assert (answer["result"], answer["message"]) == ("UNPAID", "Incomplete Payment")
    assert last_scan(shop, staff, event) == ("UNPAID", seat_id)


def test_seat_that_does_not_exist_is_a_counterfeit(
    shop: Shop, staff: str, press: CodePress, event: EventOnSale
) -> None:
    invented = str(uuid.uuid4())

    answer = shop.scan(staff, press.make(invented, event.event_id))

    assert answer == {"result": "NOT_FOUND", "message": "Possible Counterfeit"}
    assert last_scan(shop, staff, event) == ("NOT_FOUND", invented)
    [row] = shop.scans(staff, event.event_id)
    assert row["seat_id"] is None


def test_seat_of_another_event_is_a_counterfeit(
    shop: Shop, staff: str, press: CodePress, event: EventOnSale, code: str
) -> None:
    elsewhere = shop.publish(seats=1).seat_ids[0]

    answer = shop.scan(staff, press.make(elsewhere, event.event_id))

    assert answer == {"result": "NOT_FOUND", "message": "Possible Counterfeit"}


def test_event_that_does_not_exist_is_a_counterfeit(
    shop: Shop, staff: str, press: CodePress, seat: dict[str, Any], code: str
) -> None:
    answer = shop.scan(staff, press.make(seat["seat_id"], str(uuid.uuid4())))

    assert answer == {"result": "NOT_FOUND", "message": "Possible Counterfeit"}


def test_code_that_does_not_decrypt_is_a_counterfeit_and_logged(
    shop: Shop, staff: str
) -> None:
    mark = f"HALL-{uuid.uuid4().hex[:12]}"

    answer = shop.scan(staff, "https://example.com/free-entry", mark)

    assert answer == {"result": "NOT_FOUND", "message": "Possible Counterfeit"}
    [newest, *_] = shop.api.entry_logs(staff, {"result": "NOT_FOUND"})["data"]
    assert newest["hall_id_presented"] == mark
    assert newest["presented_seat_id"] == "unreadable"
    assert newest["event_id"] is None


def test_scanner_at_another_hall_sends_the_guest_to_the_right_one(
    shop: Shop, staff: str, event: EventOnSale, seat: dict[str, Any], code: str
) -> None:
    answer = shop.scan(staff, code, "HALL-Z")

    assert (answer["result"], answer["message"]) == ("WRONG_HALL", f"Go to Hall {HALL}")
    assert last_scan(shop, staff, event) == ("WRONG_HALL", seat["seat_id"])
    assert shop.seat_status(event.event_id, seat["seat_id"]) == "SOLD"
    assert shop.scan(staff, code)["result"] == "SUCCESS"


def test_code_for_another_hall_is_sent_to_the_events_hall(
    shop: Shop,
    staff: str,
    press: CodePress,
    event: EventOnSale,
    seat: dict[str, Any],
    code: str,
) -> None:
    strange = press.make(seat["seat_id"], event.event_id, hall_id="HALL-Z")

    for scanner in (HALL, "HALL-Z"):
        answer = shop.scan(staff, strange, scanner)
        assert answer["result"] == "WRONG_HALL"
        assert answer["message"] == f"Go to Hall {HALL}"


@pytest.mark.parametrize(
    ("why", "made"),
    [
        ("older than a minute", {"age_s": 63}),
        ("from the future", {"age_s": -20}),
        ("of a former owner", {"version": 0}),
        ("of an owner to come", {"version": 2}),
    ],
)
def test_stale_code_has_to_be_refreshed(
    shop: Shop,
    staff: str,
    press: CodePress,
    event: EventOnSale,
    seat: dict[str, Any],
    code: str,
    why: str,
    made: dict[str, Any],
) -> None:
    stale = press.make(seat["seat_id"], event.event_id, **made)

    answer = shop.scan(staff, stale)

    assert answer["result"] == "EXPIRED", why
    assert answer["message"] == "Expired QR — refresh ticket"
    assert last_scan(shop, staff, event) == ("EXPIRED", seat["seat_id"])
    assert shop.seat_status(event.event_id, seat["seat_id"]) == "SOLD"


@pytest.mark.parametrize("age_s", [-3, 0, 50])
def test_code_of_the_last_minute_is_let_in_also_when_clocks_differ_a_little(
    shop: Shop,
    staff: str,
    press: CodePress,
    event: EventOnSale,
    seat: dict[str, Any],
    code: str,
    age_s: float,
) -> None:
    made = press.make(seat["seat_id"], event.event_id, age_s=age_s)

    assert shop.scan(staff, made)["result"] == "SUCCESS"


def test_code_of_a_strangers_key_is_a_counterfeit(
    shop: Shop, staff: str, event: EventOnSale, seat: dict[str, Any], code: str
) -> None:
    forged = CodePress(bytes(32)).make(seat["seat_id"], event.event_id)

    assert shop.scan(staff, forged)["result"] == "NOT_FOUND"
    assert shop.seat_status(event.event_id, seat["seat_id"]) == "SOLD"
