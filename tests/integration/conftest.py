"""A real PostgreSQL and a real RabbitMQ, started once for the session."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterator
from urllib.parse import urlsplit

import psycopg2
import pytest

from local_stack import Stack
from local_stack.testing import temporary_stack
from service_common.amqp import BrokerSettings
from service_common.db import DatabaseSettings

MakeDatabase = Callable[[str], DatabaseSettings]


@pytest.fixture(scope="session")
def infrastructure() -> Iterator[Stack]:
    """PostgreSQL and RabbitMQ on ports of their own, gone after the session."""
    with temporary_stack(only=["postgres", "rabbitmq"]) as stack:
        yield stack


@pytest.fixture(scope="session")
def make_database(infrastructure: Stack) -> MakeDatabase:
    """Make a fresh, empty database with an owner of its own."""

    def make(name: str) -> DatabaseSettings:
        owner = f"{name}_{secrets.token_hex(4)}"
        password = secrets.token_hex(12)
        connection = psycopg2.connect(infrastructure.postgres.superuser_dsn())
        connection.autocommit = True
        with connection.cursor() as cursor:
            cursor.execute(f"CREATE ROLE {owner} LOGIN PASSWORD '{password}'")
            cursor.execute(f"CREATE DATABASE {owner} OWNER {owner}")
        connection.close()
        where = urlsplit(infrastructure.postgres.superuser_dsn())
        return DatabaseSettings(
            host=str(where.hostname),
            port=int(where.port or 5432),
            name=owner,
            user=owner,
            password=password,
        )

    return make


@pytest.fixture(scope="session")
def broker(infrastructure: Stack) -> BrokerSettings:
    """RabbitMQ with the exchanges and queues of rabbitmq/definitions.json."""
    rabbitmq = infrastructure.rabbitmq
    return BrokerSettings(
        host=rabbitmq.host,
        port=rabbitmq.port,
        user=rabbitmq.user,
        password=rabbitmq.password,
    )
