"""An event is published with all its seats or not at all, whoever dies."""

from __future__ import annotations

import uuid
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from live import SAGA_DEADLINE_S
from local_stack import Stack
from support.shop import Shop, event_body
from support.waiting import eventually
from ticket_demo.api import Answer, NoAnswer

SEATS = 500


def _publish(shop: Shop, organiser: str, body: dict[str, Any]) -> Answer | None:
    try:
        return shop.api.call("POST", "/admin/events", json=body, token=organiser)
    except NoAnswer:
        return None


def _saga(shop: Shop, admin: str, name: str) -> dict[str, Any]:
    """The publication of the event with this name; it is in the saga's own log."""
    listed = shop.api.call(
        "GET", "/admin/sagas", params={"kind": "event_publication"}, token=admin
    )
    sagas: list[dict[str, Any]] = listed.body["data"]
    assert sagas, name
    return sagas[0]


def _listed(shop: Shop, name: str) -> list[dict[str, Any]]:
    answer = shop.api.call("GET", "/events", params={"q": name})
    found: list[dict[str, Any]] = answer.body["data"]
    return found


@pytest.mark.parametrize("victim", ["inventory-service", "event-service"])
def test_participant_that_is_away_for_a_moment_delays_the_publication(
    live: Stack, shop: Shop, admin: str, victim: str
) -> None:
    organiser = shop.sign_in("organiser@example.com")
    body = event_body(SEATS)
    live.kill(victim)

    answer = _publish(shop, organiser, body)
    live.restart(victim)

    assert answer is not None
    assert answer.status == 202
    assert answer.body["status_url"] == f"/admin/sagas/{answer.body['saga_id']}"
    saga = eventually(
        lambda: shop.api.call("GET", answer.body["status_url"], token=organiser).body,
        lambda saga: saga["state"] in {"DONE", "FAILED"},
        within_s=60,
    )
    if saga["state"] == "DONE":
        # The orchestrator finds a service that was away within a second.
        seats = eventually(
            lambda: shop.seats(answer.body["event_id"]), bool, within_s=5
        )
        assert len(seats) == SEATS
    else:
        assert _listed(shop, body["name"]) == []


def test_participant_that_stays_away_fails_the_publication_and_leaves_nothing(
    live: Stack, shop: Shop, admin: str
) -> None:
    organiser = shop.sign_in("organiser@example.com")
    body = event_body(SEATS)
    live.pause("inventory-service")
    try:
        answer = _publish(shop, organiser, body)
        assert answer is not None
        assert answer.status == 202
        status_url = answer.body["status_url"]
        eventually(
            lambda: shop.api.call("GET", status_url, token=organiser).body["state"],
            lambda state: state == "ABORTING",
            within_s=SAGA_DEADLINE_S + 45,
            every_s=0.5,
        )
    finally:
        live.resume("inventory-service")

    saga = eventually(
        lambda: shop.api.call("GET", status_url, token=admin).body,
        lambda saga: saga["state"] == "FAILED",
        within_s=90,
        every_s=0.5,
    )
    assert saga["steps"][0]["compensation"]["name"] == "discard_event"
    assert _listed(shop, body["name"]) == []
    event_id = answer.body["event_id"]
    assert shop.api.call("GET", f"/events/{event_id}/seats").code == "EVENT_NOT_FOUND"


def test_repeat_under_one_key_publishes_one_event_though_the_first_was_slow(
    live: Stack, shop: Shop
) -> None:
    organiser = shop.sign_in("organiser@example.com")
    body = event_body(SEATS)
    key = {"Idempotency-Key": uuid.uuid4().hex}
    live.pause("inventory-service")

    slow = [
        shop.api.call("POST", "/admin/events", json=body, token=organiser, headers=key)
        for _ in range(2)
    ]
    live.resume("inventory-service")

    assert [answer.status for answer in slow] == [202, 202]
    assert slow[0].body["event_id"] == slow[1].body["event_id"]
    found = eventually(lambda: _listed(shop, body["name"]), bool, within_s=60)
    assert [event["event_id"] for event in found] == [slow[0].body["event_id"]]
    done = shop.api.call(
        "POST", "/admin/events", json=body, token=organiser, headers=key
    )
    assert (done.status, done.body["seats_created"]) == (201, SEATS)


def test_orchestrator_killed_in_the_middle_publishes_all_or_nothing(
    live: Stack, shop: Shop, admin: str
) -> None:
    organiser = shop.sign_in("organiser@example.com")
    body = event_body(SEATS)
    live.pause("inventory-service")
    with ThreadPoolExecutor(1) as pool:
        publishing = pool.submit(_publish, shop, organiser, body)
        saga_id = eventually(
            lambda: _saga(shop, admin, body["name"]),
            lambda saga: saga["state"] == "RUNNING",
            within_s=10,
            every_s=0.02,
        )["saga_id"]
        live.kill("orchestrator-service")
        live.resume("inventory-service")
        live.restart("orchestrator-service")
        publishing.result()

    saga = eventually(
        lambda: shop.api.call("GET", f"/admin/sagas/{saga_id}", token=admin).body,
        lambda saga: saga["state"] in {"DONE", "FAILED"},
        within_s=90,
        every_s=0.5,
    )
    assert saga["drives"] > 1
    found = _listed(shop, body["name"])
    if saga["state"] == "DONE":
        assert len(shop.seats(found[0]["event_id"])) == SEATS
    else:
        assert found == []
