"""What the gateway lets through, with what the service says of it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from flask import Flask
from werkzeug.routing import Rule

from gateway_config.errors import GatewayConfigError
from gateway_config.model import Route, Service
from gateway_config.public_api.apps import build_apps
from gateway_config.reader import read_gateway
from gateway_config.template import substitute
from service_common.access import Role
from service_common.api_description import refusals_of

_KONG_YML = Path(__file__).parents[3] / "kong.yml"
_SOME_ID = "f81d4fae-7dec-11d0-a765-00a0c91e6bf6"
_PARAMETER = re.compile(r"<(?:[^:>]+:)?([^>]+)>")
# Only routes are read; where the services are does not matter here.
_VALUES = {
    "JWT_SECRET": "none",
    "CORS_ORIGINS": "http://localhost",
    "RATE_LIMIT_SCALE": "1",
    "USER_SERVICE_ADDRESS": "user-service:5000",
    "EVENT_SERVICE_ADDRESS": "event-service:5002",
    "ORCHESTRATOR_SERVICE_ADDRESS": "orchestrator-service:5003",
}


@dataclass(frozen=True, slots=True)
class Operation:
    """One method of one public path.

    `raw` is flask-smorest's description of it, whose references are into the service's
    own components.
    """

    service: str
    method: str
    path: str
    name: str
    tag: str
    raw: Mapping[str, Any]
    roles: tuple[Role, ...]
    refusals: tuple[tuple[int, str], ...]
    needs_token: bool
    requests_per_minute: int | None

    @property
    def has_body(self) -> bool:
        """Whether a body is sent with it."""
        return "requestBody" in self.raw

    @property
    def parses_json(self) -> bool:
        """Whether a schema reads the body; Stripe's webhook takes it as it is."""
        content = self.raw.get("requestBody", {}).get("content", {})
        return any("$ref" in media["schema"] for media in content.values())

    @property
    def path_parameters(self) -> list[str]:
        """The names in braces in its path."""
        return re.findall(r"{([^}]+)}", self.path)

    @property
    def honours_keys(self) -> bool:
        """Whether an Idempotency-Key counts; answers with tokens are never stored."""
        return self.method == "POST" and self.needs_token and not self._is_secret

    @property
    def _is_secret(self) -> bool:
        return self.path.startswith("/auth/")


@dataclass(frozen=True, slots=True)
class PublicApi:
    """All public operations, and each service's components."""

    operations: tuple[Operation, ...]
    schemas: Mapping[str, Mapping[str, Any]]


def read_public_api() -> PublicApi:
    """Ask kong.yml and the applications."""
    text = _KONG_YML.read_text(encoding="utf-8")
    services = read_gateway(substitute(text, _VALUES)).services
    operations: list[Operation] = []
    schemas: dict[str, Mapping[str, Any]] = {}
    for name, app in build_apps().items():
        spec: dict[str, Any] = (
            app.extensions["flask-smorest"]["apis"][""]["ext_obj"]
        ).spec.to_dict()
        mine = [one for one in services if one.name.removesuffix("-public") == name]
        operations += _routed(name, app, spec, mine)
        schemas[name] = spec["components"]["schemas"]
    return PublicApi(tuple(operations), schemas)


def _routed(
    name: str, app: Flask, spec: Mapping[str, Any], services: list[Service]
) -> Iterator[Operation]:
    tags = {tag["name"]: tag["description"] for tag in spec["tags"]}
    for rule in app.url_map.iter_rules():
        for method in sorted((rule.methods or set()) - {"HEAD", "OPTIONS"}):
            found = _route_of(services, method, rule)
            if found is None:
                continue
            service, route = found
            path = _PARAMETER.sub(r"{\1}", rule.rule)
            raw = spec["paths"].get(path, {}).get(method.lower())
            if raw is None:
                raise GatewayConfigError(f"{method} {path} is routed, not described")
            view = app.view_functions[rule.endpoint]
            rules = view.__dict__["access_rule"]
            yield Operation(
                service=name,
                method=method,
                path=path,
                name=rule.endpoint.rpartition(".")[2],
                tag=tags[raw["tags"][0]],
                raw=raw,
                roles=() if "public" in rules else rules,
                refusals=refusals_of(view),
                needs_token=service.needs_token,
                requests_per_minute=route.requests_per_minute,
            )


def _route_of(
    services: list[Service], method: str, rule: Rule
) -> tuple[Service, Route] | None:
    """Where the gateway sends it, if it lets it through."""
    sample = _PARAMETER.sub(_SOME_ID, rule.rule)
    for service in services:
        for route in service.routes:
            matches = any(re.fullmatch(one, sample) for one in route.patterns)
            if matches and method in route.methods:
                return service, route
    return None
