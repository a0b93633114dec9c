"""A clock that only goes when it is told to."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

_DAY_ZERO = datetime(2030, 1, 1, tzinfo=UTC)


class ManualClock:
    """The engine's clock and the log's, in the hand of a test."""

    def __init__(self) -> None:
        self.time_s = 0.0

    def monotonic(self) -> float:
        """Seconds that only ever grow."""
        return self.time_s

    def now(self) -> datetime:
        """The time of day, UTC."""
        return _DAY_ZERO + timedelta(seconds=self.time_s)

    def sleep(self, seconds: float) -> None:
        """Waiting takes no time but the clock's."""
        self.time_s += seconds
