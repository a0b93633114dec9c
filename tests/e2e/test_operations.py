"""Sagas and invariants, as an operator sees them."""

from __future__ import annotations

import uuid

import pytest

from support.shop import Shop
from support.waiting import eventually


def _saga_of(shop: Shop, admin: str, order_id: str) -> dict[str, object]:
    listed = shop.api.call(
        "GET", "/admin/sagas", params={"kind": "purchase"}, token=admin
    )
    [found] = [saga for saga in listed.body["data"] if saga["subject"] == order_id]
    answer = shop.api.call("GET", f"/admin/sagas/{found['saga_id']}", token=admin)
    return dict(answer.body)


def test_paid_order_has_a_saga_that_is_done_in_one_drive(
    shop: Shop, alice: str, admin: str
) -> None:
    event = shop.publish()
    order_id = shop.must_reserve(alice, event.seat_ids[0])["order_id"]
    paid = shop.pay(alice, order_id)

    saga = _saga_of(shop, admin, order_id)

    assert (saga["type"], saga["state"], saga["drives"]) == ("purchase", "DONE", 1)
    assert saga["request_id"] == paid.headers["X-Request-ID"]
    steps = saga["steps"]
    assert isinstance(steps, list)
    assert [(step["name"], step["outcome"], step["attempts"]) for step in steps] == [
        ("claim_seat", "DONE", 1),
        ("deduct_credits", "DONE", 1),
        ("confirm_seat", "DONE", 1),
        ("confirm_order", "DONE", 1),
    ]
    assert all(step["compensation"] is None for step in steps)


def test_refused_payment_has_a_saga_that_was_taken_back(shop: Shop, admin: str) -> None:
    event = shop.publish()
    carol = shop.new_customer()
    order_id = shop.must_reserve(carol, event.seat_ids[0])["order_id"]
    shop.pay(carol, order_id)

    saga = _saga_of(shop, admin, order_id)

    assert saga["state"] == "FAILED"
    reason = saga["reason"]
    assert isinstance(reason, dict)
    assert reason["code"] == "INSUFFICIENT_CREDITS"
    steps = saga["steps"]
    assert isinstance(steps, list)
    claim, deduct, *_ = steps
    assert claim["compensation"]["name"] == "revoke_claim"
    assert claim["compensation"]["outcome"] == "DONE"
    assert (deduct["outcome"], deduct["error"]) == ("REFUSED", "INSUFFICIENT_CREDITS")


def test_sagas_are_filtered_by_state(shop: Shop, admin: str) -> None:
    listed = shop.api.call(
        "GET", "/admin/sagas", params={"state": "DONE", "page_size": 5}, token=admin
    )

    assert {saga["state"] for saga in listed.body["data"]} == {"DONE"}
    assert listed.body["pagination"]["page_size"] == 5


@pytest.mark.parametrize("saga_id", ["no-uuid", str(uuid.UUID(int=3))])
def test_unknown_saga_is_not_found(shop: Shop, admin: str, saga_id: str) -> None:
    answer = shop.api.call("GET", f"/admin/sagas/{saga_id}", token=admin)

    assert (answer.status, answer.code) == (404, "SAGA_NOT_FOUND")


def test_ended_saga_cannot_be_retried(shop: Shop, alice: str, admin: str) -> None:
    event = shop.publish()
    order_id = shop.must_reserve(alice, event.seat_ids[0])["order_id"]
    shop.pay(alice, order_id)
    saga_id = _saga_of(shop, admin, order_id)["saga_id"]

    answer = shop.api.call("POST", f"/admin/sagas/{saga_id}/retry", token=admin)

    assert (answer.status, answer.code) == (409, "SAGA_ALREADY_ENDED")


@pytest.mark.parametrize(
    "query", [{"state": "LOST"}, {"older_than": "-1"}, {"older_than": "x"}, {"x": "1"}]
)
def test_wrong_saga_filter_is_refused(
    shop: Shop, admin: str, query: dict[str, str]
) -> None:
    answer = shop.api.call("GET", "/admin/sagas", params=query, token=admin)

    assert (answer.status, answer.code) == (400, "INVALID_INPUT")


@pytest.mark.parametrize(
    "path", ["/admin/sagas", f"/admin/sagas/{uuid.UUID(int=1)}", "/admin/invariants"]
)
def test_customers_see_no_operations(shop: Shop, alice: str, path: str) -> None:
    answer = shop.api.call("GET", path, token=alice)

    assert (answer.status, answer.code) == (403, "FORBIDDEN")


def test_all_invariants_hold_and_name_their_service(shop: Shop, admin: str) -> None:
    broken = eventually(
        lambda: shop.broken_invariants(admin), lambda found: not found, within_s=30
    )

    assert broken == []
    answer = shop.api.call("GET", "/admin/invariants", token=admin)
    assert answer.body["holds"] is True
    services = {found["service"] for found in answer.body["invariants"]}
    assert services == {"orchestrator", "inventory", "user", "order", "event"}
