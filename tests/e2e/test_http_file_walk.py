"""The requests of docs/ticketremaster.http, sent from the top to the bottom."""

from __future__ import annotations

from pathlib import Path
from urllib.parse import quote

import pytest

from support.http_file import parse_http_file, run
from support.market import Market
from support.shop import PASSWORD, Person
from ticket_demo.answer import Answer

TEXT = (Path(__file__).parents[2] / "docs" / "ticketremaster.http").read_text(
    encoding="utf-8"
)


@pytest.fixture(scope="module")
def answers(market: Market, base_url: str, admin: str) -> dict[str, Answer]:
    """With people of its own, so that no other test has their phones in use."""
    people = {name: market.person_with("50.00") for name in ("alice", "bob", "flo")}
    flagged = market.shop.api.flag_user(admin, people["flo"].user_id)
    assert flagged.status == 200, flagged.body
    variables = {
        "gateway": base_url,
        "inbox": market.smu.url,
        "password": PASSWORD,
    }
    for name, person in people.items():
        variables[f"{name}_email"] = _email(market, person)
        variables[f"{name}_phone"] = quote(person.phone)
    return run(parse_http_file(TEXT), variables)


def test_every_request_is_answered_as_its_remark_says(
    answers: dict[str, Answer],
) -> None:
    refused = {
        name: (answer.status, answer.code)
        for name, answer in answers.items()
        if not answer.ok
    }

    assert refused == {
        "sold": (409, "SEAT_ALREADY_SOLD"),
        "too_early": (428, "OTP_REQUIRED"),
    }


def test_scenarios_end_as_they_should(answers: dict[str, Answer]) -> None:
    seat_id = answers["reserved"]["seat_id"]

    assert answers["order"]["status"] == "CONFIRMED"
    assert answers["flo_paid"]["status"] == "CONFIRMED"
    assert answers["half"]["status"] == "PENDING_OTP"
    assert answers["whole"]["status"] == "COMPLETED"
    assert [ticket["seat_id"] for ticket in answers["tickets"]["data"]] == [seat_id]


def test_gate_decides_as_the_remarks_say(answers: dict[str, Answer]) -> None:
    results = {
        name: answers[name]["result"]
        for name in ("wrong_hall", "too_old", "let_in", "again")
    }

    assert results == {
        "wrong_hall": "WRONG_HALL",
        "too_old": "EXPIRED",
        "let_in": "SUCCESS",
        "again": "DUPLICATE",
    }


def _email(market: Market, person: Person) -> str:
    me = market.shop.api.me(person.token)
    assert me.status == 200, me.body
    return str(me["email"])
