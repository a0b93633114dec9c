"""`.env.example` is the list of what the services read from their environment."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

import event_service.settings
import inventory_service.settings
import orchestrator_service.settings
import order_service.settings
import user_service.settings
from service_common.settings import SettingsError
from support.environment import ENVIRONMENT
from support.recording import RecordingEnvironment

ROOT = Path(__file__).parents[2]
SETTINGS: dict[str, Any] = {
    "inventory-service": inventory_service.settings.Settings,
    "inventory-worker": inventory_service.settings.WorkerSettings,
    "user-service": user_service.settings.Settings,
    "order-service": order_service.settings.Settings,
    "order-worker": order_service.settings.WorkerSettings,
    "event-service": event_service.settings.Settings,
    "orchestrator-service": orchestrator_service.settings.Settings,
}
# Where things are is for compose and the local stack to say, not for a person.
PLACES = {
    "BIND_HOST",
    "PORT",
    "OPS_PORT",
    "DB_HOST",
    "DB_PORT",
    "DB_NAME",
    "DB_USER",
    "RABBITMQ_HOST",
    "RABBITMQ_PORT",
    "INVENTORY_SERVICE_URL",
    "USER_SERVICE_URL",
    "ORDER_SERVICE_URL",
    "EVENT_SERVICE_URL",
}
# Read by the gateway's rendering, by the demo data and by compose, not by a settings
# class.
ELSEWHERE = {"CORS_ORIGINS", "RATE_LIMIT_SCALE", "DEMO_PASSWORD"} | {
    "COMPOSE_FILE",
    "COMPOSE_PATH_SEPARATOR",
}


def _listed() -> set[str]:
    lines = (ROOT / ".env.example").read_text().splitlines()
    found = (re.match(r"(?:# )?([A-Z][A-Z0-9_]+)=", line) for line in lines)
    return {match.group(1) for match in found if match}


def _read_by_services() -> set[str]:
    environment = RecordingEnvironment(ENVIRONMENT)
    for settings in SETTINGS.values():
        settings.from_env(environment)
    return environment.asked


def test_every_variable_of_the_example_is_read_by_somebody() -> None:
    # The ports on this machine are read by compose; test_compose.py looks after them.
    ours = {name for name in _listed() if not name.endswith("_PORT")}

    assert ours - _read_by_services() - ELSEWHERE == set()


def test_every_variable_that_is_read_stands_in_the_example() -> None:
    assert _read_by_services() - _listed() - PLACES == set()


@pytest.mark.parametrize("name", sorted(SETTINGS))
def test_example_itself_does_not_start_a_service(name: str) -> None:
    lines = (ROOT / ".env.example").read_text().splitlines()
    example = dict(
        line.split("=", 1) for line in lines if re.match(r"[A-Z][A-Z0-9_]+=", line)
    )

    with pytest.raises(SettingsError) as refused:
        SETTINGS[name].from_env(example)

    assert all("placeholder" in problem for problem in refused.value.problems)
