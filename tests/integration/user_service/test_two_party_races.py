"""Races between operations of which one is held just before its commit."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from decimal import Decimal
from functools import partial
from typing import Any

import pytest
from sqlalchemy import text

from builders.transfers import (
    a_freeze,
    a_return,
    a_transfer,
    means,
    means_of,
    the_end_of,
)
from builders.users import a_movement, an_account, until_decided
from service_common.db import Database, DatabaseSettings
from support.held_database import (
    DEADLINE_S,
    HeldDatabase,
    PatientDatabase,
    behind,
)
from support.races import race
from support.waiting import eventually
from user_service.services.credit_service import (
    CreditService,
    Reversal,
    ReverseOutcome,
)
from user_service.services.freeze_service import FreezeService
from user_service.services.refusals import InsufficientCredits, OperationReversed
from user_service.services.return_service import ReturnService
from user_service.services.transfer_service import TransferService
from user_service.services.two_party_ledger import Transfer

pytestmark = pytest.mark.usefixtures("everything_adds_up")

ROUNDS = 10
BOTH = 2
RACERS = 8


@pytest.fixture
def held(users_database: DatabaseSettings) -> Iterator[HeldDatabase]:
    database = HeldDatabase(users_database)
    yield database
    database.dispose()


@pytest.fixture(scope="module")
def patient(users_database: DatabaseSettings) -> Iterator[Database]:
    database = PatientDatabase(users_database, pool_size=RACERS)
    yield database
    database.dispose()


@pytest.fixture
def transfer(database: Database) -> Transfer:
    return a_transfer(an_account(database, "100.00"), an_account(database, "5.00"))


def test_reverse_waits_for_its_transfer_in_flight_and_undoes_it(
    held: HeldDatabase, patient: Database, transfer: Transfer
) -> None:
    paid, undone = behind(
        held,
        patient,
        partial(TransferService(held).transfer_credits, transfer),
        partial(TransferService(patient).reverse_transfer, transfer),
    )

    assert paid.result() == Decimal("70.00")
    assert undone.result() == Reversal(ReverseOutcome.REFUNDED, Decimal("100.00"))
    assert means_of(patient, transfer.payer_id) == means("100.00")
    assert means_of(patient, transfer.payee_id) == means("5.00")


def test_transfer_waits_for_its_reverse_in_flight_and_moves_nothing(
    held: HeldDatabase, patient: Database, transfer: Transfer
) -> None:
    undone, paid = behind(
        held,
        patient,
        partial(TransferService(held).reverse_transfer, transfer),
        partial(TransferService(patient).transfer_credits, transfer),
    )

    assert undone.result() == Reversal(ReverseOutcome.TOMBSTONED, Decimal("100.00"))
    assert isinstance(paid.exception(), OperationReversed)
    assert means_of(patient, transfer.payer_id) == means("100.00")


def test_repetition_waits_for_the_transfer_in_flight_and_answers_the_same(
    held: HeldDatabase, patient: Database, transfer: Transfer
) -> None:
    answers = behind(
        held,
        patient,
        partial(TransferService(held).transfer_credits, transfer),
        partial(TransferService(patient).transfer_credits, transfer),
    )

    assert [answer.result() for answer in answers] == [Decimal("70.00")] * 2
    assert means_of(patient, transfer.payee_id) == means("35.00")


def test_transfer_behind_a_charge_sees_what_is_left(
    held: HeldDatabase, patient: Database, transfer: Transfer
) -> None:
    rest = a_transfer(transfer.payer_id, transfer.payee_id, "71.00")
    _, late = behind(
        held,
        patient,
        partial(TransferService(held).transfer_credits, transfer),
        partial(TransferService(patient).transfer_credits, rest),
    )

    refusal = late.exception()
    assert isinstance(refusal, InsufficientCredits)
    assert refusal.details["available"] == "70.00"


def test_unfreeze_waits_for_its_freeze_in_flight_and_releases_it(
    held: HeldDatabase, patient: Database
) -> None:
    freeze = a_freeze(an_account(patient, "100.00"))
    frozen, ended = behind(
        held,
        patient,
        partial(FreezeService(held).freeze_credits, freeze),
        partial(FreezeService(patient).unfreeze_credits, the_end_of(freeze)),
    )

    assert frozen.result().frozen == ended.result().unfrozen == Decimal("30.00")
    assert means_of(patient, freeze.user_id) == means("100.00")


def test_freeze_waits_for_its_unfreeze_in_flight_and_does_nothing(
    held: HeldDatabase, patient: Database
) -> None:
    freeze = a_freeze(an_account(patient, "100.00"))
    ended, frozen = behind(
        held,
        patient,
        partial(FreezeService(held).unfreeze_credits, the_end_of(freeze)),
        partial(FreezeService(patient).freeze_credits, freeze),
    )

    assert frozen.result().frozen == ended.result().unfrozen == 0
    assert means_of(patient, freeze.user_id) == means("100.00")


def test_return_waits_for_the_freeze_in_flight_and_is_paid_from_it(
    held: HeldDatabase, patient: Database
) -> None:
    seller, buyer = an_account(patient, "30.00"), an_account(patient)
    freeze = a_freeze(seller)
    due = a_return(seller, buyer, "30.00", freeze.operation_key)
    _, returned = behind(
        held,
        patient,
        partial(FreezeService(held).freeze_credits, freeze),
        partial(ReturnService(patient).return_credits, due),
    )

    assert returned.result().from_frozen == Decimal("30.00")
    assert means_of(patient, seller) == means("0.00")


def test_of_unfreeze_and_return_one_gets_what_is_frozen(
    held: HeldDatabase, patient: Database
) -> None:
    seller, buyer = an_account(patient, "30.00"), an_account(patient)
    freeze = a_freeze(seller)
    FreezeService(patient).freeze_credits(freeze)
    due = a_return(seller, buyer, "30.00", freeze.operation_key)
    returned, ended = behind(
        held,
        patient,
        partial(ReturnService(held).return_credits, due),
        partial(FreezeService(patient).unfreeze_credits, the_end_of(freeze)),
    )

    assert returned.result().from_frozen == Decimal("30.00")
    assert ended.result().unfrozen == 0
    assert means_of(patient, seller) == means("0.00")
    assert means_of(patient, buyer) == means("30.00")


def test_undo_waits_for_its_return_in_flight_and_freezes_again(
    held: HeldDatabase, patient: Database
) -> None:
    seller, buyer = an_account(patient, "50.00"), an_account(patient)
    freeze = a_freeze(seller)
    FreezeService(patient).freeze_credits(freeze)
    due = a_return(seller, buyer, "40.00", freeze.operation_key)
    returned, undone = behind(
        held,
        patient,
        partial(ReturnService(held).return_credits, due),
        partial(ReturnService(patient).reverse_return, due),
    )

    assert returned.result().from_balance == Decimal("10.00")
    assert undone.result() == Reversal(ReverseOutcome.REFUNDED, Decimal("0.00"))
    assert means_of(patient, seller) == means("20.00", "30.00")


def test_opposite_transfers_queue_up_at_the_same_person(patient: Database) -> None:
    """Somebody else has the first of the two; whoever pays, both wait for him.

    If each locked its payer first, one would have the second person by then, and they
    would wait for each other.
    """
    first, second = sorted(an_account(patient, "50.00") for _ in range(2))
    service = TransferService(patient)
    calls = _while_somebody_has(
        first,
        patient,
        partial(service.transfer_credits, a_transfer(first, second)),
        partial(service.transfer_credits, a_transfer(second, first)),
    )

    assert all(call.exception() is None for call in calls)
    for user_id in (first, second):
        assert means_of(patient, user_id) == means("50.00")


def test_of_unfreeze_and_return_that_have_begun_at_once_one_gets_what_is_frozen(
    patient: Database,
) -> None:
    """Both have come to the freeze before either has changed anything."""
    for _ in range(ROUNDS):
        seller, buyer = an_account(patient, "30.00"), an_account(patient)
        freeze = a_freeze(seller)
        FreezeService(patient).freeze_credits(freeze)
        due = a_return(seller, buyer, "30.00", freeze.operation_key)
        ended, returned = _while_somebody_has(
            seller,
            patient,
            partial(FreezeService(patient).unfreeze_credits, the_end_of(freeze)),
            partial(ReturnService(patient).return_credits, due),
        )

        gone = returned.result()
        assert gone.owed == 0
        assert {ended.result().unfrozen, gone.from_frozen} == {0, Decimal("30.00")}
        assert means_of(patient, seller) == means("0.00")
        assert means_of(patient, buyer) == means("30.00")


def _while_somebody_has(
    user_id: uuid.UUID, database: Database, *calls: Callable[[], Any]
) -> list[Future[Any]]:
    """Two calls that come as far as they can without this person, and then go on."""
    with ThreadPoolExecutor(BOTH) as threads, database.transaction() as holder:
        holder.execute(
            text("SELECT FROM users WHERE user_id = :user_id FOR UPDATE"),
            {"user_id": user_id},
        )
        started = [threads.submit(until_decided, call) for call in calls]
        _wait_until_both_wait(database)
    return started


def _wait_until_both_wait(database: Database) -> None:
    """Each of the two transfers waits for somebody, whoever it is."""
    waiting = text(
        "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock'"
        " AND datname = current_database()"
    )

    def look() -> int:
        with database.statement() as connection:
            return int(connection.execute(waiting).scalar_one())

    eventually(look, BOTH.__le__, within_s=DEADLINE_S, every_s=0.01)


def test_one_transfer_sent_many_times_at_once_moves_once(
    database: Database, patient: Database
) -> None:
    for _ in range(ROUNDS):
        transfer = a_transfer(an_account(database, "100.00"), an_account(database))
        pay = partial(TransferService(patient).transfer_credits, transfer)

        assert race(*[pay] * RACERS) == [Decimal("70.00")] * RACERS
        assert means_of(database, transfer.payee_id) == means("30.00")


def test_transfers_racing_their_reverses_end_where_they_began(
    database: Database, patient: Database
) -> None:
    service = TransferService(patient)
    for _ in range(ROUNDS):
        transfer = a_transfer(an_account(database, "100.00"), an_account(database))
        pay = partial(service.transfer_credits, transfer)
        undo = partial(service.reverse_transfer, transfer)

        results = race(*[pay] * (RACERS // 2), *[undo] * (RACERS // 2))

        reversals = [each for each in results if isinstance(each, Reversal)]
        assert len(reversals) == RACERS // 2
        assert len({each.outcome for each in reversals}) == 1
        assert means_of(database, transfer.payer_id) == means("100.00")
        assert means_of(database, transfer.payee_id) == means("0.00")


def test_of_payments_that_together_exceed_the_balance_one_wins(
    database: Database, patient: Database
) -> None:
    """A charge and two transfers; each statement on its own would be covered."""
    for _ in range(ROUNDS):
        payer, payee = an_account(database, "100.00"), an_account(database)
        service, credit = TransferService(patient), CreditService(patient)
        calls = [
            partial(service.transfer_credits, a_transfer(payer, payee, "60.00")),
            partial(service.transfer_credits, a_transfer(payer, payee, "60.00")),
            partial(credit.deduct_credits, a_movement(payer, "60.00")),
        ]

        results = race(*calls)

        refused = [each for each in results if isinstance(each, InsufficientCredits)]
        assert len(refused) == len(calls) - 1
        assert means_of(database, payer) == means("40.00")


def test_one_return_sent_many_times_at_once_uses_the_freeze_once(
    database: Database, patient: Database
) -> None:
    for _ in range(ROUNDS):
        seller, buyer = an_account(database, "50.00"), an_account(database)
        freeze = a_freeze(seller)
        due = a_return(seller, buyer, "40.00", freeze.operation_key)
        FreezeService(patient).freeze_credits(freeze)
        pay = partial(ReturnService(patient).return_credits, due)

        answers = race(*[pay] * RACERS)

        assert {(it.from_frozen, it.from_balance) for it in answers} == {(30, 10)}
        assert means_of(database, seller) == means("10.00")
        assert means_of(database, buyer) == means("40.00")


def test_freezes_at_once_never_set_aside_more_than_there_is(
    database: Database, patient: Database
) -> None:
    service = FreezeService(patient)
    for _ in range(ROUNDS):
        seller = an_account(database, "100.00")
        calls = [
            partial(service.freeze_credits, a_freeze(seller)) for _ in range(RACERS)
        ]

        frozen = sorted(each.frozen for each in race(*calls))

        assert frozen == [0] * (RACERS - 4) + [10, 30, 30, 30]
        assert means_of(database, seller) == means("0.00", "100.00")
