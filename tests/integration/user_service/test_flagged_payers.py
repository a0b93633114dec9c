"""Who is flagged pays only for what he has entered the code for, however he asks."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from typing import Any

import pytest
from flask.testing import FlaskClient

from builders.otp import Suspect
from builders.users import a_movement, a_phone, an_account, balance_of
from service_common.db import Database
from support.smu import SmuStandin
from user_service.services.credit_service import CreditService
from user_service.services.user_service import UserService

pytestmark = pytest.mark.usefixtures("everything_adds_up")

Charge = Callable[..., tuple[int, Any]]
NEIGHBOURS = ("100.00", "100.00")


@pytest.fixture
def suspect(service: FlaskClient, database: Database) -> Suspect:
    """Somebody with 100.00 credits who was flagged a moment ago."""
    phone = a_phone()
    user_id = an_account(database, "100.00", phone=phone)
    UserService(database).flag_user(user_id)
    return Suspect(service, database, phone=phone, user_id=str(user_id))


@pytest.fixture(params=["alone", "gathered"])
def charge(
    request: pytest.FixtureRequest, service: FlaskClient, database: Database
) -> Charge:
    """Charge somebody for something; alone, or among others who are not flagged."""

    def body(user_id: str, reference: str, amount: str = "30.00") -> dict[str, str]:
        key = f"{uuid.uuid4()}:deduct"
        return {
            "operation_key": key,
            "user_id": user_id,
            "amount": amount,
            "reference": reference,
            "purpose": "PURCHASE",
        }

    def alone(*what: str) -> tuple[int, Any]:
        answer = service.post("/credits/deduct", json=body(*what))
        return answer.status_code, answer.get_json()

    def gathered(*what: str) -> tuple[int, Any]:
        others = [str(an_account(database, balance)) for balance in NEIGHBOURS]
        bodies = [body(*what), *(body(other, "an order") for other in others)]
        calls = [
            {
                "call": "deduct_credits",
                "names": [],
                "query": {},
                "body": one,
                "request_id": uuid.uuid4().hex,
            }
            for one in bodies
        ]
        answer = service.post("/calls", json={"calls": calls})
        mine, *theirs = answer.get_json()["answers"]
        assert [one["status"] for one in theirs] == [200, 200]
        return mine["status"], mine["body"]

    return alone if request.param == "alone" else gathered


def test_without_the_code_nothing_is_charged_and_the_order_is_named(
    suspect: Suspect, charge: Charge, database: Database
) -> None:
    status, body = charge(suspect.user_id, suspect.reference)

    assert (status, body["error"]["code"]) == (428, "OTP_REQUIRED")
    assert body["error"]["details"] == {"reference_id": suspect.reference}
    assert str(balance_of(database, uuid.UUID(suspect.user_id))) == "100.00"


def test_with_the_code_for_this_order_he_is_charged(
    suspect: Suspect, charge: Charge, smu: SmuStandin
) -> None:
    suspect.ask()
    suspect.enter(smu.code(suspect.phone))

    assert charge(suspect.user_id, suspect.reference) == (
        200,
        {"credit_balance": "70.00"},
    )


def test_code_for_one_order_pays_for_no_other(
    suspect: Suspect, charge: Charge, smu: SmuStandin
) -> None:
    suspect.ask()
    suspect.enter(smu.code(suspect.phone))

    status, body = charge(suspect.user_id, str(uuid.uuid4()))

    assert (status, body["error"]["code"]) == (428, "OTP_REQUIRED")


def test_he_learns_nothing_of_his_balance_before_he_has_proved_himself(
    suspect: Suspect, charge: Charge
) -> None:
    status, body = charge(suspect.user_id, suspect.reference, "5000.00")

    assert (status, body["error"]["code"]) == (428, "OTP_REQUIRED")


def test_charge_from_before_the_flag_is_answered_again(
    service: FlaskClient, database: Database
) -> None:
    user_id = an_account(database, "100.00")
    body = {
        "operation_key": f"{uuid.uuid4()}:deduct",
        "user_id": str(user_id),
        "amount": "30.00",
        "reference": "an order",
        "purpose": "PURCHASE",
    }
    first = service.post("/credits/deduct", json=body)
    UserService(database).flag_user(user_id)

    assert service.post("/credits/deduct", json=body).data == first.data


def test_flagged_person_may_still_be_given_credits(
    suspect: Suspect, credit: CreditService
) -> None:
    payment = a_movement(uuid.UUID(suspect.user_id), "5.00")

    assert str(credit.top_up_credits(payment)) == "105.00"
