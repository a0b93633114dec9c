"""Bodies that are wrong are refused with a code and a field, never with a 5xx."""

from __future__ import annotations

import json
import uuid
from typing import Any

import pytest
from flask.testing import FlaskClient

from builders.orders import a_seat, an_end_of, an_order

TWICE = a_seat()


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("order_id", 17),
        ("order_id", None),
        ("user_id", "not-an-id"),
        ("event_id", ["list"]),
        ("hold_id", {}),
        ("currency", "USD"),
        ("currency", 5),
        ("seats", []),
        ("seats", "A1"),
        ("seats", [None]),
        ("seats", [TWICE, TWICE]),
        ("seats", [a_seat(seat_number=number) for number in range(1, 12)]),
        ("seats", [a_seat(price="99999999.99"), a_seat(price="0.01")]),
        ("surprise", 1),
    ],
)
def test_wrong_field_of_an_order_is_refused_by_name(
    client: FlaskClient, field: str, value: Any
) -> None:
    answer = client.post("/orders", json=an_order(**{field: value}))

    error = answer.get_json()["error"]
    assert (answer.status_code, error["code"]) == (400, "INVALID_INPUT")
    assert list(error["details"]["fields"]) == [field]


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("price", 350),
        ("price", 350.0),
        ("price", "350"),
        ("price", "350.000"),
        ("price", "-1.00"),
        ("price", "NaN"),
        ("price", "Infinity"),
        ("price", "1e400"),
        ("price", "100000000.00"),
        ("price", "\u0663.\u0660\u0660"),
        ("price", " 1.00"),
        ("price", "1.00\n"),
        ("price", None),
        ("row_number", ""),
        ("row_number", "AAAAA"),
        ("row_number", 1),
        ("seat_number", 0),
        ("seat_number", 2**31),
        ("seat_number", 10**30),
        ("seat_number", 1.5),
        ("seat_number", "7"),
        ("seat_number", True),
        ("category", "C" * 21),
        ("seat_id", "A1"),
        ("colour", "red"),
    ],
)
def test_wrong_field_of_a_seat_is_refused_by_name(
    client: FlaskClient, field: str, value: Any
) -> None:
    answer = client.post("/orders", json=an_order(seats=[a_seat(**{field: value})]))

    error = answer.get_json()["error"]
    assert (answer.status_code, error["code"]) == (400, "INVALID_INPUT")
    assert list(error["details"]["fields"]["seats"]["0"]) == [field]


@pytest.mark.parametrize(
    "body",
    [
        b"{",
        b"\xff\xfe",
        b'{"order_id": NaN}',
        b"[" * 100_000,
        b'{"category": "\\u0000"}',
        b'{"category": "\\ud800"}',
        b"9" * 5_000,
    ],
    ids=["half", "bytes", "nan", "deep", "nul", "surrogate", "digits"],
)
def test_body_that_is_no_json_is_refused(client: FlaskClient, body: bytes) -> None:
    answer = client.post("/orders", data=body, content_type="application/json")

    assert answer.status_code == 400
    assert answer.get_json()["error"]["code"] == "MALFORMED_JSON"


@pytest.mark.parametrize("body", [[], "text", 5, None])
def test_body_that_is_no_object_is_refused(client: FlaskClient, body: Any) -> None:
    answer = client.post(
        "/orders", data=json.dumps(body), content_type="application/json"
    )

    assert answer.status_code == 400
    assert answer.get_json()["error"]["code"] == "INVALID_INPUT"


def test_body_of_another_media_type_is_refused(client: FlaskClient) -> None:
    answer = client.post("/orders", data=an_order())

    assert answer.status_code == 415
    assert answer.get_json()["error"]["code"] == "UNSUPPORTED_MEDIA_TYPE"


@pytest.mark.parametrize("body", [{}, {"saga_id": "x"}, {"saga_id": 1}])
def test_confirmation_without_a_saga_is_refused(
    client: FlaskClient, body: dict[str, Any]
) -> None:
    answer = client.post(f"/orders/{uuid.uuid4()}/confirm", json=body)

    assert answer.status_code == 400
    assert list(answer.get_json()["error"]["details"]["fields"]) == ["saga_id"]


@pytest.mark.parametrize("reason", ["", "r" * 501, None, 5])
def test_end_of_a_hold_without_a_proper_reason_is_refused(
    client: FlaskClient, reason: Any
) -> None:
    order = an_order()

    answer = client.post(
        f"/orders/{order['order_id']}/fail", json=an_end_of(order, reason=reason)
    )

    assert answer.status_code == 400
    assert list(answer.get_json()["error"]["details"]["fields"]) == ["reason"]


def test_text_of_any_language_is_kept_as_it_came(client: FlaskClient) -> None:
    order = an_order(seats=[a_seat(row_number="甲", category="Größe 🎫")])

    assert client.post("/orders", json=order).status_code == 201
    kept = client.get(f"/orders/{order['order_id']}").get_json()
    assert kept["seats"] == order["seats"]
