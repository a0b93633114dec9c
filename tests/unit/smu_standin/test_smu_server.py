from __future__ import annotations

import threading
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from smu_standin.server import create_app
from support.waiting import eventually

KEY = "key-of-the-tests"
SMS = {"phone_number": "+6591000001", "message": "Code for <b>you</b>:"}


@pytest.fixture
def app() -> Flask:
    return create_app(KEY)


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    client = app.test_client()
    client.environ_base["HTTP_X_API_KEY"] = KEY
    return client


def _code(client: FlaskClient) -> str:
    newest: dict[str, str] = client.get("/messages").get_json()["messages"][0]
    return newest["otp_code"]


def _verify(client: FlaskClient, code: Any) -> Any:
    body = {"phone_number": SMS["phone_number"], "otp_code": code}
    return client.post("/verifyOTP", json=body)


def test_code_that_was_sent_is_verified(client: FlaskClient) -> None:
    sent = client.post("/sendOTP", json=SMS)
    answer = _verify(client, _code(client))

    assert (sent.status_code, sent.get_json()["success"]) == (200, True)
    assert (answer.status_code, answer.get_json()) == (200, {"success": True})


def test_wrong_code_is_a_plain_no(client: FlaskClient) -> None:
    client.post("/sendOTP", json=SMS)
    answer = _verify(client, "no-code")

    assert (answer.status_code, answer.get_json()["success"]) == (400, False)


def test_inbox_is_a_page_for_a_browser_with_everything_escaped(
    client: FlaskClient,
) -> None:
    client.post("/sendOTP", json=SMS)
    page = client.get("/messages", headers={"Accept": "text/html,*/*;q=0.8"})

    assert page.mimetype == "text/html"
    assert "Code for &lt;b&gt;you&lt;/b&gt;: " + _code(client) in page.get_data(True)


def test_inbox_is_emptied(client: FlaskClient) -> None:
    client.post("/sendOTP", json=SMS)
    client.delete("/messages")

    assert client.get("/messages").get_json() == {"messages": []}


@pytest.mark.parametrize("key", ["", "wrong", KEY + "x"])
@pytest.mark.parametrize("path", ["/sendOTP", "/verifyOTP"])
def test_wrong_key_is_refused(app: Flask, path: str, key: str) -> None:
    answer = app.test_client().post(path, json=SMS, headers={"X-API-Key": key})

    assert answer.status_code == 401


def test_without_a_key_everybody_may_call() -> None:
    assert create_app().test_client().post("/sendOTP", json=SMS).status_code == 200


@pytest.mark.parametrize("path", ["/sendOTP", "/verifyOTP", "/_faults"])
@pytest.mark.parametrize("body", [b"", b"[]", b"{", b'{"phone_number": 5}', b"\xff"])
def test_malformed_body_says_nothing_about_a_code(
    client: FlaskClient, path: str, body: bytes
) -> None:
    assert client.post(path, data=body).status_code == 422


def test_error_is_switched_on_and_off(client: FlaskClient) -> None:
    client.post("/_faults", json={"sendOTP": "error"})
    assert client.post("/sendOTP", json=SMS).status_code == 500
    assert client.get("/messages").get_json() == {"messages": []}
    client.post("/_faults", json={"sendOTP": None})

    assert client.post("/sendOTP", json=SMS).status_code == 200
    assert client.get("/_calls").get_json() == {"sendOTP": 2, "verifyOTP": 0}


@pytest.mark.parametrize(("fault", "arrived"), [("timeout", 0), ("lost", 1)])
def test_silence_lasts_until_it_is_switched_off(
    app: Flask, client: FlaskClient, fault: str, arrived: int
) -> None:
    client.post("/_faults", json={"sendOTP": fault})
    headers = {"X-API-Key": KEY}
    call = threading.Thread(
        target=lambda: app.test_client().post("/sendOTP", json=SMS, headers=headers)
    )
    call.start()
    eventually(
        lambda: client.get("/_calls").get_json()["sendOTP"],
        lambda calls: calls == 1,
        within_s=5,
        every_s=0.01,
    )
    call.join(0.1)
    assert call.is_alive()
    client.post("/_faults", json={"sendOTP": None})
    call.join(5)

    assert not call.is_alive()
    assert len(client.get("/messages").get_json()["messages"]) == arrived
