from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from flask.testing import FlaskClient
from sqlalchemy import text

from builders.ticket_transfers import Resales
from order_service.app import create_app
from order_service.services.order_service import OrderService
from order_service.settings import Settings
from service_common.db import Database, DatabaseSettings, migrate
from service_common.serve import ServerSettings

SERVICE_FOLDER = Path(__file__).parents[3] / "order-service"
SERVICE_TOKEN = "token-of-the-inner-services"
RACERS_MAX = 8


@pytest.fixture(scope="session")
def orders_database(
    make_database: Callable[[str], DatabaseSettings],
) -> DatabaseSettings:
    settings = make_database("orders_db")
    migrate(settings, SERVICE_FOLDER)
    return settings


@pytest.fixture(scope="session")
def database(orders_database: DatabaseSettings) -> Iterator[Database]:
    database = Database(
        orders_database, pool_size=RACERS_MAX, application_name="order-tests"
    )
    yield database
    database.dispose()


@pytest.fixture(autouse=True)
def nothing_was_ever_parked(database: Database) -> None:
    """Hardly any test has a worker, and without one a count is soon too old."""
    with database.statement() as connection:
        connection.execute(text("DELETE FROM parked_messages"))


@pytest.fixture(scope="session")
def orders(database: Database) -> OrderService:
    return OrderService(database)


@pytest.fixture(scope="session")
def resales(database: Database) -> Resales:
    return Resales(database)


@pytest.fixture(scope="session")
def order_settings(orders_database: DatabaseSettings) -> Settings:
    return Settings(
        database=orders_database,
        server=ServerSettings(host="127.0.0.1", port=5001, workers=1, threads=4),
        service_token=SERVICE_TOKEN,
        log_level="INFO",
        transfer_ttl_s=600,
        transfers_per_hour=1000,
    )


@pytest.fixture(scope="session")
def client(order_settings: Settings) -> FlaskClient:
    client = create_app(order_settings).test_client()
    client.environ_base["HTTP_X_SERVICE_TOKEN"] = SERVICE_TOKEN
    return client
