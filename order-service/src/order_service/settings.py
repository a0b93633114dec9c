"""What the order service needs from its environment."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

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
            database=DatabaseSettings.read(
                reader,
                name="orders_db",
                user="order_svc_user",
                password_variable="ORDER_DB_PASS",  # noqa: S106 - a variable's name
            ),
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


def _scaled(reader: Environment, name: str, default: int) -> int:
    limit = reader.integer(name, default, low=1, high=_LIMIT_MAX)
    return limit * reader.integer("RATE_LIMIT_SCALE", 1, low=1, high=_LIMIT_MAX)
