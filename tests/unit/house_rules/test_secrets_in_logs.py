"""The search for secrets in logs finds them, and nothing else."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from support.secrets_in_logs import Secrets, listening, secrets_in
from ticket_demo.transport import NoAnswer, Transport

JWT = "eyJhbGciOiJIUzI1NiJ9abc.eyJzdWIiOiJtZSJ9abcdef.c2lnbmF0dXJlLW9mLXRoZS10b2tlbg"
CODE_OF_A_TICKET = "v2.0a1b2c3d.c2VhbGVkLWFuZC1zaWduZWQtYnktdXM.cHJvb2YtdGhhdC1pdC1pcw"


@pytest.fixture
def secrets() -> Secrets:
    heard = Secrets({"JWT_SECRET": "signs-all-tokens"})
    heard.hear({"email": "a@example.com", "password": "short-pass"})
    heard.hear({"access_token": JWT, "user": {"user_id": "123456"}})
    heard.hear({"data": [{"qr_payload": CODE_OF_A_TICKET}], "otp_code": "483920"})
    heard.hear({"client_secret": "pi_0123456789abcdefghij_secret_0a1b2c3d4e5f6g7h"})
    return heard


@pytest.mark.parametrize(
    ("line", "what"),
    [
        ("the key is signs-all-tokens!", "JWT_SECRET"),
        ('{"event": "login", "body": "short-pass"}', "password of a request"),
        (f"GET /x Bearer {JWT}", "access_token"),
        (f"{JWT[:40]}…", "access_token"),
        (f"scanned {CODE_OF_A_TICKET}", "qr_payload"),
        ("paid with 0a1b2c3d4e5f6g7h", "token"),
        ('{"event": "sent", "text": "Your code is 483920"}', "one-time code in text"),
        ('{"event": "sent", "value": 483920}', "one-time code in value"),
    ],
)
def test_secret_is_found_and_named_but_not_told(
    tmp_path: Path, secrets: Secrets, line: str, what: str
) -> None:
    (tmp_path / "probe.log").write_text(f"harmless\n{line}\nharmless\n")

    assert secrets_in(tmp_path, secrets) == [f"probe.log: {what}"]


@pytest.mark.parametrize(
    "line",
    [
        "",
        '{"ts": "2026-11-20T20:00:00.483920Z", "duration_ms": 483920}',
        '{"event": "x", "at": "2026-11-20T20:00:00.483920Z"}',
        '{"event": "x", "seat_id": "483920ab-0000-4000-8000-000000483920"}',
        "2026-11-20 20:00:00.483 UTC [483920] LOG: ready",
        '{"event": "topup_opened", "payment": "pi_0123456789abcdefghij"}',
        '{"event": "user_registered", "user_id": "123456"}',
    ],
)
def test_what_only_looks_like_a_secret_is_not_reported(
    tmp_path: Path, secrets: Secrets, line: str
) -> None:
    (tmp_path / "probe.log").write_text(line)

    assert secrets_in(tmp_path, secrets) == []


def test_what_goes_over_the_public_api_is_heard(tmp_path: Path) -> None:
    heard = Secrets({})
    with listening(heard), pytest.raises(NoAnswer):
        Transport("http://127.0.0.1:1", timeout_s=1).call(
            "POST", "/auth/login", json={"password": "spoken-aloud"}, token=JWT
        )
    (tmp_path / "a.log").write_text(json.dumps({"x": "spoken-aloud", "y": JWT}))

    assert secrets_in(tmp_path, heard) == [
        "a.log: password of a request",
        "a.log: token",
    ]
