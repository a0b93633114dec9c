from __future__ import annotations

import dataclasses
import io
import logging
from collections.abc import Iterator

import pyotp
import pytest
import structlog
from sqlalchemy import text

from builders.otp import Suspect, a_wrong_code
from builders.payments import Payment, signed
from builders.users import PASSWORD, PHONE, a_registration, access_header
from service_common.db import Database
from service_common.logs import configure_logging
from support.smu import SmuStandin
from user_service.app import create_app
from user_service.settings import Settings


@pytest.fixture
def log() -> Iterator[io.StringIO]:
    """All that the service writes, as in a process of its own."""
    stream = io.StringIO()
    root = logging.getLogger()
    handlers, level = root.handlers, root.level
    configure_logging("user-service", "INFO", stream)
    # Loggers that remember this stream would write into it in every later test.
    structlog.configure(cache_logger_on_first_use=False)
    yield stream
    structlog.reset_defaults()
    root.handlers, root.level = handlers, level


def test_no_secret_of_a_registration_login_refresh_and_logout_is_logged(
    user_settings: Settings, database: Database, log: io.StringIO
) -> None:
    client = create_app(user_settings).test_client()
    body = a_registration()
    credentials = {"email": body["email"], "password": PASSWORD}
    client.post("/auth/register", json=body)
    client.post("/auth/register", json=body)
    first = client.post("/auth/login", json=credentials).get_json()
    client.post("/auth/login", json={**credentials, "password": "wrong-password-9"})
    used = {"refresh_token": first["refresh_token"]}
    second = client.post("/auth/refresh", json=used).get_json()
    client.post("/auth/refresh", json=used)
    client.post("/auth/logout", json={"refresh_token": second["refresh_token"]})

    written = log.getvalue()
    for event in ("user_registered", "login_succeeded", "login_refused"):
        assert event in written
    with database.statement() as connection:
        password_hash = connection.execute(
            text("SELECT password_hash FROM users WHERE email = :email"), body
        ).scalar_one()
    secrets = [PASSWORD, "wrong-password-9", password_hash, "$2b$", PHONE]
    for pair in (first, second):
        secrets += [pair["access_token"], pair["refresh_token"]]
    for secret in [*secrets, body["email"]]:
        assert secret not in written


def test_no_secret_of_codes_and_payments_is_logged(
    user_settings: Settings, database: Database, smu: SmuStandin, log: io.StringIO
) -> None:
    app = create_app(user_settings)
    client, service = app.test_client(), app.test_client()
    service.environ_base["HTTP_X_SERVICE_TOKEN"] = user_settings.service_token
    suspect = Suspect(service, database)
    suspect.ask()
    code = smu.code(suspect.phone)
    suspect.enter(a_wrong_code(code))
    suspect.enter(code)
    header = access_header(suspect.user_id)
    topup = client.post("/credits/topup", json={"amount": "5.00"}, headers=header)
    event = Payment(suspect.user_id).succeeded()
    client.post("/webhooks/stripe", data=event, headers=signed(event))
    client.post("/webhooks/stripe", data=event, headers={"Stripe-Signature": "t=1"})
    secret = client.post("/auth/mfa/enroll", headers=header).get_json()["secret"]
    digits = pyotp.TOTP(secret).now()
    client.post("/auth/mfa/activate", json={"code": digits}, headers=header)
    token = "a-token-of-a-login-that-never-was"
    client.post("/auth/mfa/verify", json={"mfa_token": token, "code": digits})

    written = log.getvalue()
    for name in ("code_sent", "code_checked", "topup_opened", "mfa_activated"):
        assert name in written
    secrets = [secret, token, suspect.phone, topup.get_json()["client_secret"]]
    secrets += [user_settings.stripe.secret_key, user_settings.otp.api_key]
    for word in secrets:
        assert word not in written
    for digits_sent in (code, digits):
        assert f'"{digits_sent}"' not in written


def test_no_secret_is_logged_when_the_database_fails_unexpectedly(
    user_settings: Settings, throwaway: Database, log: io.StringIO
) -> None:
    app = create_app(_with_database(user_settings, throwaway))
    body = a_registration()
    with throwaway.statement() as connection:
        connection.execute(text("ALTER TABLE users DROP COLUMN is_flagged"))

    answer = app.test_client().post("/auth/register", json=body)

    assert answer.status_code == 500
    assert "unexpected_error" in log.getvalue()
    assert "$2b$" not in log.getvalue()
    assert PASSWORD not in log.getvalue()


def _with_database(settings: Settings, database: Database) -> Settings:
    url = database.engine.url
    where = type(settings.database)(
        host=str(url.host),
        port=int(url.port or 0),
        name=str(url.database),
        user=str(url.username),
        password=str(url.password),
    )
    return dataclasses.replace(settings, database=where)
