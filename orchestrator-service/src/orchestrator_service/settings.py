"""What the orchestrator reads from its environment, once."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from service_common.db import DatabaseSettings
from service_common.serve import ServerSettings
from service_common.settings import Environment

QR_KEY_BYTES = 32
# They wait for others nearly all the time, and those who wait together share rounds.
_THREADS = 32


@dataclass(frozen=True, slots=True)
class Settings:
    """Everything that may differ from one place to another."""

    server: ServerSettings
    ops_port: int
    database: DatabaseSettings
    service_token: str
    jwt_secret: str
    qr_encryption_key: bytes
    qr_retired_keys: tuple[bytes, ...]
    scan_replay_s: int
    inventory_address: str
    user_url: str
    order_url: str
    event_url: str
    saga_deadline_s: float
    sweep_interval_s: float
    transfer_price_cap_percent: int
    """Of what a seat was first sold for; 0: a resale may cost anything."""
    transfer_closes_minutes_before: int
    trusted_proxies: int
    log_level: str

    @classmethod
    def from_env(cls, env: Mapping[str, str]) -> Settings:
        """Read it all; SettingsError names everything that is wrong."""
        e = Environment(env)
        settings = cls(
            server=ServerSettings.read(e, port=5003, threads=_THREADS),
            ops_port=e.port("OPS_PORT", 8083),
            database=DatabaseSettings.read(
                e,
                name="sagas_db",
                user="orchestrator_user",
                password_variable="ORCHESTRATOR_DB_PASS",  # noqa: S106 - a name
            ),
            service_token=e.secret("INTERNAL_SERVICE_TOKEN"),
            jwt_secret=e.secret("JWT_SECRET"),
            qr_encryption_key=e.key("QR_ENCRYPTION_KEY", QR_KEY_BYTES),
            qr_retired_keys=e.keys("QR_RETIRED_KEYS", QR_KEY_BYTES),
            scan_replay_s=e.integer("SCAN_REPLAY_SECONDS", 10, low=0, high=60),
            inventory_address=e.text("INVENTORY_SERVICE_URL", "127.0.0.1:50051"),
            user_url=e.text("USER_SERVICE_URL", "http://127.0.0.1:5000"),
            order_url=e.text("ORDER_SERVICE_URL", "http://127.0.0.1:5001"),
            event_url=e.text("EVENT_SERVICE_URL", "http://127.0.0.1:5002"),
            saga_deadline_s=e.seconds("SAGA_DEADLINE_SECONDS", 60, low=1, high=3600),
            sweep_interval_s=e.seconds("SWEEP_INTERVAL_SECONDS", 5, low=0.1, high=300),
            transfer_price_cap_percent=e.integer(
                "TRANSFER_PRICE_CAP_PERCENT", 0, low=0, high=100_000
            ),
            transfer_closes_minutes_before=e.integer(
                "TRANSFER_CLOSES_MINUTES_BEFORE", 0, low=0, high=525_600
            ),
            trusted_proxies=e.integer("TRUSTED_PROXIES", 1, low=0, high=10),
            log_level=e.log_level(),
        )
        e.check()
        return settings
