"""Ticket codes: bound to what they say, and unreadable to everybody else."""

from __future__ import annotations

import base64
import json
from datetime import UTC, datetime, timedelta

import pytest
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from orchestrator_service.services.qr_service import QrService, key_id

KEY = bytes(range(32))
NOW = datetime(2026, 6, 15, 19, 0, 0, 123, tzinfo=UTC)


def _issue() -> str:
    return (
        QrService(KEY, now=lambda: NOW)
        .issue(seat_id="seat", event_id="event", hall_id="HALL-A", ticket_version=3)
        .qr_payload
    )


def _open(payload: str, key: bytes = KEY) -> dict[str, object]:
    version, name, body = payload.split(".")
    sealed = base64.urlsafe_b64decode(body + "=" * (-len(body) % 4))
    plain = AESGCM(key).decrypt(sealed[:12], sealed[12:], f"{version}.{name}".encode())
    opened: dict[str, object] = json.loads(plain)
    return opened


def test_code_is_bound_to_seat_event_hall_version_and_time() -> None:
    assert _open(_issue()) == {
        "s": "seat",
        "e": "event",
        "h": "HALL-A",
        "v": 3,
        "t": int(NOW.timestamp()),
    }


def test_code_expires_after_a_minute() -> None:
    ticket = QrService(KEY, now=lambda: NOW).issue(
        seat_id="s", event_id="e", hall_id="h", ticket_version=1
    )

    assert ticket.expires_at - ticket.generated_at == timedelta(seconds=60)


def test_two_codes_of_one_ticket_differ() -> None:
    assert _issue() != _issue()


def test_code_names_its_key_and_no_other_key_opens_it() -> None:
    payload = _issue()

    assert payload.split(".")[1] == key_id(KEY)
    with pytest.raises(InvalidTag):
        _open(payload, bytes(32))


def test_code_with_another_key_name_does_not_open() -> None:
    version, _, body = _issue().split(".")

    with pytest.raises(InvalidTag):
        _open(f"{version}.00000000.{body}")
