"""Which requests go to which service, and what is asked of them on the way."""

import math

from gateway_config.envoy.filters import (
    CORS_FILTER,
    JWT_FILTER,
    RATE_LIMIT_FILTER,
    RATE_LIMIT_TYPE,
    TOKEN_REQUIREMENT,
)
from gateway_config.envoy.typed import Json, typed
from gateway_config.model import Cors, Gateway, OtherMethods, Route, Service
from gateway_config.reader import SUBJECT_HEADER

# One bucket for each user or address; the least recently seen are forgotten.
_CALLERS_REMEMBERED_MAX = 100_000
_ALWAYS = {"default_value": {"numerator": 100, "denominator": "HUNDRED"}}


_ANOTHER_REPLICA = {
    "name": "envoy.retry_host_predicates.previous_hosts",
    "typed_config": typed(
        "envoy.extensions.retry.host.previous_hosts.v3.PreviousHostsPredicate"
    ),
}


def route_configuration(gateway: Gateway) -> Json:
    """All routes; a request that matches none of them is 404."""
    return {
        "name": "public",
        "virtual_hosts": [
            {
                "name": "public",
                "domains": ["*"],
                "typed_per_filter_config": {CORS_FILTER: _cors_policy(gateway.cors)},
                "routes": [
                    *(
                        _route(service, route)
                        for service in gateway.services
                        for route in service.routes
                    ),
                    *(
                        _refusal(entry, pattern)
                        for entry in gateway.other_methods
                        for pattern in entry.patterns
                    ),
                ],
            }
        ],
    }


def _route(service: Service, route: Route) -> Json:
    settings: Json = {}
    if service.needs_token:
        settings[JWT_FILTER] = typed(
            "envoy.extensions.filters.http.jwt_authn.v3.PerRouteConfig",
            requirement_name=TOKEN_REQUIREMENT,
        )
    if route.requests_per_minute is not None:
        settings[RATE_LIMIT_FILTER] = _rate_limit(
            route.requests_per_minute, by_user=service.needs_token
        )
    return {
        "name": route.name,
        "match": {
            "safe_regex": {"regex": "|".join(f"(?:{p})" for p in route.patterns)},
            "headers": [
                {
                    "name": ":method",
                    "string_match": {"safe_regex": {"regex": "|".join(route.methods)}},
                }
            ],
        },
        "route": {
            "cluster": service.upstream.name,
            "timeout": f"{service.read_timeout_ms / 1000}s",
            "retry_policy": {
                # Where there was no connection nothing was sent, so nothing was done.
                "retry_on": "connect-failure",
                "num_retries": service.connect_retries,
                "retry_host_predicate": [_ANOTHER_REPLICA],
                "host_selection_retry_max_attempts": 3,
            },
            "auto_host_rewrite": True,
            "append_x_forwarded_host": True,
            # The services know no /v1.
            "regex_rewrite": {
                "pattern": {"regex": "^/v1/"},
                "substitution": "/",
            },
        },
        "typed_per_filter_config": settings,
    }


def _refusal(entry: OtherMethods, pattern: str) -> Json:
    """405; only what no route before has taken comes here.

    A route for each pattern: Envoy takes no expression as long as all of them.
    """
    return {
        "name": entry.name,
        "match": {"safe_regex": {"regex": pattern}},
        "direct_response": {"status": 405},
        "response_headers_to_add": [
            {"header": {"key": "Allow", "value": ", ".join(entry.allowed)}}
        ],
    }


def _rate_limit(per_minute: int, *, by_user: bool) -> Json:
    """One bucket of tokens for each caller of this route, bare and under /v1.

    A bucket fills evenly: the next token is there after a minute's even share.
    """
    bucket = {
        "max_tokens": per_minute,
        "tokens_per_fill": per_minute,
        "fill_interval": "60s",
    }
    header = {"header_name": SUBJECT_HEADER, "descriptor_key": "caller"}
    action: Json = {"request_headers": header} if by_user else {"remote_address": {}}
    key = "caller" if by_user else "remote_address"
    retry_after_s = math.ceil(60 / per_minute)
    return typed(
        RATE_LIMIT_TYPE,
        stat_prefix="rate_limit",
        # For callers without a key, of whom there are none; Envoy insists.
        token_bucket=bucket,
        always_consume_default_token_bucket=False,
        filter_enabled=_ALWAYS,
        filter_enforced=_ALWAYS,
        enable_x_ratelimit_headers="DRAFT_VERSION_03",
        response_headers_to_add=[
            {"header": {"key": "Retry-After", "value": str(retry_after_s)}}
        ],
        rate_limits=[{"actions": [action]}],
        # A key without a value: every value has a bucket of its own.
        descriptors=[{"entries": [{"key": key}], "token_bucket": bucket}],
        max_dynamic_descriptors=_CALLERS_REMEMBERED_MAX,
    )


def _cors_policy(cors: Cors) -> Json:
    return typed(
        "envoy.extensions.filters.http.cors.v3.CorsPolicy",
        allow_origin_string_match=[{"exact": origin} for origin in cors.origins],
        allow_methods=", ".join(cors.methods),
        allow_headers=", ".join(cors.headers),
        expose_headers=", ".join(cors.exposed_headers),
        max_age=str(cors.max_age_s),
        allow_credentials=False,
    )
