from __future__ import annotations

import uuid
from decimal import Decimal
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import text

from builders.users import a_movement, access_header, an_account
from service_common.db import Database
from user_service.services.credit_facts import CreditFacts
from user_service.services.credit_service import CreditService
from user_service.services.invariant_service import InvariantService

BREAKERS = {
    "balance_equals_ledger": "UPDATE users SET credit_balance = credit_balance + 1",
    "ledger_sums_to_zero": "DELETE FROM credit_ledger WHERE leg = 1",
    "operation_has_two_legs_of_sum_zero": (
        "UPDATE credit_ledger SET amount = amount + 1 WHERE leg = 1 AND kind = 'TOPUP'"
    ),
    "nothing_is_negative": (
        "ALTER TABLE users DROP CONSTRAINT ck_users_credits_owed_not_negative;"
        "UPDATE users SET credits_owed = -1"
    ),
    "refund_undoes_its_charge": (
        "UPDATE credit_ledger SET operation_key = 'x' || operation_key"
        " WHERE kind = 'REFUND'"
    ),
    "frozen_equals_freezes": (
        "INSERT INTO credit_freezes (operation_key, user_id, reference, asked, frozen,"
        " held) SELECT 'k', user_id, 'r', 1, 1, 1 FROM users"
    ),
    "debt_equals_receivable": "UPDATE users SET credits_owed = 1",
    "payment_is_credited_once": (
        "INSERT INTO stripe_payments (payment_intent_id, user_id, received, credited)"
        " SELECT 'pi_1', user_id, 1, true FROM users"
    ),
    "topup_succeeded_only_by_payment": (
        "INSERT INTO topups (user_id, amount, status)"
        " SELECT user_id, 1, 'SUCCEEDED' FROM users"
    ),
    "take_backs_are_all_that_is_due": (
        "INSERT INTO stripe_payments (payment_intent_id, user_id, received, credited)"
        " SELECT 'pi_1', user_id, 5, true FROM users;"
        " INSERT INTO stripe_take_backs (source_id, payment_intent_id, kind, amount)"
        " VALUES ('ch_1', 'pi_1', 'REFUND', 1)"
    ),
    "take_backs_equal_ledger": (
        "INSERT INTO stripe_payments (payment_intent_id) VALUES ('pi_1');"
        " INSERT INTO stripe_take_backs"
        " (source_id, payment_intent_id, kind, amount, taken)"
        " VALUES ('ch_1', 'pi_1', 'REFUND', 1, 1)"
    ),
}


@pytest.fixture
def user_id(database: Database, credit: CreditService) -> uuid.UUID:
    """Somebody who topped up 100.00, paid 30.00, got it back, and paid 10.00."""
    user_id = an_account(database, "100.00")
    refunded = a_movement(user_id, "30.00")
    credit.deduct_credits(refunded)
    credit.reverse_deduct(refunded)
    credit.reverse_deduct(a_movement(user_id, "77.00"))
    credit.deduct_credits(a_movement(user_id, "10.00"))
    return user_id


def test_balance_is_answered_with_its_currency(
    client: FlaskClient, user_id: uuid.UUID
) -> None:
    answer = client.get("/credits/balance", headers=access_header(user_id))

    assert answer.get_json() == {
        "user_id": str(user_id),
        "credit_balance": "90.00",
        "credits_frozen": "0.00",
        "currency": "SGD",
    }


def test_entries_tell_every_movement_newest_first(
    client: FlaskClient, user_id: uuid.UUID
) -> None:
    body = client.get("/credits/entries", headers=access_header(user_id)).get_json()

    assert [
        (entry["kind"], entry["amount"], entry["balance_after"])
        for entry in body["data"]
    ] == [
        ("DEDUCT", "-10.00", "90.00"),
        ("REFUND", "30.00", "100.00"),
        ("DEDUCT", "-30.00", "70.00"),
        ("TOPUP", "100.00", "100.00"),
    ]
    assert set(body["data"][0]) == {
        *("entry_id", "kind", "amount", "balance_after", "reference", "created_at")
    }


def test_pages_of_entries_join_without_gap(
    client: FlaskClient, user_id: uuid.UUID
) -> None:
    header = access_header(user_id)
    whole = client.get("/credits/entries", headers=header).get_json()["data"]

    seen: list[Any] = []
    page: int | None = 1
    while page is not None:
        body = client.get(
            f"/credits/entries?page={page}&page_size=3", headers=header
        ).get_json()
        seen += body["data"]
        assert body["pagination"]["total"] == 4
        page = body["pagination"]["next_page"]

    assert seen == whole


def test_page_beyond_the_last_is_empty(client: FlaskClient, user_id: uuid.UUID) -> None:
    body = client.get(
        "/credits/entries?page=1000000&page_size=100", headers=access_header(user_id)
    ).get_json()

    assert body["data"] == []
    assert body["pagination"]["next_page"] is None


def test_facts_tell_every_operation_once_with_what_is_left_of_it(
    service: FlaskClient, user_id: uuid.UUID
) -> None:
    facts: list[Any] = []
    after: str | None = ""
    while after is not None:
        body = service.get(
            "/credits/facts", query_string={"after": after, "limit": 3}
        ).get_json()
        facts += body["data"]
        after = body["next"]

    keys = [fact["operation_key"] for fact in facts]
    assert keys == sorted(set(keys))
    mine = [fact["net"] for fact in facts if fact["user_id"] == str(user_id)]
    assert sorted(mine) == ["-10.00", "0.00", "0.00", "100.00"]
    assert not any(key.endswith(":reversed") for key in keys)


def test_facts_of_named_operations_are_found(
    service: FlaskClient, user_id: uuid.UUID
) -> None:
    page = service.get("/credits/facts", query_string={"limit": 2}).get_json()
    keys = [fact["operation_key"] for fact in page["data"]]

    found = service.post(
        "/credits/facts", json={"operation_keys": [*keys, "of nobody"]}
    ).get_json()

    assert found["next"] is None
    assert sorted(fact["operation_key"] for fact in found["data"]) == keys
    assert [fact for fact in page["data"] if fact in found["data"]] == page["data"]


@pytest.mark.parametrize(
    "keys", [None, [], "x", [""], [7], ["a\nb"], ["k" * 256], ["k"] * 1001]
)
def test_look_up_refuses_what_is_no_list_of_keys(
    service: FlaskClient, keys: object
) -> None:
    answer = service.post("/credits/facts", json={"operation_keys": keys})

    assert (answer.status_code, answer.get_json()["error"]["code"]) == (
        400,
        "INVALID_INPUT",
    )


def test_drift_is_zero_until_a_balance_leaves_its_ledger(
    service: FlaskClient, throwaway: Database
) -> None:
    assert service.get("/credits/drift").get_json() == {"drift": "0.00"}
    facts = CreditFacts(throwaway)
    for change in (Decimal("0.30"), Decimal("-0.12")):
        user_id = an_account(throwaway, "100.00")
        with throwaway.transaction() as connection:
            connection.execute(
                text(
                    "UPDATE users SET credit_balance = credit_balance + :change"
                    " WHERE user_id = :user_id"
                ),
                {"user_id": user_id, "change": change},
            )

    assert facts.measure_drift() == Decimal("0.42")


def test_invariants_hold(service: FlaskClient, user_id: uuid.UUID) -> None:
    judged = service.get("/invariants").get_json()["invariants"]

    assert {each["name"] for each in judged} == set(BREAKERS)
    for each in judged:
        assert (each["holds"], each["violations"], each["examples"]) == (True, 0, [])


@pytest.mark.parametrize("name", BREAKERS)
def test_broken_invariant_is_seen_with_an_example(
    throwaway: Database, name: str
) -> None:
    credit = CreditService(throwaway)
    charge = a_movement(an_account(throwaway, "100.00"))
    credit.deduct_credits(charge)
    credit.reverse_deduct(charge)
    with throwaway.transaction() as connection:
        connection.execute(text(BREAKERS[name]))

    judged = {each.name: each for each in InvariantService(throwaway).judge()}

    assert not judged[name].holds
    assert judged[name].violations == len(judged[name].examples) == 1
