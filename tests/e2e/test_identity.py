"""Who someone is, over the gateway."""

from __future__ import annotations

import base64
import json
import time
import uuid

import jwt
import pytest

from support.shop import PASSWORD, Shop


def _person(**changes: object) -> dict[str, object]:
    email = f"{uuid.uuid4().hex}@example.com"
    return {"email": email, "phone": "+6591234567", "password": PASSWORD, **changes}


def test_registered_person_signs_in_and_is_a_customer(shop: Shop) -> None:
    person = _person(name="Zoë")

    registered = shop.api.call("POST", "/auth/register", json=person)
    token = shop.sign_in(str(person["email"]))
    me = shop.api.call("GET", "/users/me", token=token)

    assert registered.status == 201
    assert set(registered.body) == {"user_id", "email", "role", "created_at"}
    assert me.body["user_id"] == registered.body["user_id"]
    assert (me.body["role"], me.body["name"]) == ("customer", "Zoë")
    assert (me.body["credit_balance"], me.body["credits_frozen"]) == ("0.00", "0.00")
    assert me.body["is_flagged"] is False
    assert not any("password" in field for field in me.body)


def test_login_answers_tokens_for_fifteen_minutes(shop: Shop) -> None:
    answer = shop.api.call(
        "POST",
        "/auth/login",
        json={"email": "ALICE@example.com", "password": PASSWORD},
    )

    assert answer.body["token_type"] == "Bearer"
    assert answer.body["expires_in"] == 900
    assert answer.body["user"]["email"] == "alice@example.com"
    assert answer.body["refresh_token"]
    claims = jwt.decode(
        answer.body["access_token"], options={"verify_signature": False}
    )
    assert set(claims) == {"iss", "aud", "sub", "role", "iat", "exp", "jti"}
    assert claims["exp"] - claims["iat"] == 900


def test_address_that_is_taken_is_refused_in_any_case(shop: Shop) -> None:
    person = _person()
    shop.api.call("POST", "/auth/register", json=person)

    again = shop.api.call(
        "POST",
        "/auth/register",
        json={**person, "email": str(person["email"]).upper()},
    )

    assert (again.status, again.code) == (409, "EMAIL_TAKEN")


@pytest.mark.parametrize("email", ["alice@example.com", "nobody@example.com"])
def test_wrong_password_and_unknown_address_are_told_alike(
    shop: Shop, email: str
) -> None:
    answer = shop.api.call(
        "POST", "/auth/login", json={"email": email, "password": "not-the-password"}
    )

    assert (answer.status, answer.code) == (401, "INVALID_CREDENTIALS")
    assert answer.body["error"]["details"] == {}


@pytest.mark.parametrize(
    "change",
    [
        {"email": "no-address"},
        {"email": 7},
        {"phone": "91234567"},
        {"phone": "+65 not a phone"},
        {"password": "short"},
        {"password": "p" * 73},
        {"role": "admin"},
        {"name": ""},
        {"email": "a\x00b@example.com"},
    ],
)
def test_malformed_registration_is_refused(
    shop: Shop, change: dict[str, object]
) -> None:
    answer = shop.api.call("POST", "/auth/register", json=_person(**change))

    assert answer.status == 400
    assert answer.code in {"INVALID_INPUT", "MALFORMED_JSON"}


def _forged(**claims: object) -> str:
    """Signed with a key that everybody can guess."""
    now = int(time.time())
    usual = {
        "iss": "ticketremaster",
        "aud": "ticketremaster-api",
        "sub": str(uuid.uuid4()),
        "role": "admin",
        "iat": now,
        "exp": now + 900,
        "jti": uuid.uuid4().hex,
    }
    return jwt.encode({**usual, **claims}, "secret" * 8, "HS256")


def _unsigned() -> str:
    head = base64.urlsafe_b64encode(b'{"alg":"none","typ":"JWT"}').decode().rstrip("=")
    claims = json.dumps({"sub": str(uuid.uuid4()), "role": "admin", "exp": 9999999999})
    body = base64.urlsafe_b64encode(claims.encode()).decode().rstrip("=")
    return f"{head}.{body}."


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/users/me"),
        ("GET", "/credits/balance"),
        ("GET", "/credits/entries"),
        ("POST", "/reserve"),
        ("POST", "/pay"),
        ("DELETE", f"/reserve/{uuid.UUID(int=1)}"),
        ("GET", "/orders"),
        ("GET", f"/orders/{uuid.UUID(int=1)}"),
        ("POST", "/admin/events"),
        ("GET", "/admin/sagas"),
        ("GET", f"/admin/sagas/{uuid.UUID(int=1)}"),
        ("GET", "/admin/invariants"),
    ],
)
def test_without_a_valid_token_everything_is_401(
    shop: Shop, method: str, path: str
) -> None:
    for token in (None, "garbage", _forged(), _unsigned()):
        answer = shop.api.call(method, path, token=token)

        assert (answer.status, answer.code) == (401, "UNAUTHORIZED"), token
        assert answer.body["error"]["request_id"]


def test_tampered_token_is_refused(shop: Shop, alice: str) -> None:
    head, _, signature = alice.split(".")
    claims = jwt.decode(alice, options={"verify_signature": False})
    claims["role"] = "admin"
    body = base64.urlsafe_b64encode(json.dumps(claims).encode()).decode().rstrip("=")

    answer = shop.api.call(
        "GET", "/admin/invariants", token=f"{head}.{body}.{signature}"
    )

    assert (answer.status, answer.code) == (401, "UNAUTHORIZED")


def test_token_in_the_address_is_no_token(shop: Shop, alice: str) -> None:
    answer = shop.api.call("GET", "/users/me", params={"jwt": alice})

    assert (answer.status, answer.code) == (401, "UNAUTHORIZED")


def test_another_account_is_for_admins_only(
    shop: Shop, alice: str, bob: str, admin: str
) -> None:
    bobs_id = shop.api.call("GET", "/users/me", token=bob).body["user_id"]

    refused = shop.api.call("GET", f"/users/{bobs_id}", token=alice)
    granted = shop.api.call("GET", f"/users/{bobs_id}", token=admin)
    missing = shop.api.call("GET", f"/users/{uuid.uuid4()}", token=admin)

    assert (refused.status, refused.code) == (403, "FORBIDDEN")
    assert granted.body["email"] == "bob@example.com"
    assert (missing.status, missing.code) == (404, "USER_NOT_FOUND")


def test_only_an_admin_changes_roles_and_flags(
    shop: Shop, alice: str, admin: str
) -> None:
    person = _person()
    user_id = shop.api.call("POST", "/auth/register", json=person).body["user_id"]
    own = shop.sign_in(str(person["email"]))

    for path, body in (("role", {"role": "admin"}), ("flag", None), ("unflag", None)):
        for token in (alice, own):
            answer = shop.api.call(
                "POST", f"/users/{user_id}/{path}", json=body, token=token
            )
            assert (answer.status, answer.code) == (403, "FORBIDDEN")
    flagged = shop.api.call("POST", f"/users/{user_id}/flag", token=admin)
    staff = shop.api.call(
        "POST", f"/users/{user_id}/role", json={"role": "staff"}, token=admin
    )
    wrong = shop.api.call(
        "POST", f"/users/{user_id}/role", json={"role": "king"}, token=admin
    )

    assert flagged.body["is_flagged"] is True
    assert staff.body["role"] == "staff"
    assert (wrong.status, wrong.code) == (400, "INVALID_INPUT")


def test_entries_tell_what_happened_to_the_credits(shop: Shop, alice: str) -> None:
    event = shop.publish(price="1.00")
    order_id = shop.must_reserve(alice, event.seat_ids[0])["order_id"]
    shop.pay(alice, order_id)

    newest = shop.api.call("GET", "/credits/entries", token=alice).body["data"][0]

    assert set(newest) == {
        "entry_id",
        "kind",
        "amount",
        "balance_after",
        "reference",
        "created_at",
    }
    assert newest["amount"] == "-1.00"
    assert newest["reference"] == order_id
    assert newest["balance_after"] == shop.balance(alice)
