"""What Stripe may send, in any order, and what credits come to."""

from __future__ import annotations

import itertools
import uuid
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import text

from builders.payments import Payment, an_event, signed
from builders.users import (
    a_movement,
    access_header,
    an_account,
    balance_of,
    error_code,
)
from service_common.db import Database
from user_service.services.credit_service import CreditService

pytestmark = pytest.mark.usefixtures("everything_adds_up")

Tell = Callable[[bytes], Any]


@pytest.fixture
def tell(client: FlaskClient) -> Tell:
    """Deliver an event as Stripe does; it has to be taken."""

    def deliver(body: bytes) -> Any:
        answer = client.post("/webhooks/stripe", data=body, headers=signed(body))
        assert (answer.status_code, answer.get_json()) == (200, {"received": True})
        return answer

    return deliver


@pytest.fixture
def user_id(database: Database) -> uuid.UUID:
    return an_account(database)


@pytest.fixture
def payment(user_id: uuid.UUID) -> Payment:
    return Payment(str(user_id))


def _state(database: Database, user_id: uuid.UUID) -> tuple[str, str, bool]:
    """Balance, debt, flag."""
    with database.statement() as connection:
        row = connection.execute(
            text(
                "SELECT credit_balance, credits_owed, is_flagged FROM users"
                " WHERE user_id = :user_id"
            ),
            {"user_id": user_id},
        ).one()
    return str(row.credit_balance), str(row.credits_owed), row.is_flagged


def _problem(database: Database, payment: Payment) -> Any:
    with database.statement() as connection:
        return connection.execute(
            text("SELECT problem FROM stripe_payments WHERE payment_intent_id = :id"),
            {"id": payment.intent},
        ).scalar_one()


def _spend(database: Database, user_id: uuid.UUID, amount: str) -> None:
    CreditService(database).deduct_credits(a_movement(user_id, amount))


def test_payment_is_credited_once_however_often_it_is_told(
    tell: Tell, payment: Payment, database: Database, user_id: uuid.UUID
) -> None:
    for _ in range(3):
        tell(payment.succeeded())

    assert _state(database, user_id) == ("100.00", "0.00", False)


def test_payment_makes_the_topup_that_we_lost(
    tell: Tell, payment: Payment, client: FlaskClient, user_id: uuid.UUID
) -> None:
    tell(payment.succeeded())

    path = f"/credits/topups/{payment.topup_id}"
    topup = client.get(path, headers=access_header(user_id)).get_json()
    assert (topup["status"], topup["amount"]) == ("SUCCEEDED", "100.00")
    assert topup["payment_intent_id"] == payment.intent


def test_what_stripe_received_counts_not_what_was_asked_for(
    tell: Tell, payment: Payment, database: Database, user_id: uuid.UUID
) -> None:
    tell(payment.succeeded(amount_received=4250))

    assert balance_of(database, user_id) == Decimal("42.50")


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        ({"currency": "usd"}, "WRONG_CURRENCY"),
        ({"currency": None}, "WRONG_CURRENCY"),
        ({"amount_received": 0}, "BAD_AMOUNT"),
        ({"amount_received": -100}, "BAD_AMOUNT"),
        ({"amount_received": 10.5}, "BAD_AMOUNT"),
        ({"amount_received": "100"}, "BAD_AMOUNT"),
        ({"amount_received": True}, "BAD_AMOUNT"),
        ({"amount_received": 10**30}, "BAD_AMOUNT"),
        ({"metadata": {"user_id": str(uuid.UUID(int=1))}}, "UNKNOWN_USER"),
        ({"metadata": {}}, "UNKNOWN_USER"),
        ({"metadata": None}, "UNKNOWN_USER"),
        ({"metadata": {"user_id": 5, "topup_id": []}}, "UNKNOWN_USER"),
    ],
)
def test_payment_that_cannot_be_credited_is_written_down_with_its_problem(
    tell: Tell, payment: Payment, database: Database, change: Any, problem: str
) -> None:
    tell(payment.succeeded(**change))
    tell(payment.succeeded(**change))

    assert _problem(database, payment) == problem


def test_payment_is_credited_once_its_problem_is_over(
    tell: Tell, payment: Payment, database: Database, user_id: uuid.UUID
) -> None:
    tell(payment.succeeded(metadata={}))
    tell(payment.succeeded())

    assert _problem(database, payment) is None
    assert balance_of(database, user_id) == 100


def test_second_card_makes_a_failed_topup_good(
    tell: Tell, payment: Payment, client: FlaskClient, user_id: uuid.UUID
) -> None:
    header = access_header(user_id)
    body = {"amount": "100.00"}
    topup = client.post("/credits/topup", json=body, headers=header).get_json()
    payment.intent, payment.topup_id = topup["payment_intent_id"], topup["topup_id"]
    path = f"/credits/topups/{payment.topup_id}"

    tell(payment.failed())
    assert client.get(path, headers=header).get_json()["status"] == "FAILED"
    tell(payment.succeeded())
    assert client.get(path, headers=header).get_json()["status"] == "SUCCEEDED"


def test_late_failure_does_not_undo_a_success(
    tell: Tell, payment: Payment, client: FlaskClient, user_id: uuid.UUID
) -> None:
    tell(payment.succeeded())
    tell(payment.failed())

    path = f"/credits/topups/{payment.topup_id}"
    answer = client.get(path, headers=access_header(user_id)).get_json()
    assert answer["status"] == "SUCCEEDED"


def test_refunds_are_taken_back_as_their_sum_grows(
    tell: Tell, payment: Payment, database: Database, user_id: uuid.UUID
) -> None:
    tell(payment.succeeded())
    for cents, left in ((3000, "70.00"), (3000, "70.00"), (5000, "50.00")):
        tell(payment.refunded(cents))
        assert _state(database, user_id) == (left, "0.00", False)
    tell(payment.refunded(3000))  # an old event, late

    assert _state(database, user_id) == ("50.00", "0.00", False)


def test_what_was_spent_before_the_refund_is_owed_and_flags_the_user(
    tell: Tell, payment: Payment, database: Database, user_id: uuid.UUID
) -> None:
    tell(payment.succeeded())
    _spend(database, user_id, "80.00")
    tell(payment.refunded(10000))

    assert _state(database, user_id) == ("0.00", "80.00", True)


def test_next_topups_settle_the_debt_first(
    tell: Tell,
    payment: Payment,
    database: Database,
    user_id: uuid.UUID,
    client: FlaskClient,
) -> None:
    tell(payment.succeeded())
    _spend(database, user_id, "80.00")
    tell(payment.refunded(10000))
    tell(Payment(str(user_id), cents=5000).succeeded())
    assert _state(database, user_id)[:2] == ("0.00", "30.00")
    tell(Payment(str(user_id), cents=5000).succeeded())
    assert _state(database, user_id)[:2] == ("20.00", "0.00")

    header = access_header(user_id)
    entries = client.get("/credits/entries", headers=header).get_json()["data"]
    assert [(entry["kind"], entry["amount"]) for entry in entries] == [
        ("SETTLEMENT", "-30.00"),
        ("TOPUP", "50.00"),
        ("SETTLEMENT", "-50.00"),
        ("TOPUP", "50.00"),
        ("TOPUP_REFUND", "-20.00"),
        ("DEDUCT", "-80.00"),
        ("TOPUP", "100.00"),
    ]


def test_dispute_takes_the_money_back_and_flags_the_user_once(
    tell: Tell, payment: Payment, database: Database, user_id: uuid.UUID
) -> None:
    tell(payment.succeeded())
    tell(payment.disputed())
    assert _state(database, user_id) == ("0.00", "0.00", True)
    with database.statement() as connection:
        connection.execute(
            text("UPDATE users SET is_flagged = false WHERE user_id = :user_id"),
            {"user_id": user_id},
        )
    tell(payment.disputed())

    assert _state(database, user_id) == ("0.00", "0.00", False)


def test_dispute_of_what_was_refunded_flags_and_takes_nothing_twice(
    tell: Tell, payment: Payment, database: Database, user_id: uuid.UUID
) -> None:
    tell(Payment(str(user_id), cents=5000).succeeded())
    tell(payment.succeeded())
    tell(payment.refunded(10000))
    tell(payment.disputed())

    assert _state(database, user_id) == ("50.00", "0.00", True)


@pytest.mark.parametrize("order", list(itertools.permutations(range(4))), ids=str)
def test_any_order_of_events_comes_to_the_same(
    tell: Tell,
    payment: Payment,
    database: Database,
    user_id: uuid.UUID,
    order: tuple[int, ...],
) -> None:
    events = [
        payment.succeeded(),
        payment.refunded(2000),
        payment.refunded(4500),
        payment.disputed(1000),
    ]
    for number in order:
        tell(events[number])

    assert _state(database, user_id) == ("45.00", "0.00", True)


def test_payment_object_in_place_of_its_id_is_understood(
    tell: Tell, payment: Payment, database: Database, user_id: uuid.UUID
) -> None:
    tell(payment.succeeded())
    tell(payment.refunded(10000, payment_intent={"id": payment.intent}))

    assert balance_of(database, user_id) == 0


@pytest.mark.parametrize(
    "body",
    [
        an_event("customer.created", {"id": "cus_1"}),
        an_event("payment_intent.succeeded", {}),
        an_event("payment_intent.succeeded", {"id": 5}),
        an_event("payment_intent.succeeded", {"id": "p" * 300}),
        an_event("payment_intent.succeeded", {"id": "pi\n1"}),
        an_event("charge.refunded", {"id": "ch_1", "payment_intent": None}),
        an_event("charge.refunded", {"id": "ch_1", "payment_intent": "pi_1"}),
        an_event("charge.dispute.created", {"id": "du_1", "charge": "ch_1"}),
        *(b"{}", b"[]", b"null", b'{"id": 1, "type": [], "data": 5}'),
    ],
    ids=lambda body: body[-60:].decode(),
)
def test_signed_event_that_says_nothing_to_us_is_acknowledged(
    tell: Tell, body: bytes
) -> None:
    tell(body)


def test_forged_signature_is_refused_and_nothing_happens(
    client: FlaskClient, payment: Payment, database: Database, user_id: uuid.UUID
) -> None:
    body = payment.succeeded()
    good = signed(body)["Stripe-Signature"]
    signatures = [
        *(None, "", "x", "t=1", "t=abc,v1=00", "v1=00", good[:-1] + "é", good + "0"),
        signed(body, secret="whsec_of-somebody-else")["Stripe-Signature"],
        signed(body, age_s=301)["Stripe-Signature"],
        signed(body.replace(b"10000", b"99999"))["Stripe-Signature"],
    ]
    for signature in signatures:
        headers = {"Stripe-Signature": signature} if signature is not None else {}
        answer = client.post("/webhooks/stripe", data=body, headers=headers)
        assert (answer.status_code, error_code(answer)) == (400, "INVALID_SIGNATURE")

    assert balance_of(database, user_id) == 0


def test_signature_is_over_the_bytes_as_they_came(
    client: FlaskClient, payment: Payment
) -> None:
    body = payment.succeeded()
    answer = client.post(
        "/webhooks/stripe", data=body.replace(b"\n", b""), headers=signed(body)
    )

    assert (answer.status_code, error_code(answer)) == (400, "INVALID_SIGNATURE")


@pytest.mark.parametrize("body", [b"\xff\xfe", b"\x00" * 10])
def test_bytes_that_are_no_text_are_refused(client: FlaskClient, body: bytes) -> None:
    answer = client.post(
        "/webhooks/stripe", data=body, headers={"Stripe-Signature": "t=1,v1=00"}
    )

    assert (answer.status_code, error_code(answer)) == (400, "INVALID_SIGNATURE")


def test_endless_body_is_refused(client: FlaskClient) -> None:
    answer = client.post(
        "/webhooks/stripe",
        data=b" " * 1_000_001,
        headers={"Stripe-Signature": "t=1,v1=00"},
    )

    assert (answer.status_code, error_code(answer)) == (413, "PAYLOAD_TOO_LARGE")


def test_failed_write_is_5xx_and_the_repetition_is_credited(
    client: FlaskClient, payment: Payment, database: Database, user_id: uuid.UUID
) -> None:
    body = payment.succeeded()
    with database.engine.connect() as holder:
        holder.execute(
            text("SELECT 1 FROM users WHERE user_id = :user_id FOR UPDATE"),
            {"user_id": user_id},
        )
        answer = client.post("/webhooks/stripe", data=body, headers=signed(body))
        assert answer.status_code >= 500
        holder.rollback()
    answer = client.post("/webhooks/stripe", data=body, headers=signed(body))

    assert answer.status_code == 200
    assert balance_of(database, user_id) == 100


def test_keys_of_stripe_cannot_be_chosen_by_services(
    service: FlaskClient, user_id: uuid.UUID
) -> None:
    movement = {
        "operation_key": "stripe:pi_1",
        "user_id": str(user_id),
        "amount": "1.00",
        "reference": "r",
    }
    for path in ("/credits/deduct", "/credits/reverse"):
        answer = service.post(path, json=movement)
        assert (answer.status_code, error_code(answer)) == (400, "INVALID_INPUT")


def test_facts_tell_what_payments_left_on_the_users_account(
    service: FlaskClient,
    tell: Tell,
    payment: Payment,
    database: Database,
    user_id: uuid.UUID,
) -> None:
    tell(payment.succeeded())
    _spend(database, user_id, "80.00")
    tell(payment.refunded(10000))

    nets: dict[str, str] = {}
    after: str | None = "stripe:"
    while after is not None:
        page = service.get("/credits/facts", query_string={"after": after}).get_json()
        nets |= {fact["operation_key"]: fact["net"] for fact in page["data"]}
        after = page["next"]
    assert nets[f"stripe:{payment.intent}"] == "100.00"
    assert nets[f"stripe:{payment.charge}:100.00"] == "-20.00"
    assert f"stripe:{payment.charge}:100.00:owed" not in nets
