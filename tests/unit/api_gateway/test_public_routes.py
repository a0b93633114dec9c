"""What the world can reach, request by request, as kong.yml says it."""

from __future__ import annotations

import re

import pytest
import yaml

from gateway_config.model import Route, Service
from gateway_config.reader import read_gateway
from support.gateway_description import kong_yml

GATEWAY = read_gateway(yaml.safe_dump(kong_yml()))
ID = "8b8f775f-bb5c-d2d8-a17c-a0c25be37442"

PUBLIC = [
    ("POST", "/auth/register", "user-service"),
    ("POST", "/auth/login", "user-service"),
    ("POST", "/auth/refresh", "user-service"),
    ("POST", "/auth/logout", "user-service"),
    ("GET", "/events", "event-service"),
    ("GET", f"/events/{ID}", "orchestrator"),
    ("GET", f"/events/{ID}/seats", "orchestrator"),
]
FOR_USERS = [
    ("GET", "/users/me", "user-service"),
    ("GET", f"/users/{ID}", "user-service"),
    ("POST", f"/users/{ID}/flag", "user-service"),
    ("POST", f"/users/{ID}/unflag", "user-service"),
    ("POST", f"/users/{ID}/role", "user-service"),
    ("GET", "/credits/balance", "user-service"),
    ("GET", "/credits/entries", "user-service"),
    ("POST", "/reserve", "orchestrator"),
    ("DELETE", f"/reserve/{ID}", "orchestrator"),
    ("POST", "/pay", "orchestrator"),
    ("GET", "/orders", "orchestrator"),
    ("GET", f"/orders/{ID}", "orchestrator"),
    ("POST", "/transfer/initiate", "orchestrator"),
    ("POST", "/transfer/confirm", "orchestrator"),
    ("POST", "/transfer/cancel", "orchestrator"),
    ("POST", "/transfer/dispute", "orchestrator"),
    ("POST", "/transfer/reverse", "orchestrator"),
    ("POST", "/transfer/uphold", "orchestrator"),
    ("GET", "/transfers", "orchestrator"),
    ("GET", f"/transfers/{ID}", "orchestrator"),
    ("GET", "/tickets", "orchestrator"),
    ("GET", f"/tickets/{ID}/qr", "orchestrator"),
    ("POST", "/admin/events", "orchestrator"),
    ("GET", f"/admin/events/{ID}/dashboard", "orchestrator"),
    ("GET", "/admin/sagas", "orchestrator"),
    ("GET", f"/admin/sagas/{ID}", "orchestrator"),
    ("POST", f"/admin/sagas/{ID}/retry", "orchestrator"),
    ("GET", "/admin/invariants", "orchestrator"),
]
INTERNAL = [
    ("GET", f"/users/{ID}/risk"),
    ("POST", "/credits/deduct"),
    ("POST", "/credits/reverse"),
    ("GET", "/credits/facts"),
    ("GET", "/invariants"),
    ("POST", "/orders"),
    ("POST", f"/orders/{ID}/confirm"),
    ("POST", f"/orders/{ID}/fail"),
    ("PUT", f"/events/{ID}"),
    ("POST", f"/events/{ID}/publish"),
    ("POST", f"/events/{ID}/discard"),
    ("POST", "/events"),
    ("GET", "/health/live"),
    ("GET", "/health/ready"),
    ("GET", "/metrics"),
    ("GET", "/"),
    ("GET", "/reserve"),
    ("POST", "/reserve/"),
    ("POST", "/reserved"),
    ("POST", "/x/reserve"),
    ("GET", "/v2/events"),
    ("GET", "/v1/v1/events"),
    ("GET", f"/users/{ID}%2Frisk"),
    ("GET", f"/users/{ID}%2frisk"),
    ("GET", "/orders/%2e%2e"),
    ("POST", "/transfers"),
    ("POST", f"/transfers/{ID}/complete"),
    ("GET", "/transfer/confirm"),
    ("POST", "/transfer/complete"),
]


def find(method: str, path: str) -> list[tuple[Service, Route]]:
    return [
        (service, route)
        for service in GATEWAY.services
        for route in service.routes
        if method in route.methods
        if any(re.fullmatch(pattern, path) for pattern in route.patterns)
    ]


@pytest.mark.parametrize("prefix", ["", "/v1"])
@pytest.mark.parametrize(("method", "path", "upstream"), [*PUBLIC, *FOR_USERS])
def test_public_path_has_one_service_bare_and_under_v1(
    prefix: str, method: str, path: str, upstream: str
) -> None:
    ((service, _),) = find(method, prefix + path)

    assert service.name.removesuffix("-public").removesuffix("-service") == (
        upstream.removesuffix("-service")
    )


@pytest.mark.parametrize(("method", "path", "_upstream"), PUBLIC)
def test_anybody_may_look_and_sign_in(method: str, path: str, _upstream: str) -> None:
    ((service, _),) = find(method, path)

    assert not service.needs_token


@pytest.mark.parametrize(("method", "path", "_upstream"), FOR_USERS)
def test_everything_else_needs_a_token(method: str, path: str, _upstream: str) -> None:
    ((service, _),) = find(method, path)

    assert service.needs_token


@pytest.mark.parametrize("prefix", ["", "/v1"])
@pytest.mark.parametrize(("method", "path"), INTERNAL)
def test_nothing_else_is_routed(prefix: str, method: str, path: str) -> None:
    assert find(method, prefix + path) == []


@pytest.mark.parametrize(
    ("method", "path", "per_minute"),
    [
        ("GET", "/events", 300),
        ("GET", f"/events/{ID}", 300),
        ("GET", f"/events/{ID}/seats", 300),
        ("POST", "/reserve", 60),
        ("DELETE", f"/reserve/{ID}", 60),
        ("POST", "/pay", 20),
        ("POST", "/auth/login", 20),
        ("POST", "/auth/mfa/verify", 20),
        ("POST", "/auth/register", 60),
        ("POST", "/auth/refresh", 60),
        ("POST", "/verify-otp", 30),
        ("POST", "/credits/topup", 30),
        ("POST", "/transfer/initiate", 30),
        ("POST", "/transfer/confirm", 30),
        ("GET", "/transfers", None),
        ("GET", "/orders", None),
    ],
)
def test_rate_limits_are_those_of_the_contract(
    method: str, path: str, per_minute: int | None
) -> None:
    ((_, route),) = find(method, path)

    assert route.requests_per_minute == per_minute
