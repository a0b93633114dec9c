from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from sqlalchemy import MetaData, create_engine

from service_common.db import Base, Database, DatabaseSettings, migrate
from support.schema import create_from_models, describe_schema
from user_service.models import IdempotencyKey

USER_TABLES = {
    *("users", "credit_ledger", "refresh_families", "refresh_tokens"),
    *("otp_challenges", "topups", "stripe_payments", "stripe_take_backs"),
    *("mfa_challenges", "login_attempts", "credit_freezes"),
}


def _metadata_of_this_service() -> MetaData:
    """Other services' tables may be on the same base in a run of all tests."""
    metadata = MetaData(naming_convention=Base.metadata.naming_convention)
    for table in Base.metadata.sorted_tables:
        if table.name in USER_TABLES:
            table.to_metadata(metadata)
    for table in IdempotencyKey.metadata.sorted_tables:
        table.to_metadata(metadata)
    return metadata


def test_migrations_make_what_the_models_describe(
    make_database: Callable[[str], DatabaseSettings], service_folder: Path
) -> None:
    migrated, described = make_database("users_db"), make_database("users_db")
    migrate(migrated, service_folder)
    create_from_models(described, "user_service")

    assert describe_schema(migrated) == describe_schema(described)


def test_alembic_finds_nothing_left_to_migrate(database: Database) -> None:
    with database.engine.connect() as connection:
        context = MigrationContext.configure(
            connection, opts={"compare_type": True, "compare_server_default": True}
        )
        differences = compare_metadata(context, _metadata_of_this_service())

    assert differences == []


def test_migrating_twice_changes_nothing(
    users_database: DatabaseSettings, service_folder: Path
) -> None:
    before = describe_schema(users_database)

    migrate(users_database, service_folder)

    assert describe_schema(users_database) == before


def test_migrations_can_be_taken_back_to_an_empty_database(
    make_database: Callable[[str], DatabaseSettings], service_folder: Path
) -> None:
    settings = make_database("users_db")
    config = Config(service_folder / "alembic.ini")
    engine = create_engine(settings.url)
    with engine.connect() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, "head")
        command.downgrade(config, "base")
        connection.commit()
    engine.dispose()

    assert describe_schema(settings) == set()
