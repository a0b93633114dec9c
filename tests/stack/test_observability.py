"""One request can be followed through all services, and no secret is in any log."""

from __future__ import annotations

import json
import uuid
from typing import Any

import pytest
import requests

from local_stack import Stack
from support.shop import PASSWORD, Shop
from support.waiting import eventually

HTTP_PORTS = {
    "inventory-service": "inventory-service-ops",
    "inventory-worker": "inventory-worker-ops",
    "user-service": "user-service",
    "order-service": "order-service",
    "order-worker": "order-worker-ops",
    "event-service": "event-service",
    "orchestrator-service": "orchestrator-service",
    "orchestrator-recovery": "orchestrator-recovery-ops",
}


def _logs(live: Stack) -> dict[str, str]:
    folder = live.context.folder.path / "logs"
    return {file.stem: file.read_text(errors="replace") for file in folder.iterdir()}


def _lines_of(live: Stack, process: str, request_id: str) -> list[dict[str, Any]]:
    return [
        json.loads(line)
        for line in _logs(live)[process].splitlines()
        if request_id in line
    ]


def test_one_request_id_is_in_the_lines_of_every_service_it_touched(
    live: Stack, shop: Shop
) -> None:
    alice = shop.sign_in("alice@example.com")
    event = shop.publish()
    request_id = f"follow-{uuid.uuid4()}"
    trace = {"X-Request-ID": request_id}
    seat = {"seat_id": event.seat_ids[0]}
    held = shop.api.call("POST", "/reserve", json=seat, token=alice, headers=trace)
    paid = shop.api.call(
        "POST",
        "/pay",
        json={"order_id": held.body["order_id"]},
        token=alice,
        headers=trace,
    )

    assert paid.status == 200
    touched = (
        "orchestrator-service",
        "inventory-service",
        "user-service",
        "order-service",
    )
    for process in touched:
        lines = _lines_of(live, process, request_id)
        assert lines, process
        for line in lines:
            assert {"ts", "level", "service", "event", "request_id"} <= set(line)
            assert line["request_id"] == request_id
    # The gateway writes its lines every half second.
    eventually(lambda: _lines_of(live, "gateway", request_id), bool, within_s=10)


def test_message_carries_the_request_id_of_the_reservation(
    live: Stack, shop: Shop
) -> None:
    alice = shop.sign_in("alice@example.com")
    event = shop.publish()

    def is_carried(seat_id: str) -> bool:
        """Whether the end of this hold can be found by the reservation's id."""
        request_id = f"expire-{uuid.uuid4()}"
        held = shop.api.call(
            "POST",
            "/reserve",
            json={"seat_id": seat_id},
            token=alice,
            headers={"X-Request-ID": request_id},
        )
        eventually(
            lambda: shop.order(alice, held.body["order_id"])["status"],
            lambda status: status == "FAILED",
            within_s=30,
        )
        failed = [
            line
            for line in _lines_of(live, "order-service", request_id)
            if line.get("route", "").endswith("/fail")
        ]
        return bool(failed and _lines_of(live, "inventory-worker", request_id))

    # Now and then the sweeper is quicker than the message, and it knows no request.
    assert any(is_carried(seat_id) for seat_id in event.seat_ids[:3])


def test_no_secret_is_in_any_log(live: Stack, shop: Shop) -> None:
    login = shop.api.call(
        "POST",
        "/auth/login",
        json={"email": "alice@example.com", "password": PASSWORD},
    )
    token = login.body["access_token"]
    event = shop.publish()
    order_id = shop.must_reserve(token, event.seat_ids[0])["order_id"]
    paid = shop.pay(token, order_id)
    shop.api.call("GET", "/users/me", params={"jwt": token})
    secrets = {
        "password": PASSWORD,
        "access token": token.rpartition(".")[2],
        "refresh token": login.body["refresh_token"],
        "QR payload": paid.body["tickets"][0]["qr_payload"].rpartition(".")[2],
        "bcrypt hash": "$2b$",
        **live.context.secrets,
    }

    found = [
        (process, name)
        for process, text in _logs(live).items()
        for name, secret in secrets.items()
        if secret in text
    ]

    assert found == []


@pytest.mark.parametrize("process", sorted(HTTP_PORTS))
def test_every_process_tells_its_health_and_its_metrics(
    live: Stack, process: str
) -> None:
    url = live.url(HTTP_PORTS[process])

    assert requests.get(f"{url}/health/live", timeout=5).status_code == 200
    ready = requests.get(f"{url}/health/ready", timeout=5)
    assert ready.status_code == 200
    assert set(ready.json()["dependencies"].values()) == {"ok"}
    metrics = requests.get(f"{url}/metrics", timeout=5)
    assert metrics.headers["Content-Type"].startswith("text/plain")
    assert "# HELP" in metrics.text
