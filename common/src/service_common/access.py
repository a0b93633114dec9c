"""Who is calling, and who may call what.

Every view says who may call it, with one of the decorators below; a view that says
nothing stops the start. The gateway checks tokens too: it is the first lock, not the
only one.
"""

from __future__ import annotations

import hmac
import time
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache
from typing import Any, TypeVar

import jwt
from flask import Flask, g, request

from service_common.errors import Forbidden, Unauthorized

ISSUER = "ticketremaster"
AUDIENCE = "ticketremaster-api"
ALGORITHM = "HS256"
SERVICE_TOKEN_HEADER = "X-Service-Token"  # noqa: S105 - the name of a header
# How far the clocks of two of our machines may be apart.
_LEEWAY_S = 5
_TOKENS_REMEMBERED = 10_000
_CLAIMS = ["iss", "aud", "sub", "role", "iat", "exp", "jti"]

View = TypeVar("View", bound=Callable[..., Any])


class Role(StrEnum):
    """What a person may do."""

    CUSTOMER = "customer"
    STAFF = "staff"
    ORGANISER = "organiser"
    ADMIN = "admin"


@dataclass(frozen=True, slots=True)
class Caller:
    """The person behind a verified access token."""

    user_id: uuid.UUID
    role: Role

    def must_be(self, user_id: uuid.UUID | None) -> None:
        """403 when a body names somebody else where the caller belongs."""
        if user_id is not None and user_id != self.user_id:
            raise Forbidden("The token belongs to somebody else.")


def public(view: View) -> View:
    """Anybody may call it."""
    return _marked(view, ("public",))


def internal(view: View) -> View:
    """Only another service may call it."""
    return _marked(view, ("internal",))


def signed_in(view: View) -> View:
    """Anybody with a valid access token may call it."""
    return _marked(view, tuple(Role))


def only(*roles: Role) -> Callable[[View], View]:
    """Only these roles may call it."""
    return lambda view: _marked(view, roles)


def caller() -> Caller:
    """The person whose request is being served."""
    person: Caller = g.caller
    return person


class AccessTokens:
    """Verifies access tokens, and issues them where users are known."""

    def __init__(self, secret: str) -> None:
        self._secret = secret
        # A person comes again and again with one token; what it says does not change,
        # only whether it has expired. What is refused is not remembered.
        self._read = lru_cache(_TOKENS_REMEMBERED)(self._decode)

    def issue(self, claims: Mapping[str, Any]) -> str:
        """Sign the claims; the caller supplies sub, role, iat, exp and jti."""
        return jwt.encode(
            {"iss": ISSUER, "aud": AUDIENCE, **claims}, self._secret, ALGORITHM
        )

    def verify(self, token: str) -> Caller:
        """The caller, or 401 UNAUTHORIZED or TOKEN_EXPIRED."""
        try:
            person, expires_at = self._read(token)
        except (jwt.InvalidTokenError, ValueError, TypeError):
            raise Unauthorized from None
        if expires_at <= time.time() - _LEEWAY_S:
            raise Unauthorized("The access token has expired.", code="TOKEN_EXPIRED")
        return person

    def _decode(self, token: str) -> tuple[Caller, float]:
        """Who the token is about and until when, if it is one of ours."""
        claims = jwt.decode(
            token,
            self._secret,
            algorithms=[ALGORITHM],
            audience=AUDIENCE,
            issuer=ISSUER,
            leeway=_LEEWAY_S,
            options={"verify_exp": False, "require": _CLAIMS},
        )
        person = Caller(uuid.UUID(claims["sub"]), Role(claims["role"]))
        return person, float(claims["exp"])


def install_access(
    app: Flask, *, service_token: str, tokens: AccessTokens | None
) -> None:
    """Check every request against what its view declared.

    A service without `tokens` has no view for persons.
    """

    @app.before_request
    def check_access() -> None:
        view = app.view_functions.get(request.endpoint or "")
        if view is None or request.method == "OPTIONS":
            return  # 404 and 405 are somebody else's answer
        _check(_declared(view), service_token, tokens)


def require_declarations(app: Flask) -> None:
    """Stop the start when a view does not say who may call it."""
    silent = [
        endpoint for endpoint, view in app.view_functions.items() if not _declared(view)
    ]
    if silent:
        raise RuntimeError(f"views without an access rule: {', '.join(silent)}")


def same_secret(offered: str, expected: str) -> bool:
    """Compare two secrets without telling by time where they differ."""
    return hmac.compare_digest(offered.encode(), expected.encode())


def _marked(view: View, rule: tuple[str, ...]) -> View:
    view.__dict__["access_rule"] = rule
    return view


def _declared(view: Callable[..., Any]) -> tuple[str, ...]:
    rule: tuple[str, ...] = getattr(view, "access_rule", ())
    return rule


def _check(
    rule: tuple[str, ...], service_token: str, tokens: AccessTokens | None
) -> None:
    if "public" in rule:
        return
    if "internal" in rule:
        if not same_secret(
            request.headers.get(SERVICE_TOKEN_HEADER, ""), service_token
        ):
            raise Unauthorized("This is for other services only.")
        return
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    if tokens is None or scheme.lower() != "bearer":
        raise Unauthorized
    g.caller = tokens.verify(token.strip())
    if g.caller.role not in rule:
        raise Forbidden
