from __future__ import annotations

import uuid
from datetime import UTC, datetime
from typing import Any

import jwt
import pytest

from orchestrator_service.demo_data import demo_event_id, demo_events
from orchestrator_service.services.qr_service import QrService
from ticket_demo.cast import (
    ACCOUNTS,
    CONCERT,
    CONCERT_ID,
    OVER,
    OVER_ID,
    SYMPHONY,
    SYMPHONY_ID,
)
from ticket_demo.chapters import CHAPTERS
from ticket_demo.chapters.refusals import forged
from ticket_demo.chapters.saga_steps import saga_rows
from ticket_demo.insider import seal_code
from user_service.demo_accounts import DEMO_ACCOUNTS

_UNTRIED: dict[str, Any] = {"outcome": None, "attempts": 0, "error": None}
_TIMES = {
    "started_at": "2026-06-15T19:00:00.000000Z",
    "ended_at": "2026-06-15T19:00:00.004000Z",
}
_NO_TIMES = {"started_at": None, "ended_at": None}


def test_cast_and_events_are_those_of_the_demo_data() -> None:
    names = [event["name"] for event in demo_events(datetime.now(UTC))]

    assert names == [CONCERT, SYMPHONY, OVER]
    assert [demo_event_id(n) for n in names] == [CONCERT_ID, SYMPHONY_ID, OVER_ID]
    assert [role.email for role in ACCOUNTS] == [one.email for one in DEMO_ACCOUNTS]


def test_chapters_that_break_things_come_before_the_invariants() -> None:
    assert len({chapter.title for chapter in CHAPTERS}) == len(CHAPTERS)
    assert not CHAPTERS[-1].needs_own_stack
    assert any(chapter.needs_own_stack for chapter in CHAPTERS)


def test_forged_token_says_the_same_and_is_not_accepted() -> None:
    token = jwt.encode({"sub": "alice"}, "s" * 32, algorithm="HS256")

    false = forged(token)

    claims = jwt.decode(false, options={"verify_signature": False})
    assert claims == {"sub": "alice"}
    with pytest.raises(jwt.InvalidSignatureError):
        jwt.decode(false, "s" * 32, algorithms=["HS256"])


def test_refused_saga_shows_what_was_undone() -> None:
    undo = {"name": "revoke_claim", "outcome": "DONE", "attempts": 1, "error": None}
    done = {"outcome": "DONE", "attempts": 1, "error": None}
    refused = {"outcome": "REFUSED", "attempts": 2, "error": "INSUFFICIENT_CREDITS"}
    steps = [
        {"name": "claim_seat", "compensation": undo, **done, **_TIMES},
        {"name": "deduct_credits", "compensation": None, **refused, **_TIMES},
        {"name": "confirm_seat", "compensation": None, **_UNTRIED, **_NO_TIMES},
    ]

    rows = [tuple(map(str, row)) for row in saga_rows({"steps": steps})]

    refusal = "REFUSED after 2 tries INSUFFICIENT_CREDITS"
    assert rows == [
        ("claim_seat", "inventory", "DONE", "4", "revoke_claim DONE"),
        ("deduct_credits", "user", refusal, "4", "-"),
        ("confirm_seat", "inventory", "not reached", "-", "-"),
    ]


def test_insiders_code_is_one_that_the_server_can_read() -> None:
    key, seat_id, event_id = bytes(range(32)), str(uuid.uuid4()), str(uuid.uuid4())

    code = QrService(key).open(seal_code(key, seat_id, event_id, "HALL-B"))

    assert code is not None
    assert (code.seat_id, code.event_id, code.hall_id) == (seat_id, event_id, "HALL-B")
