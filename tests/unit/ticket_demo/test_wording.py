from __future__ import annotations

import pytest

from ticket_demo.wording import brief, brief_ids, difference, elapsed_ms, shortened


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (None, "-"),
        ("40.00", "40.00"),
        (15, "15"),
        ("6f1c1f0e-6b0c-5b0e-9a55-7d1f6c2f3a10", "6f1c1f0e…"),
        ("2026-06-15T19:00:00Z", "19:00:00 UTC"),
        ("2026-06-15T19:00:00.123456Z", "19:00:00 UTC"),
        (["A1", "A2"], "A1, A2"),
        ("x" * 100, "x" * 60 + "…"),
    ],
)
def test_value_is_brief(value: object, text: str) -> None:
    assert brief(value) == text


def test_path_has_short_ids() -> None:
    path = "GET /v1/orders/6f1c1f0e-6b0c-5b0e-9a55-7d1f6c2f3a10/x"

    assert brief_ids(path) == "GET /v1/orders/6f1c1f0e…/x"


def test_ticket_shows_its_beginning_only() -> None:
    assert shortened("a" * 80) == "aaaaaaaaaaaaaaaa… (80 characters)"


@pytest.mark.parametrize(
    ("started_at", "ended_at", "ms"),
    [
        ("2026-06-15T19:00:00Z", "2026-06-15T19:00:00.012000Z", "12"),
        ("2026-06-15T19:00:00Z", None, "-"),
        (None, None, "-"),
    ],
)
def test_step_takes_milliseconds(
    started_at: str | None, ended_at: str | None, ms: str
) -> None:
    assert elapsed_ms(started_at, ended_at) == ms


def test_balance_went_down_by_decimal_places() -> None:
    assert difference("1000.00", "959.90") == "40.10"
