from __future__ import annotations

from typing import Any

import bcrypt
import jwt
import pytest
from flask.testing import FlaskClient

from builders.users import JWT_SECRET, PASSWORD, a_registration, an_email, error_code
from service_common.access import AUDIENCE, ISSUER

FIFTEEN_MINUTES_S = 900


@pytest.fixture
def email(client: FlaskClient) -> str:
    body = a_registration()
    assert client.post("/auth/register", json=body).status_code == 201
    return str(body["email"])


@pytest.fixture
def checks(monkeypatch: pytest.MonkeyPatch) -> list[bytes]:
    """The hashes that bcrypt was asked to compare with."""
    compared: list[bytes] = []
    check = bcrypt.checkpw

    def counted(password: bytes, hashed: bytes) -> bool:
        compared.append(hashed)
        return check(password, hashed)

    monkeypatch.setattr(bcrypt, "checkpw", counted)
    return compared


def _login(client: FlaskClient, email: str, password: str = PASSWORD) -> Any:
    return client.post("/auth/login", json={"email": email, "password": password})


def test_right_password_is_answered_with_tokens_and_the_account(
    client: FlaskClient, email: str
) -> None:
    answer = _login(client, email)

    body = answer.get_json()
    assert answer.status_code == 200
    assert set(body) == {
        "access_token",
        "refresh_token",
        "token_type",
        "expires_in",
        "user",
    }
    assert (body["token_type"], body["expires_in"]) == ("Bearer", FIFTEEN_MINUTES_S)
    assert body["user"]["email"] == email
    header = {"Authorization": f"Bearer {body['access_token']}"}
    assert client.get("/users/me", headers=header).get_json() == body["user"]


def test_access_token_has_every_claim_and_lasts_fifteen_minutes(
    client: FlaskClient, email: str
) -> None:
    body = _login(client, email).get_json()

    claims = jwt.decode(
        body["access_token"], JWT_SECRET, ["HS256"], audience=AUDIENCE, issuer=ISSUER
    )
    assert set(claims) == {"iss", "aud", "sub", "role", "iat", "exp", "jti"}
    assert claims["sub"] == body["user"]["user_id"]
    assert claims["role"] == "customer"
    assert claims["exp"] - claims["iat"] == FIFTEEN_MINUTES_S


def test_address_is_found_however_its_letters_are_written(
    client: FlaskClient, email: str
) -> None:
    assert _login(client, email.upper()).status_code == 200


def test_unknown_address_and_wrong_password_get_the_same_answer(
    client: FlaskClient, email: str
) -> None:
    wrong, unknown = _login(client, email, "wrong-password"), _login(client, an_email())

    for answer in (wrong, unknown):
        assert (answer.status_code, error_code(answer)) == (401, "INVALID_CREDENTIALS")
        answer.get_json()["error"].pop("request_id")
    assert (
        wrong.get_json()["error"]["message"] == (unknown.get_json()["error"]["message"])
    )


@pytest.mark.parametrize("password", [PASSWORD, "wrong-password", "x" * 500, ""])
def test_known_and_unknown_address_cost_one_bcrypt_check_of_one_cost(
    client: FlaskClient, email: str, checks: list[bytes], password: str
) -> None:
    _login(client, email, password)
    _login(client, an_email(), password)

    known, unknown = checks
    assert known[:7] == unknown[:7] == b"$2b$04$"


def test_password_beyond_what_bcrypt_reads_is_wrong_even_with_a_right_beginning(
    client: FlaskClient,
) -> None:
    longest = "p" * 72
    body = a_registration(password=longest)
    client.post("/auth/register", json=body)

    assert _login(client, body["email"], longest).status_code == 200
    assert _login(client, body["email"], longest + "p").status_code == 401
