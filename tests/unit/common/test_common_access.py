"""Who may call what, and that every view says so."""

from __future__ import annotations

import time
import uuid
from collections.abc import Callable
from typing import Any

import jwt
import pytest
from flask.testing import FlaskClient

from service_common.access import (
    AccessTokens,
    Role,
    caller,
    internal,
    only,
    public,
    signed_in,
)
from service_common.http_app import AppOptions, create_base_app
from service_common.http_json import Blueprint

SERVICE_TOKEN = "token-of-the-inner-services"
SECRET = "secret-of-the-access-tokens-32-bytes"
TOKENS = AccessTokens(SECRET)


def _who() -> dict[str, str]:
    person = caller()
    return {"user_id": str(person.user_id), "role": person.role.value}


def _blueprint() -> Blueprint:
    bp = Blueprint("doors", __name__)
    rules: dict[str, Callable[[Any], Any]] = {
        "public": public,
        "internal": internal,
        "signed-in": signed_in,
        "admin": only(Role.ADMIN),
        "gate": only(Role.STAFF, Role.ADMIN),
    }
    for name, rule in rules.items():
        persons = name not in ("public", "internal")
        view = bp.response(200)(_who if persons else dict)
        bp.route(f"/{name}", endpoint=name)(rule(view))
    return bp


@pytest.fixture(scope="module")
def client() -> FlaskClient:
    options = AppOptions("doors", "Doors", SERVICE_TOKEN, TOKENS)
    return create_base_app(options, [_blueprint()]).test_client()


def _claims(**changes: Any) -> dict[str, Any]:
    now = int(time.time())
    claims = {
        "sub": str(uuid.uuid4()),
        "role": "customer",
        "iat": now,
        "exp": now + 900,
        "jti": str(uuid.uuid4()),
    }
    return {**claims, **changes}


def _status(client: FlaskClient, path: str, token: str | None) -> tuple[int, str]:
    headers = {} if token is None else {"Authorization": f"Bearer {token}"}
    answer = client.get(path, headers=headers)
    code = answer.get_json().get("error", {}).get("code", "OK")
    return answer.status_code, code


def test_view_without_a_rule_stops_the_start() -> None:
    bp = Blueprint("silent", __name__)

    @bp.route("/silent")
    @bp.response(200)
    def say_nothing() -> dict[str, str]:
        return {}

    options = AppOptions("silent", "Silent", SERVICE_TOKEN)
    with pytest.raises(RuntimeError, match=r"silent\.say_nothing"):
        create_base_app(options, [bp])


def test_public_view_is_open_to_everybody(client: FlaskClient) -> None:
    assert _status(client, "/public", None) == (200, "OK")
    assert _status(client, "/public", "rubbish") == (200, "OK")


@pytest.mark.parametrize("offered", [None, "", "guess", SERVICE_TOKEN + "x", "größe"])
def test_internal_view_is_shut_without_the_service_credential(
    client: FlaskClient, offered: str | None
) -> None:
    headers = {} if offered is None else {"X-Service-Token": offered}

    assert client.get("/internal", headers=headers).status_code == 401


def test_internal_view_takes_the_credential_and_no_person(client: FlaskClient) -> None:
    good = client.get("/internal", headers={"X-Service-Token": SERVICE_TOKEN})
    admin = TOKENS.issue(_claims(role="admin"))

    assert good.status_code == 200
    assert _status(client, "/internal", admin) == (401, "UNAUTHORIZED")


def test_person_is_known_by_his_token(client: FlaskClient) -> None:
    claims = _claims(role="staff")
    headers = {"Authorization": f"bearer {TOKENS.issue(claims)}"}

    body = client.get("/signed-in", headers=headers).get_json()

    assert body == {"user_id": claims["sub"], "role": "staff"}


@pytest.mark.parametrize(
    ("role", "admin_door", "gate_door"),
    [
        ("customer", 403, 403),
        ("organiser", 403, 403),
        ("staff", 403, 200),
        ("admin", 200, 200),
    ],
)
def test_role_opens_its_doors_only(
    client: FlaskClient, role: str, admin_door: int, gate_door: int
) -> None:
    token = TOKENS.issue(_claims(role=role))

    assert _status(client, "/admin", token)[0] == admin_door
    assert _status(client, "/gate", token)[0] == gate_door


@pytest.mark.parametrize(
    "token",
    [
        None,
        "rubbish",
        AccessTokens("another-secret-of-the-tokens-32-by").issue(_claims()),
        TOKENS.issue(_claims(role="king")),
        TOKENS.issue(_claims(role=["admin"])),
        TOKENS.issue(_claims(sub="somebody")),
        TOKENS.issue(_claims(iss="somebody")),
        TOKENS.issue(_claims(aud="somebody")),
        TOKENS.issue({k: v for k, v in _claims().items() if k != "jti"}),
        TOKENS.issue({k: v for k, v in _claims().items() if k != "exp"}),
        TOKENS.issue(_claims(iat=int(time.time()) + 900)),
        jwt.encode(_claims(iss="ticketremaster", aud="ticketremaster-api"), "", "none"),
    ],
)
def test_bad_token_is_refused(client: FlaskClient, token: str | None) -> None:
    assert _status(client, "/signed-in", token) == (401, "UNAUTHORIZED")


def test_expired_token_is_told_apart(client: FlaskClient) -> None:
    now = int(time.time())

    just_now = TOKENS.issue(_claims(exp=now - 1))
    long_ago = TOKENS.issue(_claims(exp=now - 60))

    assert _status(client, "/signed-in", just_now) == (200, "OK")
    assert _status(client, "/signed-in", long_ago) == (401, "TOKEN_EXPIRED")


def test_token_that_was_good_before_expires_all_the_same(
    client: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = int(time.time())
    token = TOKENS.issue(_claims(exp=now + 600))
    assert _status(client, "/signed-in", token) == (200, "OK")

    monkeypatch.setattr(time, "time", lambda: now + 604.0)
    assert _status(client, "/signed-in", token) == (200, "OK")
    monkeypatch.setattr(time, "time", lambda: now + 605.0)
    assert _status(client, "/signed-in", token) == (401, "TOKEN_EXPIRED")


def test_token_of_another_scheme_is_refused(client: FlaskClient) -> None:
    headers = {"Authorization": f"Basic {TOKENS.issue(_claims())}"}

    assert client.get("/signed-in", headers=headers).status_code == 401


def test_path_and_method_that_do_not_exist_are_told_before_the_token(
    client: FlaskClient,
) -> None:
    assert client.get("/nowhere").status_code == 404
    assert client.post("/admin").status_code == 405
