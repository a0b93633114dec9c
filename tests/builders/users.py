"""People with accounts, their tokens, and movements of their credits."""

from __future__ import annotations

import time
import uuid
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any, TypeVar

from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from service_common.access import AccessTokens, Role
from service_common.db import DEADLOCK_DETECTED, Database, sqlstate
from service_common.errors import Unavailable
from user_service.services.credit_service import CreditService, Movement

JWT_SECRET = "secret-of-the-access-tokens-of-the-tests"
PASSWORD = "correct-horse-1"
PHONE = "+6591234567"
DECISION_DEADLINE_S = 30.0

T = TypeVar("T")

_INSERT = text(
    """
    INSERT INTO users (user_id, email, phone, password_hash, role)
    VALUES (:user_id, :email, :phone, '-', :role)
    """
)


def an_email() -> str:
    return f"{uuid.uuid4().hex}@example.com"


def a_phone() -> str:
    """A number that no other test has."""
    return f"+659{uuid.uuid4().int % 10**7:07d}"


def a_registration(**changes: Any) -> dict[str, Any]:
    """The body of a registration that is accepted."""
    return {
        "email": an_email(),
        "phone": PHONE,
        "password": PASSWORD,
        "name": "Ada",
        **changes,
    }


def an_account(
    database: Database,
    balance: str = "0.00",
    role: Role = Role.CUSTOMER,
    phone: str = PHONE,
) -> uuid.UUID:
    """Somebody with so many credits, who cannot sign in; costs no bcrypt."""
    user_id = uuid.uuid4()
    with database.statement() as connection:
        connection.execute(
            _INSERT,
            {"user_id": user_id, "email": an_email(), "role": role, "phone": phone},
        )
    if Decimal(balance):
        CreditService(database).top_up_credits(
            a_movement(user_id, balance, f"start:{user_id}")
        )
    return user_id


def a_movement(
    user_id: uuid.UUID, amount: str = "10.00", operation_key: str | None = None
) -> Movement:
    return Movement(
        operation_key=operation_key or f"{uuid.uuid4()}:deduct",
        user_id=user_id,
        amount=Decimal(amount),
        reference="an order",
    )


def balance_of(database: Database, user_id: uuid.UUID) -> Decimal:
    with database.statement() as connection:
        return Decimal(
            connection.execute(
                text("SELECT credit_balance FROM users WHERE user_id = :user_id"),
                {"user_id": user_id},
            ).scalar_one()
        )


def access_header(
    user_id: uuid.UUID | str, role: Role = Role.CUSTOMER
) -> dict[str, str]:
    """The header of somebody signed in."""
    now = datetime.now(UTC)
    claims = {
        "sub": str(user_id),
        "role": role,
        "iat": int(now.timestamp()),
        "exp": int((now + timedelta(minutes=15)).timestamp()),
        "jti": str(uuid.uuid4()),
    }
    return {"Authorization": f"Bearer {AccessTokens(JWT_SECRET).issue(claims)}"}


def until_decided(call: Callable[[], T]) -> T:
    """Repeat what nobody knows, as every caller of the service does."""
    deadline = time.monotonic() + DECISION_DEADLINE_S
    while True:
        try:
            return call()
        except Unavailable as error:
            cause = error.__cause__
            if isinstance(cause, DBAPIError) and sqlstate(cause) == DEADLOCK_DETECTED:
                raise AssertionError("a deadlock") from error
            if time.monotonic() > deadline:
                raise


def error_code(response: Any) -> str:
    """The code in an error's envelope, which has to be complete."""
    error = response.get_json()["error"]
    assert set(error) == {"code", "message", "details", "request_id"}
    return str(error["code"])
