from __future__ import annotations

import uuid
from decimal import Decimal
from typing import Any

import pytest
from flask.testing import FlaskClient

from builders.users import a_movement, an_account, balance_of, error_code
from service_common.db import Database
from service_common.errors import Unavailable
from user_service.services.credit_service import CreditService
from user_service.services.refusals import CreditLimitExceeded, OperationKeyReused

pytestmark = pytest.mark.usefixtures("everything_adds_up")

FULL = "99999999.99"


@pytest.fixture
def buyer(database: Database) -> uuid.UUID:
    return an_account(database, "100.00")


def _a_body(user_id: uuid.UUID, amount: str = "30.00", **changes: Any) -> Any:
    return {
        "operation_key": f"{uuid.uuid4()}:deduct",
        "user_id": str(user_id),
        "amount": amount,
        "reference": "an order",
        **changes,
    }


def test_deduct_takes_the_amount_once_however_often_it_comes(
    service: FlaskClient, database: Database, buyer: uuid.UUID
) -> None:
    body = _a_body(buyer)

    answers = [service.post("/credits/deduct", json=body) for _ in range(3)]

    assert [answer.status_code for answer in answers] == [200] * 3
    assert {answer.data for answer in answers} == {b'{"credit_balance":"70.00"}\n'}
    assert balance_of(database, buyer) == Decimal("70.00")


def test_repeated_deduct_answers_the_balance_of_then(
    service: FlaskClient, buyer: uuid.UUID
) -> None:
    body = _a_body(buyer)
    service.post("/credits/deduct", json=body)
    service.post("/credits/deduct", json=_a_body(buyer, "50.00"))

    repeated = service.post("/credits/deduct", json=body)

    assert repeated.get_json() == {"credit_balance": "70.00"}


def test_repeated_deduct_is_answered_though_the_rest_would_not_cover_it(
    service: FlaskClient, buyer: uuid.UUID
) -> None:
    body = _a_body(buyer, "100.00")

    answers = [service.post("/credits/deduct", json=body) for _ in range(2)]

    assert [answer.get_json()["credit_balance"] for answer in answers] == ["0.00"] * 2


def test_uncovered_deduct_is_refused_and_says_what_is_missing(
    service: FlaskClient, database: Database, buyer: uuid.UUID
) -> None:
    answer = service.post("/credits/deduct", json=_a_body(buyer, "100.01"))

    assert (answer.status_code, error_code(answer)) == (402, "INSUFFICIENT_CREDITS")
    assert answer.get_json()["error"]["details"] == {
        "required": "100.01",
        "available": "100.00",
        "shortfall": "0.01",
        "top_up_url": "/credits/topup",
    }
    assert balance_of(database, buyer) == Decimal("100.00")


def test_refused_deduct_may_be_repeated_after_a_top_up(
    service: FlaskClient, credit: CreditService, buyer: uuid.UUID
) -> None:
    body = _a_body(buyer, "150.00")
    service.post("/credits/deduct", json=body)
    credit.top_up_credits(a_movement(buyer, "60.00", f"top-up:{uuid.uuid4()}"))

    answer = service.post("/credits/deduct", json=body)

    assert answer.get_json() == {"credit_balance": "10.00"}


def test_deduct_from_nobody_is_refused_and_leaves_no_trace(
    service: FlaskClient,
) -> None:
    body = _a_body(uuid.uuid4())

    for _ in range(2):
        answer = service.post("/credits/deduct", json=body)

        assert (answer.status_code, error_code(answer)) == (404, "USER_NOT_FOUND")


def test_key_of_another_deduct_is_refused(
    service: FlaskClient, database: Database, buyer: uuid.UUID
) -> None:
    body = _a_body(buyer)
    service.post("/credits/deduct", json=body)
    other = an_account(database, "100.00")

    for changes in ({"amount": "31.00"}, {"user_id": str(other)}):
        answer = service.post("/credits/deduct", json={**body, **changes})

        assert (answer.status_code, error_code(answer)) == (422, "OPERATION_KEY_REUSED")
    assert balance_of(database, other) == Decimal("100.00")


def test_reverse_gives_back_once_however_often_it_comes(
    service: FlaskClient, database: Database, buyer: uuid.UUID
) -> None:
    body = _a_body(buyer)
    service.post("/credits/deduct", json=body)

    answers = [service.post("/credits/reverse", json=body) for _ in range(3)]

    expected = {"outcome": "REFUNDED", "credit_balance": "100.00"}
    assert [answer.get_json() for answer in answers] == [expected] * 3
    assert balance_of(database, buyer) == Decimal("100.00")


def test_deduct_after_its_reverse_is_refused(
    service: FlaskClient, database: Database, buyer: uuid.UUID
) -> None:
    refunded, never_charged = _a_body(buyer), _a_body(buyer)
    service.post("/credits/deduct", json=refunded)

    for body in (refunded, never_charged):
        service.post("/credits/reverse", json=body)
        answer = service.post("/credits/deduct", json=body)

        assert (answer.status_code, error_code(answer)) == (409, "OPERATION_REVERSED")
    assert balance_of(database, buyer) == Decimal("100.00")


def test_reverse_of_nothing_leaves_a_tombstone_however_often_it_comes(
    service: FlaskClient, buyer: uuid.UUID
) -> None:
    body = _a_body(buyer)

    answers = [service.post("/credits/reverse", json=body) for _ in range(3)]

    expected = {"outcome": "TOMBSTONED", "credit_balance": "100.00"}
    assert [answer.get_json() for answer in answers] == [expected] * 3


def test_reverse_for_nobody_is_a_tombstone_too(service: FlaskClient) -> None:
    answer = service.post("/credits/reverse", json=_a_body(uuid.uuid4()))

    assert answer.get_json() == {"outcome": "TOMBSTONED", "credit_balance": "0.00"}


def test_reverse_that_names_another_movement_is_refused_and_moves_nothing(
    service: FlaskClient, database: Database, buyer: uuid.UUID
) -> None:
    body = _a_body(buyer)
    service.post("/credits/deduct", json=body)
    other = an_account(database, "1.00")
    not_mine = [
        {"amount": "31.00"},
        {"user_id": str(other)},
        {"operation_key": f"start:{buyer}"},
    ]

    for changes in not_mine:
        answer = service.post("/credits/reverse", json={**body, **changes})

        assert (answer.status_code, error_code(answer)) == (422, "OPERATION_KEY_REUSED")
    assert balance_of(database, buyer) == Decimal("70.00")
    assert balance_of(database, other) == Decimal("1.00")


def test_key_of_a_top_up_is_no_key_for_a_deduct(
    credit: CreditService, buyer: uuid.UUID
) -> None:
    with pytest.raises(OperationKeyReused):
        credit.deduct_credits(a_movement(buyer, "100.00", f"start:{buyer}"))


def test_top_up_adds_once_however_often_it_comes(
    credit: CreditService, database: Database, buyer: uuid.UUID
) -> None:
    top_up = a_movement(buyer, "5.50", f"top-up:{uuid.uuid4()}")

    balances = [credit.top_up_credits(top_up) for _ in range(3)]

    assert balances == [Decimal("105.50")] * 3
    assert balance_of(database, buyer) == Decimal("105.50")


def test_top_up_beyond_what_an_account_holds_is_refused(
    credit: CreditService, database: Database
) -> None:
    rich = an_account(database, FULL)

    with pytest.raises(CreditLimitExceeded):
        credit.top_up_credits(a_movement(rich, "0.01", f"top-up:{uuid.uuid4()}"))

    assert balance_of(database, rich) == Decimal(FULL)


def test_refund_that_does_not_fit_waits_until_credits_are_spent(
    credit: CreditService, database: Database
) -> None:
    rich = an_account(database, FULL)
    charge = a_movement(rich, "100.00")
    credit.deduct_credits(charge)
    credit.top_up_credits(a_movement(rich, "100.00", f"top-up:{uuid.uuid4()}"))

    with pytest.raises(Unavailable, match="CREDIT_LIMIT_EXCEEDED"):
        credit.reverse_deduct(charge)

    credit.deduct_credits(a_movement(rich, "100.00"))
    assert credit.reverse_deduct(charge).outcome == "REFUNDED"
    assert balance_of(database, rich) == Decimal(FULL)
