from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from uuid import UUID

import grpc
import pytest
from sqlalchemy import text

from inventory_service.app import InventoryServer, create_app
from inventory_service.settings import Settings
from service_common.db import Database, DatabaseSettings, migrate
from service_common.grpc_client import open_channel
from service_common.serve import ServerSettings
from support.inventory_calls import InventoryCalls, a_block, new_id

SERVICE_FOLDER = Path(__file__).parents[3] / "inventory-service"
SERVICE_TOKEN = "token-of-the-inner-services"
HOLD_TTL_S = 300.0

Query = Callable[..., list[Any]]


@pytest.fixture(scope="session")
def seats_database(
    make_database: Callable[[str], DatabaseSettings],
) -> DatabaseSettings:
    settings = make_database("seats_db")
    migrate(settings, SERVICE_FOLDER)
    return settings


@pytest.fixture(scope="session")
def database(seats_database: DatabaseSettings) -> Iterator[Database]:
    database = Database(
        seats_database, pool_size=24, application_name="inventory-tests"
    )
    yield database
    database.dispose()


@pytest.fixture(autouse=True)
def empty_tables(database: Database) -> None:
    with database.transaction() as connection:
        connection.execute(
            text(
                "TRUNCATE seats, seat_claims, entry_logs, outbox, seat_plans,"
                " parked_messages"
            )
        )


@pytest.fixture(scope="session")
def inventory_settings(seats_database: DatabaseSettings) -> Settings:
    return Settings(
        server=ServerSettings(host="127.0.0.1", port=0, workers=1, threads=16),
        ops_port=8081,
        log_level="INFO",
        service_token=SERVICE_TOKEN,
        database=seats_database,
        hold_ttl_s=HOLD_TTL_S,
    )


@pytest.fixture(scope="session")
def server(inventory_settings: Settings) -> Iterator[InventoryServer]:
    server = create_app(inventory_settings)
    server.start()
    yield server
    server.stop(1)


@pytest.fixture(scope="session")
def channel(server: InventoryServer) -> Iterator[grpc.Channel]:
    with open_channel(f"127.0.0.1:{server.port}") as channel:
        yield channel


@pytest.fixture(scope="session")
def service_token() -> str:
    return SERVICE_TOKEN


@pytest.fixture(scope="session")
def inventory(channel: grpc.Channel) -> InventoryCalls:
    return InventoryCalls(channel, SERVICE_TOKEN)


@pytest.fixture
def event_id(inventory: InventoryCalls) -> str:
    """An event with ten seats, A1 to A10."""
    event_id = new_id()
    inventory.create_seats(event_id, a_block())
    return event_id


@pytest.fixture
def query(database: Database) -> Query:
    def run(statement: str, **facts: Any) -> list[Any]:
        with database.transaction() as connection:
            result = connection.execute(text(statement), facts)
            return list(result.all()) if result.returns_rows else []

    return run


@pytest.fixture
def seats(event_id: str, query: Query) -> list[str]:
    """The ids of A1 to A10."""
    rows = query(
        "SELECT seat_id FROM seats WHERE event_id = :event_id ORDER BY seat_number",
        event_id=event_id,
    )
    return [str(row.seat_id) for row in rows]


@pytest.fixture
def expire(query: Query) -> Callable[[str], None]:
    """Let the time of a hold be over."""

    def expire_hold(hold_id: str) -> None:
        query(
            "UPDATE seats SET held_until = now() - interval '1 second'"
            " WHERE hold_id = :hold_id AND status = 'HELD'",
            hold_id=hold_id,
        )

    return expire_hold


@pytest.fixture
def released(query: Query) -> Callable[[], list[dict[str, Any]]]:
    """What the outbox has to tell the order service."""

    def payloads() -> list[dict[str, Any]]:
        rows = query(
            "SELECT payload FROM outbox WHERE topic = 'hold.released' ORDER BY id"
        )
        return [row.payload for row in rows]

    return payloads


@pytest.fixture
def a_few_seats(inventory: InventoryCalls, query: Query) -> Callable[[], list[UUID]]:
    """Make an event with three seats, and know their ids."""

    def make() -> list[UUID]:
        event_id = new_id()
        inventory.create_seats(event_id, a_block(seats_per_row=3))
        rows = query("SELECT seat_id FROM seats WHERE event_id = :id", id=event_id)
        return [row.seat_id for row in rows]

    return make
