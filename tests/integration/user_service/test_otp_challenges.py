from __future__ import annotations

import dataclasses
import uuid
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import text

from builders.otp import Killed, Suspect, a_wrong_code, another_client
from builders.users import error_code
from service_common.db import Database
from support.smu import SmuStandin
from support.waiting import eventually
from user_service.app import create_app
from user_service.gateways.smu_gateway import SmuGateway
from user_service.services.otp_challenges import CODES_PER_HOUR_MAX
from user_service.settings import Settings


@pytest.fixture
def suspect(service: FlaskClient, database: Database) -> Suspect:
    return Suspect(service, database)


@pytest.fixture
def limited(user_settings: Settings, service: FlaskClient) -> FlaskClient:
    """Another service, and a user service with the limits of production."""
    app = create_app(dataclasses.replace(user_settings, rate_limit_scale=1))
    return another_client(app, service)


def _another_errand(suspect: Suspect) -> Suspect:
    return dataclasses.replace(suspect, reference=str(uuid.uuid4()))


def test_code_is_sent_with_purpose_and_amount_in_its_text(
    suspect: Suspect, smu: SmuStandin
) -> None:
    answer = suspect.ask()

    body = answer.get_json()
    assert answer.status_code == 200
    assert set(body) == {
        *("challenge_id", "state", "expires_at", "attempts_left", "sent"),
    }
    assert (body["state"], body["attempts_left"], body["sent"]) == ("OPEN", 3, True)
    left = datetime.fromisoformat(body["expires_at"]) - datetime.now(UTC)
    assert timedelta(minutes=4, seconds=50) < left <= timedelta(minutes=5)
    (text,) = smu.texts(suspect.phone)
    assert "buy tickets for SGD 350.00" in text


@pytest.mark.parametrize(
    ("purpose", "words"),
    [("TRANSFER_SELLER", "hand over your ticket"), ("TRANSFER_BUYER", "take over a")],
)
def test_parties_of_a_transfer_are_told_what_they_agree_to(
    suspect: Suspect, smu: SmuStandin, purpose: str, words: str
) -> None:
    suspect.purpose = purpose
    suspect.ask()

    assert words in smu.texts(suspect.phone)[0]


def test_asking_again_within_30_seconds_sends_nothing(
    suspect: Suspect, smu: SmuStandin
) -> None:
    first = suspect.ask().get_json()
    suspect.let_time_pass(29)
    second = suspect.ask().get_json()

    assert (second["challenge_id"], second["sent"]) == (first["challenge_id"], False)
    assert len(smu.texts(suspect.phone)) == 1


def test_asking_again_after_30_seconds_sends_a_new_code_and_the_old_one_is_wrong(
    suspect: Suspect, smu: SmuStandin
) -> None:
    first = suspect.ask().get_json()
    old = smu.code(suspect.phone)
    suspect.let_time_pass(31)
    second = suspect.ask().get_json()

    assert (second["challenge_id"], second["sent"]) == (first["challenge_id"], True)
    if smu.code(suspect.phone) != old:
        assert suspect.outcome(old) == ("INVALID", 2)
    assert suspect.outcome(smu.code(suspect.phone))[0] == "VERIFIED"


def test_new_code_does_not_bring_attempts_back(
    suspect: Suspect, smu: SmuStandin
) -> None:
    suspect.ask()
    suspect.enter(a_wrong_code(smu.code(suspect.phone)))
    suspect.let_time_pass(31)

    assert suspect.ask().get_json()["attempts_left"] == 2


def test_other_errand_of_the_same_phone_is_refused_while_one_is_open(
    suspect: Suspect, service: FlaskClient, database: Database
) -> None:
    suspect.ask()
    for other in (_another_errand(suspect), Suspect(service, database, suspect.phone)):
        answer = other.ask()

        assert (answer.status_code, error_code(answer)) == (409, "PHONE_BUSY")


def test_expired_challenge_gives_way_to_another_errand(
    suspect: Suspect, smu: SmuStandin
) -> None:
    suspect.ask()
    suspect.let_time_pass(301)
    other = _another_errand(suspect)

    assert other.ask().get_json()["sent"]
    assert suspect.row().state == "EXPIRED"
    assert suspect.outcome(smu.code(suspect.phone)) == ("EXPIRED", 0)
    assert other.outcome(smu.code(suspect.phone))[0] == "VERIFIED"


def test_expired_challenge_is_replaced_for_the_same_errand(suspect: Suspect) -> None:
    first = suspect.ask().get_json()
    suspect.let_time_pass(301)
    second = suspect.ask().get_json()

    assert second["challenge_id"] != first["challenge_id"]
    assert (second["state"], second["sent"]) == ("OPEN", True)


def test_verified_errand_is_answered_without_another_code(
    suspect: Suspect, smu: SmuStandin
) -> None:
    suspect.ask()
    suspect.enter(smu.code(suspect.phone))
    suspect.let_time_pass(301)
    again = suspect.ask().get_json()

    assert (again["state"], again["sent"]) == ("VERIFIED", False)
    assert len(smu.texts(suspect.phone)) == 1


def test_failed_errand_gets_no_second_round_of_guesses(
    suspect: Suspect, smu: SmuStandin
) -> None:
    suspect.ask()
    for _ in range(3):
        suspect.enter(a_wrong_code(smu.code(suspect.phone)))
    suspect.let_time_pass(301)
    again = suspect.ask().get_json()

    assert (again["state"], again["attempts_left"]) == ("FAILED", 0)
    assert again["sent"] is False


def test_other_amount_for_the_same_errand_is_refused(suspect: Suspect) -> None:
    suspect.ask()
    answer = suspect.ask(amount="1.00")

    assert (answer.status_code, error_code(answer)) == (422, "OTP_REFERENCE_REUSED")


def test_code_beyond_those_of_an_hour_is_refused_and_opens_nothing(
    limited: FlaskClient, database: Database, smu: SmuStandin
) -> None:
    suspect = Suspect(limited, database)
    for _ in range(CODES_PER_HOUR_MAX):
        assert suspect.ask().get_json()["sent"]
        suspect.withdraw()
        suspect = _another_errand(suspect)
    answer = suspect.ask()

    assert (answer.status_code, error_code(answer)) == (429, "OTP_LIMIT_REACHED")
    assert len(smu.texts(suspect.phone)) == CODES_PER_HOUR_MAX
    suspect.let_time_pass(3600)
    assert suspect.ask().get_json()["sent"]


def test_limit_of_a_phone_holds_across_accounts(
    limited: FlaskClient, database: Database
) -> None:
    suspect = Suspect(limited, database)
    for _ in range(CODES_PER_HOUR_MAX):
        person = Suspect(limited, database, suspect.phone)
        assert person.ask().status_code == 200
        person.withdraw()
    answer = suspect.ask()

    assert (answer.status_code, error_code(answer)) == (429, "OTP_LIMIT_REACHED")


def test_limit_of_an_address_holds_across_people_and_phones(
    limited: FlaskClient, database: Database
) -> None:
    address = f"2001:db8::{uuid.uuid4().hex[:4]}"
    with database.statement() as connection:
        connection.execute(
            text(
                "INSERT INTO otp_challenges (user_id, phone, purpose, reference,"
                " amount, state, codes_sent, client_address, expires_at)"
                " SELECT gen_random_uuid(), '+6590000000', 'PURCHASE',"
                " CAST(gen_random_uuid() AS text), 1, 'EXPIRED', 10, :address, now()"
                " FROM generate_series(1, 10)"
            ),
            {"address": address},
        )
    answer = Suspect(limited, database).ask(client_address=address)
    elsewhere = Suspect(limited, database).ask(client_address="198.51.100.9")

    assert (answer.status_code, error_code(answer)) == (429, "OTP_LIMIT_REACHED")
    assert elsewhere.get_json()["sent"]


def test_unknown_user_gets_no_code(suspect: Suspect) -> None:
    answer = suspect.ask(user_id=str(uuid.uuid4()))

    assert (answer.status_code, error_code(answer)) == (404, "USER_NOT_FOUND")


@pytest.mark.parametrize("fault", ["timeout", "lost", "error"])
def test_code_that_may_not_have_left_is_sent_again_at_once(
    suspect: Suspect, smu: SmuStandin, fault: str
) -> None:
    with smu.fault("sendOTP", fault):
        answer = suspect.ask()
    assert (answer.status_code, error_code(answer)) == (503, "SERVICE_UNAVAILABLE")
    assert suspect.row().state == "OPEN"
    again = suspect.ask().get_json()

    assert again["sent"]
    assert suspect.outcome(smu.code(suspect.phone))[0] == "VERIFIED"


class _KilledGateway(SmuGateway):
    """Its process dies before the SMU API is asked, or before its answer arrives."""

    def __init__(self, smu: SmuStandin, *, has_asked: bool) -> None:
        super().__init__(smu.url, smu.api_key, connections=1)
        self._has_asked = has_asked

    def send_otp(self, phone_number: str, message: str) -> None:
        if self._has_asked:
            super().send_otp(phone_number, message)
        raise Killed


@pytest.mark.parametrize("has_asked", [False, True])
def test_code_whose_sender_died_is_sent_by_the_next_once_his_time_is_over(
    suspect: Suspect, smu: SmuStandin, *, has_asked: bool
) -> None:
    gateway = _KilledGateway(smu, has_asked=has_asked)
    with pytest.raises(Killed):
        suspect.ask_at(gateway)

    too_early = suspect.ask()
    suspect.let_time_pass(6)
    again = suspect.ask().get_json()

    assert (too_early.status_code, error_code(too_early)) == (
        503,
        "SERVICE_UNAVAILABLE",
    )
    assert again["sent"]
    assert len(smu.texts(suspect.phone)) == 1 + has_asked
    assert suspect.outcome(smu.code(suspect.phone))[0] == "VERIFIED"


def test_nobody_is_told_of_a_code_while_it_is_being_sent(
    app: Flask, suspect: Suspect, service: FlaskClient, smu: SmuStandin
) -> None:
    other = dataclasses.replace(suspect, service=another_client(app, service))
    with ThreadPoolExecutor(1) as pool, smu.fault("sendOTP", "timeout"):
        sending = pool.submit(other.ask)
        eventually(
            lambda: suspect.row().sending_until,
            lambda until: until is not None,
            within_s=5,
        )
        meanwhile = suspect.ask()

    assert meanwhile.status_code == 503
    assert sending.result().status_code == 503
    assert smu.texts(suspect.phone) == []
    assert suspect.ask().get_json()["sent"]


def test_risk_tells_of_codes_only_when_asked(
    suspect: Suspect, smu: SmuStandin, service: FlaskClient
) -> None:
    plain = service.get(f"/users/{suspect.user_id}/risk").get_json()
    assert set(plain) == {"user_id", "is_flagged", "credit_balance"}
    assert not suspect.is_verified()
    suspect.ask()
    assert not suspect.is_verified()
    suspect.enter(smu.code(suspect.phone))

    assert suspect.is_verified()
    assert not suspect.is_verified(purpose="TRANSFER_BUYER")
    assert not suspect.is_verified(reference="another-order")
