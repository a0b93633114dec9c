"""The API answers the scanner app as the document says that it imports."""

from __future__ import annotations

import json
import uuid
from pathlib import Path
from typing import Any

import pytest

from support.codes import CodePress
from support.shop import HALL, PASSWORD, Shop
from ticket_demo.api import Answer

DOCUMENT: dict[str, Any] = json.loads(
    (Path(__file__).parents[2] / "docs" / "outsystems-swagger.json").read_text("utf-8")
)
TYPES: dict[str, type | tuple[type, ...]] = {
    "string": str,
    "integer": int,
    "number": (int, float),
    "boolean": bool,
    "array": list,
    "object": dict,
}


def misfits(value: Any, schema: dict[str, Any], where: str = "body") -> list[str]:
    """Where a value is not as the document says; also what it does not mention."""
    if "$ref" in schema:
        name = schema["$ref"].removeprefix("#/definitions/")
        return misfits(value, DOCUMENT["definitions"][name], where)
    if value is None and schema.get("x-nullable"):
        return []
    if not isinstance(value, TYPES[schema.get("type", "object")]):
        return [f"{where} is {value!r}"]
    if "enum" in schema and value not in schema["enum"]:
        return [f"{where} is {value!r}"]
    if not isinstance(value, dict):
        return []
    known = schema.get("properties", {})
    found = [
        f"{where}.{name}" for name in schema.get("required", ()) if name not in value
    ]
    found += [f"{where}.{name}" for name in value if name not in known]
    for name, inner in known.items():
        if name in value:
            found += misfits(value[name], inner, f"{where}.{name}")
    return found


def said_of(path: str, answer: Answer) -> list[str]:
    responses = DOCUMENT["paths"][path]["post"]["responses"]
    schema = responses["200" if answer.status == 200 else "default"]["schema"]
    body = answer.body
    if answer.status != 200:
        # The document leaves the details of a refusal open.
        body = {"error": {k: v for k, v in body["error"].items() if k != "details"}}
    return misfits(body, schema)


def send(shop: Shop, path: str, body: Any, token: str | None = None) -> Answer:
    return shop.api.call("POST", DOCUMENT["basePath"] + path, json=body, token=token)


def test_signing_in_and_refreshing_answer_as_the_document_says(shop: Shop) -> None:
    body = {"email": "staff@example.com", "password": PASSWORD}

    login = send(shop, "/auth/login", body)
    refresh = send(shop, "/auth/refresh", {"refresh_token": login["refresh_token"]})
    wrong = send(shop, "/auth/login", body | {"password": "wrong"})

    assert (login.status, refresh.status, wrong.status) == (200, 200, 401)
    assert said_of("/auth/login", login) == []
    assert said_of("/auth/refresh", refresh) == []
    assert said_of("/auth/login", wrong) == []


def test_scans_answer_as_the_document_says(
    shop: Shop, alice: str, staff: str, admin: str, press: CodePress
) -> None:
    event = shop.publish(seats=2, price="0.01")
    code = shop.buy(alice, event.seat_ids[0])[event.seat_ids[0]]
    unpaid = press.make(event.seat_ids[1], event.event_id)
    stale = press.make(event.seat_ids[0], event.event_id, version=9)

    scans = [
        (staff, code, "HALL-Z", "WRONG_HALL"),
        (staff, stale, HALL, "EXPIRED"),
        (staff, unpaid, HALL, "UNPAID"),
        (staff, "nonsense", HALL, "NOT_FOUND"),
        (staff, code, HALL, "SUCCESS"),
        (admin, code, HALL, "DUPLICATE"),
    ]
    for token, payload, hall, result in scans:
        answer = send(shop, "/verify", {"qr_payload": payload, "hall_id": hall}, token)
        assert (answer.status, answer["result"]) == (200, result)
        assert said_of("/verify", answer) == []


@pytest.mark.parametrize("token", [None, "not.a.token"])
def test_refused_scan_answers_as_the_document_says(
    shop: Shop, token: str | None
) -> None:
    answer = send(
        shop, "/verify", {"qr_payload": uuid.uuid4().hex, "hall_id": HALL}, token
    )

    assert answer.status == 401
    assert said_of("/verify", answer) == []
