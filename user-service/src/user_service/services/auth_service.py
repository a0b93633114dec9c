"""Registers people and signs them in."""

from __future__ import annotations

from dataclasses import dataclass

import structlog
from sqlalchemy import func, select, text
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from service_common.db import Database
from user_service.models.user import User
from user_service.services.passwords import Passwords
from user_service.services.refusals import EmailTaken, InvalidCredentials
from user_service.services.token_service import TokenPair, TokenService

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Registration:
    """What a new account is made of."""

    email: str
    phone: str
    password: str
    name: str | None = None


@dataclass(frozen=True, slots=True)
class SignedIn:
    """Somebody who proved who he is, and his tokens."""

    user: User
    tokens: TokenPair


class AuthService:
    """The door."""

    def __init__(
        self, database: Database, passwords: Passwords, tokens: TokenService
    ) -> None:
        self._database = database
        self._passwords = passwords
        self._tokens = tokens

    def register_user(self, registration: Registration) -> User:
        """Open an account, or EmailTaken; the unique index decides between two."""
        statement = (
            insert(User)
            .values(
                email=registration.email,
                phone=registration.phone,
                name=registration.name,
                password_hash=self._passwords.hash(registration.password),
            )
            .on_conflict_do_nothing(index_elements=[func.lower(text("email"))])
            .returning(User)
        )
        with self._database.statement() as connection, Session(connection) as session:
            user = session.scalars(statement).one_or_none()
            if user is None:
                raise EmailTaken
            session.expunge(user)
        log.info("user_registered", user_id=str(user.user_id))
        return user

    def login(self, email: str, password: str) -> SignedIn:
        """Tokens for the right password.

        A limit on failures per account and address belongs around the password
        check: everything that decides whether somebody is who he says is in there.
        """
        user = self._prove_identity(email, password)
        log.info("login_succeeded", user_id=str(user.user_id))
        return SignedIn(user, self._tokens.open_family(user))

    def _prove_identity(self, email: str, password: str) -> User:
        """The account; one password check whether or not there is one."""
        user = self._find_by_email(email)
        if (
            not self._passwords.matches(password, user.password_hash if user else None)
            or user is None
        ):
            log.warning("login_refused", user_id=str(user.user_id) if user else None)
            raise InvalidCredentials
        return user

    def _find_by_email(self, email: str) -> User | None:
        statement = select(User).where(func.lower(User.email) == func.lower(email))
        with self._database.statement() as connection, Session(connection) as session:
            user = session.scalars(statement).one_or_none()
            if user is not None:
                session.expunge(user)
        return user
