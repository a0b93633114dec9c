"""What the other services see of one order over HTTP."""

from __future__ import annotations

import uuid
from datetime import datetime
from typing import Any

import pytest
from flask.testing import FlaskClient

from builders.orders import a_seat, an_end_of, an_order

ORDER_FIELDS = {
    "order_id",
    "user_id",
    "event_id",
    "hold_id",
    "seats",
    "total",
    "currency",
    "status",
    "credits_charged",
    "saga_id",
    "transfer_id",
    "failure_reason",
    "created_at",
    "confirmed_at",
}


def _create(client: FlaskClient, order: dict[str, Any]) -> None:
    assert client.post("/orders", json=order).status_code == 201


def _confirm(client: FlaskClient, order: dict[str, Any], saga_id: str) -> Any:
    return client.post(
        f"/orders/{order['order_id']}/confirm", json={"saga_id": saga_id}
    )


def _fail(client: FlaskClient, order: dict[str, Any], **changes: Any) -> Any:
    body = an_end_of(order, **changes)
    return client.post(f"/orders/{order['order_id']}/fail", json=body)


def _code(answer: Any) -> tuple[int, str]:
    return answer.status_code, answer.get_json()["error"]["code"]


def test_new_order_is_pending_and_carries_its_seats_and_their_sum(
    client: FlaskClient,
) -> None:
    seats = [
        a_seat(row_number="B", seat_number=2, category="CAT2", price="200.10"),
        a_seat(row_number="A", seat_number=7, price="350.00"),
    ]
    order = an_order(seats=seats)

    answer = client.post("/orders", json=order)

    body = answer.get_json()
    assert answer.status_code == 201
    assert set(body) == ORDER_FIELDS
    assert body["seats"] == [seats[1], seats[0]]
    assert body["total"] == "550.10"
    assert (body["status"], body["credits_charged"]) == ("PENDING", "0.00")
    assert body["saga_id"] is body["failure_reason"] is body["confirmed_at"] is None
    assert datetime.fromisoformat(body["created_at"]).tzinfo is not None
    assert body["created_at"].endswith("Z")
    assert body.items() >= {**order, "seats": body["seats"]}.items()


def test_repeated_create_answers_the_order_as_it_stands(client: FlaskClient) -> None:
    order = an_order(seats=[a_seat(), a_seat(seat_number=13)])
    _create(client, order)
    again = client.post("/orders", json={**order, "seats": order["seats"][::-1]})
    _confirm(client, order, str(uuid.uuid4()))
    after_confirmation = client.post("/orders", json=order)

    assert (again.status_code, again.get_json()["status"]) == (200, "PENDING")
    assert after_confirmation.status_code == 200
    assert after_confirmation.get_json()["status"] == "CONFIRMED"


@pytest.mark.parametrize(
    "change",
    [
        {"user_id": str(uuid.uuid4())},
        {"event_id": str(uuid.uuid4())},
        {"hold_id": str(uuid.uuid4())},
        {"seats": [a_seat()]},
    ],
    ids=lambda change: next(iter(change)),
)
def test_order_id_that_is_in_use_is_refused_for_other_content(
    client: FlaskClient, change: dict[str, Any]
) -> None:
    order = an_order()
    _create(client, order)

    answer = client.post("/orders", json={**order, **change})

    assert _code(answer) == (422, "ORDER_ID_REUSED")


def test_other_price_for_the_same_seat_is_other_content(client: FlaskClient) -> None:
    order = an_order()
    _create(client, order)
    cheaper = [{**order["seats"][0], "price": "1.00"}]

    answer = client.post("/orders", json={**order, "seats": cheaper})

    assert _code(answer) == (422, "ORDER_ID_REUSED")


def test_confirmed_order_is_charged_its_total_by_its_saga(client: FlaskClient) -> None:
    order, saga_id = an_order(), str(uuid.uuid4())
    _create(client, order)

    body = _confirm(client, order, saga_id).get_json()

    assert (body["status"], body["saga_id"]) == ("CONFIRMED", saga_id)
    assert (body["total"], body["credits_charged"]) == ("350.00", "350.00")
    assert body["confirmed_at"] is not None
    assert body == client.get(f"/orders/{order['order_id']}").get_json()


def test_same_saga_confirms_again_and_gets_the_same_answer(client: FlaskClient) -> None:
    order, saga_id = an_order(), str(uuid.uuid4())
    _create(client, order)
    first = _confirm(client, order, saga_id)

    again = _confirm(client, order, saga_id)

    assert (again.status_code, again.get_json()) == (200, first.get_json())


def test_second_saga_is_refused_a_confirmed_order(client: FlaskClient) -> None:
    order = an_order()
    _create(client, order)
    _confirm(client, order, str(uuid.uuid4()))

    answer = _confirm(client, order, str(uuid.uuid4()))

    assert _code(answer) == (409, "ORDER_ALREADY_CONFIRMED")


def test_failed_order_is_never_confirmed(client: FlaskClient) -> None:
    order = an_order()
    _create(client, order)
    _fail(client, order)

    answer = _confirm(client, order, str(uuid.uuid4()))

    assert _code(answer) == (409, "ORDER_FAILED")
    assert answer.get_json()["error"]["details"] == {"failure_reason": "HOLD_EXPIRED"}


def test_second_order_of_a_sold_seat_is_refused_and_stays_pending(
    client: FlaskClient,
) -> None:
    shared = a_seat()
    first = an_order(seats=[shared])
    second = an_order(seats=[a_seat(seat_number=1), shared])
    _create(client, first)
    _create(client, second)
    _confirm(client, first, str(uuid.uuid4()))

    answer = _confirm(client, second, str(uuid.uuid4()))

    left = client.get(f"/orders/{second['order_id']}").get_json()
    assert _code(answer) == (409, "SEAT_ALREADY_SOLD")
    assert (left["status"], left["saga_id"]) == ("PENDING", None)


def test_first_reason_of_a_failed_order_stays(client: FlaskClient) -> None:
    order = an_order()
    _create(client, order)
    first = _fail(client, order, reason="CANCELLED")

    again = _fail(client, order, reason="HOLD_EXPIRED")

    assert first.status_code == again.status_code == 200
    assert first.get_json()["status"] == "FAILED"
    assert again.get_json() == first.get_json()
    assert again.get_json()["failure_reason"] == "CANCELLED"


def test_confirmed_order_cannot_be_failed(client: FlaskClient) -> None:
    order = an_order()
    _create(client, order)
    _confirm(client, order, str(uuid.uuid4()))

    assert _code(_fail(client, order)) == (409, "ORDER_ALREADY_CONFIRMED")


def test_end_of_another_hold_does_not_touch_the_order(client: FlaskClient) -> None:
    order = an_order()
    _create(client, order)

    answer = _fail(client, order, hold_id=str(uuid.uuid4()))

    left = client.get(f"/orders/{order['order_id']}").get_json()
    assert _code(answer) == (422, "ORDER_ID_REUSED")
    assert left["status"] == "PENDING"


def test_order_that_failed_before_it_was_written_cannot_come_to_life(
    client: FlaskClient,
) -> None:
    order = an_order(seats=[a_seat(), a_seat(seat_number=13)])
    tombstone = _fail(client, order)

    late = client.post("/orders", json=order)

    body = tombstone.get_json()
    assert (tombstone.status_code, body["status"]) == (200, "FAILED")
    assert (len(body["seats"]), body["total"]) == (2, "700.00")
    assert _code(late) == (409, "ORDER_FAILED")
    assert client.get(f"/orders/{order['order_id']}").get_json() == body


def test_late_create_with_other_prices_still_hears_that_the_hold_ended(
    client: FlaskClient,
) -> None:
    order = an_order()
    _fail(client, order)
    late = {**order, "seats": [{**order["seats"][0], "price": "1.00"}]}

    assert _code(client.post("/orders", json=late)) == (409, "ORDER_FAILED")


@pytest.mark.parametrize("order_id", [str(uuid.uuid4()), "17", "%00", "a" * 300])
def test_unknown_and_malformed_ids_are_not_found(
    client: FlaskClient, order_id: str
) -> None:
    confirmation = client.post(
        f"/orders/{order_id}/confirm", json={"saga_id": str(uuid.uuid4())}
    )

    assert _code(client.get(f"/orders/{order_id}")) == (404, "ORDER_NOT_FOUND")
    assert _code(confirmation) == (404, "ORDER_NOT_FOUND")


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("POST", "/orders"),
        ("GET", "/orders"),
        ("GET", f"/orders/{uuid.uuid4()}"),
        ("POST", f"/orders/{uuid.uuid4()}/confirm"),
        ("POST", f"/orders/{uuid.uuid4()}/fail"),
        ("GET", "/orders/facts"),
        ("GET", "/orders/facts/by-saga"),
        ("POST", "/orders/facts/by-saga"),
        ("GET", "/orders/facts/seats"),
        ("POST", "/orders/facts/seats"),
        ("GET", "/orders/summary"),
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
