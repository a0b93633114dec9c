"""How long a call may go on trying for rows that others have locked."""

from __future__ import annotations

import random
import time
from collections.abc import Iterator

from inventory_service.services.metrics import BUSY_RETRIES
from service_common.errors import Busy, Unavailable

# A winner holds his locks for one commit, some milliseconds. Whoever waits longer
# than this meets a stuck transaction, and had better say so.
_PATIENCE_S = 1.0
# How long one waits for the round that others share; then nobody knows.
ROUND_WITHIN_S = 1.0
_PAUSE_S = (0.005, 0.020)
# What is kept back for the answer itself.
_RESERVE_S = 0.05


def check_time_left(time_left_s: float | None) -> None:
    """Raise Unavailable where nobody would hear the answer any more."""
    if time_left_s is not None and time_left_s <= _RESERVE_S:
        raise Unavailable("The call's time was over before it began.")


def tries(time_left_s: float | None) -> Iterator[int]:
    """Number the tries of one call, with a short random pause between them.

    Raises Busy when the time is up: it is not decided who gets the rows, so this is
    never a refusal.
    """
    check_time_left(time_left_s)
    limit_s = _PATIENCE_S
    if time_left_s is not None:
        limit_s = min(limit_s, time_left_s - _RESERVE_S)
    give_up_at = time.monotonic() + limit_s
    attempt = 0
    while True:
        yield attempt
        attempt += 1
        BUSY_RETRIES.inc()
        pause_s = random.uniform(*_PAUSE_S)  # noqa: S311 - jitter, not a secret
        if time.monotonic() + pause_s > give_up_at:
            raise Busy("Others are taking these seats just now.", code="SEAT_BUSY")
        time.sleep(pause_s)
