"""Registers people and signs them in: by password, and by a code where one is on."""

from __future__ import annotations

from dataclasses import dataclass

import structlog
from sqlalchemy import func, select, text
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from service_common.db import Database
from user_service.models.user import User
from user_service.services.login_guard import LoginGuard
from user_service.services.mfa_challenges import MfaChallenges
from user_service.services.passwords import Passwords
from user_service.services.refusals import (
    EmailTaken,
    InvalidCredentials,
    MfaCodeInvalid,
    MfaTokenInvalid,
)
from user_service.services.token_service import TokenPair, TokenService
from user_service.services.totp_service import TotpService

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


@dataclass(frozen=True, slots=True)
class MfaRequired:
    """The password was right; with this token the code may be entered."""

    mfa_token: str


class AuthService:
    """The door."""

    def __init__(
        self,
        database: Database,
        passwords: Passwords,
        tokens: TokenService,
        guard: LoginGuard,
        mfa: MfaChallenges,
        totp: TotpService,
    ) -> None:
        self._database = database
        self._passwords = passwords
        self._tokens = tokens
        self._guard = guard
        self._mfa = mfa
        self._totp = totp

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

    def login(self, email: str, password: str, address: str) -> SignedIn | MfaRequired:
        """Tokens for the right password, or the question for a code.

        Every try counts until it turns out to be good. Where a code is still to come
        the account's count stays, so that codes cannot be guessed login by login.
        """
        attempt = self._guard.take(email, address)
        user = self._prove_identity(email, password)
        self._guard.give_back(attempt)
        if user.totp_enabled:
            log.info("login_needs_second_factor", user_id=str(user.user_id))
            return MfaRequired(self._mfa.open(user.user_id))
        self._guard.forget(attempt)
        return self._sign_in(user)

    def verify_mfa(self, mfa_token: str, code: str, address: str) -> SignedIn:
        """Tokens for the right code of a login whose password was right."""
        claimant = self._mfa.claimant(mfa_token)
        attempt = self._guard.take(claimant.email, address)
        self._mfa.take_attempt(mfa_token)
        if not self._totp.check(claimant.user_id, code):
            log.warning("second_factor_refused", user_id=str(claimant.user_id))
            raise MfaCodeInvalid
        self._mfa.use(mfa_token)
        user = self._find_by_email(claimant.email)
        if user is None:
            raise MfaTokenInvalid
        self._guard.give_back(attempt)
        self._guard.forget(attempt)
        return self._sign_in(user)

    def _sign_in(self, user: User) -> SignedIn:
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
