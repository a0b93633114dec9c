"""The one reader of the user service's environment."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from service_common.db import DatabaseSettings
from service_common.serve import ServerSettings
from service_common.settings import Environment

PORT = 5000
# Below 4 bcrypt refuses; above 16 a login takes longer than a request may.
_BCRYPT_ROUNDS_LOW, _BCRYPT_ROUNDS_HIGH = 4, 16
_BCRYPT_ROUNDS = 12


def _database(env: Environment) -> DatabaseSettings:
    return DatabaseSettings.read(
        env,
        name="users_db",
        user="user_svc_user",
        password_variable="USER_DB_PASS",  # noqa: S106 - the name of a variable
    )


def _bcrypt_rounds(env: Environment) -> int:
    return env.integer(
        "BCRYPT_ROUNDS",
        _BCRYPT_ROUNDS,
        low=_BCRYPT_ROUNDS_LOW,
        high=_BCRYPT_ROUNDS_HIGH,
    )


@dataclass(frozen=True, slots=True)
class Settings:
    """All that the service is told from outside."""

    database: DatabaseSettings
    server: ServerSettings
    service_token: str
    jwt_secret: str
    bcrypt_rounds: int
    log_level: str

    @classmethod
    def from_env(cls, env: Mapping[str, str]) -> Settings:
        """Read everything, or raise one SettingsError that names all problems."""
        reader = Environment(env)
        settings = cls(
            database=_database(reader),
            server=ServerSettings.read(reader, port=PORT),
            service_token=reader.secret("INTERNAL_SERVICE_TOKEN"),
            jwt_secret=reader.secret("JWT_SECRET"),
            bcrypt_rounds=_bcrypt_rounds(reader),
            log_level=reader.text("LOG_LEVEL", "INFO"),
        )
        reader.check()
        return settings


@dataclass(frozen=True, slots=True)
class DemoSettings:
    """What loading the demo accounts needs: the database, and a password for all."""

    database: DatabaseSettings
    bcrypt_rounds: int
    password: str

    @classmethod
    def from_env(cls, env: Mapping[str, str]) -> DemoSettings:
        """Read everything, or raise one SettingsError that names all problems."""
        reader = Environment(env)
        settings = cls(
            database=_database(reader),
            bcrypt_rounds=_bcrypt_rounds(reader),
            password=reader.text("DEMO_PASSWORD", "demo-password-1"),
        )
        reader.check()
        return settings
