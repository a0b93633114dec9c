"""The order service's environment."""

from __future__ import annotations

import pytest

from order_service.settings import Settings, WorkerSettings
from service_common.settings import SettingsError

SECRETS = {
    "ORDER_DB_PASS": "a-password-of-some-length",
    "INTERNAL_SERVICE_TOKEN": "a-token-of-some-length",
}


def test_secrets_alone_are_enough_to_start() -> None:
    settings = Settings.from_env(SECRETS)

    assert (settings.database.name, settings.database.user) == (
        "orders_db",
        "order_svc_user",
    )
    assert (settings.server.host, settings.server.port) == ("127.0.0.1", 5001)
    assert settings.database.password == SECRETS["ORDER_DB_PASS"]
    assert settings.service_token == SECRETS["INTERNAL_SERVICE_TOKEN"]
    assert (settings.transfer_ttl_s, settings.transfers_per_hour) == (600, 30)


def test_limit_of_transfers_is_scaled_as_every_other_limit() -> None:
    env = {**SECRETS, "TRANSFERS_PER_HOUR": "5", "RATE_LIMIT_SCALE": "100"}

    assert Settings.from_env(env).transfers_per_hour == 500


def test_everything_wrong_is_named_at_once_and_no_secret_is_told() -> None:
    env = {"ORDER_DB_PASS": "change_me_please_now", "DB_PORT": "x", "PORT": "99999"}

    with pytest.raises(SettingsError) as refused:
        Settings.from_env(env)

    text = str(refused.value)
    for name in ("ORDER_DB_PASS", "DB_PORT", "PORT", "INTERNAL_SERVICE_TOKEN"):
        assert name in text
    assert env["ORDER_DB_PASS"] not in text


def test_worker_needs_its_database_and_the_broker_and_nothing_of_the_server() -> None:
    secrets = {
        "ORDER_DB_PASS": SECRETS["ORDER_DB_PASS"],
        "RABBITMQ_PASS": "a-password-of-the-broker",
    }

    settings = WorkerSettings.from_env(secrets)

    assert (settings.ops_port, settings.sweep_interval_s) == (8084, 5)
    with pytest.raises(SettingsError) as refused:
        WorkerSettings.from_env({})
    assert set(refused.value.problems) == {
        "ORDER_DB_PASS is missing",
        "RABBITMQ_PASS is missing",
    }
