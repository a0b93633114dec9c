"""Reads accounts, and changes what an administrator may change."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from typing import Any

import structlog
from sqlalchemy import Row, text
from sqlalchemy.orm import Session

from service_common.access import Role
from service_common.db import Database
from service_common.prepared import hot
from user_service.models.user import User
from user_service.services.refusals import UserNotFound

log = structlog.get_logger()


# One statement, since every purchase asks it twice.
_READ_RISK = hot(
    text(
        """
        SELECT u.user_id, u.is_flagged, u.credit_balance,
               EXISTS (SELECT FROM otp_challenges c
                        WHERE c.user_id = u.user_id AND c.purpose = :purpose
                          AND c.reference = :reference AND c.state = 'VERIFIED')
               AS otp_verified
          FROM users u WHERE u.user_id = CAST(:user_id AS uuid)
        """
    )
)


class UserService:
    """The accounts."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def get_user(self, user_id: uuid.UUID) -> User:
        """The account, or UserNotFound."""
        with self._database.statement() as connection, Session(connection) as session:
            user = session.get(User, user_id)
            if user is None:
                raise UserNotFound
            session.expunge(user)
        return user

    def get_risk(
        self, user_id: uuid.UUID, *, purpose: str | None, reference: str | None
    ) -> Row[Any]:
        """Flag, balance, and whether the code for a purpose was entered."""
        asked = {"user_id": user_id, "purpose": purpose, "reference": reference}
        with self._database.statement() as connection:
            row = connection.execute(_READ_RISK, asked).one_or_none()
        if row is None:
            raise UserNotFound
        return row

    def flag_user(self, user_id: uuid.UUID) -> User:
        """Mark as high risk."""
        return self._change(user_id, User.flag, event="user_flagged")

    def unflag_user(self, user_id: uuid.UUID) -> User:
        """Trust again."""
        return self._change(user_id, User.unflag, event="user_unflagged")

    def change_role(self, user_id: uuid.UUID, role: Role) -> User:
        """Give another role, which tokens issued from now on carry."""
        return self._change(
            user_id, lambda user: user.take_role(role), event="user_role_changed"
        )

    def _change(
        self, user_id: uuid.UUID, change: Callable[[User], None], *, event: str
    ) -> User:
        with (
            self._database.transaction() as connection,
            Session(connection, expire_on_commit=False) as session,
        ):
            user = session.get(User, user_id, with_for_update=True)
            if user is None:
                raise UserNotFound
            change(user)
            session.flush()
            session.expunge(user)
        log.info(event, user_id=str(user_id), role=user.role)
        return user
