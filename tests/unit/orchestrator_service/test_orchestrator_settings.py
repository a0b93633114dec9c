"""The orchestrator names everything that its environment lacks, at once."""

from __future__ import annotations

import pytest

from orchestrator_service.settings import Settings
from service_common.settings import SettingsError

GOOD = {
    "INTERNAL_SERVICE_TOKEN": "t" * 32,
    "JWT_SECRET": "j" * 32,
    "ORCHESTRATOR_DB_PASS": "p" * 32,
    "QR_ENCRYPTION_KEY": "A" * 43 + "=",
}


def test_secrets_alone_are_enough() -> None:
    settings = Settings.from_env(GOOD)

    assert settings.server.port == 5003
    assert settings.qr_encryption_key == bytes(32)


def test_missing_secrets_are_all_named() -> None:
    with pytest.raises(SettingsError) as refused:
        Settings.from_env({})

    assert [problem.split()[0] for problem in refused.value.problems] == [
        "ORCHESTRATOR_DB_PASS",
        "INTERNAL_SERVICE_TOKEN",
        "JWT_SECRET",
        "QR_ENCRYPTION_KEY",
    ]


@pytest.mark.parametrize("value", ["change_me", "your_jwt_secret_here", "qwertz"])
def test_placeholder_or_short_secret_is_refused_without_telling_it(value: str) -> None:
    with pytest.raises(SettingsError) as refused:
        Settings.from_env({**GOOD, "JWT_SECRET": value})

    assert "JWT_SECRET" in str(refused.value)
    assert value not in str(refused.value)


@pytest.mark.parametrize("key", ["A" * 40, "!" * 44, "A" * 20 + "===="])
def test_key_of_the_wrong_length_is_refused(key: str) -> None:
    with pytest.raises(SettingsError, match="QR_ENCRYPTION_KEY"):
        Settings.from_env({**GOOD, "QR_ENCRYPTION_KEY": key})


def test_retired_keys_are_optional_and_checked() -> None:
    assert Settings.from_env(GOOD).qr_retired_keys == ()
    former = "B" * 43 + "="
    settings = Settings.from_env({**GOOD, "QR_RETIRED_KEYS": f"{former},{former}"})
    assert len(settings.qr_retired_keys) == 2

    with pytest.raises(SettingsError, match="QR_RETIRED_KEYS"):
        Settings.from_env({**GOOD, "QR_RETIRED_KEYS": "not a key"})
