"""Many orders in one request: each gets the answer that it would get alone."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import text

from builders.orders import a_seat, an_end_of, an_order
from service_common.db import Database


def _call(kind: str, *names: str, body: Any = None) -> dict[str, Any]:
    return {
        "call": kind,
        "names": list(names),
        "query": {},
        "body": body or {},
        "request_id": uuid.uuid4().hex,
    }


@pytest.fixture
def gathered(client: FlaskClient) -> Callable[..., list[tuple[int, Any]]]:
    def send(*calls: dict[str, Any]) -> list[tuple[int, Any]]:
        answer = client.post("/calls", json={"calls": list(calls)})
        assert answer.status_code == 200, answer.data
        return [(one["status"], one["body"]) for one in answer.get_json()["answers"]]

    return send


def _confirm(order: dict[str, Any], saga_id: str) -> dict[str, Any]:
    return _call("confirm_order", order["order_id"], body={"saga_id": saga_id})


def test_gathered_orders_are_what_single_ones_would_be(
    client: FlaskClient, gathered: Callable[..., list[tuple[int, Any]]]
) -> None:
    orders = [an_order(seats=[a_seat(seat_number=n) for n in (1, 2)]) for _ in range(3)]
    sagas = [str(uuid.uuid4()) for _ in orders]

    created = gathered(*(_call("create_order", body=order) for order in orders))
    confirmed = gathered(*map(_confirm, orders, sagas))

    assert [status for status, _ in created] == [201] * 3
    assert [body["status"] for _, body in created] == ["PENDING"] * 3
    assert [len(body["seats"]) for _, body in created] == [2] * 3
    assert [status for status, _ in confirmed] == [200] * 3
    assert [body["saga_id"] for _, body in confirmed] == sagas
    for order, (_, body) in zip(orders, confirmed, strict=True):
        assert client.get(f"/orders/{order['order_id']}").get_json() == body
    read = gathered(*(_call("get_order", order["order_id"]) for order in orders))
    assert read == confirmed


def test_gathered_repeat_is_answered_as_a_repeat(
    gathered: Callable[..., list[tuple[int, Any]]],
) -> None:
    order, other = an_order(), an_order()
    saga_id = str(uuid.uuid4())
    make = _call("create_order", body=order)

    both = gathered(make, make)
    again = gathered(make, _call("create_order", body=other))
    once = gathered(_confirm(order, saga_id), _confirm(order, saga_id))

    assert sorted(status for status, _ in both) == [200, 201]
    assert [status for status, _ in again] == [200, 201]
    assert [(status, body["status"]) for status, body in once] == [
        (200, "CONFIRMED")
    ] * 2


def test_seat_is_paid_for_from_the_confirmation_of_its_order_on(
    client: FlaskClient, gathered: Callable[..., list[tuple[int, Any]]]
) -> None:
    sold, pending = an_order(), an_order()
    gathered(*(_call("create_order", body=order) for order in (sold, pending)))
    gathered(_confirm(sold, str(uuid.uuid4())))
    seats = [order["seats"][0]["seat_id"] for order in (sold, pending)]
    seats.append(str(uuid.uuid4()))

    together = gathered(*(_call("is_seat_paid", seat) for seat in (*seats, "no-id")))
    alone = [client.get(f"/orders/paid-seats/{seat}") for seat in (*seats, "no-id")]

    assert [body.get("paid") for _, body in together] == [True, False, False, None]
    assert [status for status, _ in together] == [200, 200, 200, 404]
    assert [answer.status_code for answer in alone] == [200, 200, 200, 404]
    assert [answer.get_json() for answer in alone[:3]] == [
        body for _, body in together[:3]
    ]


def test_refusals_among_gathered_calls_reach_only_their_callers(
    client: FlaskClient, gathered: Callable[..., list[tuple[int, Any]]]
) -> None:
    good, failed, rival = an_order(), an_order(), an_order()
    rival["seats"] = good["seats"]
    gathered(*(_call("create_order", body=order) for order in (good, failed, rival)))
    client.post(f"/orders/{failed['order_id']}/fail", json=an_end_of(failed))
    fresh = an_order()

    answers = gathered(
        _confirm(good, str(uuid.uuid4())),
        _confirm(failed, str(uuid.uuid4())),
        _confirm(an_order(), str(uuid.uuid4())),
        _confirm(good, "no-id"),
        _call("create_order", body=fresh),
        _call("create_order", body={**an_order(), "seats": []}),
        _call("get_order", str(uuid.uuid4())),
    )

    codes = [
        (status, body.get("error", {}).get("code") or body["status"])
        for status, body in answers
    ]
    assert codes == [
        (200, "CONFIRMED"),
        (409, "ORDER_FAILED"),
        (404, "ORDER_NOT_FOUND"),
        (400, "INVALID_INPUT"),
        (201, "PENDING"),
        (400, "INVALID_INPUT"),
        (404, "ORDER_NOT_FOUND"),
    ]


def test_seat_that_two_gathered_confirmations_want_is_sold_once(
    database: Database, gathered: Callable[..., list[tuple[int, Any]]]
) -> None:
    first, rival, bystander = an_order(), an_order(), an_order()
    rival["seats"] = first["seats"]
    gathered(*(_call("create_order", body=o) for o in (first, rival, bystander)))

    answers = gathered(
        *(_confirm(o, str(uuid.uuid4())) for o in (first, rival, bystander))
    )

    assert [status for status, _ in answers] == [200, 409, 200]
    assert answers[1][1]["error"]["code"] == "SEAT_ALREADY_SOLD"
    with database.statement() as connection:
        live = connection.execute(
            text("SELECT count(*) FROM order_items WHERE live AND seat_id = :seat_id"),
            {"seat_id": first["seats"][0]["seat_id"]},
        ).scalar_one()
    assert live == 1


@pytest.mark.parametrize(
    "document",
    [
        {},
        {"calls": [{"call": "create_order"}]},
        {"calls": [_call("fail_order")]},
        {"calls": [_call("get_order", "x")] * 101},
    ],
    ids=["nothing", "half", "unknown", "too-many"],
)
def test_what_are_no_gathered_calls_is_refused_as_a_whole(
    client: FlaskClient, document: dict[str, Any]
) -> None:
    answer = client.post("/calls", json=document)

    assert answer.status_code == 400
    assert answer.get_json()["error"]["code"] == "INVALID_INPUT"


def test_gathered_calls_are_for_services_only(client: FlaskClient) -> None:
    answer = client.post("/calls", json={"calls": []}, headers={"X-Service-Token": "x"})

    assert answer.status_code == 401
