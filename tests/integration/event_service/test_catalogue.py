"""The public catalogue: what it shows, how it is filtered and paged."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from typing import Any

import pytest
from flask.testing import FlaskClient

from builders.events import a_draft, a_venue

Publish = Callable[..., str]


@pytest.fixture
def venue() -> dict[str, Any]:
    """A venue of this test's own, which keeps its events apart from all others."""
    return a_venue(venue_id=str(uuid.uuid4()))


@pytest.fixture
def publish(client: FlaskClient, venue: dict[str, Any]) -> Publish:
    def publish(**changes: Any) -> str:
        event_id = str(uuid.uuid4())
        draft = a_draft(**{"venue": venue, **changes})
        assert client.put(f"/events/{event_id}", json=draft).status_code == 201
        assert client.post(f"/events/{event_id}/publish").status_code == 200
        return event_id

    return publish


def _list(client: FlaskClient, **query: Any) -> dict[str, Any]:
    answer = client.get(
        "/events", query_string=query, headers={"X-Service-Token": "none"}
    )
    assert answer.status_code == 200, answer.get_json()
    page: dict[str, Any] = answer.get_json()
    return page


def _ids(page: dict[str, Any]) -> list[str]:
    return [event["event_id"] for event in page["data"]]


def test_entry_has_the_fields_of_the_contract_and_no_others(
    client: FlaskClient, venue: dict[str, Any], publish: Publish
) -> None:
    event_id = publish(name="Eras Tour")

    page = _list(client, venue_id=venue["venue_id"])

    assert page["data"] == [
        {
            "event_id": event_id,
            "name": "Eras Tour",
            "type": "CONCERT",
            "venue": venue,
            "hall_id": "HALL-A",
            "event_date": "2026-06-15T19:00:00Z",
            "total_seats": 200,
            "pricing_tiers": {"CAT1": "350.00", "CAT2": "200.00"},
            "status": "PUBLISHED",
        }
    ]


def test_drafts_and_discarded_events_are_not_shown(
    client: FlaskClient, venue: dict[str, Any], publish: Publish
) -> None:
    shown = publish()
    draft, discarded = str(uuid.uuid4()), str(uuid.uuid4())
    for event_id in (draft, discarded):
        client.put(f"/events/{event_id}", json=a_draft(venue=venue))
    client.post(f"/events/{discarded}/discard")

    assert _ids(_list(client, venue_id=venue["venue_id"])) == [shown]


def test_events_come_in_the_order_of_their_dates_page_by_page(
    client: FlaskClient, venue: dict[str, Any], publish: Publish
) -> None:
    late = publish(event_date="2026-07-01T00:00:00Z")
    same = sorted(publish(event_date="2026-06-01T00:00:00Z") for _ in range(3))
    past = publish(event_date="2001-01-01T00:00:00Z")

    pages = [
        _list(client, venue_id=venue["venue_id"], page=page, page_size=2)
        for page in (1, 2, 3, 4)
    ]

    assert [_ids(page) for page in pages] == [
        [past, same[0]],
        [same[1], same[2]],
        [late],
        [],
    ]
    assert [page["pagination"]["next_page"] for page in pages] == [2, 3, None, None]
    assert all(page["pagination"]["total"] == 5 for page in pages)


@pytest.mark.parametrize(
    ("q", "found"),
    [
        ("taylor", True),
        ("SWIFT er", True),
        ("100%", True),
        ("a_b", True),
        ("c\\d", True),
        ("e/f", True),
        ("'quoted'", True),
        ("", True),
        ("tay%swift", False),
        ("a?b", False),
        ("acb", False),
        ("10__", False),
    ],
)
def test_q_finds_any_part_of_the_name_and_no_wildcards(
    client: FlaskClient, venue: dict[str, Any], publish: Publish, *, q: str, found: bool
) -> None:
    event_id = publish(name="Taylor Swift Eras: 100% a_b c\\d e/f 'quoted'")

    page = _list(client, venue_id=venue["venue_id"], q=q)

    assert _ids(page) == ([event_id] if found else [])


@pytest.mark.parametrize(
    ("span", "found"),
    [
        ({"from": "2026-06-15"}, True),
        ({"from": "2026-06-16"}, False),
        ({"to": "2026-06-15"}, True),
        ({"to": "2026-06-14"}, False),
        ({"from": "2026-06-15T19:00:00Z", "to": "2026-06-15T19:00:00Z"}, True),
        ({"from": "2026-06-15T19:00:01Z"}, False),
        ({"to": "2026-06-16T02:59:59+08:00"}, False),
        ({"from": "0001-01-01", "to": "9999-12-31"}, True),
        ({"from": "2026-06-16", "to": "2026-06-14"}, False),
    ],
)
def test_span_takes_both_its_ends_in(
    client: FlaskClient,
    venue: dict[str, Any],
    publish: Publish,
    *,
    span: dict[str, str],
    found: bool,
) -> None:
    event_id = publish(event_date="2026-06-15T19:00:00Z")

    page = _list(client, venue_id=venue["venue_id"], **span)

    assert _ids(page) == ([event_id] if found else [])


def test_type_narrows_the_list(
    client: FlaskClient, venue: dict[str, Any], publish: Publish
) -> None:
    opera = publish(type="OPERA")
    publish()

    assert _ids(_list(client, venue_id=venue["venue_id"], type="OPERA")) == [opera]
    assert _ids(_list(client, venue_id=venue["venue_id"], type="opera")) == []


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ("from=tomorrow", "from"),
        ("to=2026-02-30", "to"),
        ("from=2026-06-15T19:00:00", "from"),
        ("to=0001-01-01T00:00:00%2B14:00", "to"),
        ("venue_id=17", "venue_id"),
        ("q=%00", "q"),
        ("form=2026-06-15", "form"),
        ("type=a%00b", "type"),
        (f"q={'x' * 256}", "q"),
        ("page=0", "page"),
        ("page=9223372036854775808", "page"),
        ("page=x", "page"),
        ("page_size=0", "page_size"),
        ("page_size=101", "page_size"),
    ],
)
def test_filter_that_makes_no_sense_is_refused_by_name(
    client: FlaskClient, query: str, field: str
) -> None:
    answer = client.get(f"/events?{query}")

    error = answer.get_json()["error"]
    assert (answer.status_code, error["code"]) == (400, "INVALID_INPUT")
    assert list(error["details"]["fields"]) == [field]


def test_highest_page_is_empty_and_bytes_that_are_no_text_find_nothing(
    client: FlaskClient,
) -> None:
    assert client.get("/events?page=1000000&page_size=100").get_json()["data"] == []
    assert client.get("/events?q=%ff%fe").get_json()["data"] == []
