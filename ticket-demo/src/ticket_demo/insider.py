"""What somebody could make who had stolen the key of the ticket codes."""

from __future__ import annotations

import base64
import hashlib
import json
import os
import time
import uuid

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

_NONCE_BYTES = 12
_PROOF = b"ticketremaster scan proof 1"


def seal_code(key: bytes, seat_id: str, event_id: str, hall_id: str) -> str:
    """A code that decrypts, for a ticket that nobody has paid for."""
    made_at = int(time.time())
    content = {"s": seat_id, "e": event_id, "h": hall_id, "v": 1, "t": made_at}
    head = f"v2.{hashlib.sha256(key).hexdigest()[:8]}"
    nonce = os.urandom(_NONCE_BYTES)
    sealed = AESGCM(key).encrypt(nonce, json.dumps(content).encode(), head.encode())
    prefix = f"{head}.{_encode(nonce + sealed)}"
    facts = uuid.UUID(seat_id).bytes + (1).to_bytes(4, "big")
    facts += made_at.to_bytes(4, "big")
    signed = uuid.UUID(event_id).bytes + facts + hall_id.encode()
    seed = HKDF(SHA256(), length=32, salt=None, info=_PROOF).derive(key)
    signature = Ed25519PrivateKey.from_private_bytes(seed).sign(
        b"\0".join((_PROOF, prefix.encode(), signed))
    )
    return f"{prefix}.{_encode(facts + signature)}"


def _encode(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).decode().rstrip("=")
