"""`python -m inventory_service.worker`: relay, release consumer and sweeper."""

from __future__ import annotations

import signal
import sys
import threading
import time
from pathlib import Path

import structlog

from inventory_service.settings import WorkerSettings
from inventory_service.wiring import build_worker
from service_common.db import migrate
from service_common.logs import configure_logging
from service_common.operations import serve_operations
from service_common.settings import load_or_exit

log = structlog.get_logger()

# The longest thing that a loop does without looking up is a call of two seconds.
_STOP_S = 8.0


def main() -> None:
    """Run the loops until told to stop, or until one of them fails."""
    settings = load_or_exit(WorkerSettings.from_env)
    configure_logging("inventory-worker", settings.log_level)
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    migrate(settings.database, Path.cwd())
    sys.exit(run(settings, stop))


def run(settings: WorkerSettings, stop: threading.Event) -> int:
    """The exit code: 0 when told to stop, 1 when a loop failed or would not end."""
    parts = build_worker(settings, stop)
    checks = {loop.name: loop.check for loop in parts.loops}
    serve_operations(
        settings.host, settings.ops_port, {"database": parts.database.check, **checks}
    )
    for loop in parts.loops:
        loop.start()
    log.info("working")
    stop.wait()
    give_up_at = time.monotonic() + _STOP_S
    ended = [loop.join(max(0.0, give_up_at - time.monotonic())) for loop in parts.loops]
    failed = [loop.name for loop in parts.loops if loop.failed]
    log.info("stopped", failed=failed, ended=all(ended))
    return 0 if all(ended) and not failed else 1


if __name__ == "__main__":
    main()
