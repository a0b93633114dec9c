"""`Idempotency-Key`: the first answer again, and the work done once."""

from __future__ import annotations

import threading
import time
import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest
from flask import Flask, Response
from flask.testing import FlaskClient
from sqlalchemy import text

from service_common.access import AccessTokens, Role, only
from service_common.db import Database, DatabaseSettings
from service_common.errors import Conflict, Unavailable
from service_common.http_app import AppOptions, create_base_app
from service_common.http_json import Blueprint
from service_common.idempotency import install_idempotency, purge_expired_keys
from support.races import race

TOKENS = AccessTokens("secret-of-the-access-tokens-32-bytes")
DEADLINE_S = 10.0
TABLE = """
    CREATE TABLE idempotency_keys (
        caller text NOT NULL, route text NOT NULL, key text NOT NULL,
        request_hash bytea NOT NULL,
        claimed_until timestamptz NOT NULL, expires_at timestamptz NOT NULL,
        status int, body bytea, content_type text,
        PRIMARY KEY (caller, route, key))
"""


@dataclass
class Work:
    """What the view does, and how often it was done."""

    behave: Callable[[], Response]
    lock: threading.Lock = field(default_factory=threading.Lock)
    times: int = 0

    def do(self) -> Response:
        with self.lock:
            self.times += 1
        return self.behave()


@pytest.fixture(scope="module")
def database(make_database: Callable[[str], DatabaseSettings]) -> Iterator[Database]:
    database = Database(
        make_database("keys_db"), pool_size=8, application_name="key-tests"
    )
    with database.statement() as connection:
        connection.execute(text(TABLE))
    yield database
    database.dispose()


@pytest.fixture
def work() -> Work:
    return Work(lambda: _answer(201))


@pytest.fixture
def app(database: Database, work: Work) -> Flask:
    bp = Blueprint("work", __name__)

    def do_work() -> Response:
        return work.do()

    for path in ("/work", "/other-work"):
        view = only(*Role)(bp.response(200)(do_work))
        bp.route(path, methods=["GET", "POST"], endpoint=path[1:])(view)
    app = create_base_app(
        AppOptions("work", "Work", "token-of-the-inner-services", TOKENS), [bp]
    )
    install_idempotency(app, database)
    return app


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    return app.test_client()


def _answer(status: int, **headers: str) -> Response:
    body = f'{{"number": "{uuid.uuid4()}",  "spaced": "größe"}}\n'
    response = Response(body, status=status, content_type="application/json")
    response.headers.update(headers)
    return response


def _token(user_id: str) -> str:
    now = int(time.time())
    return TOKENS.issue(
        {"sub": user_id, "role": "customer", "iat": now, "exp": now + 60, "jti": "j"}
    )


ALICE, BOB = str(uuid.uuid4()), str(uuid.uuid4())


def _post(
    client: FlaskClient,
    key: str | None,
    *,
    body: Any = None,
    user: str = ALICE,
    path: str = "/work",
) -> Any:
    headers = {"Authorization": f"Bearer {_token(user)}"}
    if key is not None:
        headers["Idempotency-Key"] = key
    return client.post(path, json=body or {"a": 1}, headers=headers)


def _fresh() -> str:
    return f"key-{uuid.uuid4()}"


def _set(database: Database, key: str, change: str) -> None:
    with database.statement() as connection:
        statement = f"UPDATE idempotency_keys SET {change} WHERE key = :key"  # noqa: S608
        connection.execute(text(statement), {"key": key})


def test_repeat_is_answered_byte_for_byte_and_says_so(
    client: FlaskClient, work: Work
) -> None:
    key = _fresh()
    first, again = _post(client, key), _post(client, key)

    assert (again.status_code, again.data) == (201, first.data)
    assert again.content_type == first.content_type
    assert again.headers["Idempotent-Replayed"] == "true"
    assert "Idempotent-Replayed" not in first.headers
    assert again.headers["X-Request-ID"] != first.headers["X-Request-ID"]
    assert work.times == 1


def test_refusal_is_an_answer_too(client: FlaskClient, work: Work) -> None:
    def refuse() -> Response:
        raise Conflict("No.", code="TAKEN")

    work.behave, key = refuse, _fresh()
    first, again = _post(client, key), _post(client, key)

    assert (again.status_code, again.data) == (409, first.data)
    assert again.headers["Idempotent-Replayed"] == "true"
    assert work.times == 1


def test_another_body_or_query_under_the_key_is_refused(
    client: FlaskClient, work: Work
) -> None:
    key = _fresh()
    _post(client, key)

    other_body = _post(client, key, body={"a": 2})
    other_query = _post(client, key, path="/work?dry=1")

    for answer in (other_body, other_query):
        assert answer.status_code == 422
        assert answer.get_json()["error"]["code"] == "IDEMPOTENCY_KEY_REUSED"
    assert work.times == 1


def test_key_belongs_to_one_caller_and_one_endpoint(
    client: FlaskClient, work: Work
) -> None:
    key = _fresh()
    answers = [
        _post(client, key),
        _post(client, key, user=BOB),
        _post(client, key, path="/other-work"),
    ]

    assert len({answer.data for answer in answers}) == 3
    assert work.times == 3


def test_request_without_a_key_and_get_are_not_kept(
    client: FlaskClient, work: Work
) -> None:
    key = _fresh()
    headers = {"Authorization": f"Bearer {_token(ALICE)}", "Idempotency-Key": key}
    for _ in range(2):
        _post(client, None)
        client.get("/work", headers=headers)

    assert work.times == 4


@pytest.mark.parametrize(
    "answer",
    [
        lambda: _answer(500),
        lambda: _answer(503),
        lambda: _answer(202),
        lambda: _answer(429, **{"Retry-After": "1"}),
        lambda: _answer(409, **{"Retry-After": "1"}),
    ],
    ids=["500", "503", "202", "429 come again", "409 come again"],
)
def test_answer_that_is_not_final_is_not_kept(
    client: FlaskClient, work: Work, answer: Callable[[], Response]
) -> None:
    work.behave, key = answer, _fresh()
    _post(client, key)
    work.behave = lambda: _answer(201)

    again = _post(client, key)

    assert again.status_code == 201
    assert "Idempotent-Replayed" not in again.headers
    assert work.times == 2


def test_bug_and_outage_leave_the_key_free(client: FlaskClient, work: Work) -> None:
    def break_down() -> Response:
        raise ZeroDivisionError

    def be_away() -> Response:
        raise Unavailable

    key = _fresh()
    for behave, status in ((break_down, 500), (be_away, 503)):
        work.behave = behave
        assert _post(client, key).status_code == status
    work.behave = lambda: _answer(201)

    assert _post(client, key).status_code == 201


def test_request_under_the_key_is_told_that_the_first_is_running(
    app: Flask, work: Work
) -> None:
    running, go_on = threading.Event(), threading.Event()

    def wait() -> Response:
        running.set()
        assert go_on.wait(DEADLINE_S)
        return _answer(201)

    work.behave, key = wait, _fresh()
    first: list[Any] = []
    thread = threading.Thread(
        target=lambda: first.append(_post(app.test_client(), key))
    )
    thread.start()
    assert running.wait(DEADLINE_S)

    during = _post(app.test_client(), key)
    contradicting = _post(app.test_client(), key, body={"a": 2})
    go_on.set()
    thread.join(DEADLINE_S)

    assert during.status_code == 409
    assert during.get_json()["error"]["code"] == "REQUEST_IN_PROGRESS"
    assert int(during.headers["Retry-After"]) >= 1
    assert contradicting.status_code == 422
    assert _post(app.test_client(), key).data == first[0].data
    assert work.times == 1


def test_of_many_firsts_at_once_one_runs(app: Flask, work: Work) -> None:
    for round_number in range(1, 26):
        key = _fresh()

        answers = race(*[lambda key=key: _post(app.test_client(), key)] * 6)

        assert work.times == round_number
        bodies = {answer.data for answer in answers if answer.status_code == 201}
        others = {answer.status_code for answer in answers} - {201}
        assert len(bodies) == 1
        assert others <= {409}


def test_claim_of_a_process_that_died_is_free_after_its_time_for_the_same_request(
    client: FlaskClient, database: Database, work: Work
) -> None:
    key = _fresh()
    _post(client, key)
    _set(database, key, "status = NULL, claimed_until = now() + interval '1 minute'")
    assert _post(client, key).status_code == 409
    _set(database, key, "claimed_until = now() - interval '1 second'")

    assert _post(client, key, body={"a": 2}).status_code == 422
    assert _post(client, key).status_code == 201
    assert work.times == 2


def test_answer_of_a_request_that_lost_its_claim_is_not_kept(
    client: FlaskClient, database: Database, work: Work
) -> None:
    key = _fresh()

    def lose_the_claim() -> Response:
        _set(database, key, "claimed_until = now() + interval '2 minutes'")
        return _answer(201)

    work.behave = lose_the_claim
    _post(client, key)

    assert _post(client, key).status_code == 409


def test_key_is_new_again_after_a_day(
    client: FlaskClient, database: Database, work: Work
) -> None:
    key = _fresh()
    _post(client, key)
    _set(database, key, "expires_at = now() - interval '1 second'")

    again = _post(client, key, body={"a": 2})

    assert again.status_code == 201
    assert "Idempotent-Replayed" not in again.headers
    assert work.times == 2


def test_purge_takes_expired_keys_only(
    client: FlaskClient, database: Database, work: Work
) -> None:
    old, new = _fresh(), _fresh()
    for key in (old, new):
        _post(client, key)
    purge_expired_keys(database)
    _set(database, old, "expires_at = now() - interval '1 second'")

    assert purge_expired_keys(database) == 1
    assert "Idempotent-Replayed" in _post(client, new).headers


@pytest.mark.parametrize("key", ["", "k" * 256, "tab\tkey"])
def test_key_that_is_no_key_is_refused(
    client: FlaskClient, work: Work, key: str
) -> None:
    answer = _post(client, key)

    assert answer.status_code == 400
    assert list(answer.get_json()["error"]["details"]["fields"]) == ["Idempotency-Key"]
    assert work.times == 0


def test_longest_key_is_taken(client: FlaskClient, work: Work) -> None:
    key = _fresh().ljust(255, "k")

    assert _post(client, key).status_code == _post(client, key).status_code == 201
    assert work.times == 1


def test_caller_without_a_token_claims_nothing(client: FlaskClient, work: Work) -> None:
    answer = client.post("/work", json={}, headers={"Idempotency-Key": _fresh()})

    assert answer.status_code == 401
    assert work.times == 0
