"""What lets a scanner without the network believe a code that it cannot decrypt.

Each code carries a signature (Ed25519) that anybody may check and only we can make, and
the few facts that it signs: seat, version of the ticket, time. The scanner knows event
and hall, which are signed too, and so is the encrypted part: a proof fits one code.
"""

from __future__ import annotations

import uuid

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

_PURPOSE = b"ticketremaster scan proof 1"
_INT_BYTES = 4


class ProofKey:
    """Signs codes; derived from the key that encrypts them, so there is one secret."""

    def __init__(self, key: bytes) -> None:
        seed = HKDF(SHA256(), length=32, salt=None, info=_PURPOSE).derive(key)
        self._private = Ed25519PrivateKey.from_private_bytes(seed)

    @property
    def public_key(self) -> bytes:
        """The 32 bytes that a scanner checks with."""
        return self._private.public_key().public_bytes_raw()

    def prove(
        self,
        sealed: str,
        *,
        seat_id: str,
        event_id: str,
        hall_id: str,
        ticket_version: int,
        made_at_s: int,
    ) -> bytes:
        """Seat, version and time, and the signature of these and all the rest."""
        facts = (
            uuid.UUID(seat_id).bytes
            + ticket_version.to_bytes(_INT_BYTES, "big")
            + made_at_s.to_bytes(_INT_BYTES, "big")
        )
        signed = b"\0".join(
            (_PURPOSE, sealed.encode(), uuid.UUID(event_id).bytes + facts)
        )
        return facts + self._private.sign(signed + hall_id.encode())
