"""The time between the right password and the code of the app."""

from __future__ import annotations

import hashlib
import secrets
import uuid
from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import TextClause, text

from service_common.db import Database
from user_service.services.refusals import MfaTokenInvalid

_TTL = timedelta(minutes=5)
_TOKEN_BYTES = 32

# Those of the same person that have run out go when a new one comes.
_OPEN = text(
    """
    WITH over AS (
        DELETE FROM mfa_challenges WHERE user_id = :user_id AND expires_at <= now()
    )
    INSERT INTO mfa_challenges (token_hash, user_id, expires_at)
    VALUES (:token_hash, :user_id, now() + :ttl)
    """
)
_READ = text(
    """
    SELECT users.user_id, users.email FROM mfa_challenges JOIN users USING (user_id)
     WHERE token_hash = :token_hash AND used_at IS NULL AND expires_at > now()
       AND attempts < 5
    """
)
# Counted before the code is looked at.
_TAKE_ATTEMPT = text(
    """
    UPDATE mfa_challenges SET attempts = attempts + 1
     WHERE token_hash = :token_hash AND used_at IS NULL AND expires_at > now()
       AND attempts < 5
    """
)
_USE = text(
    """
    UPDATE mfa_challenges SET used_at = now()
     WHERE token_hash = :token_hash AND used_at IS NULL
    """
)


@dataclass(frozen=True, slots=True)
class Claimant:
    """Who knew the password."""

    user_id: uuid.UUID
    email: str


class MfaChallenges:
    """Tokens that are good for entering a code, and for nothing else."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def open(self, user_id: uuid.UUID) -> str:
        """A token for five minutes and five codes."""
        token = secrets.token_urlsafe(_TOKEN_BYTES)
        with self._database.statement() as connection:
            connection.execute(
                _OPEN, {"user_id": user_id, "token_hash": _hash(token), "ttl": _TTL}
            )
        return token

    def claimant(self, token: str) -> Claimant:
        """Whose token it is, or MfaTokenInvalid."""
        with self._database.statement() as connection:
            row = connection.execute(_READ, {"token_hash": _hash(token)}).one_or_none()
        if row is None:
            raise MfaTokenInvalid
        return Claimant(row.user_id, row.email)

    def take_attempt(self, token: str) -> None:
        """Count a code, or MfaTokenInvalid when there were enough."""
        self._change(_TAKE_ATTEMPT, token)

    def use(self, token: str) -> None:
        """Sign in with it, once."""
        self._change(_USE, token)

    def _change(self, statement: TextClause, token: str) -> None:
        with self._database.statement() as connection:
            changed = connection.execute(
                statement,
                {"token_hash": _hash(token)},
            ).rowcount
        if not changed:
            raise MfaTokenInvalid


def _hash(token: str) -> bytes:
    return hashlib.sha256(token.encode()).digest()
