"""Issues access tokens, and refresh tokens that are good for one use."""

from __future__ import annotations

import hashlib
import secrets
import uuid
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import structlog
from sqlalchemy import Connection, text

from service_common.access import AccessTokens
from service_common.db import Database
from user_service.models.user import User
from user_service.services.refusals import (
    RefreshTokenExpired,
    RefreshTokenUnknown,
    TokenReused,
)

log = structlog.get_logger()

ACCESS_TOKEN_TTL_S = 15 * 60
REFRESH_TOKEN_TTL = timedelta(days=30)
_REFRESH_TOKEN_BYTES = 32

# A login opens a family, and clears away those of the same person that have run out.
_OPEN_FAMILY = text(
    """
    WITH over AS (
        DELETE FROM refresh_families
         WHERE user_id = :user_id AND NOT EXISTS (
               SELECT FROM refresh_tokens
                WHERE refresh_tokens.family_id = refresh_families.family_id
                  AND refresh_tokens.expires_at > now())
    ), family AS (
        INSERT INTO refresh_families (user_id) VALUES (:user_id) RETURNING family_id
    )
    INSERT INTO refresh_tokens (token_hash, family_id, expires_at)
    SELECT :token_hash, family_id, now() + :ttl FROM family
    """
)
# The token's own row decides between two refreshes: the second finds it used.
_ROTATE = text(
    """
    WITH spent AS (
        UPDATE refresh_tokens
           SET used_at = now()
          FROM refresh_families
         WHERE refresh_tokens.token_hash = :token_hash
           AND refresh_families.family_id = refresh_tokens.family_id
           AND refresh_tokens.used_at IS NULL
           AND refresh_tokens.expires_at > now()
           AND refresh_families.revoked_at IS NULL
        RETURNING refresh_families.family_id, refresh_families.user_id
    ), fresh AS (
        INSERT INTO refresh_tokens (token_hash, family_id, expires_at)
        SELECT :fresh_hash, family_id, now() + :ttl FROM spent
    )
    SELECT users.user_id, users.role FROM spent JOIN users USING (user_id)
    """
)
_READ_TOKEN = text(
    """
    SELECT used_at IS NOT NULL AS used, expires_at <= now() AS expired,
           revoked_at IS NOT NULL AS revoked
      FROM refresh_tokens JOIN refresh_families USING (family_id)
     WHERE token_hash = :token_hash
    """
)
_REVOKE_FAMILY = text(
    """
    UPDATE refresh_families SET revoked_at = now()
     WHERE revoked_at IS NULL AND family_id =
           (SELECT family_id FROM refresh_tokens WHERE token_hash = :token_hash)
    RETURNING family_id, user_id
    """
)


@dataclass(frozen=True, slots=True)
class TokenPair:
    """What a client gets to be known by."""

    access_token: str
    refresh_token: str
    token_type: str = "Bearer"  # noqa: S105 - the name of a scheme
    expires_in: int = ACCESS_TOKEN_TTL_S


class TokenService:
    """Knows every token of this system."""

    def __init__(self, database: Database, access_tokens: AccessTokens) -> None:
        self._database = database
        self._access_tokens = access_tokens

    def open_family(self, user: User) -> TokenPair:
        """The first pair after a login."""
        fresh = _new_refresh_token()
        with self._database.statement() as connection:
            connection.execute(
                _OPEN_FAMILY,
                {
                    "user_id": user.user_id,
                    "token_hash": _hash(fresh),
                    "ttl": REFRESH_TOKEN_TTL,
                },
            )
        return self._pair(user.user_id, user.role, fresh)

    def rotate(self, refresh_token: str) -> TokenPair:
        """A new pair for a token that was not used before.

        The access token carries the role of now. A used token revokes its family: it
        was copied, and nobody can tell which of its holders is the rightful one.
        """
        fresh = _new_refresh_token()
        token_hash = _hash(refresh_token)
        with self._database.statement() as connection:
            user = connection.execute(
                _ROTATE,
                {
                    "token_hash": token_hash,
                    "fresh_hash": _hash(fresh),
                    "ttl": REFRESH_TOKEN_TTL,
                },
            ).one_or_none()
            if user is None:
                raise _refusal(connection, token_hash)
        return self._pair(user.user_id, user.role, fresh)

    def revoke_family(self, refresh_token: str) -> None:
        """Sign out: no token of the family is good any more. Unknown ones are none."""
        with self._database.statement() as connection:
            _revoke(connection, _hash(refresh_token))

    def _pair(self, user_id: uuid.UUID, role: str, refresh_token: str) -> TokenPair:
        issued_at = datetime.now(UTC)
        expires_at = issued_at + timedelta(seconds=ACCESS_TOKEN_TTL_S)
        claims = {
            "sub": str(user_id),
            "role": role,
            "iat": int(issued_at.timestamp()),
            "exp": int(expires_at.timestamp()),
            "jti": str(uuid.uuid4()),
        }
        return TokenPair(self._access_tokens.issue(claims), refresh_token)


def _new_refresh_token() -> str:
    return secrets.token_urlsafe(_REFRESH_TOKEN_BYTES)


def _hash(refresh_token: str) -> bytes:
    return hashlib.sha256(refresh_token.encode()).digest()


def _refusal(connection: Connection, token_hash: bytes) -> Exception:
    """Why a token was not rotated; a reuse costs the family."""
    token = connection.execute(_READ_TOKEN, {"token_hash": token_hash}).one_or_none()
    if token is None:
        return RefreshTokenUnknown()
    if token.used:
        family = _revoke(connection, token_hash)
        if family is not None:
            log.warning("refresh_reuse_detected", user_id=str(family))
        return TokenReused()
    if token.revoked or not token.expired:
        return RefreshTokenUnknown()
    return RefreshTokenExpired()


def _revoke(connection: Connection, token_hash: bytes) -> uuid.UUID | None:
    """Revoke the token's family; returns whose it was when it was still good."""
    row = connection.execute(_REVOKE_FAMILY, {"token_hash": token_hash}).one_or_none()
    return None if row is None else row.user_id
