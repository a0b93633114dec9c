"""A call over HTTP has three outcomes: done, refused, unknown."""

from __future__ import annotations

import json
import socket
import threading
from collections.abc import Callable, Iterator
from decimal import Decimal
from http.client import HTTPConnection
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from service_common.errors import NotFound, PaymentRequired, Refusal, Unknown
from service_common.http_client import JsonClient
from service_common.request_context import request_id_scope

Answer = Callable[[BaseHTTPRequestHandler], None]
TIMEOUT_S = 5.0


class TinyServer(ThreadingHTTPServer):
    """Answers as the test says, and remembers what it was asked."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.answer: Answer = answering(200, {})
        self.asked: list[dict[str, Any]] = []
        self.finished = threading.Event()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}"


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: TinyServer

    def _serve(self) -> None:
        length = int(self.headers.get("Content-Length", 0))
        self.server.asked.append(
            {
                "method": self.command,
                "path": self.path,
                "headers": dict(self.headers),
                "body": self.rfile.read(length),
            }
        )
        self.server.answer(self)

    # The names that http.server looks for.
    do_GET = do_POST = do_PUT = _serve  # noqa: N815

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002
        """Say nothing."""


def answering(status: int, body: Any, **headers: str) -> Answer:
    """Answer with this status and body; bytes as they are, all else as JSON."""

    def answer(handler: BaseHTTPRequestHandler) -> None:
        data = body if isinstance(body, bytes) else json.dumps(body).encode()
        handler.send_response(status)
        for name, value in headers.items():
            handler.send_header(name, value)
        handler.send_header("Content-Length", str(len(data)))
        handler.end_headers()
        handler.wfile.write(data)

    return answer


def envelope(code: str, **details: Any) -> dict[str, Any]:
    return {
        "error": {
            "code": code,
            "message": "A sentence.",
            "details": details,
            "request_id": "r",
        }
    }


@pytest.fixture
def server() -> Iterator[TinyServer]:
    with TinyServer() as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        yield server
        server.finished.set()
        server.shutdown()
        thread.join()


@pytest.fixture
def client(server: TinyServer) -> JsonClient:
    return JsonClient("probe", server.url, service_token="the-token", connections=2)


def _post(client: JsonClient, timeout_s: float = TIMEOUT_S) -> dict[str, Any]:
    return client.post("/things", {"a": 1}, timeout_s=timeout_s, call="make_thing")


def test_done_call_carries_credential_request_id_and_wire_forms(
    server: TinyServer, client: JsonClient
) -> None:
    server.answer = answering(201, {"made": True})

    with request_id_scope("request-5"):
        answer = client.post(
            "/things", {"price": Decimal(3)}, timeout_s=TIMEOUT_S, call="make_thing"
        )

    asked = server.asked[0]
    assert answer == {"made": True}
    assert (asked["method"], asked["path"]) == ("POST", "/things")
    assert asked["headers"]["X-Service-Token"] == "the-token"
    assert asked["headers"]["X-Request-ID"] == "request-5"
    assert asked["headers"]["Content-Type"] == "application/json"
    assert asked["body"] == b'{"price": "3.00"}'


def test_request_leaves_in_one_piece(
    server: TinyServer, client: JsonClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    sent = []
    really_send = HTTPConnection.send

    def send(connection: HTTPConnection, data: bytes) -> None:
        sent.append(data)
        really_send(connection, data)

    monkeypatch.setattr(HTTPConnection, "send", send)

    _post(client)
    _post(client)

    assert [piece.startswith(b"POST /things") for piece in sent] == [True, True]
    assert [piece.endswith(b'{"a": 1}') for piece in sent] == [True, True]


def test_query_is_encoded_and_put_is_put(
    server: TinyServer, client: JsonClient
) -> None:
    client.get("/things", timeout_s=TIMEOUT_S, call="list", query={"q": "a&b c"})
    client.put("/things/1", {}, timeout_s=TIMEOUT_S, call="put")

    assert server.asked[0]["path"] in ("/things?q=a%26b+c", "/things?q=a%26b%20c")
    assert (server.asked[1]["method"], server.asked[1]["body"]) == ("PUT", b"{}")


def test_empty_2xx_is_an_empty_answer(server: TinyServer, client: JsonClient) -> None:
    server.answer = answering(204, b"")

    assert _post(client) == {}


@pytest.mark.parametrize("status", [400, 402, 403, 404, 405, 409, 410, 422, 428])
def test_coded_4xx_is_a_refusal(
    server: TinyServer, client: JsonClient, status: int
) -> None:
    server.answer = answering(status, envelope("A_CODE", why="because"))

    with pytest.raises(Refusal) as refused:
        _post(client)

    assert refused.value.code == "A_CODE"
    assert refused.value.message == "A sentence."
    assert refused.value.details == {"why": "because"}


def test_refusal_comes_back_as_the_family_that_left(
    server: TinyServer, client: JsonClient
) -> None:
    server.answer = answering(402, envelope("TOO_POOR"))
    with pytest.raises(PaymentRequired):
        _post(client)
    server.answer = answering(404, envelope("THING_NOT_FOUND"))
    with pytest.raises(NotFound):
        _post(client)


@pytest.mark.parametrize(
    "answer",
    [
        *[answering(status, envelope("A_CODE")) for status in (401, 408, 425)],
        answering(429, envelope("RATE_LIMITED")),
        *[answering(status, envelope("A_CODE")) for status in (500, 502, 503, 504)],
        answering(404, b"<html>not ours</html>"),
        answering(404, {"message": "no Route matched with those values"}),
        answering(409, {"error": "a string"}),
        answering(409, {"error": {"message": "no code"}}),
        answering(409, [1]),
        answering(200, b"<html>"),
        answering(200, b'{"half":'),
        answering(200, [1, 2]),
        answering(200, b"\xff\xfe"),
        answering(302, b"", Location="/elsewhere"),
    ],
)
def test_everything_else_is_unknown(
    server: TinyServer, client: JsonClient, answer: Answer
) -> None:
    server.answer = answer

    with pytest.raises(Unknown):
        _post(client)

    assert len(server.asked) == 1  # neither repeated nor redirected


@pytest.mark.parametrize("details", ["text", [1], None, 5])
def test_refusal_with_strange_details_is_still_a_refusal(
    server: TinyServer, client: JsonClient, details: Any
) -> None:
    body = envelope("A_CODE")
    body["error"]["details"] = details
    server.answer = answering(409, body)

    with pytest.raises(Refusal) as refused:
        _post(client)

    assert refused.value.details == {}


def test_nobody_listening_is_unknown() -> None:
    with socket.socket() as bound:
        bound.bind(("127.0.0.1", 0))
        port = bound.getsockname()[1]
    client = JsonClient(
        "probe", f"http://127.0.0.1:{port}", service_token="t", connections=1
    )

    with pytest.raises(Unknown):
        _post(client)


def test_answer_that_does_not_come_in_time_is_unknown(
    server: TinyServer, client: JsonClient
) -> None:
    def keep_waiting(_handler: BaseHTTPRequestHandler) -> None:
        server.finished.wait(TIMEOUT_S)

    server.answer = keep_waiting

    with pytest.raises(Unknown):
        _post(client, timeout_s=0.1)


def test_connection_that_breaks_before_the_answer_is_unknown(
    server: TinyServer, client: JsonClient
) -> None:
    def hang_up(handler: BaseHTTPRequestHandler) -> None:
        handler.connection.shutdown(socket.SHUT_RDWR)

    server.answer = hang_up

    with pytest.raises(Unknown):
        _post(client)


def test_nothing_is_sent_when_no_time_is_left(
    server: TinyServer, client: JsonClient
) -> None:
    with pytest.raises(Unknown):
        _post(client, timeout_s=0)

    assert server.asked == []
