"""What the orchestrator sees of one event over HTTP."""

from __future__ import annotations

import uuid
from typing import Any

import pytest
from flask.testing import FlaskClient

from builders.events import a_draft, a_venue


def _put(client: FlaskClient, draft: dict[str, Any], event_id: str = "") -> Any:
    return client.put(f"/events/{event_id or uuid.uuid4()}", json=draft)


def _code(answer: Any) -> tuple[int, str]:
    return answer.status_code, answer.get_json()["error"]["code"]


def _fields(answer: Any) -> list[str]:
    assert _code(answer) == (400, "INVALID_INPUT")
    return list(answer.get_json()["error"]["details"]["fields"])


def test_draft_carries_everything_it_was_given(client: FlaskClient) -> None:
    event_id, draft = str(uuid.uuid4()), a_draft()

    answer = _put(client, draft, event_id)

    body = answer.get_json()
    venue = body.pop("venue")
    assert answer.status_code == 201
    assert venue.items() >= draft.pop("venue").items()
    assert uuid.UUID(venue["venue_id"])
    assert body == {**draft, "event_id": event_id, "status": "DRAFT"}


def test_type_and_description_may_be_left_out(client: FlaskClient) -> None:
    draft = a_draft()
    del draft["type"], draft["description"]

    body = _put(client, draft).get_json()

    assert body["type"] is body["description"] is None


def test_event_in_the_past_is_taken(client: FlaskClient) -> None:
    answer = _put(client, a_draft(event_date="2001-01-01T20:00:00+08:00"))

    assert answer.status_code == 201
    assert answer.get_json()["event_date"] == "2001-01-01T12:00:00Z"


def test_repeated_draft_answers_the_event_as_it_stands(client: FlaskClient) -> None:
    event_id, draft = str(uuid.uuid4()), a_draft()
    first = _put(client, draft, event_id)
    again = _put(client, {**draft, "event_date": "2026-06-16T03:00:00+08:00"}, event_id)
    client.post(f"/events/{event_id}/publish")
    published = _put(client, draft, event_id)

    assert (again.status_code, again.get_json()) == (200, first.get_json())
    assert published.status_code == 200
    assert published.get_json()["status"] == "PUBLISHED"


@pytest.mark.parametrize(
    "change",
    [
        {"name": "Other"},
        {"type": None},
        {"description": "Other"},
        {"venue": a_venue()},
        {"hall_id": "HALL-B"},
        {"event_date": "2026-06-15T19:00:00.000001Z"},
        {"pricing_tiers": {"CAT1": "350.00", "CAT2": "200.01"}},
        {"total_seats": 201},
    ],
    ids=lambda change: next(iter(change)),
)
def test_event_id_that_is_in_use_is_refused_for_other_content(
    client: FlaskClient, change: dict[str, Any]
) -> None:
    event_id, draft = str(uuid.uuid4()), a_draft()
    if change.get("type", "") is None:
        change = {}
        other = {key: value for key, value in draft.items() if key != "type"}
    else:
        other = {**draft, **change}
    _put(client, draft, event_id)

    assert _code(_put(client, other, event_id)) == (422, "EVENT_ID_REUSED")


def test_refused_draft_leaves_no_venue_behind(client: FlaskClient) -> None:
    event_id, venue = str(uuid.uuid4()), a_venue(venue_id=str(uuid.uuid4()))
    _put(client, a_draft(), event_id)

    _put(client, a_draft(venue=venue), event_id)

    answer = _put(client, a_draft(venue_id=venue["venue_id"]))
    assert _code(answer) == (404, "VENUE_NOT_FOUND")


def test_venue_is_found_again_by_name_and_address(client: FlaskClient) -> None:
    venue = a_venue()
    first = _put(client, a_draft(venue=venue)).get_json()["venue"]
    again = _put(client, a_draft(venue=venue)).get_json()["venue"]
    by_id = _put(client, a_draft(venue_id=first["venue_id"])).get_json()["venue"]
    elsewhere = _put(client, a_draft(venue={**venue, "address": "Elsewhere"}))

    assert again == by_id == first
    assert elsewhere.get_json()["venue"]["venue_id"] != first["venue_id"]


def test_venue_is_made_under_the_id_that_comes_with_it(client: FlaskClient) -> None:
    venue = a_venue(venue_id=str(uuid.uuid4()))

    assert _put(client, a_draft(venue=venue)).get_json()["venue"] == venue


def test_venue_id_of_another_venue_is_refused(client: FlaskClient) -> None:
    venue = a_venue(venue_id=str(uuid.uuid4()))
    _put(client, a_draft(venue=venue))

    answer = _put(client, a_draft(venue={**venue, "name": "Another"}))

    assert _code(answer) == (422, "VENUE_ID_REUSED")


def test_published_event_stays_published(client: FlaskClient) -> None:
    event_id, draft = str(uuid.uuid4()), a_draft()
    _put(client, draft, event_id)

    first = client.post(f"/events/{event_id}/publish", json={})
    again = client.post(f"/events/{event_id}/publish", json={})
    discarded = client.post(f"/events/{event_id}/discard", json={})

    assert (first.status_code, first.get_json()["status"]) == (200, "PUBLISHED")
    assert (again.status_code, again.get_json()) == (200, first.get_json())
    assert (discarded.status_code, discarded.get_json()) == (
        200,
        {"outcome": "PUBLISHED"},
    )
    assert client.get(f"/events/{event_id}").get_json() == first.get_json()


def test_discarded_draft_is_never_published_nor_drafted_again(
    client: FlaskClient,
) -> None:
    event_id, draft = str(uuid.uuid4()), a_draft()
    _put(client, draft, event_id)

    first = client.post(f"/events/{event_id}/discard")
    again = client.post(f"/events/{event_id}/discard")

    assert first.get_json() == again.get_json() == {"outcome": "DISCARDED"}
    assert _code(client.post(f"/events/{event_id}/publish")) == (409, "EVENT_DISCARDED")
    assert _code(_put(client, draft, event_id)) == (409, "EVENT_DISCARDED")
    assert client.get(f"/events/{event_id}").get_json()["status"] == "DISCARDED"


def test_event_discarded_before_its_draft_cannot_come_to_life(
    client: FlaskClient,
) -> None:
    event_id = str(uuid.uuid4())

    outcome = client.post(f"/events/{event_id}/discard").get_json()

    assert outcome == {"outcome": "DISCARDED"}
    assert _code(_put(client, a_draft(), event_id)) == (409, "EVENT_DISCARDED")
    assert _code(client.post(f"/events/{event_id}/publish")) == (409, "EVENT_DISCARDED")
    assert _code(client.get(f"/events/{event_id}")) == (404, "EVENT_NOT_FOUND")


@pytest.mark.parametrize("event_id", [str(uuid.uuid4()), "17", "%00", "a" * 300])
def test_unknown_and_malformed_ids_are_not_found(
    client: FlaskClient, event_id: str
) -> None:
    publication = client.post(f"/events/{event_id}/publish")

    assert _code(client.get(f"/events/{event_id}")) == (404, "EVENT_NOT_FOUND")
    assert _code(publication) == (404, "EVENT_NOT_FOUND")


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("name", ""),
        ("name", "x" * 256),
        ("name", 5),
        ("type", "t" * 51),
        ("description", "d" * 5001),
        ("hall_id", "H" * 21),
        ("hall_id", None),
        ("event_date", "2026-06-15"),
        ("event_date", 1781550000),
        ("total_seats", 0),
        ("total_seats", 50_001),
        ("total_seats", 10**30),
        ("total_seats", 1.5),
        ("total_seats", True),
        ("pricing_tiers", {}),
        ("pricing_tiers", []),
        ("pricing_tiers", {"CAT1": 350}),
        ("pricing_tiers", {"CAT1": "0.00"}),
        ("pricing_tiers", {"C" * 21: "1.00"}),
        ("pricing_tiers", {f"CAT{n}": "1.00" for n in range(51)}),
        ("venue", {"name": "Hall"}),
        ("venue", {**a_venue(), "name": "n" * 256}),
        ("venue", {**a_venue(), "capacity": 5}),
        ("venue", {**a_venue(), "venue_id": "x"}),
        ("venue", "Hall"),
        ("status", "PUBLISHED"),
    ],
)
def test_wrong_field_of_a_draft_is_refused_by_name(
    client: FlaskClient, field: str, value: Any
) -> None:
    assert _fields(_put(client, a_draft(**{field: value}))) == [field]


@pytest.mark.parametrize("change", [{"venue_id": str(uuid.uuid4())}, {}])
def test_draft_with_two_venues_or_none_is_refused(
    client: FlaskClient, change: dict[str, Any]
) -> None:
    draft = a_draft()
    venue = draft.pop("venue")
    if change:
        change["venue"] = venue

    assert _fields(_put(client, {**draft, **change})) == ["venue"]


def test_longest_names_of_the_widest_letters_are_kept(client: FlaskClient) -> None:
    # Random letters: PostgreSQL would compress a repeated one before it indexes it.
    wide = [
        "".join(chr(0x20000 + (n * 7919 + start) % 40_000) for n in range(255))
        for start in (1, 20_000)
    ]
    draft = a_draft(name=wide[0], venue={"name": wide[0], "address": wide[1]})

    answer = _put(client, draft)

    assert answer.status_code == 201
    assert answer.get_json()["name"] == wide[0]


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", f"/events/{uuid.uuid4()}"),
        ("PUT", f"/events/{uuid.uuid4()}"),
        ("POST", f"/events/{uuid.uuid4()}/publish"),
        ("POST", f"/events/{uuid.uuid4()}/discard"),
        ("GET", "/invariants"),
    ],
)
def test_caller_without_the_service_credential_is_refused(
    client: FlaskClient, method: str, path: str
) -> None:
    answer = client.open(path, method=method, headers={"X-Service-Token": "guess"})

    assert _code(answer) == (401, "UNAUTHORIZED")


def test_ready_names_the_database(client: FlaskClient) -> None:
    answer = client.get("/health/ready", headers={"X-Service-Token": ""})

    assert answer.status_code == 200
    assert answer.get_json()["dependencies"] == {"database": "ok"}
