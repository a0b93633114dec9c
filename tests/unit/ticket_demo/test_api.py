from __future__ import annotations

import io
import json
from typing import Any

import pytest
import requests
from requests.adapters import BaseAdapter
from requests.structures import CaseInsensitiveDict

from ticket_demo.api import Api, NoAnswer


class Wire(BaseAdapter):
    """Answers every request with one prepared answer, and remembers what was sent."""

    def __init__(self, status: int = 200, body: bytes = b"{}") -> None:
        super().__init__()
        self.status = status
        self.body = body
        self.sent: list[requests.PreparedRequest] = []
        self.timeouts: list[Any] = []
        self.is_cut = False

    def send(
        self, request: requests.PreparedRequest, *_args: Any, **options: Any
    ) -> Any:
        if self.is_cut:
            raise requests.ConnectionError("cut")
        self.sent.append(request)
        self.timeouts.append(options["timeout"])
        response = requests.Response()
        response.status_code = self.status
        response.headers = CaseInsensitiveDict({"x-request-id": "r-1"})
        response.raw = io.BytesIO(self.body)
        response.request = request
        response.url = request.url or ""
        return response

    def close(self) -> None:
        pass


@pytest.fixture
def wire() -> Wire:
    return Wire()


@pytest.fixture
def api(wire: Wire) -> Api:
    client = Api("http://gateway.test:8000/")
    client._session().mount("http://", wire)
    return client


def test_call_carries_token_ids_and_a_timeout(api: Api, wire: Wire) -> None:
    api.pay("t0ken", "o-1", idempotency_key="k-1", request_id="r-1", timeout_s=3.0)

    sent = wire.sent[0]
    assert (sent.method, sent.url) == ("POST", "http://gateway.test:8000/v1/pay")
    assert json.loads(sent.body or b"") == {"order_id": "o-1"}
    assert sent.headers["Authorization"] == "Bearer t0ken"
    assert sent.headers["Idempotency-Key"] == "k-1"
    assert sent.headers["X-Request-ID"] == "r-1"
    assert wire.timeouts == [3.0]


def test_every_call_has_a_timeout_by_itself(api: Api, wire: Wire) -> None:
    api.events()

    assert wire.timeouts == [20.0]


def test_refusal_is_an_answer(api: Api, wire: Wire) -> None:
    wire.status, wire.body = 409, b'{"error": {"code": "SEAT_UNAVAILABLE"}}'

    answer = api.reserve("t0ken", "s-1")

    assert (answer.status, answer.code) == (409, "SEAT_UNAVAILABLE")
    assert answer.request == "POST /v1/reserve"
    assert answer.request_id == "r-1"


def test_body_that_is_no_json_is_kept_as_text(api: Api, wire: Wire) -> None:
    wire.status, wire.body = 502, b"upstream reset"

    answer = api.events()

    assert answer.body == "upstream reset"
    assert answer.raw == b"upstream reset"


def test_empty_body_is_none(api: Api, wire: Wire) -> None:
    wire.status, wire.body = 204, b""

    assert api.release("t0ken", "o-1").body is None


def test_silence_is_no_answer(api: Api, wire: Wire) -> None:
    wire.is_cut = True

    with pytest.raises(NoAnswer, match="POST /v1/pay"):
        api.pay("t0ken", "o-1")


def test_one_seat_and_several_are_named_differently(api: Api, wire: Wire) -> None:
    api.reserve("t0ken", "s-1")
    api.reserve("t0ken", ["s-1", "s-2"])

    bodies = [json.loads(sent.body or b"") for sent in wire.sent]
    assert bodies == [{"seat_id": "s-1"}, {"seat_ids": ["s-1", "s-2"]}]


def test_raw_body_goes_as_it_is(api: Api, wire: Wire) -> None:
    api.call("POST", "/reserve", data=b'{"seat_id": ', headers={"X-Other": "1"})

    sent = wire.sent[0]
    assert sent.url == "http://gateway.test:8000/reserve"
    assert sent.body == b'{"seat_id": '
    assert sent.headers["Content-Type"] == "application/json"
    assert sent.headers["X-Other"] == "1"
    assert "Authorization" not in sent.headers


def test_known_seat_map_is_asked_for_by_its_etag(api: Api, wire: Wire) -> None:
    api.seat_map("e-1", '"v7"', headers={"X-Other": "1"})

    assert wire.sent[0].headers["If-None-Match"] == '"v7"'
    assert wire.sent[0].headers["X-Other"] == "1"


@pytest.mark.parametrize("url", ["", "gateway:8000", "ftp://gateway", "http://"])
def test_address_that_is_none_is_refused(url: str) -> None:
    with pytest.raises(ValueError, match="not the address of a gateway"):
        Api(url)
