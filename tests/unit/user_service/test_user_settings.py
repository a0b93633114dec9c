from __future__ import annotations

import base64

import pytest

from service_common.settings import SettingsError
from user_service.settings import DemoSettings, Settings

SECRETS = {
    "USER_DB_PASS": "a-password-of-the-database",
    "INTERNAL_SERVICE_TOKEN": "a-token-of-the-services",
    "JWT_SECRET": "a-secret-to-sign-tokens-with",
    "STRIPE_SECRET_KEY": "sk_test_a-key-of-the-tests",
    "STRIPE_WEBHOOK_SECRET": "whsec_a-secret-of-the-tests",
    "SMU_API_KEY": "a-key-of-the-smu-api",
    "TOTP_ENCRYPTION_KEY": base64.b64encode(bytes(range(32))).decode(),
}


def test_secrets_suffice_to_start() -> None:
    settings = Settings.from_env(SECRETS)

    assert (settings.server.port, settings.bcrypt_rounds) == (5000, 12)
    assert (settings.database.name, settings.database.user) == (
        "users_db",
        "user_svc_user",
    )
    assert settings.stripe.api_base is None
    assert settings.otp.api_url == "http://127.0.0.1:8090"
    assert (settings.otp.ttl_s, settings.otp.resend_s) == (300, 30)
    assert (len(settings.totp_key), settings.trusted_proxies) == (32, 1)
    assert settings.rate_limit_scale == 1


def test_every_problem_is_named_at_once() -> None:
    env = {**SECRETS, "JWT_SECRET": "change_me", "BCRYPT_ROUNDS": "99"}
    env |= {"STRIPE_SECRET_KEY": "sk_test_...", "TOTP_ENCRYPTION_KEY": "a" * 32}
    env |= {"OTP_TTL_SECONDS": "0", "TRUSTED_PROXIES": "-1", "RATE_LIMIT_SCALE": "x"}
    for missing in ("USER_DB_PASS", "SMU_API_KEY", "STRIPE_WEBHOOK_SECRET"):
        del env[missing]

    with pytest.raises(SettingsError) as caught:
        Settings.from_env(env)

    for variable in env.keys() | SECRETS.keys():
        if variable == "INTERNAL_SERVICE_TOKEN":
            continue
        assert any(variable in problem for problem in caught.value.problems)


def test_demo_data_needs_only_the_database() -> None:
    settings = DemoSettings.from_env({"USER_DB_PASS": SECRETS["USER_DB_PASS"]})

    assert settings.password == "demo-password-1"
