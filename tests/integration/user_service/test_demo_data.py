from __future__ import annotations

import uuid
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import text

from builders.users import a_movement, a_registration, balance_of
from service_common.access import AccessTokens
from service_common.db import Database
from support.races import race
from user_service.demo_accounts import demo_user_id
from user_service.demo_data import AddressTaken, load_demo_data
from user_service.services.auth_service import AuthService, Registration, SignedIn
from user_service.services.credit_service import CreditService
from user_service.services.invariant_service import InvariantService
from user_service.services.login_guard import ADDRESS_ATTEMPTS_MAX, LoginGuard
from user_service.services.mfa_challenges import MfaChallenges
from user_service.services.passwords import Passwords
from user_service.services.token_service import TokenService
from user_service.services.totp_service import TotpService

PASSWORD = "demo-password-1"
ALICE = "alice@example.com"


@pytest.fixture(scope="module")
def passwords() -> Passwords:
    return Passwords(4)


def _accounts(database: Database) -> dict[str, Any]:
    with database.statement() as connection:
        rows = connection.execute(text("SELECT * FROM users ORDER BY phone")).all()
    return {row.email: row for row in rows}


def _auth(database: Database, passwords: Passwords) -> AuthService:
    tokens = TokenService(database, AccessTokens("a-secret-of-the-access-tokens-here"))
    return AuthService(
        database,
        passwords,
        tokens,
        LoginGuard(database, address_attempts_max=ADDRESS_ATTEMPTS_MAX),
        MfaChallenges(database),
        TotpService(database, bytes(32)),
    )


def _sign_in(database: Database, passwords: Passwords, password: str) -> uuid.UUID:
    outcome = _auth(database, passwords).login(ALICE, password, "127.0.0.1")
    assert isinstance(outcome, SignedIn)
    return outcome.user.user_id


def test_demo_accounts_are_those_of_the_design(
    throwaway: Database, passwords: Passwords
) -> None:
    created = load_demo_data(throwaway, passwords, PASSWORD)

    assert created == 7
    assert [
        (row.email.split("@")[0], row.role, str(row.credit_balance), row.is_flagged)
        for row in _accounts(throwaway).values()
    ] == [
        ("alice", "customer", "1000.00", False),
        ("bob", "customer", "1000.00", False),
        ("carol", "customer", "0.00", False),
        ("flo", "customer", "1000.00", True),
        ("staff", "staff", "0.00", False),
        ("organiser", "organiser", "0.00", False),
        ("admin", "admin", "0.00", False),
    ]
    assert _sign_in(throwaway, passwords, PASSWORD) == demo_user_id(ALICE)
    assert all(each.holds for each in InvariantService(throwaway).judge())


def test_loading_again_changes_nothing_also_no_spent_balance(
    throwaway: Database, passwords: Passwords
) -> None:
    load_demo_data(throwaway, passwords, PASSWORD)
    alice = demo_user_id(ALICE)
    CreditService(throwaway).deduct_credits(a_movement(alice, "350.00"))
    before = _accounts(throwaway)

    created = load_demo_data(throwaway, passwords, "another-password")

    assert created == 0
    assert _accounts(throwaway) == before
    assert balance_of(throwaway, alice) == Decimal("650.00")


def test_loading_many_times_at_once_is_loading_once(
    throwaway: Database, passwords: Passwords
) -> None:
    created = race(*[lambda: load_demo_data(throwaway, passwords, PASSWORD)] * 4)

    assert sum(created) == 7
    assert balance_of(throwaway, demo_user_id(ALICE)) == Decimal("1000.00")


def test_address_that_somebody_else_registered_stops_the_load(
    throwaway: Database, passwords: Passwords
) -> None:
    somebody = Registration(**a_registration(email=ALICE.upper()))
    registered = _auth(throwaway, passwords).register_user(somebody)
    assert isinstance(registered.user_id, uuid.UUID)

    with pytest.raises(AddressTaken, match=ALICE):
        load_demo_data(throwaway, passwords, PASSWORD)
