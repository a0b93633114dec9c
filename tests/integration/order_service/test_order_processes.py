"""The worker's start command, as a supervisor runs it."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import pytest
import urllib3
from sqlalchemy import text

from builders.ticket_transfers import Resales, a_new_transfer
from order_service.models import TransferStatus
from service_common.amqp import BrokerSettings
from service_common.db import Database, DatabaseSettings
from support.waiting import eventually

SERVICE_FOLDER = Path(__file__).parents[3] / "order-service"

Environment = dict[str, str]


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@pytest.fixture
def environment(
    orders_database: DatabaseSettings, broker: BrokerSettings
) -> Environment:
    return {
        "PATH": os.environ["PATH"],
        "DB_HOST": orders_database.host,
        "DB_PORT": str(orders_database.port),
        "DB_NAME": orders_database.name,
        "DB_USER": orders_database.user,
        "ORDER_DB_PASS": orders_database.password,
        "RABBITMQ_HOST": broker.host,
        "RABBITMQ_PORT": str(broker.port),
        "RABBITMQ_USER": broker.user,
        "RABBITMQ_PASS": broker.password,
        "OPS_PORT": str(free_port()),
        "SWEEP_INTERVAL_SECONDS": "0.2",
    }


@contextmanager
def started(environment: Environment) -> Iterator[subprocess.Popen[str]]:
    process = subprocess.Popen(
        [sys.executable, "-m", "order_service.worker"],
        cwd=SERVICE_FOLDER,
        env=environment,
        stderr=subprocess.PIPE,
        text=True,
    )
    with ExitStack() as cleanup:
        cleanup.callback(process.wait)
        cleanup.callback(process.kill)
        yield process


def ask(environment: Environment, path: str) -> Any:
    url = f"http://127.0.0.1:{environment['OPS_PORT']}{path}"
    return urllib3.request("GET", url, retries=False, timeout=2)


def wait_until_ready(environment: Environment) -> set[str]:
    answer = eventually(
        lambda: ask(environment, "/health/ready"),
        lambda got: got.status == 200,
        within_s=20,
    )
    return set(answer.json()["dependencies"])


def test_worker_without_its_secrets_names_all_that_are_missing() -> None:
    with started({"PATH": os.environ["PATH"]}) as process:
        _, errors = process.communicate(timeout=20)

    assert process.returncode == 78
    assert errors == (
        "cannot start: ORDER_DB_PASS is missing; RABBITMQ_PASS is missing\n"
    )


def test_worker_survives_the_loss_of_its_connections_and_stops_within_seconds(
    environment: Environment, database: Database
) -> None:
    with started(environment) as process:
        assert wait_until_ready(environment) == {
            "database",
            "offer_relay",
            "expiry_consumer",
            "sweeper",
            "parking_watch",
        }
        with database.transaction() as connection:
            killed = connection.execute(
                text(
                    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                    " WHERE application_name = 'order-worker'"
                    "   AND datname = current_database()"
                )
            ).all()
        assert killed
        new = a_new_transfer()
        resales = Resales(database, ttl_s=0.01)
        resales.transfers.create_transfer(new)
        eventually(
            lambda: resales.transfers.get_transfer(new.transfer_id).status,
            lambda status: status is TransferStatus.FAILED,
            within_s=10,
        )
        metrics = ask(environment, "/metrics").data.decode()

        process.send_signal(signal.SIGTERM)

        assert process.wait(10) == 0
    assert "transfers_expired_total{" in metrics
    assert "transfers_unsettled_oldest_seconds" in metrics
    assert "outbox_oldest_seconds" in metrics
    assert 'messages_parked{queue="transfer.expiry.parking"}' in metrics


def test_worker_ends_when_a_loop_meets_what_nobody_foresaw(
    environment: Environment, database: Database
) -> None:
    """Its supervisor starts it anew; a worker with a dead loop would look alive."""

    def rename(old: str, new: str) -> None:
        with database.statement() as connection:
            connection.execute(
                text(f"ALTER TABLE transfer_outbox RENAME COLUMN {old} TO {new}")
            )

    with started(environment) as process:
        wait_until_ready(environment)
        rename("attempts", "tries")
        try:
            _, errors = process.communicate(timeout=20)
        finally:
            rename("tries", "attempts")

    assert process.returncode == 1
    assert '"event": "loop_failed"' in errors
