from __future__ import annotations

import uuid
from typing import Any

import pytest
from flask.testing import FlaskClient

from builders.transfers import a_transfer, body_of, means, means_of, put_in_debt
from builders.users import a_movement, access_header, an_account, error_code
from service_common.db import Database
from user_service.services.credit_service import CreditService
from user_service.services.two_party_ledger import Transfer

pytestmark = pytest.mark.usefixtures("everything_adds_up")

FULL = "99999999.99"


@pytest.fixture
def buyer(database: Database) -> uuid.UUID:
    return an_account(database, "100.00")


@pytest.fixture
def seller(database: Database) -> uuid.UUID:
    return an_account(database, "5.00")


@pytest.fixture
def transfer(buyer: uuid.UUID, seller: uuid.UUID) -> Transfer:
    return a_transfer(buyer, seller, "30.00")


def _pay(service: FlaskClient, transfer: Transfer, **changes: Any) -> Any:
    return service.post("/credits/transfer", json=body_of(transfer, **changes))


def _undo(service: FlaskClient, transfer: Transfer, **changes: Any) -> Any:
    return service.post("/credits/transfer/reverse", json=body_of(transfer, **changes))


def _entries(client: FlaskClient, user_id: uuid.UUID) -> list[tuple[str, str, str]]:
    body = client.get("/credits/entries", headers=access_header(user_id)).get_json()
    return [(it["kind"], it["amount"], it["balance_after"]) for it in body["data"]]


def _facts(service: FlaskClient, *keys: str) -> dict[str, Any]:
    body = service.post("/credits/facts", json={"operation_keys": keys}).get_json()
    return {fact["operation_key"]: fact for fact in body["data"]}


def test_transfer_moves_the_amount_once_however_often_it_comes(
    service: FlaskClient, database: Database, transfer: Transfer
) -> None:
    answers = [_pay(service, transfer) for _ in range(3)]

    assert [answer.status_code for answer in answers] == [200] * 3
    assert {answer.data for answer in answers} == {b'{"credit_balance":"70.00"}\n'}
    assert means_of(database, transfer.payer_id) == means("70.00")
    assert means_of(database, transfer.payee_id) == means("35.00")


def test_repeated_transfer_answers_the_balance_of_then(
    service: FlaskClient, credit: CreditService, transfer: Transfer
) -> None:
    _pay(service, transfer)
    credit.deduct_credits(a_movement(transfer.payer_id, "70.00"))

    assert _pay(service, transfer).get_json() == {"credit_balance": "70.00"}


def test_uncovered_transfer_is_refused_leaves_no_trace_and_may_be_repeated(
    service: FlaskClient, database: Database, credit: CreditService, transfer: Transfer
) -> None:
    credit.deduct_credits(a_movement(transfer.payer_id, "70.01"))

    for _ in range(2):
        answer = _pay(service, transfer)

        assert (answer.status_code, error_code(answer)) == (402, "INSUFFICIENT_CREDITS")
        assert answer.get_json()["error"]["details"] == {
            "required": "30.00",
            "available": "29.99",
            "shortfall": "0.01",
            "top_up_url": "/credits/topup",
        }
    assert means_of(database, transfer.payee_id) == means("5.00")
    credit.top_up_credits(a_movement(transfer.payer_id, "0.01", f"t:{uuid.uuid4()}"))
    assert _pay(service, transfer).get_json() == {"credit_balance": "0.00"}


@pytest.mark.parametrize("party", ["payer_id", "payee_id"])
def test_transfer_with_nobody_is_refused_and_leaves_no_trace(
    service: FlaskClient, database: Database, transfer: Transfer, party: str
) -> None:
    for _ in range(2):
        answer = _pay(service, transfer, **{party: str(uuid.uuid4())})

        assert (answer.status_code, error_code(answer)) == (404, "USER_NOT_FOUND")
    assert _pay(service, transfer).get_json() == {"credit_balance": "70.00"}


def test_transfer_to_oneself_is_refused(
    service: FlaskClient, transfer: Transfer
) -> None:
    for call in (_pay, _undo):
        answer = call(service, transfer, payee_id=str(transfer.payer_id))

        assert (answer.status_code, error_code(answer)) == (400, "INVALID_INPUT")
        assert set(answer.get_json()["error"]["details"]["fields"]) == {"payee_id"}


def test_transfer_that_the_payee_cannot_hold_is_refused(
    service: FlaskClient, database: Database, buyer: uuid.UUID
) -> None:
    rich = an_account(database, FULL)
    answer = _pay(service, a_transfer(buyer, rich, "0.01"))

    assert (answer.status_code, error_code(answer)) == (409, "CREDIT_LIMIT_EXCEEDED")
    assert means_of(database, buyer) == means("100.00")


def test_key_of_another_transfer_is_refused_and_moves_nothing(
    service: FlaskClient, database: Database, transfer: Transfer
) -> None:
    _pay(service, transfer)
    third = an_account(database, "100.00")
    others = [
        {"amount": "30.01"},
        {"payer_id": str(third)},
        {"payee_id": str(third)},
        {"payer_id": str(transfer.payee_id), "payee_id": str(transfer.payer_id)},
        {"operation_key": f"start:{transfer.payer_id}"},
    ]

    for changes in others:
        for call in (_pay, _undo):
            answer = call(service, transfer, **changes)

            assert answer.status_code == 422
            assert error_code(answer) == "OPERATION_KEY_REUSED"
    assert means_of(database, third) == means("100.00")
    assert means_of(database, transfer.payee_id) == means("35.00")


def test_key_of_a_transfer_is_no_key_for_a_charge(
    service: FlaskClient, transfer: Transfer
) -> None:
    _pay(service, transfer)
    for path in ("/credits/deduct", "/credits/reverse"):
        for user_id in (transfer.payer_id, transfer.payee_id):
            answer = service.post(
                path,
                json={
                    "operation_key": transfer.operation_key,
                    "user_id": str(user_id),
                    "amount": "30.00",
                    "reference": "r",
                },
            )

            assert error_code(answer) == "OPERATION_KEY_REUSED"


@pytest.mark.parametrize("suffix", ["reversed", "owed", "settled", "unfrozen"])
def test_keys_of_what_an_operation_brings_with_it_cannot_be_chosen(
    service: FlaskClient, transfer: Transfer, suffix: str
) -> None:
    answer = _pay(service, transfer, operation_key=f"x:{suffix}")

    assert (answer.status_code, error_code(answer)) == (400, "INVALID_INPUT")


def test_reverse_gives_back_once_however_often_it_comes(
    service: FlaskClient, database: Database, transfer: Transfer
) -> None:
    _pay(service, transfer)
    answers = [_undo(service, transfer) for _ in range(3)]

    expected = {"outcome": "REFUNDED", "credit_balance": "100.00"}
    assert [answer.get_json() for answer in answers] == [expected] * 3
    assert means_of(database, transfer.payer_id) == means("100.00")
    assert means_of(database, transfer.payee_id) == means("5.00")


def test_reverse_that_comes_first_leaves_a_tombstone_that_refuses_the_transfer(
    service: FlaskClient, database: Database, transfer: Transfer
) -> None:
    answers = [_undo(service, transfer) for _ in range(3)]
    late = _pay(service, transfer)

    expected = {"outcome": "TOMBSTONED", "credit_balance": "100.00"}
    assert [answer.get_json() for answer in answers] == [expected] * 3
    assert (late.status_code, error_code(late)) == (409, "OPERATION_REVERSED")
    assert means_of(database, transfer.payer_id) == means("100.00")


def test_transfer_after_its_reverse_is_refused(
    service: FlaskClient, database: Database, transfer: Transfer
) -> None:
    _pay(service, transfer)
    _undo(service, transfer)
    late = _pay(service, transfer)

    assert (late.status_code, error_code(late)) == (409, "OPERATION_REVERSED")
    assert means_of(database, transfer.payee_id) == means("5.00")


def test_reverse_for_nobody_is_a_tombstone_too(service: FlaskClient) -> None:
    answer = _undo(service, a_transfer(uuid.uuid4(), uuid.uuid4()))

    assert answer.get_json() == {"outcome": "TOMBSTONED", "credit_balance": "0.00"}


def test_reverse_after_the_payee_has_spent_it_makes_the_payer_whole_and_a_debt(
    service: FlaskClient, database: Database, credit: CreditService, transfer: Transfer
) -> None:
    _pay(service, transfer)
    credit.deduct_credits(a_movement(transfer.payee_id, "23.00"))
    answer = _undo(service, transfer)

    assert answer.get_json() == {"outcome": "REFUNDED", "credit_balance": "100.00"}
    assert means_of(database, transfer.payer_id) == means("100.00")
    assert means_of(database, transfer.payee_id) == means("0.00", owed="18.00")


def test_reverse_that_the_payer_cannot_hold_waits_until_he_spends(
    service: FlaskClient, database: Database, credit: CreditService, seller: uuid.UUID
) -> None:
    rich = an_account(database, FULL)
    transfer = a_transfer(rich, seller, "30.00")
    _pay(service, transfer)
    credit.top_up_credits(a_movement(rich, "30.00", f"t:{uuid.uuid4()}"))
    refused = _undo(service, transfer)
    credit.deduct_credits(a_movement(rich, "30.00"))

    assert (refused.status_code, error_code(refused)) == (503, "CREDIT_LIMIT_EXCEEDED")
    assert _undo(service, transfer).get_json()["credit_balance"] == FULL


@pytest.mark.parametrize(
    ("owed", "balance", "left"),
    [("10.00", "20.00", "0.00"), ("30.00", "0.00", "0.00"), ("50.00", "0.00", "20.00")],
)
def test_debt_of_the_payee_is_settled_from_what_he_gets_and_comes_back_with_the_undo(
    service: FlaskClient, database: Database, owed: str, balance: str, left: str
) -> None:
    buyer, debtor = an_account(database, "100.00"), an_account(database)
    put_in_debt(database, debtor, owed)
    transfer = a_transfer(buyer, debtor, "30.00")
    _pay(service, transfer)

    assert means_of(database, debtor) == means(balance, owed=left)
    assert _undo(service, transfer).get_json()["credit_balance"] == "100.00"
    assert means_of(database, debtor) == means("0.00", owed=owed)


def test_both_see_their_side_of_it(
    client: FlaskClient,
    service: FlaskClient,
    credit: CreditService,
    transfer: Transfer,
) -> None:
    _pay(service, transfer)
    credit.deduct_credits(a_movement(transfer.payee_id, "25.00"))
    _undo(service, transfer)

    assert _entries(client, transfer.payer_id)[:2] == [
        ("TRANSFER_REVERSAL", "30.00", "100.00"),
        ("TRANSFER", "-30.00", "70.00"),
    ]
    assert _entries(client, transfer.payee_id)[:4] == [
        ("TRANSFER_REVERSAL", "-30.00", "0.00"),
        ("DEBT", "20.00", "30.00"),
        ("DEDUCT", "-25.00", "10.00"),
        ("TRANSFER", "30.00", "35.00"),
    ]


def test_debtor_sees_that_he_got_it_and_what_was_settled(
    client: FlaskClient, service: FlaskClient, database: Database, buyer: uuid.UUID
) -> None:
    debtor = an_account(database)
    put_in_debt(database, debtor, "20.00")
    _pay(service, a_transfer(buyer, debtor, "30.00"))

    assert _entries(client, debtor)[:2] == [
        ("SETTLEMENT", "-20.00", "10.00"),
        ("TRANSFER", "30.00", "30.00"),
    ]


def test_facts_name_the_payer_and_what_the_payee_got(
    service: FlaskClient, database: Database, buyer: uuid.UUID, seller: uuid.UUID
) -> None:
    done, undone, never = (a_transfer(buyer, seller, "10.00") for _ in range(3))
    _pay(service, done)
    _pay(service, undone)
    _undo(service, undone)
    _undo(service, never)
    facts = _facts(service, *(it.operation_key for it in (done, undone, never)))

    found = [
        (facts[it.operation_key]["net"], facts[it.operation_key]["amount"])
        for it in (done, undone, never)
    ]
    assert found == [("-10.00", "10.00"), ("0.00", "0.00"), ("0.00", None)]
    assert {fact["user_id"] for fact in facts.values()} == {str(buyer)}


def test_list_of_facts_has_each_operation_once(
    service: FlaskClient, transfer: Transfer
) -> None:
    _pay(service, transfer)
    _undo(service, transfer)
    before = transfer.operation_key[:-1]
    page = service.get(
        "/credits/facts", query_string={"after": before, "limit": 2}
    ).get_json()

    assert page["data"][0]["operation_key"] == transfer.operation_key
    assert all(it["operation_key"] != transfer.reversal_key for it in page["data"])
