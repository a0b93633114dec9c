from __future__ import annotations

import uuid
from decimal import Decimal
from typing import Any

import pytest
from flask.testing import FlaskClient

from builders.transfers import a_freeze, means, means_of, put_in_debt
from builders.users import a_movement, access_header, an_account, error_code
from service_common.db import Database
from user_service.services.credit_service import CreditService, Movement

pytestmark = pytest.mark.usefixtures("everything_adds_up")


@pytest.fixture
def seller(database: Database) -> uuid.UUID:
    return an_account(database, "100.00")


@pytest.fixture
def freeze(seller: uuid.UUID) -> Movement:
    return a_freeze(seller, "30.00")


def _freeze(service: FlaskClient, freeze: Movement, **changes: Any) -> Any:
    body = {
        "operation_key": freeze.operation_key,
        "user_id": str(freeze.user_id),
        "amount": f"{freeze.amount:.2f}",
        "reference": freeze.reference,
    }
    return service.post("/credits/freeze", json={**body, **changes})


def _unfreeze(service: FlaskClient, freeze: Movement, **changes: Any) -> Any:
    body = {
        "operation_key": freeze.operation_key,
        "user_id": str(freeze.user_id),
        "reference": freeze.reference,
    }
    return service.post("/credits/unfreeze", json={**body, **changes})


def _frozen(amount: str, balance: str, frozen: str) -> dict[str, str]:
    return {"frozen": amount, "credit_balance": balance, "credits_frozen": frozen}


def _unfrozen(amount: str, balance: str, frozen: str) -> dict[str, str]:
    return {"unfrozen": amount, "credit_balance": balance, "credits_frozen": frozen}


def test_freeze_sets_the_amount_aside_once_however_often_it_comes(
    service: FlaskClient, database: Database, freeze: Movement
) -> None:
    answers = [_freeze(service, freeze).get_json() for _ in range(3)]

    assert answers == [_frozen("30.00", "70.00", "30.00")] * 3
    assert means_of(database, freeze.user_id) == means("70.00", "30.00")


def test_freeze_takes_what_is_there_and_maybe_nothing(
    service: FlaskClient, seller: uuid.UUID
) -> None:
    most, rest = a_freeze(seller, "80.00"), a_freeze(seller, "30.00")
    nothing = a_freeze(seller, "5.00")

    assert _freeze(service, most).get_json() == _frozen("80.00", "20.00", "80.00")
    assert _freeze(service, rest).get_json() == _frozen("20.00", "0.00", "100.00")
    assert _freeze(service, nothing).get_json() == _frozen("0.00", "0.00", "100.00")
    assert _unfreeze(service, rest).get_json() == _unfrozen("20.00", "20.00", "80.00")


def test_frozen_credits_cannot_be_spent_and_are_shown(
    client: FlaskClient, service: FlaskClient, freeze: Movement
) -> None:
    _freeze(service, freeze)
    charge = a_movement(freeze.user_id, "70.01")
    refused = service.post(
        "/credits/deduct",
        json={
            "operation_key": charge.operation_key,
            "user_id": str(charge.user_id),
            "amount": "70.01",
            "reference": "an order",
        },
    )
    header = access_header(freeze.user_id)
    account = client.get("/users/me", headers=header).get_json()
    balance = client.get("/credits/balance", headers=header).get_json()

    assert error_code(refused) == "INSUFFICIENT_CREDITS"
    for shown in (account, balance):
        assert (shown["credit_balance"], shown["credits_frozen"]) == ("70.00", "30.00")


def test_repeated_calls_answer_what_the_first_ones_did(
    service: FlaskClient, credit: CreditService, freeze: Movement
) -> None:
    first = _freeze(service, freeze).get_json()
    credit.deduct_credits(a_movement(freeze.user_id, "70.00"))
    assert _freeze(service, freeze).get_json() == first
    ended = _unfreeze(service, freeze).get_json()
    credit.deduct_credits(a_movement(freeze.user_id, "30.00"))

    assert ended == _unfrozen("30.00", "30.00", "0.00")
    assert _unfreeze(service, freeze).get_json() == ended
    assert _freeze(service, freeze).get_json() == first


def test_unfreeze_that_comes_first_keeps_the_freeze_from_happening(
    service: FlaskClient, database: Database, freeze: Movement
) -> None:
    for _ in range(2):
        answer = _unfreeze(service, freeze).get_json()
        assert answer == _unfrozen("0.00", "100.00", "0.00")
    for _ in range(2):
        late = _freeze(service, freeze).get_json()
        assert late == _frozen("0.00", "100.00", "0.00")

    assert means_of(database, freeze.user_id) == means("100.00")


def test_freeze_of_nobody_is_refused_and_unfreeze_is_not(
    service: FlaskClient, freeze: Movement
) -> None:
    nobody = str(uuid.uuid4())
    refused = _freeze(service, freeze, user_id=nobody)

    assert (refused.status_code, error_code(refused)) == (404, "USER_NOT_FOUND")
    answer = _unfreeze(service, a_freeze(uuid.uuid4()))
    assert answer.get_json() == _unfrozen("0.00", "0.00", "0.00")
    assert _freeze(service, freeze).get_json()["frozen"] == "30.00"


def test_key_of_another_freeze_is_refused(
    service: FlaskClient, database: Database, freeze: Movement
) -> None:
    _freeze(service, freeze)
    other = str(an_account(database, "100.00"))
    answers = [
        _freeze(service, freeze, amount="30.01"),
        _freeze(service, freeze, user_id=other),
        _unfreeze(service, freeze, user_id=other),
    ]

    for answer in answers:
        assert (answer.status_code, error_code(answer)) == (422, "OPERATION_KEY_REUSED")
    assert means_of(database, uuid.UUID(other)) == means("100.00")


@pytest.mark.parametrize(
    ("owed", "balance", "left"),
    [("10.00", "20.00", "0.00"), ("50.00", "0.00", "20.00")],
)
def test_debt_that_arose_meanwhile_is_settled_from_what_is_unfrozen(
    service: FlaskClient, database: Database, owed: str, balance: str, left: str
) -> None:
    debtor = an_account(database, "30.00")
    freeze = a_freeze(debtor)
    _freeze(service, freeze)
    put_in_debt(database, debtor, owed)
    answer = _unfreeze(service, freeze).get_json()

    assert answer == _unfrozen("30.00", balance, "0.00")
    assert means_of(database, debtor) == means(balance, owed=left)
    assert _unfreeze(service, freeze).get_json() == answer


def test_unfreeze_into_a_full_account_waits_until_there_is_room(
    service: FlaskClient, database: Database, credit: CreditService
) -> None:
    rich = an_account(database, "30.00")
    freeze = a_freeze(rich)
    _freeze(service, freeze)
    credit.top_up_credits(a_movement(rich, "99999999.99", f"t:{uuid.uuid4()}"))
    refused = _unfreeze(service, freeze)
    credit.deduct_credits(a_movement(rich, "30.00"))

    assert (refused.status_code, error_code(refused)) == (503, "CREDIT_LIMIT_EXCEEDED")
    assert _unfreeze(service, freeze).get_json()["unfrozen"] == "30.00"
    assert means_of(database, rich).balance == Decimal("99999999.99")
