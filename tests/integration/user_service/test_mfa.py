"""Two-factor login with an authenticator app."""

from __future__ import annotations

import time
import uuid
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

import pyotp
import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import text

from builders.users import PASSWORD, a_registration, access_header, error_code
from service_common.db import Database
from support.races import race

STEP_S = 30


class Person:
    """Somebody with an account and, once enrolled, an app that makes codes."""

    def __init__(self, client: FlaskClient, database: Database) -> None:
        self.client = client
        self.database = database
        body = a_registration()
        self.email = body["email"]
        registered = client.post("/auth/register", json=body)
        self.user_id = uuid.UUID(registered.get_json()["user_id"])
        self.secret = ""

    def enroll(self, **headers: str) -> Any:
        answer = self._post("/auth/mfa/enroll", headers=headers)
        self.secret = (answer.get_json() or {}).get("secret", self.secret)
        return answer

    def activate(self, code: str) -> Any:
        return self._post("/auth/mfa/activate", {"code": code})

    def login(self) -> Any:
        self._wait_as_long_as_told()
        credentials = {"email": self.email, "password": PASSWORD}
        return self.client.post("/auth/login", json=credentials)

    def verify(self, mfa_token: str, code: str) -> Any:
        self._wait_as_long_as_told()
        body = {"mfa_token": mfa_token, "code": code}
        return self.client.post("/auth/mfa/verify", json=body)

    def mfa_token(self) -> str:
        return str(self.login().get_json()["mfa_token"])

    def code(self, steps: int = 0) -> str:
        return pyotp.TOTP(self.secret).at(int(time.time()) + steps * STEP_S)

    def wrong_code(self) -> str:
        near = {self.code(steps) for steps in range(-3, 4)}
        return next(f"{n:06d}" for n in range(10) if f"{n:06d}" not in near)

    def has_mfa(self) -> Person:
        """Enrolled and activated, with a code of the step before."""
        self.enroll()
        assert self.activate(self.code(-1)).status_code == 200
        return self

    def _wait_as_long_as_told(self) -> None:
        with self.database.statement() as connection:
            connection.execute(
                text("UPDATE login_attempts SET next_attempt_at = now()")
            )

    def _post(
        self, path: str, body: Any = None, headers: dict[str, str] | None = None
    ) -> Any:
        header = {**access_header(self.user_id), **(headers or {})}
        return self.client.post(path, json=body, headers=header)


@pytest.fixture
def person(client: FlaskClient, database: Database) -> Person:
    return Person(client, database)


def test_enrolment_tells_the_app_what_it_needs(person: Person) -> None:
    body = person.enroll().get_json()

    uri = urlsplit(body["otpauth_uri"])
    assert set(body) == {"secret", "otpauth_uri"}
    assert (uri.scheme, uri.netloc) == ("otpauth", "totp")
    assert unquote(uri.path) == f"/TicketRemaster:{person.email}"
    assert parse_qs(uri.query)["secret"] == [body["secret"]]


def test_secret_is_sealed_in_the_database_and_opens_for_its_user_only(
    person: Person, client: FlaskClient
) -> None:
    person.has_mfa()
    other = Person(client, person.database).has_mfa()
    with person.database.statement() as connection:
        read = text("SELECT two_fa_secret FROM users WHERE user_id = :user_id")
        sealed = connection.execute(read, {"user_id": person.user_id}).scalar_one()
        connection.execute(
            text("UPDATE users SET two_fa_secret = :sealed WHERE user_id = :user_id"),
            {"sealed": sealed, "user_id": other.user_id},
        )

    assert person.secret not in sealed
    answer = other.verify(other.mfa_token(), person.code())
    assert answer.status_code == 500


def test_enrolment_alone_changes_no_login(person: Person) -> None:
    person.enroll()

    assert "access_token" in person.login().get_json()


def test_login_asks_for_a_code_and_gives_tokens_for_it(person: Person) -> None:
    person.has_mfa()
    asked = person.login()
    assert asked.status_code == 200
    assert set(asked.get_json()) == {"mfa_required", "mfa_token"}
    answer = person.verify(asked.get_json()["mfa_token"], person.code())

    body = answer.get_json()
    assert answer.status_code == 200
    assert set(body) == {
        *("access_token", "refresh_token", "token_type", "expires_in", "user"),
    }
    assert body["user"]["user_id"] == str(person.user_id)


def test_token_for_a_code_is_no_access_token(person: Person) -> None:
    token = person.has_mfa().mfa_token()
    answer = person.client.get(
        "/users/me", headers={"Authorization": f"Bearer {token}"}
    )

    assert (answer.status_code, error_code(answer)) == (401, "UNAUTHORIZED")
    refresh = person.client.post("/auth/refresh", json={"refresh_token": token})
    assert refresh.status_code == 401


def test_code_works_once(person: Person) -> None:
    person.has_mfa()
    code = person.code()
    assert person.verify(person.mfa_token(), code).status_code == 200
    for used in (code, person.code(-1)):
        answer = person.verify(person.mfa_token(), used)
        assert (answer.status_code, error_code(answer)) == (401, "MFA_CODE_INVALID")
    assert person.verify(person.mfa_token(), person.code(1)).status_code == 200


def test_code_that_activated_signs_nobody_in(person: Person) -> None:
    person.enroll()
    code = person.code()
    person.activate(code)
    answer = person.verify(person.mfa_token(), code)

    assert (answer.status_code, error_code(answer)) == (401, "MFA_CODE_INVALID")


def test_login_is_completed_once(person: Person) -> None:
    person.has_mfa()
    token = person.mfa_token()
    person.verify(token, person.code())
    answer = person.verify(token, person.code(1))

    assert (answer.status_code, error_code(answer)) == (401, "MFA_TOKEN_INVALID")


def test_login_waits_five_minutes_for_its_code(person: Person) -> None:
    token = person.has_mfa().mfa_token()
    with person.database.statement() as connection:
        connection.execute(
            text(
                "UPDATE mfa_challenges SET expires_at = now() WHERE user_id = :user_id"
            ),
            {"user_id": person.user_id},
        )
    answer = person.verify(token, person.code())

    assert (answer.status_code, error_code(answer)) == (401, "MFA_TOKEN_INVALID")


def test_sixth_code_of_a_login_is_too_many(person: Person) -> None:
    token = person.has_mfa().mfa_token()
    for _ in range(5):
        assert error_code(person.verify(token, person.wrong_code())) == (
            "MFA_CODE_INVALID"
        )
    answer = person.verify(token, person.code())

    assert (answer.status_code, error_code(answer)) == (401, "MFA_TOKEN_INVALID")


def test_codes_cannot_be_guessed_login_by_login(person: Person) -> None:
    person.has_mfa()
    statuses = []
    for _ in range(6):
        asked = person.login()
        statuses.append(asked.status_code)
        if asked.status_code == 200:
            token = asked.get_json()["mfa_token"]
            statuses.append(person.verify(token, person.wrong_code()).status_code)

    assert statuses == [200, 401] * 5 + [429]


@pytest.mark.parametrize("repetition", range(5))
def test_one_code_at_two_logins_at_once_opens_one(
    app: Flask, person: Person, repetition: int
) -> None:
    person.has_mfa()
    code = person.code()
    tokens = [person.mfa_token() for _ in range(2)]

    def enter(token: str) -> int:
        body = {"mfa_token": token, "code": code}
        return app.test_client().post("/auth/mfa/verify", json=body).status_code

    assert sorted(race(*[lambda t=token: enter(t) for token in tokens])) == [200, 401]


def test_wrong_code_does_not_activate(person: Person) -> None:
    person.enroll()
    answer = person.activate(person.wrong_code())

    assert (answer.status_code, error_code(answer)) == (401, "MFA_CODE_INVALID")
    assert "access_token" in person.login().get_json()


def test_later_enrolment_takes_the_place_of_the_one_before(person: Person) -> None:
    person.enroll()
    old = person.code()
    person.enroll()
    if person.code() != old:
        assert person.activate(old).status_code == 401
    assert person.activate(person.code()).status_code == 200


def test_nobody_activates_without_enrolment(person: Person) -> None:
    answer = person.activate("000000")

    assert (answer.status_code, error_code(answer)) == (409, "MFA_NOT_ENROLLED")


def test_second_factor_that_is_on_stays_as_it_is(person: Person) -> None:
    person.has_mfa()
    secret = person.secret
    for answer in (person.enroll(), person.activate(person.code())):
        assert (answer.status_code, error_code(answer)) == (409, "MFA_ALREADY_ENABLED")
    person.secret = secret

    assert person.verify(person.mfa_token(), person.code()).status_code == 200


@pytest.mark.parametrize("token", ["x", "no-such-token", "é" * 50])
def test_unknown_token_is_refused(person: Person, token: str) -> None:
    answer = person.verify(token, "000000")

    assert (answer.status_code, error_code(answer)) == (401, "MFA_TOKEN_INVALID")


@pytest.mark.parametrize("code", ["", None, 123456, "1" * 33, "12\n", "\ud800"])
def test_malformed_code_is_refused_and_costs_no_attempt(
    person: Person, code: Any
) -> None:
    token = person.has_mfa().mfa_token()
    assert person.verify(token, code).status_code == 400

    with person.database.statement() as connection:
        attempts = connection.execute(
            text("SELECT attempts FROM mfa_challenges WHERE user_id = :user_id"),
            {"user_id": person.user_id},
        ).scalar_one()
    assert attempts == 0


def test_secret_is_not_kept_under_an_idempotency_key(person: Person) -> None:
    key = {"Idempotency-Key": str(uuid.uuid4())}
    first, second = person.enroll(**key).get_json(), person.enroll(**key).get_json()

    assert first["secret"] != second["secret"]
    with person.database.statement() as connection:
        kept = connection.execute(
            text("SELECT count(*) FROM idempotency_keys WHERE caller = :caller"),
            {"caller": str(person.user_id)},
        ).scalar_one()
    assert kept == 0
