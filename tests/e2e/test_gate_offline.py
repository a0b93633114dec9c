"""Scanners without the network: what they take along, how their scans are merged."""

from __future__ import annotations

import base64
import json
import uuid
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from support.codes import CodePress
from support.shop import HALL, EventOnSale, Shop
from ticket_demo.api import Answer


@pytest.fixture
def event(shop: Shop) -> EventOnSale:
    return shop.publish(seats=3, price="0.01")


@pytest.fixture
def code(shop: Shop, alice: str, event: EventOnSale) -> str:
    return shop.buy(alice, event.seat_ids[0])[event.seat_ids[0]]


def a_scan(code: str, *, at_s: float = 0, scan_id: str | None = None) -> dict[str, str]:
    moment = datetime.now(UTC) + timedelta(seconds=at_s)
    return {
        "scan_id": scan_id or str(uuid.uuid4()),
        "qr_payload": code,
        "scanned_at": moment.isoformat(),
    }


def send(
    shop: Shop, staff: str, scans: Sequence[dict[str, str]], hall_id: str = HALL
) -> Answer:
    body = {"hall_id": hall_id, "scans": list(scans)}
    return shop.api.call("POST", "/verify/offline-batch", json=body, token=staff)


def manifest(shop: Shop, staff: str, event_id: str) -> Answer:
    return shop.api.call("GET", f"/events/{event_id}/scan-manifest", token=staff)


def test_manifest_has_the_tickets_and_nothing_of_persons(
    shop: Shop, alice: str, staff: str, event: EventOnSale
) -> None:
    codes = shop.buy(alice, *event.seat_ids[:2])
    shop.scan(staff, codes[event.seat_ids[0]])

    found = manifest(shop, staff, event.event_id)

    assert found.status == 200
    assert (found["event_id"], found["hall_id"]) == (event.event_id, HALL)
    assert (found["code_ttl_seconds"], found["clock_skew_seconds"]) == (60, 5)
    assert found["generated_at"] < found["valid_until"]
    tickets = {row["seat_id"]: row for row in found["tickets"]}
    assert {seat: row["status"] for seat, row in tickets.items()} == {
        event.seat_ids[0]: "CHECKED_IN",
        event.seat_ids[1]: "SOLD",
    }
    assert {row["ticket_version"] for row in found["tickets"]} == {1}
    assert shop.api.me(alice)["user_id"] not in json.dumps(found.body)


def test_scanner_believes_a_true_code_and_no_other(
    shop: Shop, staff: str, event: EventOnSale, code: str
) -> None:
    taken_along = manifest(shop, staff, event.event_id)

    def believes(payload: str) -> bool:
        prefix, _, tail = payload.rpartition(".")
        proof = base64.urlsafe_b64decode(tail + "=" * (-len(tail) % 4))
        facts, signature = proof[:24], proof[24:]
        event_id = uuid.UUID(taken_along["event_id"]).bytes
        signed = event_id + facts + taken_along["hall_id"].encode()
        whole = b"\0".join((b"ticketremaster scan proof 1", prefix.encode(), signed))
        public = base64.b64decode(taken_along["public_keys"][payload.split(".")[1]])
        try:
            Ed25519PublicKey.from_public_bytes(public).verify(signature, whole)
        except Exception:  # noqa: BLE001 - whatever is wrong with it
            return False
        return str(uuid.UUID(bytes=facts[:16])) == event.seat_ids[0]

    assert believes(code)
    assert not believes(code[:40] + ("A" if code[40] != "A" else "B") + code[41:])


@pytest.mark.parametrize("path", ["scan-manifest", "offline-batch"])
def test_offline_scanning_is_for_staff(
    shop: Shop, alice: str, event: EventOnSale, path: str
) -> None:
    for token in (alice, shop.sign_in("organiser@example.com")):
        refused = (
            manifest(shop, token, event.event_id)
            if path == "scan-manifest"
            else send(shop, token, [a_scan("x")])
        )
        assert (refused.status, refused.code) == (403, "FORBIDDEN")


def test_manifest_of_an_unknown_event_is_not_found(shop: Shop, staff: str) -> None:
    for event_id in (str(uuid.UUID(int=3)), "x"):
        refused = manifest(shop, staff, event_id)
        assert (refused.status, refused.code) == (404, "EVENT_NOT_FOUND")


def test_admission_of_a_lonely_scanner_counts_and_may_be_told_again(
    shop: Shop, staff: str, admin: str, event: EventOnSale, code: str
) -> None:
    batch = [a_scan(code)]

    first, again = send(shop, staff, batch), send(shop, staff, batch)

    assert (first.status, first["conflicts"]) == (200, 0)
    [settled] = first["data"]
    assert (settled["result"], settled["message"]) == ("SUCCESS", "Valid Entry")
    assert settled["seat_id"] == event.seat_ids[0]
    assert again.body == first.body
    assert shop.seat_status(event.event_id, event.seat_ids[0]) == "CHECKED_IN"
    assert shop.scan(admin, code)["result"] == "DUPLICATE"
    logged = [row["result"] for row in shop.scans(staff, event.event_id)]
    assert sorted(logged) == ["DUPLICATE", "SUCCESS"]


def test_ticket_admitted_at_two_lonely_gates_is_reported_with_both(
    shop: Shop, staff: str, admin: str, event: EventOnSale, code: str
) -> None:
    late, early = a_scan(code, at_s=9), a_scan(code, at_s=4)

    told_first = send(shop, staff, [late])
    told_second = send(shop, admin, [early])
    told_again = send(shop, staff, [late])

    assert told_first["data"][0]["result"] == "SUCCESS"
    [winner] = told_second["data"]
    assert (winner["result"], told_second["conflicts"]) == ("SUCCESS", 1)
    [other] = winner["conflicts"]
    assert other["scan_id"] == late["scan_id"]
    assert other["staff_id"] == shop.api.me(staff)["user_id"]
    assert other["hall_id"] == HALL
    assert _moment(other["scanned_at"]) == _moment(late["scanned_at"])
    [loser] = told_again["data"]
    assert (loser["result"], loser["message"]) == ("DUPLICATE", "Already Checked In")
    assert [one["scan_id"] for one in loser["conflicts"]] == [early["scan_id"]]
    rows = shop.scans(staff, event.event_id)
    assert all(row["admitted"] for row in rows)
    assert shop.broken_invariants(admin) == []


def test_one_batch_may_collide_with_itself(
    shop: Shop, staff: str, event: EventOnSale, code: str
) -> None:
    scans = [a_scan(code, at_s=6), a_scan(code, at_s=3)]

    settled = send(shop, staff, scans)

    assert [one["result"] for one in settled["data"]] == ["DUPLICATE", "SUCCESS"]
    assert settled["conflicts"] == 2
    assert all(len(one["conflicts"]) == 1 for one in settled["data"])


def test_what_a_scanner_should_have_refused_is_reported_and_logged(
    shop: Shop, alice: str, staff: str, press: CodePress, event: EventOnSale, code: str
) -> None:
    seat_id, event_id = event.seat_ids[0], event.event_id
    shop.must_reserve(alice, event.seat_ids[1])
    wrong = {
        "NOT_FOUND": "no code at all",
        "EXPIRED": press.make(seat_id, event_id, age_s=300),
        "WRONG_HALL": press.make(seat_id, event_id, hall_id="HALL-Z"),
        "UNPAID": press.make(event.seat_ids[1], event_id),
    }
    batch = [a_scan(payload) for payload in wrong.values()]

    settled = [send(shop, staff, batch) for _ in range(2)][1]

    assert [one["result"] for one in settled["data"]] == list(wrong)
    assert settled["conflicts"] == len(wrong)
    rows = {row["result"]: row for row in shop.scans(staff, event_id)}
    assert set(rows) == set(wrong) - {"NOT_FOUND"}
    assert all(row["admitted"] for row in rows.values())
    assert shop.seat_status(event_id, seat_id) == "SOLD"


def test_scan_id_cannot_be_taken_for_another_ticket(
    shop: Shop, alice: str, staff: str, event: EventOnSale, code: str
) -> None:
    other = shop.buy(alice, event.seat_ids[1])[event.seat_ids[1]]
    scan = a_scan(code)
    send(shop, staff, [scan])

    refused = send(shop, staff, [a_scan(other, scan_id=scan["scan_id"])])

    assert (refused.status, refused.code) == (422, "SCAN_ID_REUSED")


@pytest.mark.parametrize(
    "damage",
    [
        {"scans": []},
        {"scans": [a_scan("x")] * 2},
        {"scans": [a_scan("x") for _ in range(101)]},
        {"scans": [a_scan("x") | {"scanned_at": "2026-06-15T19:00:00"}]},
        {"scans": [a_scan("x") | {"scanned_at": "0001-01-01T00:00:00Z"}]},
        {"scans": [a_scan("x") | {"scan_id": "1"}]},
        {"scans": [a_scan("x") | {"gate": "7"}]},
        {"scans": "x"},
        {"hall_id": ""},
        {"hall_id": "H" * 21},
    ],
)
def test_malformed_batch_is_refused(
    shop: Shop, staff: str, damage: dict[str, Any]
) -> None:
    body = {"hall_id": HALL, "scans": [a_scan("x")]} | damage

    refused = shop.api.call("POST", "/verify/offline-batch", json=body, token=staff)

    assert (refused.status, refused.code) == (400, "INVALID_INPUT")


def _moment(text: str) -> datetime:
    return datetime.fromisoformat(text)
