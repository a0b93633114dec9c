from __future__ import annotations

import hashlib
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import text

from builders.users import PASSWORD, a_registration, error_code
from service_common.db import Database
from support.races import race

ROUNDS = 15
RACERS = 6


@pytest.fixture
def account(client: FlaskClient) -> dict[str, Any]:
    body = a_registration()
    assert client.post("/auth/register", json=body).status_code == 201
    return body


@pytest.fixture
def pair(client: FlaskClient, account: dict[str, Any]) -> dict[str, Any]:
    return _login(client, account)


def _login(client: FlaskClient, account: dict[str, Any]) -> dict[str, Any]:
    credentials = {"email": account["email"], "password": PASSWORD}
    body: dict[str, Any] = client.post("/auth/login", json=credentials).get_json()
    return body


def _refresh(client: FlaskClient, refresh_token: str) -> Any:
    return client.post("/auth/refresh", json={"refresh_token": refresh_token})


def _hash(refresh_token: str) -> bytes:
    return hashlib.sha256(refresh_token.encode()).digest()


def test_refresh_gives_a_new_pair_that_works(
    client: FlaskClient, pair: dict[str, Any]
) -> None:
    answer = _refresh(client, pair["refresh_token"])

    fresh = answer.get_json()
    assert answer.status_code == 200
    assert set(fresh) == {"access_token", "refresh_token", "token_type", "expires_in"}
    assert fresh["refresh_token"] != pair["refresh_token"]
    header = {"Authorization": f"Bearer {fresh['access_token']}"}
    assert client.get("/users/me", headers=header).status_code == 200
    assert _refresh(client, fresh["refresh_token"]).status_code == 200


def test_used_token_is_refused_and_takes_its_whole_family_with_it(
    client: FlaskClient, pair: dict[str, Any]
) -> None:
    fresh = _refresh(client, pair["refresh_token"]).get_json()

    reused = _refresh(client, pair["refresh_token"])

    assert (reused.status_code, error_code(reused)) == (401, "TOKEN_REUSED")
    heir = _refresh(client, fresh["refresh_token"])
    assert (heir.status_code, error_code(heir)) == (401, "UNAUTHORIZED")


def test_another_login_of_the_same_person_outlives_a_revoked_family(
    client: FlaskClient, account: dict[str, Any], pair: dict[str, Any]
) -> None:
    other = _login(client, account)
    _refresh(client, pair["refresh_token"])
    _refresh(client, pair["refresh_token"])

    assert _refresh(client, other["refresh_token"]).status_code == 200


def test_of_concurrent_refreshes_one_wins_and_the_others_are_reuse(
    app: Flask, client: FlaskClient, account: dict[str, Any]
) -> None:
    for _ in range(ROUNDS):
        token = _login(client, account)["refresh_token"]

        answers = race(
            *[lambda: _refresh(app.test_client(), token)] * RACERS  # noqa: B023
        )

        winners = [answer for answer in answers if answer.status_code == 200]
        losers = [answer for answer in answers if answer.status_code != 200]
        assert len(winners) == 1
        assert {error_code(answer) for answer in losers} == {"TOKEN_REUSED"}
        heir = winners[0].get_json()["refresh_token"]
        assert _refresh(client, heir).status_code == 401


def test_logout_ends_the_family_and_may_be_repeated(
    client: FlaskClient, pair: dict[str, Any]
) -> None:
    fresh = _refresh(client, pair["refresh_token"]).get_json()
    body = {"refresh_token": fresh["refresh_token"]}

    first, second = (
        client.post("/auth/logout", json=body),
        client.post("/auth/logout", json=body),
    )

    assert (first.status_code, first.data) == (204, b"")
    assert second.status_code == 204
    refused = _refresh(client, fresh["refresh_token"])
    assert (refused.status_code, error_code(refused)) == (401, "UNAUTHORIZED")


def test_unknown_token_is_refused_and_its_logout_reveals_nothing(
    client: FlaskClient,
) -> None:
    refused = _refresh(client, "no-such-token")

    assert (refused.status_code, error_code(refused)) == (401, "UNAUTHORIZED")
    logout = client.post("/auth/logout", json={"refresh_token": "no-such-token"})
    assert logout.status_code == 204


def test_expired_token_is_refused_as_expired(
    client: FlaskClient, database: Database, pair: dict[str, Any]
) -> None:
    _expire(database, pair["refresh_token"])

    refused = _refresh(client, pair["refresh_token"])

    assert (refused.status_code, error_code(refused)) == (401, "TOKEN_EXPIRED")


def test_login_clears_away_families_that_have_run_out(
    client: FlaskClient,
    database: Database,
    account: dict[str, Any],
    pair: dict[str, Any],
) -> None:
    living = _login(client, account)
    _expire(database, pair["refresh_token"])

    _login(client, account)

    assert not _is_kept(database, pair["refresh_token"])
    assert _is_kept(database, living["refresh_token"])


def test_database_keeps_a_hash_and_thirty_days(
    database: Database, pair: dict[str, Any]
) -> None:
    with database.statement() as connection:
        row = connection.execute(
            text(
                "SELECT *, expires_at - issued_at AS lasts FROM refresh_tokens"
                " WHERE token_hash = :token_hash"
            ),
            {"token_hash": _hash(pair["refresh_token"])},
        ).one()
    assert row.lasts.days == 30
    assert pair["refresh_token"] not in str(row)


def test_refreshed_token_carries_the_role_of_now(
    client: FlaskClient, database: Database, pair: dict[str, Any]
) -> None:
    with database.statement() as connection:
        connection.execute(
            text("UPDATE users SET role = 'staff' WHERE user_id = :user_id"),
            pair["user"],
        )

    fresh = _refresh(client, pair["refresh_token"]).get_json()

    header = {"Authorization": f"Bearer {fresh['access_token']}"}
    assert client.get("/users/me", headers=header).get_json()["role"] == "staff"


def _expire(database: Database, refresh_token: str) -> None:
    with database.statement() as connection:
        connection.execute(
            text(
                "UPDATE refresh_tokens SET expires_at = now()"
                " WHERE token_hash = :token_hash"
            ),
            {"token_hash": _hash(refresh_token)},
        )


def _is_kept(database: Database, refresh_token: str) -> bool:
    with database.statement() as connection:
        return (
            connection.execute(
                text("SELECT 1 FROM refresh_tokens WHERE token_hash = :token_hash"),
                {"token_hash": _hash(refresh_token)},
            ).first()
            is not None
        )
