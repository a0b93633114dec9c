"""The environment of the two processes, read once."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from service_common.amqp import BrokerSettings
from service_common.db import DatabaseSettings
from service_common.serve import ServerSettings
from service_common.settings import Environment

# As many as a caller has: those who wait together share rounds.
_THREADS = 32


@dataclass(frozen=True, slots=True)
class Settings:
    """What the gRPC server needs."""

    server: ServerSettings
    ops_port: int
    log_level: str
    service_token: str
    database: DatabaseSettings
    hold_ttl_s: float

    @classmethod
    def from_env(cls, environ: Mapping[str, str]) -> Settings:
        """Read them, or raise SettingsError with everything that is wrong."""
        env = Environment(environ)
        settings = cls(
            server=ServerSettings.read(env, port=50051, threads=_THREADS),
            ops_port=env.port("OPS_PORT", 8081),
            log_level=env.log_level(),
            service_token=env.secret("INTERNAL_SERVICE_TOKEN"),
            database=_read_database(env),
            hold_ttl_s=env.seconds("HOLD_TTL_SECONDS", 300, low=1, high=86_400),
        )
        env.check()
        return settings


@dataclass(frozen=True, slots=True)
class WorkerSettings:
    """What the worker needs."""

    host: str
    ops_port: int
    log_level: str
    service_token: str
    database: DatabaseSettings
    broker: BrokerSettings
    order_service_url: str
    sweep_interval_s: float

    @classmethod
    def from_env(cls, environ: Mapping[str, str]) -> WorkerSettings:
        """Read them, or raise SettingsError with everything that is wrong."""
        env = Environment(environ)
        settings = cls(
            host=env.text("BIND_HOST", "127.0.0.1"),
            ops_port=env.port("OPS_PORT", 8082),
            log_level=env.log_level(),
            service_token=env.secret("INTERNAL_SERVICE_TOKEN"),
            database=_read_database(env),
            broker=BrokerSettings.read(env),
            order_service_url=env.text("ORDER_SERVICE_URL", "http://127.0.0.1:5001"),
            sweep_interval_s=env.seconds(
                "SWEEP_INTERVAL_SECONDS", 5, low=0.1, high=3600
            ),
        )
        env.check()
        return settings


def _read_database(env: Environment) -> DatabaseSettings:
    return DatabaseSettings.read(
        env,
        name="seats_db",
        user="inventory_user",
        password_variable="INVENTORY_DB_PASS",  # noqa: S106 - the name of a variable
    )
