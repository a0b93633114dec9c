"""What the event service needs from its environment."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from service_common.db import DatabaseSettings
from service_common.serve import ServerSettings
from service_common.settings import Environment


@dataclass(frozen=True, slots=True)
class Settings:
    """Everything that the process is told from outside."""

    database: DatabaseSettings
    server: ServerSettings
    service_token: str
    log_level: str

    @classmethod
    def from_env(cls, env: Mapping[str, str]) -> Settings:
        """Read the environment, or raise one SettingsError naming every problem."""
        reader = Environment(env)
        settings = cls(
            database=DatabaseSettings.read(
                reader,
                name="events_db",
                user="event_svc_user",
                password_variable="EVENT_DB_PASS",  # noqa: S106 - a variable's name
            ),
            server=ServerSettings.read(reader, port=5002),
            service_token=reader.secret("INTERNAL_SERVICE_TOKEN"),
            log_level=reader.log_level(),
        )
        reader.check()
        return settings
