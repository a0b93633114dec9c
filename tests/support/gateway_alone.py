"""A real Envoy of kong.yml before services that echo."""

from __future__ import annotations

import time
import uuid
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from typing import Any

import jwt
import requests

from local_stack import Stack
from local_stack.testing import temporary_stack
from support.echo_service import EchoService, echo_service

UPSTREAMS = ("user-service", "event-service", "orchestrator-service")


@dataclass
class Gateway:
    url: str
    secret: str
    stack: Stack
    services: dict[str, EchoService] = field(default_factory=dict)

    @property
    def port(self) -> int:
        return self.stack.ports["gateway"]

    def call(
        self, method: str, path: str, token: str | None = None, **options: Any
    ) -> requests.Response:
        headers = options.pop("headers", {})
        if token is not None:
            headers = headers | {"Authorization": f"Bearer {token}"}
        return requests.request(
            method, self.url + path, headers=headers, timeout=10, **options
        )

    def token(self, secret: str | None = None, **claims: object) -> str:
        """An access token of a user of its own, with some claims set otherwise."""
        now = int(time.time())
        usual: dict[str, object] = {
            "iss": "ticketremaster",
            "sub": str(uuid.uuid4()),
            "exp": now + 900,
        }
        chosen = {n: v for n, v in (usual | claims).items() if v is not None}
        return jwt.encode(chosen, secret or self.secret, algorithm="HS256")


@contextmanager
def gateway_alone() -> Iterator[Gateway]:
    """Until the block ends, with all services behind it."""
    with temporary_stack(only=["gateway"]) as stack, ExitStack() as services:
        running = Gateway(stack.url(), stack.context.secrets["JWT_SECRET"], stack)
        for name in UPSTREAMS:
            service = services.enter_context(echo_service(stack.ports[name]))
            running.services[name] = service
        yield running


def error_of(response: requests.Response) -> dict[str, Any]:
    """The envelope, and that it is one."""
    body = response.json()
    assert set(body) == {"error"}
    error: dict[str, Any] = body["error"]
    assert set(error) == {"code", "message", "details", "request_id"}
    assert error["details"] == {}
    assert error["request_id"] == response.headers["X-Request-ID"]
    assert response.headers["Content-Type"] == "application/json"
    return error
