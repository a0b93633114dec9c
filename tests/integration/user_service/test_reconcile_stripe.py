"""Webhooks that never came are made up for by asking Stripe."""

from __future__ import annotations

import base64
import os
import subprocess
import sys
import uuid
from datetime import UTC, datetime, timedelta

import pytest
from flask.testing import FlaskClient

from builders.users import access_header, an_account, balance_of
from service_common.db import Database
from support.stripe_standin import StripeStandin
from user_service.settings import Settings

DEADLINE_S = 60

pytestmark = pytest.mark.usefixtures("everything_adds_up")


@pytest.fixture
def environment(user_settings: Settings) -> dict[str, str]:
    """The environment that the service itself would run in."""
    database = user_settings.database
    return {
        **os.environ,
        "DB_HOST": database.host,
        "DB_PORT": str(database.port),
        "DB_NAME": database.name,
        "DB_USER": database.user,
        "USER_DB_PASS": database.password,
        "INTERNAL_SERVICE_TOKEN": user_settings.service_token,
        "JWT_SECRET": user_settings.jwt_secret,
        "STRIPE_SECRET_KEY": user_settings.stripe.secret_key,
        "STRIPE_WEBHOOK_SECRET": user_settings.stripe.webhook_secret,
        "STRIPE_API_BASE": str(user_settings.stripe.api_base),
        "SMU_API_KEY": user_settings.otp.api_key,
        "TOTP_ENCRYPTION_KEY": base64.b64encode(user_settings.totp_key).decode(),
    }


def _reconcile(
    environment: dict[str, str], *arguments: str
) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "user_service.reconcile_stripe", *arguments],
        env=environment,
        capture_output=True,
        text=True,
        timeout=DEADLINE_S,
        check=False,
    )


def _an_hour_ago() -> str:
    return (datetime.now(UTC) - timedelta(hours=1)).isoformat()


@pytest.fixture
def unheard(localstripe: StripeStandin) -> StripeStandin:
    """Stripe, whose webhooks reach nobody."""
    localstripe.deliver_to("http://127.0.0.1:9/webhooks/stripe", "whsec_nobody")
    return localstripe


def test_payments_whose_webhooks_were_lost_are_credited_once(
    environment: dict[str, str],
    unheard: StripeStandin,
    client: FlaskClient,
    database: Database,
) -> None:
    user_id = an_account(database)
    topups = [_paid_topup(client, unheard, user_id) for _ in range(3)]

    first = _reconcile(environment, "--since", _an_hour_ago())
    second = _reconcile(environment, "--since", _an_hour_ago())

    assert balance_of(database, user_id) == 30
    for topup in topups:
        assert topup in first.stdout
        assert topup not in second.stdout
    assert first.returncode in (0, 1)  # payments of other tests are in the span, too
    assert "CREDITED" in first.stdout
    assert "CREDITED 0" in second.stdout


def test_span_without_payments_is_all_well(environment: dict[str, str]) -> None:
    until = datetime.now(UTC) - timedelta(days=1)
    since = until - timedelta(days=1)

    done = _reconcile(
        environment, "--since", since.isoformat(), "--until", until.isoformat()
    )

    assert (done.returncode, done.stdout.splitlines()[-1][:9]) == (0, "0 events:")


def test_payment_for_nobody_is_shown_and_asks_for_a_person(
    environment: dict[str, str],
    unheard: StripeStandin,
    client: FlaskClient,
    database: Database,
) -> None:
    user_id = an_account(database)
    intent = _paid_topup(client, unheard, user_id)
    with database.statement() as connection:
        connection.exec_driver_sql(
            "DELETE FROM users WHERE user_id = %s", (str(user_id),)
        )

    done = _reconcile(environment, "--since", _an_hour_ago())

    assert done.returncode == 1
    assert any(
        line.startswith("REFUSED") and intent in line
        for line in done.stdout.splitlines()
    )


def test_silent_stripe_is_said_and_nothing_is_done(environment: dict[str, str]) -> None:
    environment["STRIPE_API_BASE"] = "http://127.0.0.1:9"

    done = _reconcile(environment, "--since", _an_hour_ago())

    assert done.returncode == 2
    assert "given up" in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize(
    "span",
    [
        ("--since", "yesterday"),
        ("--since", "2020-01-01"),
        ("--since", "2999-01-01"),
        (),
    ],
)
def test_span_that_stripe_cannot_answer_for_is_refused(
    environment: dict[str, str], span: tuple[str, ...]
) -> None:
    done = _reconcile(environment, *span)

    assert done.returncode == 2
    assert "usage:" in done.stderr


def _paid_topup(client: FlaskClient, stripe: StripeStandin, user_id: uuid.UUID) -> str:
    topup = client.post(
        "/credits/topup", json={"amount": "10.00"}, headers=access_header(user_id)
    ).get_json()
    stripe.pay(topup["payment_intent_id"])
    return str(topup["payment_intent_id"])
