"""The client of the end-to-end tests sees what the document does not know."""

from __future__ import annotations

import pytest

from support.watched_api import undocumented
from ticket_demo.answer import Answer

JSON = {"Content-Type": "application/json"}
SOMEBODY = "f81d4fae-7dec-41d0-a765-00a0c91e6bf6"
BALANCE = {
    "user_id": SOMEBODY,
    "credit_balance": "10.00",
    "credits_frozen": "0.00",
    "currency": "SGD",
}


def _refusal(code: str) -> dict[str, object]:
    error = {"code": code, "message": "No.", "details": {}, "request_id": "r"}
    return {"error": error}


def _balance(answer: Answer) -> list[str]:
    return undocumented("GET", "/v1/credits/balance", answer)


def test_documented_answers_pass() -> None:
    assert _balance(Answer(200, BALANCE, JSON)) == []
    assert _balance(Answer(401, _refusal("TOKEN_EXPIRED"), JSON)) == []
    assert (
        undocumented("GET", "/nowhere", Answer(404, _refusal("NOT_FOUND"), JSON)) == []
    )


@pytest.mark.parametrize(
    "answer",
    [
        Answer(418, _refusal("TEAPOT"), JSON),
        Answer(401, _refusal("OTP_INVALID"), JSON),
        Answer(200, BALANCE, {"Content-Type": "text/html"}),
        Answer(200, BALANCE | {"secret": "x"}, JSON),
        Answer(200, BALANCE | {"credit_balance": 10}, JSON),
        Answer(200, {"user_id": SOMEBODY}, JSON),
    ],
    ids=["status", "code", "media", "more", "type", "less"],
)
def test_undocumented_answers_are_seen(answer: Answer) -> None:
    assert _balance(answer) != []
