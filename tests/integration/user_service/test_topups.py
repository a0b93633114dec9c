"""Buying credits, with localstripe as Stripe and its real webhooks."""

from __future__ import annotations

import dataclasses
import uuid
from typing import Any

import pytest
from flask.testing import FlaskClient

from builders.payments import WEBHOOK_SECRET
from builders.users import access_header, an_account, balance_of, error_code
from service_common.db import Database
from support.stripe_standin import DECLINED_CARD, StripeStandin
from support.waiting import eventually
from user_service.app import create_app
from user_service.settings import Settings

# localstripe waits a second before it tells.
WEBHOOK_DEADLINE_S = 15.0
NOBODY = "http://127.0.0.1:9"

pytestmark = pytest.mark.usefixtures("everything_adds_up")


@pytest.fixture
def user_id(database: Database) -> uuid.UUID:
    return an_account(database, "5.00")


@pytest.fixture
def webhooks(localstripe: StripeStandin, app_url: str) -> None:
    localstripe.deliver_to(f"{app_url}/webhooks/stripe", WEBHOOK_SECRET)


def _open(client: FlaskClient, user_id: uuid.UUID, **headers: str) -> Any:
    return client.post(
        "/credits/topup",
        json={"amount": "350.00"},
        headers={**access_header(user_id), **headers},
    )


def _status(client: FlaskClient, user_id: uuid.UUID, topup_id: str) -> Any:
    answer = client.get(f"/credits/topups/{topup_id}", headers=access_header(user_id))
    return answer.get_json()["status"]


def test_topup_is_answered_with_what_the_payer_needs(
    client: FlaskClient, user_id: uuid.UUID
) -> None:
    answer = _open(client, user_id)

    body = answer.get_json()
    assert answer.status_code == 201
    assert set(body) == {
        *("topup_id", "payment_intent_id", "client_secret"),
        *("amount", "currency", "status"),
    }
    assert body["client_secret"].startswith(body["payment_intent_id"])
    assert (body["amount"], body["currency"]) == ("350.00", "SGD")
    assert body["status"] == "PENDING"


@pytest.mark.usefixtures("webhooks")
def test_paid_topup_is_credited_when_stripe_tells(
    client: FlaskClient,
    user_id: uuid.UUID,
    database: Database,
    localstripe: StripeStandin,
) -> None:
    topup = _open(client, user_id).get_json()
    assert balance_of(database, user_id) == 5
    assert localstripe.pay(topup["payment_intent_id"])["status"] == "succeeded"

    eventually(
        lambda: _status(client, user_id, topup["topup_id"]),
        lambda status: status == "SUCCEEDED",
        within_s=WEBHOOK_DEADLINE_S,
    )
    assert balance_of(database, user_id) == 355
    entries = client.get("/credits/entries", headers=access_header(user_id)).get_json()
    newest = entries["data"][0]
    assert (newest["kind"], newest["amount"]) == ("TOPUP", "350.00")
    assert (newest["balance_after"], newest["reference"]) == (
        "355.00",
        topup["topup_id"],
    )


@pytest.mark.usefixtures("webhooks")
def test_declined_topup_is_failed(
    client: FlaskClient,
    user_id: uuid.UUID,
    database: Database,
    localstripe: StripeStandin,
) -> None:
    topup = _open(client, user_id).get_json()
    assert (
        localstripe.pay(topup["payment_intent_id"], DECLINED_CARD)["status"]
        == "declined"
    )

    eventually(
        lambda: _status(client, user_id, topup["topup_id"]),
        lambda status: status == "FAILED",
        within_s=WEBHOOK_DEADLINE_S,
    )
    assert balance_of(database, user_id) == 5


def test_topup_of_somebody_else_is_not_found(
    client: FlaskClient, user_id: uuid.UUID, database: Database
) -> None:
    topup_id = _open(client, user_id).get_json()["topup_id"]
    thief = access_header(an_account(database))

    for wanted in (topup_id, str(uuid.uuid4()), "no-uuid", f"{topup_id}0"):
        answer = client.get(f"/credits/topups/{wanted}", headers=thief)
        assert (answer.status_code, error_code(answer)) == (404, "TOPUP_NOT_FOUND")
    own = client.get(f"/credits/topups/{topup_id}", headers=access_header(user_id))
    assert set(own.get_json()) == {
        *("topup_id", "payment_intent_id", "amount", "currency", "status"),
        "created_at",
    }


@pytest.mark.parametrize("amount", ["1.00", "10000.00", "1", "9999.9"])
def test_amounts_within_the_limits_are_accepted(
    client: FlaskClient, user_id: uuid.UUID, amount: str
) -> None:
    answer = client.post(
        "/credits/topup", json={"amount": amount}, headers=access_header(user_id)
    )

    assert answer.status_code == 201


@pytest.mark.parametrize(
    "amount",
    [
        *("0.99", "10000.01", "0", "-5.00", "1.000", "1e2", "NaN", "Infinity"),
        *(100, 100.0, None, "", " 5.00", "५.00"),
    ],
)
def test_amounts_beyond_the_limits_are_refused(
    client: FlaskClient, user_id: uuid.UUID, amount: Any
) -> None:
    answer = client.post(
        "/credits/topup", json={"amount": amount}, headers=access_header(user_id)
    )

    assert (answer.status_code, error_code(answer)) == (400, "INVALID_INPUT")


def test_repeated_request_with_its_key_gets_the_first_answer_again(
    client: FlaskClient, user_id: uuid.UUID
) -> None:
    key = {"Idempotency-Key": str(uuid.uuid4())}
    first, second = _open(client, user_id, **key), _open(client, user_id, **key)

    assert second.data == first.data
    assert second.headers["Idempotent-Replayed"] == "true"


def test_account_that_is_gone_opens_nothing(client: FlaskClient) -> None:
    answer = _open(client, uuid.uuid4())

    assert (answer.status_code, error_code(answer)) == (404, "USER_NOT_FOUND")


def test_silent_stripe_is_503_and_the_same_key_succeeds_later(
    user_settings: Settings, client: FlaskClient, user_id: uuid.UUID
) -> None:
    stripe = dataclasses.replace(user_settings.stripe, api_base=NOBODY)
    silent = create_app(dataclasses.replace(user_settings, stripe=stripe)).test_client()
    key = {"Idempotency-Key": str(uuid.uuid4())}

    answer = _open(silent, user_id, **key)
    assert (answer.status_code, error_code(answer)) == (503, "SERVICE_UNAVAILABLE")
    assert _open(client, user_id, **key).status_code == 201


def test_stripe_that_refuses_our_key_is_503_and_the_topup_is_failed(
    user_settings: Settings, user_id: uuid.UUID, database: Database
) -> None:
    stripe = dataclasses.replace(user_settings.stripe, secret_key="pk_no-secret-key")
    app = create_app(dataclasses.replace(user_settings, stripe=stripe))

    answer = _open(app.test_client(), user_id)
    assert (answer.status_code, error_code(answer)) == (503, "SERVICE_UNAVAILABLE")
    with database.statement() as connection:
        rows = connection.exec_driver_sql(
            "SELECT status FROM topups WHERE user_id = %s", (str(user_id),)
        )
        assert rows.scalars().all() == ["FAILED"]
