"""`python -m orchestrator_service.recovery`: finish what no request drives any more."""

from __future__ import annotations

import signal
import sys
import threading
from pathlib import Path

import structlog
from sqlalchemy import text

from orchestrator_service.invariants_wiring import build_watch
from orchestrator_service.saga.metrics import OLDEST_LIVE_SECONDS, STUCK
from orchestrator_service.saga.recovery import RecoveryWorker
from orchestrator_service.saga_wiring import (
    Clients,
    SagaParts,
    build_clients,
    build_sagas,
    build_settlement,
)
from orchestrator_service.settings import Settings
from orchestrator_service.transfer_sweeper import TransferSweeper
from service_common.db import Database, migrate
from service_common.errors import Unavailable
from service_common.idempotency import purge_expired_keys
from service_common.logs import configure_logging
from service_common.operations import serve_operations
from service_common.settings import load_or_exit

log = structlog.get_logger()

WORKERS = 4
_CHORES_EVERY_S = 15.0

_VERSIONS = text(
    "SELECT DISTINCT kind, version FROM sagas WHERE state IN ('RUNNING', 'ABORTING')"
)
_HEALTH = text(
    """
    SELECT COALESCE(EXTRACT(EPOCH FROM now() - min(created_at)
                    FILTER (WHERE state <> 'STUCK')), 0) AS oldest_s,
           count(*) FILTER (WHERE state = 'STUCK') AS stuck
      FROM sagas WHERE state IN ('RUNNING', 'ABORTING', 'STUCK')
    """
)


def main() -> None:
    """Run until SIGTERM. Any number of these may run."""
    settings = load_or_exit(Settings.from_env)
    configure_logging("orchestrator-recovery", settings.log_level)
    migrate(settings.database, Path.cwd())
    database = Database(
        settings.database,
        pool_size=WORKERS + 3,
        application_name="orchestrator-recovery",
    )
    clients = build_clients(settings)
    sagas = build_sagas(database, clients, deadline_s=settings.saga_deadline_s)
    _refuse_unknown_versions(database, sagas)
    stop = threading.Event()
    for signum in (signal.SIGTERM, signal.SIGINT):
        signal.signal(signum, lambda *_: stop.set())
    serve_operations(
        settings.server.host, settings.ops_port, {"database": database.check}
    )
    threads = [_start_worker(sagas, stop) for _ in range(WORKERS)]
    threads.append(_start_sweeper(settings, clients, sagas, stop))
    threads.append(_start_watch(settings, database, stop))
    log.info("recovery_started", workers=WORKERS)
    while not stop.wait(_CHORES_EVERY_S):
        _do_chores(database)
        if not all(thread.is_alive() for thread in threads):
            log.error("recovery_worker_died")
            sys.exit(1)  # the supervisor starts a fresh one
    for thread in threads:
        thread.join(sagas.limits.lease_s)


def _start_worker(sagas: SagaParts, stop: threading.Event) -> threading.Thread:
    worker = RecoveryWorker(
        sagas.engine,
        sagas.log,
        sagas.registry,
        owner=f"{sagas.owner}:recovery",
        limits=sagas.limits,
        stop=stop,
    )
    thread = threading.Thread(target=worker.run, name="recovery", daemon=True)
    thread.start()
    return thread


def _start_sweeper(
    settings: Settings, clients: Clients, sagas: SagaParts, stop: threading.Event
) -> threading.Thread:
    sweeper = TransferSweeper(
        clients.transfers,
        build_settlement(sagas, clients),
        interval_s=settings.sweep_interval_s,
        stop=stop,
    )
    thread = threading.Thread(target=sweeper.run, name="transfers", daemon=True)
    thread.start()
    return thread


def _start_watch(
    settings: Settings, database: Database, stop: threading.Event
) -> threading.Thread:
    watch = build_watch(settings, database)
    thread = threading.Thread(
        target=watch.run, args=(stop,), name="invariants", daemon=True
    )
    thread.start()
    return thread


def _refuse_unknown_versions(database: Database, sagas: SagaParts) -> None:
    """A release that has dropped a declaration must not run over its live sagas."""
    with database.statement() as connection:
        live = {(row.kind, row.version) for row in connection.execute(_VERSIONS)}
    unknown = live - sagas.registry.known()
    if unknown:
        names = ", ".join(f"{kind} v{version}" for kind, version in sorted(unknown))
        sys.exit(f"cannot start: live sagas without a declaration: {names}")


def _do_chores(database: Database) -> None:
    try:
        with database.statement() as connection:
            health = connection.execute(_HEALTH).one()
        OLDEST_LIVE_SECONDS.set(float(health.oldest_s))
        STUCK.set(health.stuck)
        purge_expired_keys(database)
    except Unavailable as error:
        log.warning("chores_wait", code=error.code)


if __name__ == "__main__":
    main()
