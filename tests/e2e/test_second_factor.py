"""Two-factor login, refreshing, and what becomes of those who guess."""

from __future__ import annotations

import time
import uuid

import pyotp

from support.shop import PASSWORD, Shop
from ticket_demo.answer import Answer


def _register(shop: Shop) -> str:
    email = f"{uuid.uuid4().hex}@example.com"
    person = {"email": email, "phone": "+6591234567", "password": PASSWORD}
    assert shop.api.call("POST", "/auth/register", json=person).status == 201
    return email


def _login(shop: Shop, email: str, password: str = PASSWORD) -> Answer:
    body = {"email": email, "password": password}
    return shop.api.call("POST", "/auth/login", json=body)


def test_second_factor_is_asked_for_and_each_code_works_once(shop: Shop) -> None:
    email = _register(shop)
    token = shop.sign_in(email)
    enrolled = shop.api.call("POST", "/auth/mfa/enroll", token=token)
    totp = pyotp.TOTP(enrolled.body["secret"])
    # The code of the step before is still good, and leaves this step's for the login.
    earlier = totp.at(int(time.time()) - 30)
    activated = shop.api.call(
        "POST", "/auth/mfa/activate", json={"code": earlier}, token=token
    )

    asked = _login(shop, email)
    challenge = {"mfa_token": asked.body["mfa_token"], "code": totp.now()}
    verified = shop.api.call("POST", "/auth/mfa/verify", json=challenge)
    again = _login(shop, email)
    replay = {"mfa_token": again.body["mfa_token"], "code": challenge["code"]}
    replayed = shop.api.call("POST", "/auth/mfa/verify", json=replay)

    assert enrolled.status == 200
    assert enrolled.body["otpauth_uri"].startswith("otpauth://totp/")
    assert activated.status == 200
    assert asked.body["mfa_required"] is True
    assert "access_token" not in asked.body
    me = shop.api.call("GET", "/users/me", token=verified.body["access_token"])
    assert me.body["email"] == email
    assert replayed.status == 401


def test_token_of_the_first_factor_opens_nothing(shop: Shop) -> None:
    email = _register(shop)
    token = shop.sign_in(email)
    enrolled = shop.api.call("POST", "/auth/mfa/enroll", token=token)
    code = pyotp.TOTP(enrolled.body["secret"]).now()
    shop.api.call("POST", "/auth/mfa/activate", json={"code": code}, token=token)

    half = _login(shop, email).body["mfa_token"]

    refused = shop.api.call("GET", "/users/me", token=half)
    assert (refused.status, refused.code) == (401, "UNAUTHORIZED")


def test_refresh_token_that_is_used_twice_revokes_its_family(shop: Shop) -> None:
    first = _login(shop, _register(shop)).body["refresh_token"]
    second = shop.api.refresh(first)

    reused = shop.api.refresh(first)
    after = shop.api.refresh(second.body["refresh_token"])

    assert second.status == 200
    assert (reused.status, reused.code) == (401, "TOKEN_REUSED")
    assert after.status == 401


def test_signing_out_ends_the_refresh_token(shop: Shop) -> None:
    token = _login(shop, _register(shop)).body["refresh_token"]

    assert shop.api.sign_out(token).status == 204
    assert shop.api.refresh(token).status == 401


def test_account_that_is_guessed_at_is_slowed_down(shop: Shop) -> None:
    known, unknown = _register(shop), f"{uuid.uuid4().hex}@example.com"

    for email in (known, unknown):
        answers = [_login(shop, email, "not-the-password") for _ in range(6)]

        assert {answer.code for answer in answers[:5]} == {"INVALID_CREDENTIALS"}
        assert (answers[-1].status, answers[-1].code) == (429, "RATE_LIMITED")
        assert int(answers[-1].headers["Retry-After"]) > 0
