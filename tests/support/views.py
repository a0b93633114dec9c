"""Every view of every service, as the services themselves list them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from flask import Flask

import event_service.app
import event_service.settings
import orchestrator_service.app
import orchestrator_service.settings
import order_service.app
import order_service.settings
import user_service.app
import user_service.settings
from support.environment import ENVIRONMENT

SOME_ID = "f81d4fae-7dec-11d0-a765-00a0c91e6bf6"
OPERATIONS = {"/health/live", "/health/ready", "/metrics"}

APPS = {
    "user-service": (user_service.app, user_service.settings),
    "order-service": (order_service.app, order_service.settings),
    "event-service": (event_service.app, event_service.settings),
    "orchestrator": (orchestrator_service.app, orchestrator_service.settings),
}


@dataclass(frozen=True, slots=True)
class View:
    """What one method of one path is, and who may call it."""

    service: str
    method: str
    path: str
    rule: tuple[str, ...]

    @property
    def inside(self) -> bool:
        """Not for the world."""
        return "internal" in self.rule or self.path in OPERATIONS


def views_of(service: str) -> Iterator[View]:
    """All views of one service, with a sample id in their paths."""
    for rule in _app(service).url_map.iter_rules():
        view = _app(service).view_functions[rule.endpoint]
        path = re.sub(r"<[^>]+>", SOME_ID, rule.rule)
        for method in sorted((rule.methods or set()) - {"HEAD", "OPTIONS"}):
            yield View(service, method, path, view.__dict__["access_rule"])


def all_views() -> list[View]:
    """All views of all services."""
    return [view for service in APPS for view in views_of(service)]


_apps: dict[str, Flask] = {}


def _app(service: str) -> Flask:
    if service not in _apps:
        module, settings = APPS[service]
        _apps[service] = module.create_app(settings.Settings.from_env(ENVIRONMENT))
    return _apps[service]
