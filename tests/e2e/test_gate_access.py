"""Who may scan, read the log and get a code; and what a bad request is told."""

from __future__ import annotations

import uuid
from typing import Any

import pytest

from support.shop import HALL, EventOnSale, Shop


@pytest.fixture(scope="module")
def event(shop: Shop) -> EventOnSale:
    return shop.publish(seats=6, price="0.01")


@pytest.mark.parametrize("method_and_path", ["POST /verify", "GET /entry-logs"])
def test_customers_and_organisers_are_no_gatekeepers(
    shop: Shop, alice: str, method_and_path: str
) -> None:
    method, path = method_and_path.split()
    body = {"qr_payload": "x", "hall_id": HALL} if method == "POST" else None

    for token in (alice, shop.sign_in("organiser@example.com")):
        refused = shop.api.call(method, path, json=body, token=token)
        assert (refused.status, refused.code) == (403, "FORBIDDEN")
    anonymous = shop.api.call(method, path, json=body)
    assert (anonymous.status, anonymous.code) == (401, "UNAUTHORIZED")


def test_staff_id_may_be_named_and_must_be_ones_own(
    shop: Shop, staff: str, admin: str
) -> None:
    body = {
        "qr_payload": "x",
        "hall_id": HALL,
        "staff_id": shop.api.me(staff)["user_id"],
    }

    own = shop.api.call("POST", "/verify", json=body, token=staff)
    others = shop.api.call("POST", "/verify", json=body, token=admin)

    assert (own.status, own.body["result"]) == (200, "NOT_FOUND")
    assert (others.status, others.code) == (403, "FORBIDDEN")


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"hall_id": HALL}, "qr_payload"),
        ({"qr_payload": "x"}, "hall_id"),
        ({"qr_payload": "", "hall_id": HALL}, "qr_payload"),
        ({"qr_payload": 5, "hall_id": HALL}, "qr_payload"),
        ({"qr_payload": ["x"], "hall_id": HALL}, "qr_payload"),
        ({"qr_payload": "x", "hall_id": ""}, "hall_id"),
        ({"qr_payload": "x", "hall_id": "H" * 21}, "hall_id"),
        ({"qr_payload": "x", "hall_id": "HALL\nT"}, "hall_id"),
        ({"qr_payload": "x", "hall_id": None}, "hall_id"),
        ({"qr_payload": "x", "hall_id": HALL, "staff_id": "me"}, "staff_id"),
        ({"qr_payload": "x", "hall_id": HALL, "gate": 1}, "gate"),
    ],
)
def test_malformed_scan_is_refused_with_its_field(
    shop: Shop, staff: str, body: dict[str, Any], field: str
) -> None:
    refused = shop.api.call("POST", "/verify", json=body, token=staff)

    assert (refused.status, refused.code) == (400, "INVALID_INPUT")
    assert field in refused.details["fields"]


def test_owner_gets_a_code_that_lasts_a_minute(
    shop: Shop, alice: str, staff: str, event: EventOnSale
) -> None:
    seat_id = event.seat_ids[0]
    shop.buy(alice, seat_id)

    answer = shop.api.ticket_code(alice, seat_id)

    assert answer.status == 200
    assert set(answer.body) == {
        "qr_payload",
        "generated_at",
        "expires_at",
        "ttl_seconds",
    }
    assert answer["ttl_seconds"] == 60
    assert answer["generated_at"] < answer["expires_at"]
    assert answer.headers["Cache-Control"] == "no-store"
    assert shop.scan(staff, answer["qr_payload"])["result"] == "SUCCESS"


@pytest.mark.parametrize(
    ("accept", "media_type", "beginning"),
    [
        ("image/png", "image/png", b"\x89PNG\r\n"),
        ("image/svg+xml", "image/svg+xml", b"<?xml"),
        ("image/png, application/json;q=0.5", "image/png", b"\x89PNG\r\n"),
        ("*/*", "application/json", b"{"),
        ("text/html", "application/json", b"{"),
    ],
)
def test_code_comes_in_the_form_that_is_asked_for(
    shop: Shop,
    bob: str,
    event: EventOnSale,
    accept: str,
    media_type: str,
    beginning: bytes,
) -> None:
    seat_id = event.seat_ids[1]
    if shop.seat_status(event.event_id, seat_id) != "SOLD":
        shop.buy(bob, seat_id)

    answer = shop.api.ticket_code(bob, seat_id, headers={"Accept": accept})

    assert answer.status == 200
    assert answer.headers["Content-Type"].split(";")[0] == media_type
    assert answer.raw.startswith(beginning)


def test_code_of_somebody_elses_ticket_is_refused(
    shop: Shop, alice: str, bob: str, event: EventOnSale
) -> None:
    shop.buy(alice, event.seat_ids[2])

    refused = shop.api.ticket_code(bob, event.seat_ids[2])

    assert (refused.status, refused.code) == (403, "NOT_SEAT_OWNER")


def test_seat_without_a_ticket_has_no_code(
    shop: Shop, alice: str, event: EventOnSale
) -> None:
    free, held = event.seat_ids[3:5]
    shop.must_reserve(alice, held)

    for seat_id, status in ((free, "AVAILABLE"), (held, "HELD")):
        refused = shop.api.ticket_code(alice, seat_id)
        assert (refused.status, refused.code) == (409, "SEAT_UNAVAILABLE")
        assert refused.details == {"seat_ids": [seat_id], "status": status}


def test_used_ticket_has_no_code_any_more(
    shop: Shop, alice: str, staff: str, event: EventOnSale
) -> None:
    seat_id = event.seat_ids[5]
    shop.scan(staff, shop.buy(alice, seat_id)[seat_id])

    refused = shop.api.ticket_code(alice, seat_id)

    assert (refused.status, refused.code) == (409, "SEAT_UNAVAILABLE")
    assert refused.details["status"] == "CHECKED_IN"


@pytest.mark.parametrize("seat_id", [str(uuid.UUID(int=7)), "A12"])
def test_seat_that_does_not_exist_has_no_code(
    shop: Shop, alice: str, seat_id: str
) -> None:
    refused = shop.api.ticket_code(alice, seat_id)

    assert (refused.status, refused.code) == (404, "SEAT_NOT_FOUND")


def test_log_is_paged_newest_first(shop: Shop, staff: str, admin: str) -> None:
    event = shop.publish(seats=1, price="0.01")
    code = shop.buy(shop.sign_in("bob@example.com"), event.seat_ids[0])
    for token, hall in ((staff, "HALL-X"), (staff, HALL), (admin, HALL)):
        shop.scan(token, code[event.seat_ids[0]], hall)

    query = {"event_id": event.event_id, "page_size": 2}
    first = shop.api.entry_logs(staff, query)
    second = shop.api.entry_logs(admin, {**query, "page": 2})

    assert [row["result"] for row in first["data"]] == ["DUPLICATE", "SUCCESS"]
    assert [row["result"] for row in second["data"]] == ["WRONG_HALL"]
    assert first["pagination"] == {
        "page": 1,
        "page_size": 2,
        "total": 3,
        "next_page": 2,
    }


@pytest.mark.parametrize(
    "query",
    [
        {"event_id": "x"},
        {"result": "MAYBE"},
        {"page": 0},
        {"page": 10**9},
        {"page_size": 101},
        {"gate": "7"},
    ],
)
def test_malformed_question_for_the_log_is_refused(
    shop: Shop, staff: str, query: dict[str, Any]
) -> None:
    refused = shop.api.entry_logs(staff, query)

    assert (refused.status, refused.code) == (400, "INVALID_INPUT")


def test_dashboard_counts_seats_sales_and_scans(
    shop: Shop, alice: str, staff: str
) -> None:
    organiser = shop.sign_in("organiser@example.com")
    event = shop.publish(seats=4, price="2.00")
    codes = shop.buy(alice, *event.seat_ids[:2])
    shop.must_reserve(alice, event.seat_ids[2])
    payload = codes[event.seat_ids[0]]
    for hall in ("HALL-X", HALL):
        shop.scan(staff, payload, hall)

    found = shop.api.dashboard(organiser, event.event_id)

    assert found.status == 200
    assert found["seats"] == {"AVAILABLE": 1, "HELD": 1, "SOLD": 1, "CHECKED_IN": 1}
    assert found["total_seats"] == 4
    assert (found["revenue"], found["currency"]) == ("4.00", "SGD")
    assert (found["confirmed_orders"], found["seats_sold"]) == (1, 2)
    [hour] = found["sales_over_time"]
    assert (hour["seats"], hour["revenue"]) == (2, "4.00")
    assert found["scans"] == {
        "SUCCESS": 1,
        "DUPLICATE": 0,
        "UNPAID": 0,
        "NOT_FOUND": 0,
        "WRONG_HALL": 1,
        "EXPIRED": 0,
    }


def test_dashboard_is_for_organisers_of_events_that_exist(
    shop: Shop, alice: str, staff: str, admin: str
) -> None:
    nowhere = str(uuid.UUID(int=9))

    for token in (alice, staff):
        assert shop.api.dashboard(token, nowhere).code == "FORBIDDEN"
    for event_id in (nowhere, "x"):
        refused = shop.api.dashboard(admin, event_id)
        assert (refused.status, refused.code) == (404, "EVENT_NOT_FOUND")
