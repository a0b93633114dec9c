"""Whatever arrives, the answer is a coded refusal in the envelope, never a failure."""

from __future__ import annotations

import uuid
from typing import Any

import pytest
from flask.testing import FlaskClient

from builders.users import a_registration, access_header, an_account, error_code
from service_common.access import Role
from service_common.db import Database

ID = str(uuid.UUID(int=7))
DEEP = b'{"email":' + b"[" * 100_000 + b"]" * 100_000 + b"}"
TRANSFER = {
    "operation_key": "k",
    "payer_id": ID,
    "payee_id": str(uuid.UUID(int=8)),
    "amount": "1.00",
    "reference": "r",
}
POSTS = {
    "/auth/register": a_registration(),
    "/auth/login": {"email": "ada@example.com", "password": "wrong-password"},
    "/auth/refresh": {"refresh_token": "no-such-token"},
    "/auth/logout": {"refresh_token": "no-such-token"},
    f"/users/{ID}/role": {"role": "staff"},
    "/credits/deduct": {
        "operation_key": "k",
        "user_id": ID,
        "amount": "1.00",
        "reference": "r",
    },
    "/credits/reverse": {
        "operation_key": "k",
        "user_id": ID,
        "amount": "1.00",
        "reference": "r",
    },
    "/credits/transfer": TRANSFER,
    "/credits/transfer/reverse": TRANSFER,
    "/credits/return": {**TRANSFER, "freeze_key": "f"},
    "/credits/return/reverse": {**TRANSFER, "freeze_key": "f"},
    "/credits/freeze": {
        "operation_key": "f",
        "user_id": ID,
        "amount": "1.00",
        "reference": "r",
    },
    "/credits/unfreeze": {"operation_key": "f", "user_id": ID, "reference": "r"},
    "/otp/challenges/withdraw": {
        "user_id": ID,
        "purpose": "PURCHASE",
        "reference": "r",
    },
    "/auth/mfa/activate": {"code": "123456"},
    "/auth/mfa/verify": {"mfa_token": "no-such-token", "code": "123456"},
    "/credits/topup": {"amount": "10.00"},
    "/otp/challenges": {
        "user_id": ID,
        "purpose": "PURCHASE",
        "reference": "r",
        "amount": "1.00",
    },
    "/otp/verify": {
        "user_id": ID,
        "purpose": "PURCHASE",
        "reference": "r",
        "otp_code": "123456",
    },
}
BAD_VALUES: list[Any] = [
    *(None, True, 1, 1.5, -1, 10**30, [], {}, [[]], {"a": 1}),
    *("", " ", "x" * 2000, "\ud800", "\0", "a\0b", "\u2460", "' OR 1=1"),
]
BAD_BODIES = {
    b"": "INVALID_INPUT",
    b"[]": "INVALID_INPUT",
    b"null": "INVALID_INPUT",
    b'"text"': "INVALID_INPUT",
    b"7": "INVALID_INPUT",
    b"{}": "INVALID_INPUT",
    b"{": "MALFORMED_JSON",
    b"\xff\xfe": "MALFORMED_JSON",
    b'{"amount": NaN}': "MALFORMED_JSON",
    b'{"amount": ' + b"9" * 5000 + b"}": "MALFORMED_JSON",
    b'{"email": "a\\u0000b"}': "MALFORMED_JSON",
    b'{"email": "\\ud800"}': "MALFORMED_JSON",
    DEEP: "MALFORMED_JSON",
}
BAD_QUERIES = {
    "/credits/entries": [
        *("page=0", "page=-1", "page=1.5", "page=x", "page=", "page=1000001"),
        *("page=99999999999999999999", "page=" + "9" * 5000, "page=%00"),
        *("page_size=0", "page_size=101", "page_size=1e3", "page=NaN"),
    ],
    "/credits/facts": [
        *("limit=0", "limit=1001", "limit=x", "limit=99999999999999999999"),
        *("after=%00", "after=" + "k" * 256, "after=a%0Ab"),
    ],
    f"/users/{ID}/risk": [
        *("purpose=PURCHASE", "reference=r", "purpose=GIFT&reference=r"),
        *("purpose=PURCHASE&reference=", "purpose=PURCHASE&reference=%00"),
        *("purpose=purchase&reference=r", "surprise=1"),
    ],
}


@pytest.fixture
def everybody(service: FlaskClient, database: Database) -> FlaskClient:
    """One who may call everything: a service with an administrator's token."""
    admin = an_account(database, role=Role.ADMIN)
    header = access_header(admin, Role.ADMIN)["Authorization"]
    service.environ_base["HTTP_AUTHORIZATION"] = header
    return service


def _assert_refused(answer: Any) -> str:
    assert 400 <= answer.status_code < 500, answer.data
    return error_code(answer)


@pytest.mark.parametrize("path", POSTS)
@pytest.mark.parametrize("value", BAD_VALUES, ids=repr)
def test_bad_value_of_any_field_is_refused_or_harmless(
    everybody: FlaskClient, path: str, value: Any
) -> None:
    for name in POSTS[path]:
        answer = everybody.post(path, json={**POSTS[path], name: value})

        if answer.status_code >= 300:
            _assert_refused(answer)


@pytest.mark.parametrize("path", POSTS)
def test_missing_and_unknown_fields_are_named(
    everybody: FlaskClient, path: str
) -> None:
    for name in set(POSTS[path]) - {"name"}:
        body = {key: value for key, value in POSTS[path].items() if key != name}
        answer = everybody.post(path, json={**body, "surprise": 1})

        assert _assert_refused(answer) == "INVALID_INPUT"
        fields = answer.get_json()["error"]["details"]["fields"]
        assert set(fields) == {name, "surprise"}


@pytest.mark.parametrize("path", POSTS)
@pytest.mark.parametrize("body", BAD_BODIES, ids=lambda body: repr(body[:20]))
def test_bad_body_is_refused(everybody: FlaskClient, path: str, body: bytes) -> None:
    answer = everybody.post(path, data=body, content_type="application/json")

    assert (answer.status_code, error_code(answer)) == (400, BAD_BODIES[body])


@pytest.mark.parametrize("path", POSTS)
def test_body_of_another_kind_is_refused(everybody: FlaskClient, path: str) -> None:
    answer = everybody.post(path, data="a=1", content_type="text/plain")

    assert (answer.status_code, error_code(answer)) == (415, "UNSUPPORTED_MEDIA_TYPE")


@pytest.mark.parametrize(
    ("path", "query"),
    [(path, query) for path, queries in BAD_QUERIES.items() for query in queries],
    ids=lambda value: value[:40],
)
def test_bad_query_is_refused(everybody: FlaskClient, path: str, query: str) -> None:
    answer = everybody.get(f"{path}?{query}")

    assert (answer.status_code, error_code(answer)) == (400, "INVALID_INPUT")


@pytest.mark.parametrize(
    "call",
    [
        *("GET /users/me", f"GET /users/{ID}", f"POST /users/{ID}/flag"),
        *(f"POST /users/{ID}/unflag", f"POST /users/{ID}/role"),
        *("GET /credits/balance", "GET /credits/entries"),
        *("POST /credits/topup", f"GET /credits/topups/{ID}"),
        *("POST /auth/mfa/enroll", "POST /auth/mfa/activate"),
    ],
)
def test_call_for_persons_without_a_good_token_is_refused(
    client: FlaskClient, call: str
) -> None:
    method, path = call.split()
    for header in ("", "Bearer", "Bearer x.y.z", "Basic YTpi", "Bearer \xff"):
        answer = client.open(path, method=method, headers={"Authorization": header})

        assert (answer.status_code, error_code(answer)) == (401, "UNAUTHORIZED")


@pytest.mark.parametrize(
    "call",
    [
        *(f"GET /users/{ID}/risk", "POST /credits/deduct", "POST /credits/reverse"),
        *("GET /credits/facts", "POST /credits/facts"),
        *("GET /credits/drift", "GET /invariants"),
        *("POST /credits/transfer", "POST /credits/transfer/reverse"),
        *("POST /credits/return", "POST /credits/return/reverse"),
        *("POST /credits/freeze", "POST /credits/unfreeze"),
        *("POST /otp/challenges", "POST /otp/verify", "POST /otp/challenges/withdraw"),
    ],
)
def test_call_for_services_is_refused_to_persons_even_administrators(
    client: FlaskClient, call: str
) -> None:
    method, path = call.split()
    admin = access_header(ID, Role.ADMIN)
    for token in ("", "wrong-token", "tökén"):
        answer = client.open(
            path, method=method, headers={**admin, "X-Service-Token": token}
        )

        assert (answer.status_code, error_code(answer)) == (401, "UNAUTHORIZED")


@pytest.mark.parametrize("path", ["/auth", "/users", "/users/a/b/c", "/credits/top"])
def test_unknown_path_is_refused_in_the_envelope(
    everybody: FlaskClient, path: str
) -> None:
    assert (everybody.get(path)).status_code == 404
    assert error_code(everybody.get(path)) == "NOT_FOUND"


def test_wrong_method_is_refused_in_the_envelope(everybody: FlaskClient) -> None:
    answer = everybody.get("/auth/login")

    assert (answer.status_code, error_code(answer)) == (405, "METHOD_NOT_ALLOWED")
