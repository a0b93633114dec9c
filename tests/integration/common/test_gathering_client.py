"""A client that gathers, over real HTTP: many at once, an older service, a refusal."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from flask import Flask, jsonify
from werkzeug.serving import make_server

from service_common.access import internal
from service_common.errors import Conflict
from service_common.gathered_calls import Answer, install_gathered_calls
from service_common.http_client import JsonClient
from support.races import race

TIMEOUT_S = 10.0
THINGS = [f"0000000{n}-0000-4000-8000-000000000000" for n in range(8)]


class Things:
    """A service that counts how it was asked."""

    def __init__(self, *, gathers: bool) -> None:
        self.alone: list[str] = []
        self.rounds: list[int] = []
        self.app = Flask("things")

        @self.app.get("/things/<thing>")
        @internal
        def read_thing(thing: str) -> Any:
            self.alone.append(thing)
            return jsonify(thing=thing)

        if gathers:
            install_gathered_calls(self.app, {"read_thing": self._read_many})

    def _read_many(self, calls: Any) -> list[Any]:
        self.rounds.append(len(calls))
        return [
            Conflict("not this one", code="NOT_THIS_ONE")
            if call.names[0] == THINGS[7]
            else Answer(200, {"thing": call.names[0]})
            for call in calls
        ]


@contextmanager
def _client_of(things: Things) -> Iterator[JsonClient]:
    server = make_server("127.0.0.1", 0, things.app, threaded=True)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield JsonClient(
            "things",
            f"http://127.0.0.1:{server.port}",
            service_token="t",
            connections=8,
            gathers=["read_thing"],
        )
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def _read(client: JsonClient, thing: str) -> Callable[[], dict[str, Any]]:
    return lambda: client.get(
        f"/things/{thing}", timeout_s=TIMEOUT_S, call="read_thing"
    )


def test_calls_at_the_same_time_share_a_request_and_each_gets_his_own_answer() -> None:
    things = Things(gathers=True)
    with _client_of(things) as client:
        answers = race(*(_read(client, thing) for thing in THINGS))

    assert [a["thing"] for a in answers[:7]] == THINGS[:7]
    assert len(things.alone) + sum(things.rounds) == len(THINGS)
    assert things.rounds
    refused = answers[7]
    assert THINGS[7] in things.alone or (
        isinstance(refused, Conflict) and refused.code == "NOT_THIS_ONE"
    )


def test_service_that_takes_no_gathered_calls_is_asked_one_by_one() -> None:
    things = Things(gathers=False)
    with _client_of(things) as client:
        answers = race(*(_read(client, thing) for thing in THINGS))

    assert [answer["thing"] for answer in answers] == THINGS
    assert sorted(things.alone) == sorted(THINGS)
