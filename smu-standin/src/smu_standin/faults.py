"""Counts calls, and misbehaves on demand: for tests of what callers do then."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Mapping
from enum import StrEnum

CALLS = ("sendOTP", "verifyOTP")
# Longer than any caller waits; ends early when the fault is taken back.
HANG_S = 30.0


class Fault(StrEnum):
    """How a call goes wrong."""

    TIMEOUT = "timeout"  # nothing happens, and no answer comes
    LOST = "lost"  # it happens, and no answer comes
    ERROR = "error"  # nothing happens, and the answer is a 500


class Faults:
    """What is switched on."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._active: dict[str, Fault] = {}
        self._calls: Counter[str] = Counter()

    def switch(self, wanted: Mapping[str, Fault | None]) -> dict[str, str | None]:
        """Change the calls that are named; answers how every call stands now."""
        with self._changed:
            for call, fault in wanted.items():
                if fault is None:
                    self._active.pop(call, None)
                else:
                    self._active[call] = fault
            self._changed.notify_all()
            return {call: self._active.get(call) for call in CALLS}

    def meet(self, call: str) -> Fault | None:
        """Count a call; what is switched on for it."""
        with self._changed:
            self._calls[call] += 1
            return self._active.get(call)

    def counts(self) -> dict[str, int]:
        """How often each call came, well formed and with the right key."""
        with self._changed:
            return {call: self._calls[call] for call in CALLS}

    def hang(self, call: str) -> None:
        """Keep the caller waiting while the fault is on."""
        with self._changed:
            fault = self._active.get(call)
            self._changed.wait_for(
                lambda: self._active.get(call) is not fault, timeout=HANG_S
            )
