"""What the gateway lets through is what the services open to persons, and no more."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask

import event_service.app
import event_service.settings
import orchestrator_service.app
import orchestrator_service.settings
import order_service.app
import order_service.settings
import user_service.app
import user_service.settings
from gateway_config.model import Gateway
from gateway_config.reader import read_gateway
from gateway_config.template import substitute
from support.environment import ENVIRONMENT

ROOT = Path(__file__).parents[2]
SOME_ID = "f81d4fae-7dec-11d0-a765-00a0c91e6bf6"
OPERATIONS = {"/health/live", "/health/ready", "/metrics"}
# The gateway lets these through already; who writes the views takes the names out.
COMING = {"transfer", "transfers", "tickets"}

APPS = {
    "user-service": (user_service.app, user_service.settings),
    "order-service": (order_service.app, order_service.settings),
    "event-service": (event_service.app, event_service.settings),
    "orchestrator": (orchestrator_service.app, orchestrator_service.settings),
}


def _app(name: str) -> Flask:
    module, settings = APPS[name]
    app: Flask = module.create_app(settings.Settings.from_env(ENVIRONMENT))
    return app


def _gateway() -> Gateway:
    values = {
        "JWT_SECRET": "s" * 32,
        "CORS_ORIGINS": "http://localhost:5173",
        "RATE_LIMIT_SCALE": "1",
        "USER_SERVICE_URL": "http://user-service:5000",
        "EVENT_SERVICE_URL": "http://event-service:5002",
        "ORCHESTRATOR_SERVICE_URL": "http://orchestrator-service:5003",
    }
    template = (ROOT / "api-gateway" / "kong.yml").read_text()
    return read_gateway(substitute(template, values))


def _views(app: Flask) -> Iterator[tuple[str, str, tuple[str, ...]]]:
    """Method, a sample path and the access rule of every view."""
    for rule in app.url_map.iter_rules():
        view = app.view_functions[rule.endpoint]
        path = re.sub(r"<[^>]+>", SOME_ID, rule.rule)
        for method in sorted((rule.methods or set()) - {"HEAD", "OPTIONS"}):
            yield method, path, view.__dict__["access_rule"]


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
    for method, path, rule in _views(_app(name)):
        found = _let_through(gateway, method, path)
        inside = "internal" in rule or path in OPERATIONS
        if inside and name in found:
            # What another service answers under the same path is that one's business.
            wrong.append(f"{method} {path} is internal and routed")
        if not inside and found != {name: "public" not in rule}:
            wrong.append(f"{method} {path} is for {rule} and routed to {found}")

    assert wrong == []


@pytest.mark.parametrize("prefix", ["", "/v1"])
def test_paths_answer_bare_and_under_v1(prefix: str) -> None:
    gateway = _gateway()

    assert _let_through(gateway, "POST", f"{prefix}/reserve") == {"orchestrator": True}
    assert _let_through(gateway, "GET", f"{prefix}/events") == {"event-service": False}


def test_every_route_has_a_view_behind_it() -> None:
    gateway = _gateway()
    views = [view for name in APPS for view in _views(_app(name))]
    silent = [
        route.name
        for service in gateway.services
        for route in service.routes
        if not any(
            method in route.methods and re.fullmatch(pattern, path)
            for method, path, _ in views
            for pattern in route.patterns
        )
    ]

    assert set(silent) - COMING == set()
