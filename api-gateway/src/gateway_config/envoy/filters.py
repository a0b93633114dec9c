"""What a request passes before it goes to a service, in this order."""

import base64
import json

from gateway_config.envoy.typed import Json, typed
from gateway_config.model import Gateway, Tokens
from gateway_config.reader import SUBJECT_HEADER

TOKEN_REQUIREMENT = "access-token"  # noqa: S105 -- a name, no secret
JWT_FILTER = "envoy.filters.http.jwt_authn"
RATE_LIMIT_FILTER = "envoy.filters.http.local_ratelimit"
CORS_FILTER = "envoy.filters.http.cors"
RATE_LIMIT_TYPE = "envoy.extensions.filters.http.local_ratelimit.v3.LocalRateLimit"

# A token is as old as it says: one second, the least that Envoy takes for a clock skew.
_CLOCK_SKEW_S = 1


def http_filters(gateway: Gateway) -> list[Json]:
    """CORS before tokens, as a preflight has none; limits count only what got in."""
    return [
        _filter(CORS_FILTER, typed("envoy.extensions.filters.http.cors.v3.Cors")),
        _filter(JWT_FILTER, _jwt_authn(gateway.tokens)),
        _filter(RATE_LIMIT_FILTER, typed(RATE_LIMIT_TYPE, stat_prefix="rate_limit")),
        _filter(
            "envoy.filters.http.buffer",
            typed(
                "envoy.extensions.filters.http.buffer.v3.Buffer",
                max_request_bytes=gateway.body_bytes_max,
            ),
        ),
        _filter(
            "envoy.filters.http.router",
            typed(
                "envoy.extensions.filters.http.router.v3.Router",
                suppress_envoy_headers=True,
            ),
        ),
    ]


def _filter(name: str, settings: Json) -> Json:
    return {"name": name, "typed_config": settings}


def _jwt_authn(tokens: Tokens) -> Json:
    key = base64.urlsafe_b64encode(tokens.secret.encode()).decode().rstrip("=")
    jwks = {"keys": [{"kty": "oct", "alg": "HS256", "k": key}]}
    provider = {
        "issuer": tokens.issuer,
        "local_jwks": {"inline_string": json.dumps(jwks)},
        # As Kong reads it.
        "from_headers": [
            {"name": "Authorization", "value_prefix": f"{scheme} "}
            for scheme in ("Bearer", "bearer")
        ],
        "forward": True,
        "require_expiration": True,
        "clock_skew_seconds": _CLOCK_SKEW_S,
        "claim_to_headers": [{"header_name": SUBJECT_HEADER, "claim_name": "sub"}],
    }
    return typed(
        "envoy.extensions.filters.http.jwt_authn.v3.JwtAuthentication",
        providers={TOKEN_REQUIREMENT: provider},
        requirement_map={TOKEN_REQUIREMENT: {"provider_name": TOKEN_REQUIREMENT}},
    )
