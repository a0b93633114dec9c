from __future__ import annotations

import dataclasses
import uuid
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from threading import Event
from typing import Any

import pytest
from flask.testing import FlaskClient

from builders.otp import Suspect, a_wrong_code
from builders.users import error_code, until_decided
from service_common.db import Database
from support.races import race
from support.smu import SmuStandin
from user_service.gateways.smu_gateway import SmuGateway
from user_service.services.otp_withdrawal import OtpWithdrawal

ROUNDS = 20
DEADLINE_S = 10.0


class HeldGateway(SmuGateway):
    """Asks the SMU API, and holds its answer back until it is let go."""

    def __init__(self, smu: SmuStandin) -> None:
        super().__init__(smu.url, smu.api_key, connections=1)
        self.asked, self.let_go = Event(), Event()

    def verify_otp(self, phone_number: str, otp_code: str) -> bool:
        right = super().verify_otp(phone_number, otp_code)
        self.asked.set()
        assert self.let_go.wait(DEADLINE_S)
        return right


@pytest.fixture
def seller(service: FlaskClient, database: Database) -> Suspect:
    """Somebody who was asked to agree to a transfer."""
    seller = Suspect(service, database, purpose="TRANSFER_SELLER")
    assert seller.ask().status_code == 200
    return seller


def _state(answer: Any) -> str:
    assert answer.status_code == 200, answer.data
    return str(answer.get_json()["state"])


def test_withdrawn_code_is_good_for_nothing_and_costs_no_call(
    seller: Suspect, smu: SmuStandin
) -> None:
    assert [_state(seller.withdraw()) for _ in range(2)] == ["WITHDRAWN"] * 2
    calls = smu.calls()

    assert seller.outcome(smu.code(seller.phone)) == ("EXPIRED", 0)
    assert smu.calls() == calls
    assert not seller.is_verified()


def test_phone_is_free_once_the_code_is_withdrawn(
    seller: Suspect, smu: SmuStandin
) -> None:
    other = dataclasses.replace(seller, reference=str(uuid.uuid4()))
    assert error_code(other.ask()) == "PHONE_BUSY"
    seller.withdraw()

    assert other.ask().get_json()["sent"]
    assert other.outcome(smu.code(seller.phone))[0] == "VERIFIED"


def test_withdrawn_challenge_is_answered_so_and_gets_no_other_code(
    seller: Suspect, smu: SmuStandin
) -> None:
    seller.withdraw()
    seller.let_time_pass(301)
    again = seller.ask().get_json()

    assert (again["state"], again["sent"]) == ("WITHDRAWN", False)
    assert again["attempts_left"] == 0
    assert len(smu.texts(seller.phone)) == 1


def test_challenge_that_is_withdrawn_before_it_was_opened_cannot_be_opened(
    service: FlaskClient, database: Database, smu: SmuStandin
) -> None:
    seller = Suspect(service, database, purpose="TRANSFER_SELLER")
    assert _state(seller.withdraw()) == "WITHDRAWN"
    late = seller.ask().get_json()

    assert (late["state"], late["sent"]) == ("WITHDRAWN", False)
    assert smu.texts(seller.phone) == []
    assert seller.outcome("123456") == ("EXPIRED", 0)


def test_expired_challenge_that_is_withdrawn_cannot_be_opened_again(
    seller: Suspect, smu: SmuStandin
) -> None:
    seller.let_time_pass(301)
    other = dataclasses.replace(seller, reference=str(uuid.uuid4()))
    other.ask()
    assert seller.row().state == "EXPIRED"
    other.withdraw()

    assert _state(seller.withdraw()) == "WITHDRAWN"
    assert seller.ask().get_json()["state"] == "WITHDRAWN"


def test_code_that_was_entered_stays_entered(seller: Suspect, smu: SmuStandin) -> None:
    seller.enter(smu.code(seller.phone))

    assert _state(seller.withdraw()) == "VERIFIED"
    assert seller.is_verified()
    assert seller.outcome("000000") == ("VERIFIED", 0)


def test_code_that_was_guessed_at_too_often_stays_failed(
    seller: Suspect, smu: SmuStandin
) -> None:
    for _ in range(3):
        seller.enter(a_wrong_code(smu.code(seller.phone)))

    assert _state(seller.withdraw()) == "FAILED"


def test_withdrawal_is_for_one_purpose_reference_and_person(
    seller: Suspect, smu: SmuStandin
) -> None:
    seller.withdraw(purpose="TRANSFER_BUYER")
    seller.withdraw(reference="another-transfer")

    assert seller.outcome(smu.code(seller.phone))[0] == "VERIFIED"


def test_withdrawal_for_nobody_is_not_refused(seller: Suspect) -> None:
    answer = seller.withdraw(user_id=str(uuid.uuid4()))

    assert _state(answer) == "WITHDRAWN"


def test_second_party_with_the_same_phone_is_told_that_it_is_busy(
    seller: Suspect,
) -> None:
    buyer = Suspect(
        seller.service,
        seller.database,
        seller.phone,
        "TRANSFER_BUYER",
        seller.reference,
    )
    answer = buyer.ask()

    assert (answer.status_code, error_code(answer)) == (409, "PHONE_BUSY")


def test_code_that_is_being_checked_when_it_is_withdrawn_does_not_count(
    seller: Suspect, database: Database, smu: SmuStandin
) -> None:
    """The SMU API says yes, but too late."""
    right, gateway = smu.code(seller.phone), HeldGateway(smu)
    with ThreadPoolExecutor(1) as threads:
        checking = threads.submit(seller.enter_at, gateway, right)
        assert gateway.asked.wait(DEADLINE_S)
        assert _state(seller.withdraw()) == "WITHDRAWN"
        gateway.let_go.set()

        assert checking.result(timeout=DEADLINE_S).outcome == "EXPIRED"
    assert seller.row().state == "WITHDRAWN"
    assert not seller.is_verified()


def test_challenge_that_is_opened_while_it_is_withdrawn_ends_withdrawn(
    service: FlaskClient, database: Database, smu: SmuStandin
) -> None:
    gateway = SmuGateway(smu.url, smu.api_key, connections=2)
    withdrawal = OtpWithdrawal(database)
    for _ in range(ROUNDS):
        seller = Suspect(service, database, purpose="TRANSFER_SELLER")

        _, state = race(
            partial(until_decided, partial(seller.ask_at, gateway)),
            partial(until_decided, partial(withdrawal.withdraw, seller.errand)),
        )

        assert state == "WITHDRAWN"
        assert seller.row().state == "WITHDRAWN"
        assert seller.ask().get_json()["state"] == "WITHDRAWN"
