"""Values in a form that a person can read in passing."""

from __future__ import annotations

import re
from datetime import datetime
from decimal import Decimal
from typing import Any

_TIME = re.compile(r"\d{4}-\d\d-\d\dT(\d\d:\d\d:\d\d)(?:\.\d+)?Z")
_ID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_LONG = 60
_SHORT_ID = 8


def brief(value: Any) -> str:
    """A value without what nobody compares by eye: ids and times are shortened."""
    if value is None:
        return "-"
    if isinstance(value, list | tuple):
        return ", ".join(brief(item) for item in value)
    text = str(value)
    time = _TIME.fullmatch(text)
    if time:
        return f"{time[1]} UTC"
    text = brief_ids(text)
    return text if len(text) <= _LONG else f"{text[:_LONG]}…"


def brief_ids(text: str) -> str:
    """A text with the ids in it shortened, as in a path."""
    return _ID.sub(lambda found: f"{found[0][:_SHORT_ID]}…", text)


def shortened(secret: str, shown: int = 16) -> str:
    """The beginning of something that opens a gate, and its length."""
    return f"{secret[:shown]}… ({len(secret)} characters)"


def parse_time(text: str) -> datetime:
    """A moment as the API writes it."""
    return datetime.fromisoformat(text)


def elapsed_ms(started_at: str | None, ended_at: str | None) -> str:
    """How long something took; a dash where it never happened."""
    if started_at is None or ended_at is None:
        return "-"
    seconds = (parse_time(ended_at) - parse_time(started_at)).total_seconds()
    return f"{seconds * 1000:.0f}"


def difference(before: str, after: str) -> str:
    """What a balance went down by."""
    return f"{Decimal(before) - Decimal(after):.2f}"
