"""The five databases: migrations and models agree, and migrations can be taken back."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest
from alembic import command
from alembic.config import Config
from sqlalchemy import create_engine, text

from inventory_service.clients.hold_queues import HOLDS
from order_service.clients.offer_queues import OFFERS
from service_common.db import DatabaseSettings, migrate
from support.schema import create_from_models, describe_schema

ROOT = Path(__file__).parents[2]
MakeDatabase = Callable[[str], DatabaseSettings]


@dataclass(frozen=True, slots=True)
class Service:
    name: str

    @property
    def folder(self) -> Path:
        return ROOT / self.name

    @property
    def package(self) -> str:
        return self.name.replace("-", "_")


@pytest.fixture(
    params=[
        "inventory-service",
        "user-service",
        "order-service",
        "event-service",
        "orchestrator-service",
    ]
)
def service(request: pytest.FixtureRequest) -> Service:
    return Service(request.param)


@pytest.fixture
def migrated(service: Service, make_database: MakeDatabase) -> DatabaseSettings:
    settings = make_database("migrated")
    migrate(settings, service.folder)
    return settings


def test_models_and_migrations_describe_the_same_schema(
    service: Service, migrated: DatabaseSettings, make_database: MakeDatabase
) -> None:
    from_models = make_database("from_models")
    create_from_models(from_models, service.package)

    assert describe_schema(migrated) == describe_schema(from_models)


def test_migrating_twice_changes_nothing(
    service: Service, migrated: DatabaseSettings
) -> None:
    before = describe_schema(migrated)

    migrate(migrated, service.folder)

    assert describe_schema(migrated) == before != set()


def test_migrations_can_be_taken_back_to_an_empty_database(
    service: Service, migrated: DatabaseSettings
) -> None:
    config = Config(service.folder / "alembic.ini")
    config.set_main_option("script_location", str(service.folder / "migrations"))
    engine = create_engine(migrated.url)
    with engine.connect() as connection:
        config.attributes["connection"] = connection
        command.downgrade(config, "base")
        connection.commit()
    engine.dispose()

    assert describe_schema(migrated) == set()


@pytest.mark.parametrize(
    ("service", "queue"),
    [
        ("inventory-service", HOLDS.parking_queue),
        ("order-service", OFFERS.parking_queue),
    ],
    indirect=["service"],
)
def test_parking_queue_has_its_row_before_anybody_has_counted(
    migrated: DatabaseSettings, queue: str
) -> None:
    """Otherwise nobody would miss a worker that never counts."""
    engine = create_engine(migrated.url)
    with engine.connect() as connection:
        rows = connection.execute(text("SELECT queue, messages FROM parked_messages"))
        counted = [tuple(row) for row in rows]
    engine.dispose()

    assert counted == [(queue, 0)]
