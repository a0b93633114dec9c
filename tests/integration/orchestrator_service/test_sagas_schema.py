"""The tables of sagas_db: models and migrations agree."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import orchestrator_service.models.idempotency_key
import orchestrator_service.models.saga  # noqa: F401 - the tables register themselves
from service_common.db import DatabaseSettings, migrate
from support.schema import create_from_models, describe_schema

SERVICE_FOLDER = Path(__file__).parents[3] / "orchestrator-service"


def test_models_and_migrations_describe_the_same_schema(
    make_database: Callable[[str], DatabaseSettings],
) -> None:
    migrated, from_models = make_database("sagas_db"), make_database("sagas_models")
    migrate(migrated, SERVICE_FOLDER)
    create_from_models(from_models, "orchestrator_service")

    assert describe_schema(migrated) == describe_schema(from_models)


def test_migrating_twice_changes_nothing(
    make_database: Callable[[str], DatabaseSettings],
) -> None:
    settings = make_database("sagas_twice")
    migrate(settings, SERVICE_FOLDER)
    before = describe_schema(settings)

    migrate(settings, SERVICE_FOLDER)

    assert describe_schema(settings) == before
