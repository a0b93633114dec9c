"""Credits that are due back after a dispute, and the undo of that."""

from __future__ import annotations

import uuid
from decimal import Decimal
from typing import Any

import pytest
from flask.testing import FlaskClient

from builders.transfers import (
    a_freeze,
    a_return,
    a_transfer,
    body_of,
    means,
    means_of,
    put_in_debt,
    the_end_of,
)
from builders.users import a_movement, access_header, an_account, error_code
from service_common.db import Database
from user_service.models.stripe_payment import TakeBackKind
from user_service.services.credit_service import CreditService
from user_service.services.freeze_service import FreezeService
from user_service.services.payment_service import PaymentService
from user_service.services.return_service import Return
from user_service.services.stripe_facts import Succeeded, TakenBack
from user_service.services.transfer_service import TransferService

pytestmark = pytest.mark.usefixtures("everything_adds_up")

# What the seller has when the return comes: frozen, to spend; and what it is paid from.
WAYS = {
    "all frozen": ("100.00", "100.00", ("100.00", "0.00", "0.00")),
    "frozen and balance": ("60.00", "140.00", ("60.00", "40.00", "0.00")),
    "frozen, balance and debt": ("50.00", "60.00", ("50.00", "10.00", "40.00")),
    "balance only": (None, "130.00", ("0.00", "100.00", "0.00")),
    "balance and debt": (None, "70.00", ("0.00", "70.00", "30.00")),
    "debt only": (None, "0.00", ("0.00", "0.00", "100.00")),
}


@pytest.fixture
def buyer(database: Database) -> uuid.UUID:
    return an_account(database, "1.00")


@pytest.fixture
def freezes(database: Database) -> FreezeService:
    return FreezeService(database)


def _send(service: FlaskClient, path: str, due: Return, **changes: Any) -> Any:
    body = {**body_of(due.payment), "freeze_key": due.freeze_key, **changes}
    return service.post(f"/credits/{path}", json=body)


def _return(service: FlaskClient, due: Return, **changes: Any) -> Any:
    return _send(service, "return", due, **changes)


def _undo(service: FlaskClient, due: Return, **changes: Any) -> Any:
    return _send(service, "return/reverse", due, **changes)


def _a_dispute(database: Database, frozen: str | None, has: str, buyer: Any) -> Return:
    """A seller who has so much, of which the dispute has set so much aside."""
    seller = an_account(database, has)
    due = a_return(seller, buyer, "100.00")
    if frozen is not None:
        freeze = a_freeze(seller, frozen, due.freeze_key)
        FreezeService(database).freeze_credits(freeze)
    return due


def _top_up(database: Database, user_id: uuid.UUID, amount: str) -> None:
    payment = Succeeded(f"pi_{uuid.uuid4()}", user_id, None, Decimal(amount), None)
    PaymentService(database).apply(payment)


def _entries(client: FlaskClient, user_id: uuid.UUID) -> list[tuple[str, str, str]]:
    body = client.get("/credits/entries", headers=access_header(user_id)).get_json()
    return [(it["kind"], it["amount"], it["balance_after"]) for it in body["data"]]


@pytest.mark.parametrize("way", WAYS)
def test_return_makes_the_payee_whole_and_its_undo_puts_all_back(
    service: FlaskClient, database: Database, buyer: uuid.UUID, way: str
) -> None:
    frozen, has, (from_frozen, from_balance, owed) = WAYS[way]
    due = _a_dispute(database, frozen, has, buyer)
    before = means_of(database, due.payment.payer_id)
    answers = [_return(service, due).get_json() for _ in range(2)]
    after = means_of(database, due.payment.payer_id)

    expected = {
        "credit_balance": "101.00",
        "from_frozen": from_frozen,
        "from_balance": from_balance,
        "owed": owed,
    }
    assert answers == [expected] * 2
    assert means_of(database, buyer) == means("101.00")
    assert (after.frozen, after.owed) == (Decimal(0), Decimal(owed))
    assert after.balance == before.balance - Decimal(from_balance)

    undone = [_undo(service, due).get_json() for _ in range(2)]
    assert undone == [{"outcome": "REFUNDED", "credit_balance": "1.00"}] * 2
    assert means_of(database, due.payment.payer_id) == before
    assert means_of(database, buyer) == means("1.00")


def test_return_uses_the_freeze_up_once(
    service: FlaskClient, database: Database, buyer: uuid.UUID, freezes: FreezeService
) -> None:
    due = _a_dispute(database, "100.00", "150.00", buyer)
    again = a_return(due.payment.payer_id, buyer, "30.00", due.freeze_key)
    _return(service, due)

    assert _return(service, again).get_json() == {
        "credit_balance": "131.00",
        "from_frozen": "0.00",
        "from_balance": "30.00",
        "owed": "0.00",
    }
    freeze = a_freeze(due.payment.payer_id, "100.00", due.freeze_key)
    assert freezes.unfreeze_credits(the_end_of(freeze)).unfrozen == 0
    assert means_of(database, due.payment.payer_id) == means("20.00")


def test_freeze_that_comes_after_the_return_does_nothing(
    service: FlaskClient, database: Database, buyer: uuid.UUID, freezes: FreezeService
) -> None:
    due = _a_dispute(database, None, "150.00", buyer)
    freeze = a_freeze(due.payment.payer_id, "100.00", due.freeze_key)
    _return(service, due)

    assert [freezes.freeze_credits(freeze).frozen for _ in range(2)] == [0, 0]
    assert means_of(database, due.payment.payer_id) == means("50.00")
    _undo(service, due)
    assert freezes.freeze_credits(freeze).frozen == 0


def test_freeze_that_comes_after_the_undo_of_its_return_freezes(
    service: FlaskClient, database: Database, buyer: uuid.UUID, freezes: FreezeService
) -> None:
    due = _a_dispute(database, None, "150.00", buyer)
    _return(service, due)
    _undo(service, due)
    freeze = a_freeze(due.payment.payer_id, "100.00", due.freeze_key)

    assert freezes.freeze_credits(freeze).frozen == Decimal("100.00")


def test_what_is_frozen_again_is_taken_by_the_next_return_or_released(
    service: FlaskClient, database: Database, buyer: uuid.UUID, freezes: FreezeService
) -> None:
    first = _a_dispute(database, "100.00", "120.00", buyer)
    seller = first.payment.payer_id
    second = a_return(seller, buyer, "100.00", first.freeze_key)
    for due in (first, second):
        assert _return(service, due).get_json()["from_frozen"] == "100.00"
        _undo(service, due)
    freeze = a_freeze(seller, "100.00", first.freeze_key)
    ended = freezes.unfreeze_credits(the_end_of(freeze))

    assert (ended.unfrozen, ended.credit_balance) == (Decimal(100), Decimal(120))
    third = a_return(seller, buyer, "100.00", first.freeze_key)
    assert _return(service, third).get_json()["from_frozen"] == "0.00"


def test_unfreeze_between_a_return_and_its_undo_leaves_nothing_frozen(
    service: FlaskClient, database: Database, buyer: uuid.UUID, freezes: FreezeService
) -> None:
    due = _a_dispute(database, "60.00", "100.00", buyer)
    _return(service, due)
    freeze = a_freeze(due.payment.payer_id, "60.00", due.freeze_key)
    freezes.unfreeze_credits(the_end_of(freeze))
    assert _return(service, due).get_json()["from_frozen"] == "60.00"
    _undo(service, due)

    assert means_of(database, due.payment.payer_id) == means("100.00")


def test_freeze_of_more_than_is_due_gives_the_rest_back(
    service: FlaskClient, database: Database, buyer: uuid.UUID
) -> None:
    due = _a_dispute(database, "130.00", "130.00", buyer)
    put_in_debt(database, due.payment.payer_id, "20.00")

    assert _return(service, due).get_json()["from_frozen"] == "100.00"
    assert means_of(database, due.payment.payer_id) == means("10.00")
    _undo(service, due)
    assert means_of(database, due.payment.payer_id) == means("10.00", "100.00")


@pytest.mark.parametrize("paid", ["10.00", "40.00", "75.00"])
def test_undo_gives_back_what_the_payer_has_paid_of_the_debt_meanwhile(
    service: FlaskClient, database: Database, buyer: uuid.UUID, paid: str
) -> None:
    due = _a_dispute(database, "50.00", "60.00", buyer)
    seller = due.payment.payer_id
    _return(service, due)
    assert means_of(database, seller) == means("0.00", owed="40.00")
    _top_up(database, seller, paid)
    _undo(service, due)

    assert means_of(database, seller).frozen == Decimal("50.00")
    assert means_of(database, seller).owed == 0
    assert means_of(database, seller).balance == 10 + Decimal(paid)


def test_undo_pays_other_debts_of_the_payer_from_what_he_may_spend_again(
    service: FlaskClient, database: Database, buyer: uuid.UUID
) -> None:
    due = _a_dispute(database, "50.00", "50.00", buyer)
    seller, payment = due.payment.payer_id, f"pi_{uuid.uuid4()}"
    take_back = TakenBack(payment, f"ch_{payment}", TakeBackKind.REFUND, Decimal(10))
    PaymentService(database).apply(Succeeded(payment, seller, None, Decimal(10), None))
    _return(service, due)
    PaymentService(database).apply(take_back)
    assert means_of(database, seller) == means("0.00", owed="50.00")
    _undo(service, due)

    assert means_of(database, seller) == means("0.00", frozen="50.00")


def test_undo_after_the_payee_has_spent_it_is_his_debt(
    service: FlaskClient, database: Database, credit: CreditService, buyer: uuid.UUID
) -> None:
    due = _a_dispute(database, "100.00", "100.00", buyer)
    _return(service, due)
    credit.deduct_credits(a_movement(buyer, "90.00"))
    answer = _undo(service, due).get_json()

    assert answer == {"outcome": "REFUNDED", "credit_balance": "0.00"}
    assert means_of(database, buyer) == means("0.00", owed="89.00")
    assert means_of(database, due.payment.payer_id) == means("0.00", "100.00")


def test_debt_of_the_payee_is_settled_from_what_comes_back(
    service: FlaskClient, database: Database
) -> None:
    debtor = an_account(database)
    put_in_debt(database, debtor, "70.00")
    due = _a_dispute(database, "100.00", "100.00", debtor)
    answers = [_return(service, due).get_json() for _ in range(2)]

    assert [answer["credit_balance"] for answer in answers] == ["30.00"] * 2
    assert means_of(database, debtor) == means("30.00")


def test_undo_that_comes_first_leaves_a_tombstone_and_the_freeze_as_it_is(
    service: FlaskClient, database: Database, buyer: uuid.UUID
) -> None:
    due = _a_dispute(database, "60.00", "100.00", buyer)
    answers = [_undo(service, due).get_json() for _ in range(2)]
    late = _return(service, due)

    expected = {"outcome": "TOMBSTONED", "credit_balance": "1.00"}
    assert answers == [expected] * 2
    assert (late.status_code, error_code(late)) == (409, "OPERATION_REVERSED")
    assert means_of(database, due.payment.payer_id) == means("40.00", "60.00")


def test_return_after_its_undo_is_refused(
    service: FlaskClient, database: Database, buyer: uuid.UUID
) -> None:
    due = _a_dispute(database, "60.00", "100.00", buyer)
    _return(service, due)
    _undo(service, due)
    late = _return(service, due)

    assert (late.status_code, error_code(late)) == (409, "OPERATION_REVERSED")


@pytest.mark.parametrize("party", ["payer_id", "payee_id"])
def test_return_with_nobody_is_refused_and_leaves_no_trace(
    service: FlaskClient, database: Database, buyer: uuid.UUID, party: str
) -> None:
    due = _a_dispute(database, "100.00", "100.00", buyer)
    freeze_key = due.freeze_key if party == "payee_id" else f"{uuid.uuid4()}:freeze:1"
    answer = _return(service, due, freeze_key=freeze_key, **{party: str(uuid.uuid4())})

    assert (answer.status_code, error_code(answer)) == (404, "USER_NOT_FOUND")
    assert _return(service, due).get_json()["from_frozen"] == "100.00"


def test_key_of_another_operation_is_refused_and_moves_nothing(
    service: FlaskClient, database: Database, buyer: uuid.UUID
) -> None:
    due = _a_dispute(database, "100.00", "100.00", buyer)
    third = an_account(database, "50.00")
    transfer = a_transfer(third, buyer, "1.00")
    TransferService(database).transfer_credits(transfer)
    _return(service, due)
    others = [
        {"amount": "99.00"},
        {"payer_id": str(third)},
        {"payee_id": str(third)},
        {"operation_key": transfer.operation_key},
    ]

    for changes in others:
        for call in (_return, _undo):
            answer = call(service, due, **changes)

            assert answer.status_code == 422
            assert error_code(answer) == "OPERATION_KEY_REUSED"


def test_freeze_of_another_person_pays_nothing(
    service: FlaskClient, database: Database, buyer: uuid.UUID
) -> None:
    due = _a_dispute(database, "100.00", "100.00", buyer)
    third = an_account(database, "100.00")
    answer = _return(service, due, payer_id=str(third))

    assert (answer.status_code, error_code(answer)) == (422, "OPERATION_KEY_REUSED")
    assert means_of(database, due.payment.payer_id) == means("0.00", "100.00")
    assert means_of(database, third) == means("100.00")


def test_both_see_their_side_of_it(
    client: FlaskClient, service: FlaskClient, database: Database, buyer: uuid.UUID
) -> None:
    due = _a_dispute(database, "50.00", "60.00", buyer)
    _return(service, due)
    _undo(service, due)

    assert _entries(client, due.payment.payer_id)[:4] == [
        ("SETTLEMENT", "-40.00", "10.00"),
        ("RETURN_REVERSAL", "100.00", "50.00"),
        ("RETURN", "-100.00", "0.00"),
        ("DEBT", "40.00", "50.00"),
    ]
    assert _entries(client, buyer)[:2] == [
        ("RETURN_REVERSAL", "-100.00", "1.00"),
        ("RETURN", "100.00", "101.00"),
    ]


def test_facts_tell_what_the_payee_got_debts_included(
    service: FlaskClient, database: Database, buyer: uuid.UUID
) -> None:
    due = _a_dispute(database, "50.00", "60.00", buyer)
    key = due.payment.operation_key
    found = []
    for call in (_return, _undo):
        call(service, due)
        body = service.post("/credits/facts", json={"operation_keys": [key]})
        found += body.get_json()["data"]

    assert [(it["kind"], it["net"], it["amount"]) for it in found] == [
        ("RETURN", "-100.00", "100.00"),
        ("RETURN", "0.00", "0.00"),
    ]
    assert {it["user_id"] for it in found} == {str(due.payment.payer_id)}
