"""What is refused at the door, and what never is."""

from __future__ import annotations

import io

import pytest
from flask import Flask

from service_common.admission import refusing
from service_common.bounded_worker import WaitingRoom
from service_common.logs import configure_logging
from support.slow_service import create_app


@pytest.fixture(scope="module")
def app() -> Flask:
    return create_app()


def test_request_under_overload_is_told_to_come_back_and_not_begun(app: Flask) -> None:
    with refusing():
        answer = app.test_client().get("/slow/0", headers={"X-Request-ID": "mine"})

    assert answer.status_code == 503
    assert answer.json is not None
    assert answer.json["error"]["code"] == "OVERLOADED"
    assert answer.json["error"]["request_id"] == "mine"
    assert answer.headers["X-Request-ID"] == "mine"
    assert 1 <= int(answer.headers["Retry-After"]) <= 3


@pytest.mark.parametrize("path", ["/health/live", "/health/ready", "/metrics"])
def test_whoever_watches_the_service_is_let_in_under_overload(
    app: Flask, path: str
) -> None:
    with refusing():
        answer = app.test_client().get(path)

    assert answer.status_code == 200


def test_request_after_the_overload_is_served(app: Flask) -> None:
    with refusing():
        app.test_client().get("/slow/0")

    assert app.test_client().get("/slow/0").status_code == 200


def test_refusals_are_counted_and_do_not_fill_the_log(app: Flask) -> None:
    stream = io.StringIO()
    configure_logging("probe", stream=stream)
    before = _refused(app)

    with refusing():
        for _ in range(50):
            app.test_client().get("/slow/0")

    assert _refused(app) - before == 50
    assert len(stream.getvalue().splitlines()) <= 2


def test_waiting_room_takes_as_many_as_it_has_room_for() -> None:
    room = WaitingRoom(2)

    assert [room.enter(), room.enter(), room.enter()] == [True, True, False]
    room.leave()
    assert room.enter()


def test_waiting_room_is_occupied_until_the_last_has_left() -> None:
    room = WaitingRoom(2)
    seen = [room.is_occupied]
    for step in (room.enter, room.enter, room.leave, room.leave):
        step()
        seen.append(room.is_occupied)

    assert seen == [False, True, True, True, False]


def _refused(app: Flask) -> float:
    lines = app.test_client().get("/metrics").text.splitlines()
    (line,) = [one for one in lines if one.startswith("requests_refused_total")]
    return float(line.split()[1])
