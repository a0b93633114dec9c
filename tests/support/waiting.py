"""Waiting is polling with a deadline."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")


def eventually(
    look: Callable[[], T],
    wanted: Callable[[T], bool],
    *,
    within_s: float,
    every_s: float = 0.2,
) -> T:
    """Look until it is as wanted; fail with what was seen last.

    A look that fails is a look to be repeated: a service that was just killed may
    need a moment until it answers again.
    """
    give_up_at = time.monotonic() + within_s
    while True:
        try:
            seen = look()
        except Exception as error:
            if time.monotonic() > give_up_at:
                raise AssertionError(f"not within {within_s} s: {error}") from error
        else:
            if wanted(seen):
                return seen
            if time.monotonic() > give_up_at:
                raise AssertionError(f"not within {within_s} s; last seen: {seen!r}")
        time.sleep(every_s)
