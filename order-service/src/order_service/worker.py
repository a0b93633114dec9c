"""`python -m order_service.worker`: relay, expiry consumer and sweeper of transfers."""

from __future__ import annotations

import sys
from pathlib import Path

from order_service.settings import WorkerSettings
from order_service.wiring import build_worker
from service_common.db import migrate
from service_common.logs import configure_logging
from service_common.settings import load_or_exit
from service_common.worker import run_loops, stop_when_told


def main() -> None:
    """Run the loops until told to stop, or until one of them fails."""
    settings = load_or_exit(WorkerSettings.from_env)
    configure_logging("order-worker", settings.log_level)
    stop = stop_when_told()
    migrate(settings.database, Path.cwd())
    parts = build_worker(settings, stop)
    sys.exit(
        run_loops(
            parts.loops,
            parts.database,
            host=settings.host,
            ops_port=settings.ops_port,
            stop=stop,
        )
    )


if __name__ == "__main__":
    main()
