"""Events, seat maps, and what an organiser publishes."""

from __future__ import annotations

import uuid
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from support.shop import Shop, event_body


def test_catalogue_lists_the_demo_events_in_order(shop: Shop) -> None:
    listed = shop.api.call("GET", "/events", params={"page_size": 100})

    assert listed.status == 200
    names = [event["name"] for event in listed.body["data"]]
    assert "Taylor Swift Eras Tour SG" in names
    assert names.index("Yesterday's Show") == 0
    dates = [event["event_date"] for event in listed.body["data"]]
    assert dates == sorted(dates)


def test_event_has_the_fields_of_the_contract(shop: Shop) -> None:
    [listed] = shop.api.call("GET", "/events", params={"q": "taylor"}).body["data"]

    event = shop.api.call("GET", f"/events/{listed['event_id']}").body

    assert set(listed) == {
        "event_id",
        "name",
        "type",
        "venue",
        "hall_id",
        "event_date",
        "total_seats",
        "pricing_tiers",
        "status",
    }
    assert set(listed) | {"description", "seats_available"} <= set(event)
    assert event["pricing_tiers"] == {"CAT1": "350.00", "CAT2": "200.00"}
    assert event["total_seats"] == 200
    assert event["hall_id"] == "HALL-A"
    assert set(event["venue"]) == {"venue_id", "name", "address"}


def test_every_path_answers_under_v1_too(shop: Shop) -> None:
    bare = shop.api.call("GET", "/events", params={"q": "taylor"})
    versioned = shop.api.call("GET", "/v1/events", params={"q": "taylor"})

    assert versioned.body == bare.body


@pytest.mark.parametrize("event_id", ["no-uuid", str(uuid.UUID(int=7))])
@pytest.mark.parametrize("path", ["/events/{}", "/events/{}/seats"])
def test_unknown_event_is_not_found(shop: Shop, path: str, event_id: str) -> None:
    answer = shop.api.call("GET", path.format(event_id))

    assert (answer.status, answer.code) == (404, "EVENT_NOT_FOUND")


@pytest.mark.parametrize(
    "query",
    [
        {"page": "0"},
        {"page": "-1"},
        {"page": "x"},
        {"page": "99999999999999999999"},
        {"page_size": "101"},
        {"from": "yesterday"},
        {"venue_id": "x"},
        {"colour": "red"},
        {"q": "a\x00b"},
    ],
)
def test_wrong_filter_is_refused(shop: Shop, query: dict[str, str]) -> None:
    answer = shop.api.call("GET", "/events", params=query)

    assert (answer.status, answer.code) == (400, "INVALID_INPUT")
    assert answer.body["error"]["details"]["fields"]


def test_unchanged_seat_map_is_304_and_a_hold_changes_it(
    shop: Shop, alice: str
) -> None:
    event = shop.publish()
    path = f"/events/{event.event_id}/seats"
    first = shop.api.call("GET", path)
    etag = {"If-None-Match": first.headers["ETag"]}

    unchanged = shop.api.call("GET", path, headers=etag)
    several = {"If-None-Match": f'"x", W/{first.headers["ETag"]}'}
    among_others = shop.api.call("GET", path, headers=several)
    shop.must_reserve(alice, event.seat_ids[0])
    changed = shop.api.call("GET", path, headers=etag)

    assert (unchanged.status, unchanged.raw) == (304, b"")
    assert (among_others.status, among_others.raw) == (304, b"")
    assert changed.status == 200
    assert changed.body["version"] > first.body["version"]
    seat = changed.body["seats"][0]
    assert seat["status"] == "HELD"
    assert seat["held_until"]
    assert set(seat) == {
        "seat_id",
        "row_number",
        "seat_number",
        "category",
        "price",
        "status",
        "held_until",
    }


def test_seats_available_counts_what_is_neither_held_nor_sold(
    shop: Shop, alice: str
) -> None:
    event = shop.publish(seats=5)
    shop.must_reserve(alice, event.seat_ids[0])
    order_id = shop.must_reserve(alice, event.seat_ids[1])["order_id"]
    shop.pay(alice, order_id)

    found = shop.api.call("GET", f"/events/{event.event_id}").body

    assert found["seats_available"] == 3


def test_fifty_thousand_seats_are_created_in_one_go(shop: Shop) -> None:
    organiser = shop.sign_in("organiser@example.com")
    body = event_body(1)
    body["seat_map"] = [
        {
            "category": "CAT1",
            "rows": [f"{n:03d}" for n in range(100)],
            "seats_per_row": 500,
        }
    ]

    answer = shop.api.call("POST", "/admin/events", json=body, token=organiser)

    assert answer.status == 201, answer.body
    assert answer.body["seats_created"] == 50_000
    assert len(shop.seats(answer.body["event_id"])) == 50_000


@pytest.mark.parametrize("who", ["alice@example.com", "staff@example.com"])
def test_customers_and_staff_may_not_publish(shop: Shop, who: str) -> None:
    answer = shop.api.call(
        "POST", "/admin/events", json=event_body(1), token=shop.sign_in(who)
    )

    assert (answer.status, answer.code) == (403, "FORBIDDEN")


def test_unknown_venue_refuses_the_event_and_leaves_nothing(shop: Shop) -> None:
    body = event_body(3)
    del body["venue"]
    body["venue_id"] = str(uuid.uuid4())

    answer = shop.api.call(
        "POST",
        "/admin/events",
        json=body,
        token=shop.sign_in("organiser@example.com"),
    )

    assert (answer.status, answer.code) == (404, "VENUE_NOT_FOUND")
    listed = shop.api.call("GET", "/events", params={"q": body["name"]})
    assert listed.body["data"] == []


def test_event_at_a_known_venue_needs_only_its_id(shop: Shop) -> None:
    event = shop.publish()
    venue = shop.api.call("GET", f"/events/{event.event_id}").body["venue"]
    body = event_body(2)
    del body["venue"]
    body["venue_id"] = venue["venue_id"]

    answer = shop.api.call(
        "POST",
        "/admin/events",
        json=body,
        token=shop.sign_in("organiser@example.com"),
    )

    assert answer.status == 201


def _with(**changes: Any) -> dict[str, Any]:
    return {**event_body(2), **changes}


_BLOCK = {"category": "CAT1", "rows": ["A"], "seats_per_row": 2}


@pytest.mark.parametrize(
    "body",
    [
        {},
        _with(name=""),
        _with(name="n" * 256),
        _with(name=5),
        _with(hall_id="h" * 21),
        _with(event_date="2020-01-01T00:00:00Z"),
        _with(event_date="soon"),
        _with(event_date="2090-01-01T00:00:00"),
        _with(event_date="9999-12-31T23:59:59-12:00"),
        _with(name="  "),
        _with(pricing_tiers={"CAT1": "\uff11\uff10.00"}),
        _with(pricing_tiers={"CAT1": "10000000.00"}),
        _with(seat_map=[{**_BLOCK, "rows": [" "]}]),
        _with(pricing_tiers={"CAT1": 1.5}),
        _with(pricing_tiers={"CAT1": "1.555"}),
        _with(pricing_tiers={"CAT1": "-1.00"}),
        _with(pricing_tiers={"CAT1": "0.00"}),
        _with(pricing_tiers={"CAT1": "NaN"}),
        _with(pricing_tiers={"CAT1": "999999999.00"}),
        _with(pricing_tiers={"CAT9": "1.00"}),
        _with(pricing_tiers={}),
        _with(seat_map=[]),
        _with(seat_map=[{**_BLOCK, "seats_per_row": 0}]),
        _with(seat_map=[{**_BLOCK, "seats_per_row": 50_001}]),
        _with(seat_map=[{**_BLOCK, "seats_per_row": "2"}]),
        _with(seat_map=[{**_BLOCK, "seats_per_row": True}]),
        _with(seat_map=[_BLOCK, _BLOCK]),
        _with(seat_map=[{**_BLOCK, "rows": ["ABCDE"]}]),
        _with(seat_map=[{**_BLOCK, "rows": [None]}]),
        _with(seat_map="everything"),
        _with(colour="red"),
        _with(venue_id=str(uuid.uuid4())),
    ],
)
def test_malformed_event_is_refused(shop: Shop, body: dict[str, Any]) -> None:
    organiser = shop.sign_in("organiser@example.com")

    answer = shop.api.call("POST", "/admin/events", json=body, token=organiser)

    assert (answer.status, answer.code) == (400, "INVALID_INPUT")


def test_seat_map_never_shows_half_a_reservation(shop: Shop, alice: str) -> None:
    event = shop.publish(seats=10)

    def look(_: int) -> set[str]:
        return {seat["status"] for seat in shop.seats(event.event_id)}

    with ThreadPoolExecutor(8) as pool:
        looks = [pool.submit(look, n) for n in range(40)]
        held = pool.submit(shop.must_reserve, alice, *event.seat_ids)

    assert held.result()["status"] == "HELD"
    assert all(len(seen.result()) == 1 for seen in looks)


def test_changes_since_a_version_are_the_seats_that_changed(
    shop: Shop, alice: str
) -> None:
    event = shop.publish(seats=50)
    path = f"/events/{event.event_id}/seats"
    before = shop.api.call("GET", path).body
    shop.must_reserve(alice, event.seat_ids[7])

    changes = shop.api.call("GET", f"{path}?since={before['version']}")

    assert changes.status == 200
    assert changes.body["event_id"] == event.event_id
    assert changes.body["version"] >= before["version"]
    [changed] = [
        seat for seat in changes.body["seats"] if seat["status"] != "AVAILABLE"
    ]
    assert changed["seat_id"] == event.seat_ids[7]
    assert changed["status"] == "HELD"
    whole = {seat["seat_id"]: seat for seat in shop.seats(event.event_id)}
    assert changed == whole[event.seat_ids[7]]


@pytest.mark.parametrize("since", ["-1", "x", "", "9223372036854775808", "1.5"])
def test_version_that_is_none_is_refused(shop: Shop, since: str) -> None:
    event = shop.publish(seats=1)

    answer = shop.api.call("GET", f"/events/{event.event_id}/seats?since={since}")

    assert (answer.status, answer.code) == (400, "INVALID_INPUT")
