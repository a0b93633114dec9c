from __future__ import annotations

import pytest

from service_common.settings import SettingsError
from user_service.settings import DemoSettings, Settings

SECRETS = {
    "USER_DB_PASS": "a-password-of-the-database",
    "INTERNAL_SERVICE_TOKEN": "a-token-of-the-services",
    "JWT_SECRET": "a-secret-to-sign-tokens-with",
}


def test_secrets_suffice_to_start() -> None:
    settings = Settings.from_env(SECRETS)

    assert (settings.server.port, settings.bcrypt_rounds) == (5000, 12)
    assert (settings.database.name, settings.database.user) == (
        "users_db",
        "user_svc_user",
    )


def test_every_problem_is_named_at_once() -> None:
    env = {**SECRETS, "JWT_SECRET": "change_me", "BCRYPT_ROUNDS": "99"}
    del env["USER_DB_PASS"]

    with pytest.raises(SettingsError) as caught:
        Settings.from_env(env)

    for variable in ("USER_DB_PASS", "JWT_SECRET", "BCRYPT_ROUNDS"):
        assert any(variable in problem for problem in caught.value.problems)


def test_demo_data_needs_only_the_database() -> None:
    settings = DemoSettings.from_env({"USER_DB_PASS": SECRETS["USER_DB_PASS"]})

    assert settings.password == "demo-password-1"
