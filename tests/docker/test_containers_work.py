"""docker-compose.yml, started for real."""

from __future__ import annotations

import json
import os
import subprocess
import sys

import pytest

from support.containers import ROOT, Containers
from support.shop import Shop

# The first test waits for images that are built.
pytestmark = pytest.mark.timeout(900)


def test_seat_is_bought_over_the_published_port(
    shop: Shop, alice: str, admin: str
) -> None:
    event = shop.publish()

    shop.buy(alice, event.seat_ids[0])

    assert shop.seat_status(event.event_id, event.seat_ids[0]) == "SOLD"
    assert shop.broken_invariants(admin) == []


def test_nothing_but_the_gateway_is_published_to_the_world(stack: Containers) -> None:
    lines = stack.compose("ps", "--format", "json").splitlines()
    everywhere = {
        container["Service"]
        for container in map(json.loads, lines)
        for port in container["Publishers"] or []
        if port["PublishedPort"] and not port["URL"].startswith(("127.", "[::1]"))
    }

    assert everywhere == {"api-gateway"}


@pytest.mark.parametrize("name", ["JWT_SECRET", "ORCHESTRATOR_SERVICE_ADDRESS"])
def test_gateway_without_a_setting_does_not_start_and_names_it(
    stack: Containers, name: str
) -> None:
    without = ("run", "--rm", "--no-deps", "-e", f"{name}=", "api-gateway")

    with pytest.raises(AssertionError, match=f"{name} is missing"):
        stack.compose(*without)


def test_every_end_to_end_test_passes_against_the_containers(
    stack: Containers,
) -> None:
    command = [sys.executable, "-m", "pytest", "-q", str(ROOT / "tests" / "e2e")]

    ran = subprocess.run(
        command,
        env={**os.environ, **stack.for_tests()},
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=800,
        check=False,
    )

    assert ran.returncode == 0, ran.stdout[-8000:] + ran.stderr[-2000:]
