"""The event service's environment."""

from __future__ import annotations

import pytest

from event_service.settings import Settings
from service_common.settings import SettingsError

SECRETS = {
    "EVENT_DB_PASS": "a-password-of-some-length",
    "INTERNAL_SERVICE_TOKEN": "a-token-of-some-length",
}


def test_secrets_alone_are_enough_to_start() -> None:
    settings = Settings.from_env(SECRETS)

    assert (settings.database.name, settings.database.user) == (
        "events_db",
        "event_svc_user",
    )
    assert (settings.server.host, settings.server.port) == ("127.0.0.1", 5002)
    assert settings.database.password == SECRETS["EVENT_DB_PASS"]
    assert settings.service_token == SECRETS["INTERNAL_SERVICE_TOKEN"]


def test_everything_wrong_is_named_at_once_and_no_secret_is_told() -> None:
    env = {"EVENT_DB_PASS": "change_me_please_now", "DB_PORT": "x", "PORT": "99999"}

    with pytest.raises(SettingsError) as refused:
        Settings.from_env(env)

    text = str(refused.value)
    for name in ("EVENT_DB_PASS", "DB_PORT", "PORT", "INTERNAL_SERVICE_TOKEN"):
        assert name in text
    assert env["EVENT_DB_PASS"] not in text
