from __future__ import annotations

import pytest

from ticket_demo.answer import Answer, MissingField


def test_refusal_names_its_code_message_and_details() -> None:
    envelope = {
        "code": "SEAT_UNAVAILABLE",
        "message": "Held.",
        "details": {"held_until": "2026-06-15T19:00:00Z"},
        "request_id": "r-1",
    }

    answer = Answer(409, {"error": envelope}, {"X-Request-ID": "r-1"})

    assert not answer.ok
    assert answer.code == "SEAT_UNAVAILABLE"
    assert answer.message == "Held."
    assert answer.details == {"held_until": "2026-06-15T19:00:00Z"}
    assert answer.request_id == "r-1"


@pytest.mark.parametrize(
    "body", [None, "<html>", [], {"error": "text"}, {"error": {"code": 7}}]
)
def test_body_that_is_no_envelope_has_no_code(body: object) -> None:
    answer = Answer(502, body)

    assert answer.code is None
    assert answer.message == ""
    assert answer.details == {}


def test_success_has_fields_and_no_code() -> None:
    answer = Answer(200, {"status": "HELD"}, {"Idempotent-Replayed": "true"})

    assert answer.ok
    assert answer.code is None
    assert answer["status"] == "HELD"
    assert answer.replayed


@pytest.mark.parametrize("body", [None, "text", ["a"], {"other": 1}])
def test_missing_field_is_named_with_the_whole_answer(body: object) -> None:
    answer = Answer(200, body, raw=b"  some\n body ", request="GET /v1/events")

    with pytest.raises(MissingField, match=r"no 'status' in GET /v1/events → 200"):
        answer["status"]


def test_long_answer_is_cut_in_messages() -> None:
    text = str(Answer(500, raw=b"x" * 5000))

    assert len(text) < 400
