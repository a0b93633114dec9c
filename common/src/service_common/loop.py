"""A thread that goes on through outages, and stops the process on anything else."""

from __future__ import annotations

import random
import threading
from collections.abc import Callable

import structlog

from service_common.errors import Unavailable

log = structlog.get_logger()

_BACKOFF_FIRST_S = 0.2
_BACKOFF_MAX_S = 5.0


class Interrupted(Exception):
    """The turn was broken off because something it needs is down."""


class Loop:
    """Repeats turns until told to stop.

    A turn that ends with Unavailable or Interrupted is repeated after a pause that
    doubles up to a bound. Any other exception is a fault of ours: it is logged, and
    `failed` is set, so that the process ends and its supervisor starts it anew.
    """

    def __init__(
        self, name: str, turn: Callable[[Loop], None], stop: threading.Event
    ) -> None:
        self.name = name
        self.failed = False
        self._turn = turn
        self._stop = stop
        self._failures = 0
        self._well = False
        self._thread = threading.Thread(target=self._run, name=name, daemon=True)

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    def join(self, timeout_s: float) -> bool:
        """Whether it has ended within this time."""
        self._thread.join(timeout_s)
        return not self._thread.is_alive()

    def stopping(self) -> bool:
        """Whether to come to an end."""
        return self._stop.is_set()

    def pause(self, seconds: float) -> None:
        """Wait, but not longer than until told to stop."""
        self._stop.wait(seconds)

    def report_well(self) -> None:
        """The turn has what it needs."""
        self._well = True
        self._failures = 0

    def check(self) -> None:
        """Raise while the loop cannot do its work; for the readiness probe."""
        if not (self._well and self._thread.is_alive()):
            raise Unavailable(f"{self.name} is interrupted.")

    def _run(self) -> None:
        try:
            while not self.stopping():
                self._take_turn()
        except Exception:
            log.exception("loop_failed", loop=self.name)
            self.failed = True
            self._stop.set()

    def _take_turn(self) -> None:
        try:
            self._turn(self)
        except (Unavailable, Interrupted) as error:
            self._well = False
            pause_s = min(_BACKOFF_MAX_S, _BACKOFF_FIRST_S * 2**self._failures)
            pause_s *= random.uniform(0.5, 1.0)  # noqa: S311 - jitter, not a secret
            self._failures = min(self._failures + 1, 16)
            log.warning(
                "loop_interrupted",
                loop=self.name,
                cause=repr(error),
                pause_ms=round(pause_s * 1000),
            )
            self.pause(pause_s)
