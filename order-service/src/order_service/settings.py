"""What the order service needs from its environment."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from service_common.amqp import BrokerSettings
from service_common.db import DatabaseSettings
from service_common.serve import ServerSettings
from service_common.settings import Environment

_LIMIT_MAX = 1_000_000


@dataclass(frozen=True, slots=True)
class Settings:
    """Everything that the server is told from outside.

    `transfers_per_hour` is how many transfers one person may begin; the environment's
    RATE_LIMIT_SCALE has multiplied it already.
    """

    database: DatabaseSettings
    server: ServerSettings
    service_token: str
    log_level: str
    transfer_ttl_s: float
    transfers_per_hour: int

    @classmethod
    def from_env(cls, env: Mapping[str, str]) -> Settings:
        """Read the environment, or raise one SettingsError naming every problem."""
        reader = Environment(env)
        settings = cls(
            database=_read_database(reader),
            server=ServerSettings.read(reader, port=5001),
            service_token=reader.secret("INTERNAL_SERVICE_TOKEN"),
            log_level=reader.log_level(),
            transfer_ttl_s=reader.seconds(
                "TRANSFER_TTL_SECONDS", 600, low=1, high=86_400
            ),
            transfers_per_hour=_scaled(reader, "TRANSFERS_PER_HOUR", 30),
        )
        reader.check()
        return settings


@dataclass(frozen=True, slots=True)
class WorkerSettings:
    """What the worker is told from outside."""

    host: str
    ops_port: int
    log_level: str
    database: DatabaseSettings
    broker: BrokerSettings
    sweep_interval_s: float

    @classmethod
    def from_env(cls, env: Mapping[str, str]) -> WorkerSettings:
        """Read the environment, or raise one SettingsError naming every problem."""
        reader = Environment(env)
        settings = cls(
            host=reader.text("BIND_HOST", "127.0.0.1"),
            ops_port=reader.port("OPS_PORT", 8084),
            log_level=reader.log_level(),
            database=_read_database(reader),
            broker=BrokerSettings.read(reader),
            sweep_interval_s=reader.seconds(
                "SWEEP_INTERVAL_SECONDS", 5, low=0.1, high=3600
            ),
        )
        reader.check()
        return settings


def _read_database(reader: Environment) -> DatabaseSettings:
    return DatabaseSettings.read(
        reader,
        name="orders_db",
        user="order_svc_user",
        password_variable="ORDER_DB_PASS",  # noqa: S106 - a variable's name
    )


def _scaled(reader: Environment, name: str, default: int) -> int:
    limit = reader.integer(name, default, low=1, high=_LIMIT_MAX)
    return limit * reader.integer("RATE_LIMIT_SCALE", 1, low=1, high=_LIMIT_MAX)
