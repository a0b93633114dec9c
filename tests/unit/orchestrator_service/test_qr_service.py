"""Ticket codes: bound to what they say, and unreadable to everybody else."""

from __future__ import annotations

import base64
import json
import uuid
from datetime import UTC, datetime, timedelta

import pytest
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from hypothesis import given
from hypothesis import strategies as st

from orchestrator_service.services.qr_service import (
    PAYLOAD_LENGTH_MAX,
    QrService,
    TicketCode,
    key_id,
)
from orchestrator_service.services.scan_proof import ProofKey

KEY = bytes(range(32))
SEAT = "0d9f5a5e-6b1c-4d5e-8a52-3f6f54a0c002"
EVENT = "0d9f5a5e-6b1c-4d5e-8a52-3f6f54a0c001"
NOW = datetime(2026, 6, 15, 19, 0, 0, 123, tzinfo=UTC)


def _issue() -> str:
    return (
        QrService(KEY, now=lambda: NOW)
        .issue(seat_id=SEAT, event_id=EVENT, hall_id="HALL-A", ticket_version=3)
        .qr_payload
    )


def _open(payload: str, key: bytes = KEY) -> dict[str, object]:
    version, name, body, _ = payload.split(".")
    sealed = base64.urlsafe_b64decode(body + "=" * (-len(body) % 4))
    plain = AESGCM(key).decrypt(sealed[:12], sealed[12:], f"{version}.{name}".encode())
    opened: dict[str, object] = json.loads(plain)
    return opened


def test_code_is_bound_to_seat_event_hall_version_and_time() -> None:
    assert _open(_issue()) == {
        "s": SEAT,
        "e": EVENT,
        "h": "HALL-A",
        "v": 3,
        "t": int(NOW.timestamp()),
    }


def test_code_expires_after_a_minute() -> None:
    ticket = QrService(KEY, now=lambda: NOW).issue(
        seat_id=SEAT, event_id=EVENT, hall_id="h", ticket_version=1
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
    version, _, body, proof = _issue().split(".")

    with pytest.raises(InvalidTag):
        _open(f"{version}.00000000.{body}.{proof}")


def _service(
    key: bytes = KEY, retired: tuple[bytes, ...] = (), now: datetime = NOW
) -> QrService:
    return QrService(key, retired, now=lambda: now)


def _payload(key: bytes = KEY) -> str:
    return (
        _service(key)
        .issue(seat_id=SEAT, event_id=EVENT, hall_id="HALL-A", ticket_version=3)
        .qr_payload
    )


def _sealed(content: dict[str, object]) -> str:
    """Something else that our key has sealed, with a proof where it could have one."""
    head = f"v2.{key_id(KEY)}"
    sealed = AESGCM(KEY).encrypt(bytes(12), json.dumps(content).encode(), head.encode())
    body = base64.urlsafe_b64encode(bytes(12) + sealed).decode().rstrip("=")
    proof = ProofKey(KEY).prove(
        f"{head}.{body}",
        seat_id=SEAT,
        event_id=EVENT,
        hall_id="HALL-A",
        ticket_version=3,
        made_at_s=int(NOW.timestamp()),
    )
    tail = base64.urlsafe_b64encode(proof).decode().rstrip("=")
    return f"{head}.{body}.{tail}"


def test_code_is_read_as_it_was_made() -> None:
    assert _service().open(_payload()) == TicketCode(
        seat_id=SEAT,
        event_id=EVENT,
        hall_id="HALL-A",
        ticket_version=3,
        generated_at=NOW.replace(microsecond=0),
    )


def test_code_of_a_retired_key_is_read_until_the_key_is_taken_away() -> None:
    former, payload = bytes(32), _payload(bytes(32))

    assert _service(KEY, (former, b"x" * 32)).open(payload) is not None
    assert _service(KEY).open(payload) is None
    assert _payload(KEY).split(".")[1] == key_id(KEY)


@pytest.mark.parametrize(
    ("age_s", "fresh"), [(-6, False), (-5, True), (0, True), (60, True), (61, False)]
)
def test_code_counts_from_five_seconds_before_to_a_minute_after(
    age_s: int, *, fresh: bool
) -> None:
    code = _service().open(_payload())
    assert code is not None

    later = code.generated_at + timedelta(seconds=age_s)
    assert _service(now=later).is_fresh(code) is fresh


def test_every_truncation_is_refused() -> None:
    payload = _payload()

    for length in range(len(payload)):
        assert _service().open(payload[:length]) is None
        assert _service().open(payload[length + 1 :]) is None


def test_every_other_letter_at_any_place_is_refused() -> None:
    """Also at the last one, where base64 has bits that do not count."""
    payload = _payload()

    for at, letter in enumerate(payload):
        for other in "AZaz09-_.= ":
            if other != letter:
                changed = payload[:at] + other + payload[at + 1 :]
                assert _service().open(changed) is None, changed


@pytest.mark.parametrize("more", ["=", "==", "\n", " ", ".", "A", "AAAA", "\0"])
def test_anything_more_is_refused(more: str) -> None:
    payload = _payload()

    assert _service().open(payload + more) is None
    assert _service().open(more + payload) is None


@given(st.text(max_size=PAYLOAD_LENGTH_MAX + 50))
def test_any_text_is_refused_without_an_error(text: str) -> None:
    assert _service().open(text) is None


@given(st.binary(max_size=300))
def test_random_bytes_in_our_form_are_refused(noise: bytes) -> None:
    body = base64.urlsafe_b64encode(noise).decode().rstrip("=")

    assert _service().open(f"v2.{key_id(KEY)}.{body}.{body}") is None


def test_huge_payload_is_not_even_decoded() -> None:
    assert _service().open(_payload() + "A" * 900_000) is None


_GOOD = {"s": SEAT, "e": EVENT, "h": "HALL-A", "v": 3, "t": int(NOW.timestamp())}


@pytest.mark.parametrize(
    "content",
    [
        {},
        _GOOD | {"s": "A12"},
        _GOOD | {"s": 7},
        _GOOD | {"e": None},
        _GOOD | {"v": "many"},
        _GOOD | {"v": -1},
        _GOOD | {"v": 2**31},
        _GOOD | {"t": 10**30},
        _GOOD | {"t": "now"},
        {name: value for name, value in _GOOD.items() if name != "t"},
    ],
)
def test_sealed_content_that_is_no_ticket_is_refused(
    content: dict[str, object],
) -> None:
    assert _service().open(_sealed(_GOOD)) is not None
    assert _service().open(_sealed(content)) is None


def test_proof_of_one_code_does_not_fit_another() -> None:
    """Or a scanner without the network would believe what nobody can decrypt."""
    one, other = _payload(), _payload()
    spliced = f"{one.rpartition('.')[0]}.{other.rpartition('.')[2]}"

    assert _service().open(one) is not None
    assert _service().open(spliced) is None


def test_code_for_a_hall_of_any_name_is_short_enough() -> None:
    hall = "\N{MUSICAL NOTE}" * 20
    payload = _service().issue(
        seat_id=SEAT, event_id=EVENT, hall_id=hall, ticket_version=2**31 - 1
    )

    assert len(payload.qr_payload) <= PAYLOAD_LENGTH_MAX
    assert _service().open(payload.qr_payload) is not None


def test_scanner_can_check_a_code_with_what_the_manifest_says() -> None:
    """As docs/outsystems.md describes it: without the key, with the public one."""
    payload = _payload()
    prefix, _, tail = payload.rpartition(".")
    proof = base64.urlsafe_b64decode(tail + "=" * (-len(tail) % 4))
    facts, signature = proof[:24], proof[24:]
    public = base64.b64decode(_service().public_keys()[payload.split(".")[1]])

    signed = b"\0".join(
        (
            b"ticketremaster scan proof 1",
            prefix.encode(),
            uuid.UUID(EVENT).bytes + facts + b"HALL-A",
        )
    )

    Ed25519PublicKey.from_public_bytes(public).verify(signature, signed)
    assert str(uuid.UUID(bytes=facts[:16])) == SEAT
    assert int.from_bytes(facts[16:20], "big") == 3
    assert int.from_bytes(facts[20:], "big") == int(NOW.timestamp())
