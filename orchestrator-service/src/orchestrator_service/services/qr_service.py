"""Ticket codes: AES-256-GCM, made and read here alone, valid for a minute.

The key never leaves the backend. The payload is `version . key id . nonce+ciphertext`
in base64url; what is inside binds the code to one seat, event, hall and version of the
ticket, so that a transfer kills the codes of the former owner.
"""

from __future__ import annotations

import base64
import hashlib
import json
import os
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from cryptography.hazmat.primitives.ciphers.aead import AESGCM

TTL_S = 60
_FORMAT = "v1"
_NONCE_BYTES = 12  # NIST SP 800-38D, 8.2
_KEY_ID_LENGTH = 8


@dataclass(frozen=True, slots=True)
class Ticket:
    """A code that can be shown at the gate until it expires."""

    seat_id: str
    qr_payload: str
    generated_at: datetime
    expires_at: datetime


class QrService:
    """Issues ticket codes."""

    def __init__(
        self, key: bytes, now: Callable[[], datetime] = lambda: datetime.now(UTC)
    ) -> None:
        self._cipher = AESGCM(key)
        self._key_id = key_id(key)
        self._now = now

    def issue(
        self, *, seat_id: str, event_id: str, hall_id: str, ticket_version: int
    ) -> Ticket:
        """A fresh code for the ticket as it stands."""
        generated_at = self._now().replace(microsecond=0)
        content = {
            "s": seat_id,
            "e": event_id,
            "h": hall_id,
            "v": ticket_version,
            "t": int(generated_at.timestamp()),
        }
        nonce = os.urandom(_NONCE_BYTES)
        head = f"{_FORMAT}.{self._key_id}"
        sealed = self._cipher.encrypt(
            nonce, json.dumps(content, separators=(",", ":")).encode(), head.encode()
        )
        body = base64.urlsafe_b64encode(nonce + sealed).decode().rstrip("=")
        return Ticket(
            seat_id=seat_id,
            qr_payload=f"{head}.{body}",
            generated_at=generated_at,
            expires_at=generated_at + timedelta(seconds=TTL_S),
        )


def key_id(key: bytes) -> str:
    """The name under which a code says which key it was made with."""
    return hashlib.sha256(key).hexdigest()[:_KEY_ID_LENGTH]
