"""Ticket codes: AES-256-GCM, made and read here alone, valid for a minute.

The key never leaves the backend. The payload is `version . key id . nonce+ciphertext .
proof` in base64url; what is inside binds the code to one seat, event, hall and version
of the ticket, so that a transfer kills the codes of the former owner. The proof is for
scanners without the network.

Codes are made with the current key and read with it and the retired ones.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import json
import os
import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from orchestrator_service.services.scan_proof import ProofKey

TTL_S = 60
# How far ahead the clock of the replica that issued a code may be.
CLOCK_SKEW_S = 5
# Ours have about 330 characters; nothing longer is even decoded.
PAYLOAD_LENGTH_MAX = 512
_FORMAT = "v2"
_PARTS = 4
_NONCE_BYTES = 12  # NIST SP 800-38D, 8.2
_KEY_ID_LENGTH = 8
_INT_MAX = 2**31 - 1


@dataclass(frozen=True, slots=True)
class Ticket:
    """A code that can be shown at the gate until it expires."""

    seat_id: str
    qr_payload: str
    generated_at: datetime
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class TicketCode:
    """What a code says, proven to be ours; not that it still counts."""

    seat_id: str
    event_id: str
    hall_id: str
    ticket_version: int
    generated_at: datetime


class QrService:
    """Issues and reads ticket codes."""

    def __init__(
        self,
        key: bytes,
        retired_keys: Sequence[bytes] = (),
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._key_id = key_id(key)
        self._ciphers = {key_id(one): AESGCM(one) for one in (*retired_keys, key)}
        self._proofs = {key_id(one): ProofKey(one) for one in (*retired_keys, key)}
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
        plain = json.dumps(content, separators=(",", ":"), ensure_ascii=False)
        sealed = self._ciphers[self._key_id].encrypt(
            nonce, plain.encode(), head.encode()
        )
        prefix = f"{head}.{_encode(nonce + sealed)}"
        code = TicketCode(seat_id, event_id, hall_id, ticket_version, generated_at)
        return Ticket(
            seat_id=seat_id,
            qr_payload=f"{prefix}.{self._proof(self._key_id, prefix, code)}",
            generated_at=generated_at,
            expires_at=generated_at + timedelta(seconds=TTL_S),
        )

    def open(self, payload: str) -> TicketCode | None:
        """What the code says; None when it is not one of ours, whatever is wrong."""
        parts = payload.split(".", _PARTS) if len(payload) <= PAYLOAD_LENGTH_MAX else []
        if len(parts) != _PARTS:
            return None
        version, name, body, proof = parts
        cipher = self._ciphers.get(name)
        sealed = _decode(body)
        if version != _FORMAT or cipher is None or len(sealed) < _NONCE_BYTES:
            return None
        nonce, ciphertext = sealed[:_NONCE_BYTES], sealed[_NONCE_BYTES:]
        try:
            plain = cipher.decrypt(nonce, ciphertext, f"{version}.{name}".encode())
        except InvalidTag:
            return None
        code = _read(plain)
        prefix = f"{version}.{name}.{body}"
        return code if code and proof == self._proof(name, prefix, code) else None

    def is_fresh(self, code: TicketCode) -> bool:
        """Whether the code is at most a minute old, and not from the future."""
        return self.was_fresh(code, self._now())

    def was_fresh(self, code: TicketCode, at: datetime) -> bool:
        """The same at another moment."""
        age_s = (at - code.generated_at).total_seconds()
        return -CLOCK_SKEW_S <= age_s <= TTL_S

    def public_keys(self) -> dict[str, str]:
        """What checks the proofs of codes, by the key id that they name."""
        return {
            name: base64.b64encode(proof.public_key).decode()
            for name, proof in self._proofs.items()
        }

    def _proof(self, name: str, prefix: str, code: TicketCode) -> str:
        return _encode(
            self._proofs[name].prove(
                prefix,
                seat_id=code.seat_id,
                event_id=code.event_id,
                hall_id=code.hall_id,
                ticket_version=code.ticket_version,
                made_at_s=int(code.generated_at.timestamp()),
            )
        )


def key_id(key: bytes) -> str:
    """The name under which a code says which key it was made with."""
    return hashlib.sha256(key).hexdigest()[:_KEY_ID_LENGTH]


def _encode(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).decode().rstrip("=")


def _decode(text: str) -> bytes:
    """The bytes, or none when the text is not the one way to write them.

    Other spellings of the same bytes would be other codes for the same ticket.
    """
    try:
        raw = base64.b64decode(
            text + "=" * (-len(text) % 4), altchars=b"-_", validate=True
        )
    except (ValueError, binascii.Error):
        return b""
    return raw if _encode(raw) == text else b""


def _read(plain: bytes) -> TicketCode | None:
    """The content of a code that our key has sealed, by us or by a stranger to us."""
    try:
        content = json.loads(plain)
        if not (0 <= content["v"] <= _INT_MAX and 0 <= content["t"] <= _INT_MAX):
            return None
        return TicketCode(
            seat_id=str(uuid.UUID(content["s"])),
            event_id=str(uuid.UUID(content["e"])),
            hall_id=str(content["h"]),
            ticket_version=int(content["v"]),
            generated_at=datetime.fromtimestamp(int(content["t"]), UTC),
        )
    except (ValueError, TypeError, KeyError, AttributeError, OverflowError, OSError):
        return None
