from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from flask.testing import FlaskClient

from event_service.app import create_app
from event_service.services.event_service import EventService
from event_service.settings import Settings
from service_common.db import Database, DatabaseSettings, migrate
from service_common.serve import ServerSettings

SERVICE_FOLDER = Path(__file__).parents[3] / "event-service"
SERVICE_TOKEN = "token-of-the-inner-services"
RACERS_MAX = 8


@pytest.fixture(scope="session")
def events_database(
    make_database: Callable[[str], DatabaseSettings],
) -> DatabaseSettings:
    settings = make_database("events_db")
    migrate(settings, SERVICE_FOLDER)
    return settings


@pytest.fixture(scope="session")
def database(events_database: DatabaseSettings) -> Iterator[Database]:
    database = Database(
        events_database, pool_size=RACERS_MAX, application_name="event-tests"
    )
    yield database
    database.dispose()


@pytest.fixture(scope="session")
def events(database: Database) -> EventService:
    return EventService(database)


@pytest.fixture(scope="session")
def event_settings(events_database: DatabaseSettings) -> Settings:
    return Settings(
        database=events_database,
        server=ServerSettings(host="127.0.0.1", port=5002, workers=1, threads=4),
        service_token=SERVICE_TOKEN,
        log_level="INFO",
    )


@pytest.fixture(scope="session")
def client(event_settings: Settings) -> FlaskClient:
    client = create_app(event_settings).test_client()
    client.environ_base["HTTP_X_SERVICE_TOKEN"] = SERVICE_TOKEN
    return client
