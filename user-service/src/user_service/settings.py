"""The one reader of the user service's environment."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from service_common.db import DatabaseSettings
from service_common.serve import ServerSettings
from service_common.settings import Environment

PORT = 5000
TOTP_KEY_BYTES = 32
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
class StripeSettings:
    """How to reach Stripe, and how to know that it is Stripe who calls."""

    secret_key: str
    webhook_secret: str
    api_base: str | None

    @classmethod
    def read(cls, env: Environment) -> StripeSettings:
        """Read STRIPE_SECRET_KEY, STRIPE_WEBHOOK_SECRET and STRIPE_API_BASE."""
        return cls(
            secret_key=env.secret("STRIPE_SECRET_KEY"),
            webhook_secret=env.secret("STRIPE_WEBHOOK_SECRET"),
            api_base=env.text("STRIPE_API_BASE", "") or None,
        )


@dataclass(frozen=True, slots=True)
class OtpSettings:
    """Where one-time codes come from, and how long they are good."""

    api_url: str
    api_key: str
    ttl_s: int
    resend_s: int

    @classmethod
    def read(cls, env: Environment) -> OtpSettings:
        """Read SMU_API_URL, SMU_API_KEY, OTP_TTL_SECONDS and OTP_RESEND_SECONDS."""
        return cls(
            api_url=env.text("SMU_API_URL", "http://127.0.0.1:8090"),
            api_key=env.secret("SMU_API_KEY"),
            ttl_s=env.integer("OTP_TTL_SECONDS", 300, low=1, high=3600),
            resend_s=env.integer("OTP_RESEND_SECONDS", 30, low=0, high=3600),
        )


@dataclass(frozen=True, slots=True)
class Settings:
    """All that the service is told from outside.

    `trusted_proxies` is how many proxies of ours a request passes: each appends to
    X-Forwarded-For whom it heard it from, and only those entries are to be believed.
    `rate_limit_scale` multiplies the limits on failed logins of one address and on
    codes to one phone, as it does those of the gateway: for load tests and demos.
    """

    database: DatabaseSettings
    server: ServerSettings
    stripe: StripeSettings
    otp: OtpSettings
    service_token: str
    jwt_secret: str
    totp_key: bytes
    bcrypt_rounds: int
    trusted_proxies: int
    rate_limit_scale: int
    log_level: str

    @classmethod
    def from_env(cls, env: Mapping[str, str]) -> Settings:
        """Read everything, or raise one SettingsError that names all problems."""
        reader = Environment(env)
        settings = cls(
            database=_database(reader),
            server=ServerSettings.read(reader, port=PORT),
            stripe=StripeSettings.read(reader),
            otp=OtpSettings.read(reader),
            service_token=reader.secret("INTERNAL_SERVICE_TOKEN"),
            jwt_secret=reader.secret("JWT_SECRET"),
            totp_key=reader.key("TOTP_ENCRYPTION_KEY", TOTP_KEY_BYTES),
            bcrypt_rounds=_bcrypt_rounds(reader),
            trusted_proxies=reader.integer("TRUSTED_PROXIES", 1, low=0, high=10),
            rate_limit_scale=reader.integer(
                "RATE_LIMIT_SCALE", 1, low=1, high=1_000_000
            ),
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
