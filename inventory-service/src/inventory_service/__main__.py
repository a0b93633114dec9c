"""`python -m inventory_service`: migrate, then serve gRPC until told to stop."""

from __future__ import annotations

import signal
import sys
import threading
from pathlib import Path

import structlog

from inventory_service.app import create_app
from inventory_service.settings import Settings
from inventory_service.wiring import open_database
from service_common.db import migrate
from service_common.logs import configure_logging
from service_common.memory import keep_what_was_built
from service_common.operations import serve_operations
from service_common.settings import load_or_exit

log = structlog.get_logger()

_GRACE_S = 15.0


def main() -> None:
    """Run the gRPC server."""
    settings = load_or_exit(Settings.from_env)
    configure_logging("inventory-service", settings.log_level)
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    migrate(settings.database, Path.cwd())
    database = open_database(settings)
    try:
        server = create_app(settings, database)
    except RuntimeError as error:
        sys.exit(f"cannot start: {error}")
    serve_operations(
        settings.server.host, settings.ops_port, {"database": database.check}
    )
    keep_what_was_built()
    server.start()
    log.info("serving", port=server.port)
    stop.wait()
    server.stop(_GRACE_S)
    database.dispose()
    log.info("stopped")


if __name__ == "__main__":
    main()
