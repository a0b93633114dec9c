"""What the gateway lets through is what the services open to persons, and no more."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from gateway_config.model import Gateway
from gateway_config.reader import read_gateway
from gateway_config.template import substitute
from support.views import APPS, all_views, views_of

ROOT = Path(__file__).parents[2]


def _gateway() -> Gateway:
    values = {
        "JWT_SECRET": "s" * 32,
        "CORS_ORIGINS": "http://localhost:5173",
        "RATE_LIMIT_SCALE": "1",
        "USER_SERVICE_ADDRESS": "user-service:5000",
        "EVENT_SERVICE_ADDRESS": "event-service:5002",
        "ORCHESTRATOR_SERVICE_ADDRESS": "orchestrator-service:5003",
    }
    template = (ROOT / "api-gateway" / "kong.yml").read_text()
    return read_gateway(substitute(template, values))


def _let_through(gateway: Gateway, method: str, path: str) -> dict[str, bool]:
    """Which services a request is routed to, and whether it needs a token there."""
    return {
        service.name.removesuffix("-public"): service.needs_token
        for service in gateway.services
        for route in service.routes
        if method in route.methods
        if any(re.fullmatch(pattern, path) for pattern in route.patterns)
    }


@pytest.mark.parametrize("name", sorted(APPS))
def test_every_view_is_reachable_by_whom_it_is_for_and_by_nobody_else(
    name: str,
) -> None:
    gateway = _gateway()
    wrong = []
    for view in views_of(name):
        found = _let_through(gateway, view.method, view.path)
        if view.inside and name in found:
            # What another service answers under the same path is that one's business.
            wrong.append(f"{view.method} {view.path} is internal and routed")
        if not view.inside and found != {name: "public" not in view.rule}:
            wrong.append(f"{view} is routed to {found}")

    assert wrong == []


@pytest.mark.parametrize("prefix", ["", "/v1"])
def test_paths_answer_bare_and_under_v1(prefix: str) -> None:
    gateway = _gateway()

    assert _let_through(gateway, "POST", f"{prefix}/reserve") == {"orchestrator": True}
    assert _let_through(gateway, "GET", f"{prefix}/events") == {"event-service": False}


def test_every_route_has_a_view_behind_it() -> None:
    gateway = _gateway()
    silent = [
        route.name
        for service in gateway.services
        for route in service.routes
        if not any(
            view.method in route.methods and re.fullmatch(pattern, view.path)
            for view in all_views()
            for pattern in route.patterns
        )
    ]

    assert silent == []
