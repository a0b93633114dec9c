"""Many charges in one request: each gets the answer that it would get alone."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest
from flask.testing import FlaskClient

from builders.users import an_account, balance_of
from service_common.db import Database
from support.races import race

pytestmark = pytest.mark.usefixtures("everything_adds_up")

Gathered = Callable[..., list[tuple[int, Any]]]


def _call(kind: str, *names: str, **parts: Any) -> dict[str, Any]:
    call = {"call": kind, "names": list(names), "query": {}, "body": {}}
    return {**call, "request_id": uuid.uuid4().hex, **parts}


def _charge(user_id: uuid.UUID, amount: str = "30.00", **changes: Any) -> Any:
    body = {
        "operation_key": f"{uuid.uuid4()}:deduct",
        "user_id": str(user_id),
        "amount": amount,
        "reference": "an order",
        **changes,
    }
    return _call("deduct_credits", body=body)


@pytest.fixture
def gathered(service: FlaskClient) -> Gathered:
    def send(*calls: dict[str, Any]) -> list[tuple[int, Any]]:
        answer = service.post("/calls", json={"calls": list(calls)})
        assert answer.status_code == 200, answer.data
        return [(one["status"], one["body"]) for one in answer.get_json()["answers"]]

    return send


def _said(answers: list[tuple[int, Any]]) -> list[tuple[int, str]]:
    return [
        (status, body["error"]["code"] if "error" in body else body["credit_balance"])
        for status, body in answers
    ]


def test_charges_of_several_people_come_off_their_own_balances(
    database: Database, gathered: Gathered
) -> None:
    people = [an_account(database, balance) for balance in ("100.00", "50.00", "30.00")]

    answers = gathered(*(_charge(person) for person in people))

    assert _said(answers) == [(200, "70.00"), (200, "20.00"), (200, "0.00")]
    assert [balance_of(database, person) for person in people] == [
        Decimal("70.00"),
        Decimal("20.00"),
        Decimal("0.00"),
    ]


def test_two_charges_of_one_person_are_two_charges(
    database: Database, gathered: Gathered
) -> None:
    person = an_account(database, "50.00")

    answers = gathered(_charge(person), _charge(person, "20.00"), _charge(person))

    assert _said(answers) == [
        (200, "20.00"),
        (200, "0.00"),
        (402, "INSUFFICIENT_CREDITS"),
    ]
    assert balance_of(database, person) == 0


def test_gathered_repeat_charges_once(database: Database, gathered: Gathered) -> None:
    person, other = an_account(database, "100.00"), an_account(database, "100.00")
    charge = _charge(person)

    answers = [*gathered(charge, charge), *gathered(charge, _charge(other))]

    assert _said(answers) == [(200, "70.00")] * 4
    assert balance_of(database, person) == Decimal("70.00")


def test_refusals_among_charges_reach_only_their_callers(
    service: FlaskClient, database: Database, gathered: Gathered
) -> None:
    rich, poor = an_account(database, "100.00"), an_account(database, "1.00")
    undone = _charge(rich)
    service.post("/credits/reverse", json=undone["body"])

    answers = gathered(
        _charge(poor),
        undone,
        _charge(uuid.uuid4()),
        _charge(rich, "-1.00"),
        _charge(rich),
    )

    assert _said(answers) == [
        (402, "INSUFFICIENT_CREDITS"),
        (409, "OPERATION_REVERSED"),
        (404, "USER_NOT_FOUND"),
        (400, "INVALID_INPUT"),
        (200, "70.00"),
    ]


def test_rounds_that_meet_each_other_and_single_charges_lose_nothing(
    service: FlaskClient, database: Database, gathered: Gathered
) -> None:
    people = [an_account(database, "100.00") for _ in range(6)]
    repeated = [_charge(person, "1.00") for person in people]

    def one_by_one() -> list[tuple[int, Any]]:
        answers = [
            service.post("/credits/deduct", json=call["body"]) for call in repeated
        ]
        return [(answer.status_code, answer.get_json()) for answer in answers]

    rounds = race(
        lambda: gathered(*repeated, *(_charge(p, "2.00") for p in people)),
        lambda: gathered(*reversed(repeated), *(_charge(p, "3.00") for p in people)),
        lambda: gathered(*(_charge(p, "4.00") for p in reversed(people))),
        one_by_one,
    )

    # A round that met another may say "busy", as a single charge may; what it said is
    # then repeated, here once all is quiet.
    assert all(status in (200, 503) for answers in rounds for status, _ in answers)
    assert [status for status, _ in gathered(*repeated)] == [200] * 6
    charged = sum(
        Decimal(amount) * sum(1 for status, _ in answers[start:end] if status == 200)
        for answers, start, end, amount in (
            (rounds[0], 6, 12, "2.00"),
            (rounds[1], 6, 12, "3.00"),
            (rounds[2], 0, 6, "4.00"),
        )
    )
    left = sum(balance_of(database, person) for person in people)
    assert left == Decimal("600.00") - Decimal("6.00") - charged


def test_risks_are_told_of_those_who_exist(
    database: Database, gathered: Gathered
) -> None:
    person = an_account(database, "100.00")
    purpose = {"purpose": "PURCHASE", "reference": str(uuid.uuid4())}

    answers = gathered(
        _call("get_risk", str(person)),
        _call("get_risk", str(person), query=purpose),
        _call("get_risk", str(uuid.uuid4())),
        _call("get_risk", str(person), query={"purpose": "PURCHASE"}),
    )

    plain = {
        "user_id": str(person),
        "is_flagged": False,
        "credit_balance": "100.00",
    }
    assert answers[0] == (200, plain)
    assert answers[1] == (200, {**plain, "otp_verified": False})
    assert [status for status, _ in answers[2:]] == [404, 400]
