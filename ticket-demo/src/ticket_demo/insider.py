"""What somebody could make who had stolen the key of the ticket codes."""

from __future__ import annotations

import base64
import hashlib
import json
import os
import time

from cryptography.hazmat.primitives.ciphers.aead import AESGCM

_NONCE_BYTES = 12


def seal_code(key: bytes, seat_id: str, event_id: str, hall_id: str) -> str:
    """A code that decrypts, for a ticket that nobody has paid for."""
    content = {"s": seat_id, "e": event_id, "h": hall_id, "v": 1, "t": int(time.time())}
    head = f"v1.{hashlib.sha256(key).hexdigest()[:8]}"
    nonce = os.urandom(_NONCE_BYTES)
    sealed = AESGCM(key).encrypt(nonce, json.dumps(content).encode(), head.encode())
    body = base64.urlsafe_b64encode(nonce + sealed).decode().rstrip("=")
    return f"{head}.{body}"
