"""Passwords cannot be guessed: neither of one account, nor from one address."""

from __future__ import annotations

import dataclasses
from typing import Any

import bcrypt
import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import text

from builders.users import PASSWORD, a_registration, an_email, error_code
from service_common.db import Database
from support.races import race
from user_service.app import create_app
from user_service.settings import Settings

ATTEMPTS, SLOW_FROM, ADDRESS_ATTEMPTS = 10, 5, 50
GUESSERS = 30


@pytest.fixture
def email(client: FlaskClient) -> str:
    body = a_registration()
    client.post("/auth/register", json=body)
    return str(body["email"])


@pytest.fixture
def strict(user_settings: Settings) -> Flask:
    """The service with the address limit of production."""
    return create_app(dataclasses.replace(user_settings, rate_limit_scale=1))


def _login(
    client: FlaskClient, email: str, password: str = PASSWORD, heard: str | None = None
) -> Any:
    return client.post(
        "/auth/login",
        json={"email": email, "password": password},
        headers={"X-Forwarded-For": heard} if heard else {},
    )


def _assert_locked(answer: Any) -> None:
    assert (answer.status_code, error_code(answer)) == (429, "RATE_LIMITED")
    assert 14 * 60 < int(answer.headers["Retry-After"]) <= 15 * 60


def _fail(client: FlaskClient, database: Database, email: str, times: int) -> None:
    """So many wrong passwords, by somebody who waits as long as he is told."""
    for _ in range(times):
        assert error_code(_login(client, email, "wrong")) == "INVALID_CREDENTIALS"
        with database.statement() as connection:
            connection.execute(
                text("UPDATE login_attempts SET next_attempt_at = now()")
            )


def test_from_the_fifth_wrong_password_on_the_next_try_has_to_wait(
    client: FlaskClient, email: str, database: Database
) -> None:
    _fail(client, database, email, SLOW_FROM - 1)
    assert error_code(_login(client, email, "wrong")) == "INVALID_CREDENTIALS"
    at_once = _login(client, email)
    _fail_after_waiting(client, database, email)
    later = _login(client, email)

    assert (at_once.status_code, error_code(at_once)) == (429, "RATE_LIMITED")
    assert at_once.headers["Retry-After"] == "1"
    assert int(later.headers["Retry-After"]) == 2


def _fail_after_waiting(client: FlaskClient, database: Database, email: str) -> None:
    with database.statement() as connection:
        connection.execute(text("UPDATE login_attempts SET next_attempt_at = now()"))
    assert error_code(_login(client, email, "wrong")) == "INVALID_CREDENTIALS"


def test_right_password_is_refused_after_ten_wrong_ones(
    client: FlaskClient, email: str, database: Database
) -> None:
    _fail(client, database, email, ATTEMPTS)

    _assert_locked(_login(client, email))
    _assert_locked(_login(client, email.upper()))


def test_unknown_address_is_locked_like_a_known_one(
    client: FlaskClient, database: Database
) -> None:
    email = an_email()
    _fail(client, database, email, ATTEMPTS)

    _assert_locked(_login(client, email))


def test_locked_account_costs_no_password_check(
    client: FlaskClient,
    email: str,
    database: Database,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    _fail(client, database, email, ATTEMPTS)
    monkeypatch.setattr(bcrypt, "checkpw", _never)

    _assert_locked(_login(client, email))


def test_success_starts_the_count_anew(
    client: FlaskClient, email: str, database: Database
) -> None:
    for _ in range(3):
        _fail(client, database, email, ATTEMPTS - 1)
        assert _login(client, email).status_code == 200


def test_lock_ends_with_its_quarter_of_an_hour(
    client: FlaskClient, email: str, database: Database
) -> None:
    _fail(client, database, email, ATTEMPTS)
    _assert_locked(_login(client, email))
    with database.statement() as connection:
        connection.execute(
            text("UPDATE login_attempts SET forgotten_at = now() - interval '1 s'")
        )

    assert _login(client, email).status_code == 200


@pytest.mark.parametrize("repetition", range(3))
def test_of_thirty_guesses_at_once_five_are_checked(
    app: Flask,
    email: str,
    monkeypatch: pytest.MonkeyPatch,
    repetition: int,
) -> None:
    checked: list[bytes] = []
    check = bcrypt.checkpw

    def counted(password: bytes, hashed: bytes) -> bool:
        checked.append(password)
        return check(password, hashed)

    monkeypatch.setattr(bcrypt, "checkpw", counted)

    def guess() -> int:
        return int(_login(app.test_client(), email, "wrong").status_code)

    statuses = race(*[guess] * GUESSERS)

    assert statuses.count(401) == len(checked) == SLOW_FROM
    # Some found the row locked too long: they were not let in either.
    assert set(statuses) <= {401, 429, 503}


def test_one_address_gets_fifty_wrong_passwords_whosever_they_are(
    strict: Flask, email: str
) -> None:
    client = strict.test_client()
    for _ in range(ADDRESS_ATTEMPTS):
        answer = _login(client, an_email(), "wrong", "203.0.113.7")
        assert answer.status_code == 401

    _assert_locked(_login(client, email, heard="203.0.113.7"))
    assert _login(client, email, heard="203.0.113.8").status_code == 200


def test_right_passwords_do_not_count_against_their_address(
    strict: Flask, email: str
) -> None:
    client = strict.test_client()
    for _ in range(ADDRESS_ATTEMPTS + 5):
        assert _login(client, email, heard="203.0.113.9").status_code == 200


def _addresses(database: Database) -> set[str]:
    with database.statement() as connection:
        found = connection.execute(
            text("SELECT subject FROM login_attempts WHERE subject LIKE 'address:%'")
        )
        return {subject.removeprefix("address:") for subject in found.scalars()}


@pytest.mark.parametrize(
    ("heard", "address"),
    [
        ("198.51.100.1", "198.51.100.1"),
        ("6.6.6.6, 198.51.100.2", "198.51.100.2"),
        ("6.6.6.6,7.7.7.7 ,  198.51.100.3", "198.51.100.3"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("::ffff:198.51.100.4", "198.51.100.4"),
        ("no-address", "127.0.0.1"),
        ("198.51.100.5, " + "x" * 5000, "127.0.0.1"),
        ("", "127.0.0.1"),
    ],
)
def test_address_is_what_our_own_proxy_heard(
    client: FlaskClient, database: Database, heard: str, address: str
) -> None:
    _login(client, an_email(), "wrong", heard)

    assert address in _addresses(database)
    assert "6.6.6.6" not in _addresses(database)


@pytest.mark.parametrize(
    ("proxies", "address"),
    [(0, "127.0.0.1"), (2, "198.51.100.21"), (3, "198.51.100.20"), (4, "127.0.0.1")],
)
def test_so_many_proxies_are_believed_as_there_are(
    user_settings: Settings, throwaway: Database, proxies: int, address: str
) -> None:
    app = create_app(
        dataclasses.replace(
            user_settings,
            trusted_proxies=proxies,
            database=_settings_of(user_settings, throwaway),
        )
    )
    heard = "198.51.100.20, 198.51.100.21, 198.51.100.22"
    _login(app.test_client(), an_email(), "wrong", heard)

    assert _addresses(throwaway) == {address}


def test_what_was_typed_as_an_address_is_not_kept(
    client: FlaskClient, database: Database
) -> None:
    email = an_email()
    _login(client, email, "wrong")

    with database.statement() as connection:
        found = connection.execute(text("SELECT subject FROM login_attempts"))
        assert not any(email in subject for subject in found.scalars())


def _settings_of(settings: Settings, database: Database) -> Any:
    url = database.engine.url
    return dataclasses.replace(
        settings.database,
        name=str(url.database),
        user=str(url.username),
        password=str(url.password),
    )


def _never(*_args: bytes) -> bool:
    raise AssertionError("a password was checked")
