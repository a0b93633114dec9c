"""The two start commands, as a supervisor runs them."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import pytest
import urllib3
from sqlalchemy import text

from service_common.amqp import BrokerSettings
from service_common.db import Database, DatabaseSettings
from service_common.grpc_client import open_channel
from support.inventory_calls import InventoryCalls, a_block, new_id
from support.waiting import eventually

SERVICE_FOLDER = Path(__file__).parents[3] / "inventory-service"
TOKEN = "a-token-of-the-processes"

Environment = dict[str, str]


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@pytest.fixture
def environment(
    seats_database: DatabaseSettings, broker: BrokerSettings
) -> Environment:
    return {
        "PATH": os.environ["PATH"],
        "INTERNAL_SERVICE_TOKEN": TOKEN,
        "DB_HOST": seats_database.host,
        "DB_PORT": str(seats_database.port),
        "DB_NAME": seats_database.name,
        "DB_USER": seats_database.user,
        "INVENTORY_DB_PASS": seats_database.password,
        "RABBITMQ_HOST": broker.host,
        "RABBITMQ_PORT": str(broker.port),
        "RABBITMQ_USER": broker.user,
        "RABBITMQ_PASS": broker.password,
        "PORT": str(free_port()),
        "OPS_PORT": str(free_port()),
        "SWEEP_INTERVAL_SECONDS": "0.2",
    }


@contextmanager
def started(module: str, environment: Environment) -> Iterator[subprocess.Popen[str]]:
    process = subprocess.Popen(
        [sys.executable, "-m", module],
        cwd=SERVICE_FOLDER,
        env=environment,
        stderr=subprocess.PIPE,
        text=True,
    )
    with ExitStack() as cleanup:
        cleanup.callback(process.wait)
        cleanup.callback(process.kill)
        yield process


def ready(environment: Environment) -> tuple[int, dict[str, Any]]:
    url = f"http://127.0.0.1:{environment['OPS_PORT']}/health/ready"
    try:
        answer = urllib3.request("GET", url, timeout=2, retries=False)
    except urllib3.exceptions.HTTPError:
        return 0, {}
    return answer.status, answer.json()["dependencies"]


def wait_until_ready(environment: Environment) -> dict[str, Any]:
    _, dependencies = eventually(
        lambda: ready(environment), lambda seen: seen[0] == 200, within_s=20
    )
    return dependencies


def test_server_starts_serves_and_stops(environment: Environment) -> None:
    with started("inventory_service", environment) as process:
        assert wait_until_ready(environment) == {"database": "ok"}
        with open_channel(f"127.0.0.1:{environment['PORT']}") as channel:
            inventory = InventoryCalls(channel, TOKEN)
            assert inventory.create_seats(new_id(), a_block()) == 10
        metrics = urllib3.request(
            "GET", f"http://127.0.0.1:{environment['OPS_PORT']}/metrics"
        ).data.decode()

        process.send_signal(signal.SIGTERM)

        assert process.wait(10) == 0
    assert 'grpc_request_seconds_count{method="CreateSeats",status="OK"} 1.0' in metrics


def test_server_whose_port_is_taken_says_so_and_exits(
    environment: Environment,
) -> None:
    with socket.socket() as holder:
        holder.bind(("127.0.0.1", int(environment["PORT"])))
        holder.listen()
        with started("inventory_service", environment) as process:
            _, errors = process.communicate(timeout=20)

    assert process.returncode == 1
    assert "cannot start" in errors.splitlines()[-1]
    assert environment["PORT"] in errors.splitlines()[-1]


@pytest.mark.parametrize("module", ["inventory_service", "inventory_service.worker"])
def test_process_without_its_secrets_names_all_that_are_missing(module: str) -> None:
    with started(module, {"PATH": os.environ["PATH"]}) as process:
        _, errors = process.communicate(timeout=20)

    assert process.returncode == 78
    assert len(errors.splitlines()) == 1
    assert "INTERNAL_SERVICE_TOKEN is missing" in errors
    assert "INVENTORY_DB_PASS is missing" in errors


def test_worker_survives_the_loss_of_its_connections_and_stops_within_seconds(
    environment: Environment, database: Database, query: Callable[..., list[Any]]
) -> None:
    def its_connections() -> int:
        with database.transaction() as connection:
            killed = connection.execute(
                text(
                    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                    " WHERE application_name = 'inventory-worker'"
                    "   AND datname = current_database()"
                )
            )
            return len(killed.all())

    with started("inventory_service.worker", environment) as process:
        assert set(wait_until_ready(environment)) == {
            "database",
            "hold_relay",
            "release_relay",
            "release_consumer",
            "sweeper",
            "parking_watch",
        }
        assert its_connections() > 0
        wait_until_ready(environment)
        query(
            """
            INSERT INTO seats (seat_id, event_id, row_number, seat_number, category,
                               price, status, hold_id, order_id, held_by_user_id,
                               held_until)
            VALUES (gen_random_uuid(), gen_random_uuid(), 'A', 1, 'CAT1', 10, 'HELD',
                    gen_random_uuid(), gen_random_uuid(), gen_random_uuid(),
                    now() - interval '1 second')
            """
        )
        eventually(
            lambda: query("SELECT 1 FROM seats WHERE status = 'HELD'"),
            lambda held: not held,
            within_s=10,
        )

        process.send_signal(signal.SIGTERM)

        assert process.wait(10) == 0


def test_worker_ends_when_a_loop_meets_what_nobody_foresaw(
    environment: Environment, query: Callable[..., list[Any]]
) -> None:
    """Its supervisor starts it anew; a worker with a dead loop would look alive."""
    with started("inventory_service.worker", environment) as process:
        wait_until_ready(environment)
        query("ALTER TABLE outbox RENAME COLUMN attempts TO tries")
        try:
            _, errors = process.communicate(timeout=20)
        finally:
            query("ALTER TABLE outbox RENAME COLUMN tries TO attempts")

    assert process.returncode == 1
    assert '"event": "loop_failed"' in errors
