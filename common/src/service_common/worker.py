"""A process that serves nobody: it runs loops until told to stop, or one breaks."""

from __future__ import annotations

import signal
import threading
import time
from collections.abc import Sequence

import structlog

from service_common.db import Database
from service_common.loop import Loop
from service_common.operations import serve_operations

log = structlog.get_logger()

# The longest thing that a loop does without looking up is a call of two seconds.
_STOP_S = 8.0


def stop_when_told() -> threading.Event:
    """An event that SIGTERM and SIGINT set."""
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    return stop


def run_loops(
    loops: Sequence[Loop],
    database: Database,
    *,
    host: str,
    ops_port: int,
    stop: threading.Event,
) -> int:
    """The exit code: 0 when told to stop, 1 when a loop failed or would not end."""
    checks = {loop.name: loop.check for loop in loops}
    serve_operations(host, ops_port, {"database": database.check, **checks})
    for loop in loops:
        loop.start()
    log.info("working")
    stop.wait()
    give_up_at = time.monotonic() + _STOP_S
    ended = [loop.join(max(0.0, give_up_at - time.monotonic())) for loop in loops]
    failed = [loop.name for loop in loops if loop.failed]
    log.info("stopped", failed=failed, ended=all(ended))
    return 0 if all(ended) and not failed else 1
