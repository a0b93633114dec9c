"""Codes of authenticator apps (RFC 6238), each good once."""

from __future__ import annotations

import base64
import hmac
import secrets
import time
import uuid
from dataclasses import dataclass

import pyotp
import structlog
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from sqlalchemy import text

from service_common.db import Database
from user_service.services.refusals import (
    MfaAlreadyEnabled,
    MfaCodeInvalid,
    MfaNotEnrolled,
    UserNotFound,
)

log = structlog.get_logger()

ISSUER = "TicketRemaster"
STEP_S = 30
_NONCE_BYTES = 12
# A phone's clock may be one step behind or ahead.
_DRIFT_STEPS = (-1, 0, 1)

_READ = text(
    "SELECT email, two_fa_secret, totp_enabled FROM users WHERE user_id = :user_id"
)
_ENROLL = text(
    "UPDATE users SET two_fa_secret = :sealed"
    " WHERE user_id = :user_id AND NOT totp_enabled"
)
# Guarded by the secret: another enrolment may have taken the place of this one.
_ACTIVATE = text(
    """
    UPDATE users SET totp_enabled = true, totp_last_step = :step
     WHERE user_id = :user_id AND NOT totp_enabled AND two_fa_secret = :sealed
    """
)
# A code that was seen over a shoulder is used up, and so are those before it.
_USE_STEP = text(
    """
    UPDATE users SET totp_last_step = :step
     WHERE user_id = :user_id AND totp_enabled AND totp_last_step < :step
    """
)


@dataclass(frozen=True, slots=True)
class Enrolment:
    """What an authenticator app is to be told, once."""

    secret: str
    otpauth_uri: str


class TotpService:
    """Second factors; their secrets lie in the database sealed with AES-GCM."""

    def __init__(self, database: Database, key: bytes) -> None:
        self._database = database
        self._cipher = AESGCM(key)

    def enroll(self, user_id: uuid.UUID) -> Enrolment:
        """Make a secret; it counts only once a code of it was entered."""
        secret = pyotp.random_base32()
        with self._database.statement() as connection:
            user = connection.execute(_READ, {"user_id": user_id}).one_or_none()
            if user is None:
                raise UserNotFound
            sealed = self._seal(user_id, secret)
            enrolled = connection.execute(
                _ENROLL, {"user_id": user_id, "sealed": sealed}
            ).rowcount
        if not enrolled:
            raise MfaAlreadyEnabled
        uri = pyotp.TOTP(secret).provisioning_uri(name=user.email, issuer_name=ISSUER)
        return Enrolment(secret, uri)

    def activate(self, user_id: uuid.UUID, code: str) -> None:
        """Ask for codes from the next login on; the app has shown that it has them."""
        with self._database.statement() as connection:
            user = connection.execute(_READ, {"user_id": user_id}).one_or_none()
            if user is None:
                raise UserNotFound
            if user.totp_enabled:
                raise MfaAlreadyEnabled
            if user.two_fa_secret is None:
                raise MfaNotEnrolled
            step = _matching_step(self._open(user_id, user.two_fa_secret), code)
            if step is None:
                raise MfaCodeInvalid
            activated = connection.execute(
                _ACTIVATE,
                {"user_id": user_id, "step": step, "sealed": user.two_fa_secret},
            ).rowcount
        if not activated:
            raise MfaCodeInvalid
        log.info("mfa_activated", user_id=str(user_id))

    def check(self, user_id: uuid.UUID, code: str) -> bool:
        """Whether it is a code of this user that was not used before; uses it up."""
        with self._database.statement() as connection:
            user = connection.execute(_READ, {"user_id": user_id}).one_or_none()
            if user is None or not user.totp_enabled:
                return False
            step = _matching_step(self._open(user_id, user.two_fa_secret), code)
            if step is None:
                return False
            used = connection.execute(_USE_STEP, {"user_id": user_id, "step": step})
            return used.rowcount == 1

    def _seal(self, user_id: uuid.UUID, secret: str) -> str:
        nonce = secrets.token_bytes(_NONCE_BYTES)
        sealed = self._cipher.encrypt(nonce, secret.encode(), user_id.bytes)
        return base64.b64encode(nonce + sealed).decode()

    def _open(self, user_id: uuid.UUID, sealed: str) -> str:
        """The secret; one that was copied from another user's row does not open."""
        raw = base64.b64decode(sealed)
        nonce, box = raw[:_NONCE_BYTES], raw[_NONCE_BYTES:]
        try:
            return self._cipher.decrypt(nonce, box, user_id.bytes).decode()
        except InvalidTag:
            raise RuntimeError(
                "a second factor does not open with TOTP_ENCRYPTION_KEY"
            ) from None


def _matching_step(secret: str, code: str) -> int | None:
    """The step of time whose code it is."""
    totp = pyotp.TOTP(secret, interval=STEP_S)
    now = int(time.time()) // STEP_S
    for step in (now + drift for drift in _DRIFT_STEPS):
        if hmac.compare_digest(totp.generate_otp(step).encode(), code.encode()):
            return step
    return None
