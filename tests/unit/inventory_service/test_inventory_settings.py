from __future__ import annotations

import pytest

from inventory_service.settings import Settings, WorkerSettings
from service_common.settings import SettingsError

SECRETS = {
    "INTERNAL_SERVICE_TOKEN": "token-of-the-inner-services",
    "INVENTORY_DB_PASS": "password-of-the-database",
    "RABBITMQ_PASS": "password-of-the-broker",
}


def test_server_starts_with_secrets_alone() -> None:
    settings = Settings.from_env(SECRETS)

    assert (settings.server.host, settings.server.port) == ("127.0.0.1", 50051)
    assert (settings.ops_port, settings.hold_ttl_s) == (8081, 300)
    assert settings.database.name == "seats_db"
    assert settings.database.user == "inventory_user"


def test_worker_starts_with_secrets_alone() -> None:
    settings = WorkerSettings.from_env(SECRETS)

    assert (settings.ops_port, settings.sweep_interval_s) == (8082, 5)
    assert settings.order_service_url == "http://127.0.0.1:5001"
    assert (settings.broker.host, settings.broker.port) == ("127.0.0.1", 5672)


def test_everything_that_is_wrong_is_named_at_once() -> None:
    env = {"HOLD_TTL_SECONDS": "0", "PORT": "http", "INVENTORY_DB_PASS": "change_me"}

    with pytest.raises(SettingsError) as refused:
        Settings.from_env(env)

    problems = "; ".join(refused.value.problems)
    for name in ("HOLD_TTL_SECONDS", "PORT", "INVENTORY_DB_PASS"):
        assert name in problems
    assert "INTERNAL_SERVICE_TOKEN is missing" in problems


def test_worker_names_the_brokers_password_when_it_is_missing() -> None:
    env = {name: value for name, value in SECRETS.items() if name != "RABBITMQ_PASS"}

    with pytest.raises(SettingsError, match="RABBITMQ_PASS is missing"):
        WorkerSettings.from_env(env)
