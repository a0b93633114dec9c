from __future__ import annotations

from typing import Any

import pytest
import yaml

from gateway_config import GatewayConfigError
from gateway_config.model import Tokens
from gateway_config.reader import read_gateway
from support.gateway_description import SECRET, kong_yml

Kong = dict[str, Any]


def at(kong: Kong, where: str) -> Any:
    """What stands at a path such as `services/orchestrator/routes/pay`."""
    node: Any = kong
    for step in where.split("/"):
        if isinstance(node, dict):
            node = node[step]
        elif step.isdigit():
            node = node[int(step)]
        else:
            node = next(entry for entry in node if entry.get("name") == step)
    return node


def read(kong: Kong) -> object:
    return read_gateway(yaml.safe_dump(kong))


def test_the_description_is_understood() -> None:
    gateway = read_gateway(yaml.safe_dump(kong_yml()))

    assert gateway.tokens == Tokens(issuer="ticketremaster", secret=SECRET)
    assert gateway.body_bytes_max == 1_000_000
    assert gateway.cors.origins == ("http://localhost:5173", "http://localhost:8080")
    assert {s.name for s in gateway.services if not s.needs_token} == {
        "user-service-public",
        "event-service-public",
        "orchestrator-public",
    }


PAY = "services/orchestrator/routes/pay"
LIMIT = f"{PAY}/plugins/rate-limiting/config"
JWT = "services/orchestrator/plugins/jwt/config"
UPSTREAM = "upstreams/orchestrators"
ONLY_POST = "services/other-methods/routes/only-post"
CREDENTIAL = "consumers/0/jwt_secrets/0"

CHANGES: list[tuple[str, str, object]] = [
    ("plugins/cors", "enabled", False),
    ("plugins/cors/config", "credentials", True),
    ("plugins/cors/config", "origins", ["*"]),
    ("plugins/correlation-id/config", "generator", "tracker"),
    ("plugins/request-size-limiting/config", "size_unit", "megabytes"),
    (CREDENTIAL, "algorithm", "RS256"),
    (CREDENTIAL, "rsa_public_key", ""),
    ("services/orchestrator", "retries", True),
    ("services/orchestrator", "write_timeout", 1),
    ("services/orchestrator", "tls_verify", True),
    ("services/orchestrator", "url", "http://host:1"),
    ("services/orchestrator", "host", "nobody"),
    ("services/orchestrator", "connect_timeout", 1),
    (UPSTREAM, "hash_on", "ip"),
    (f"{UPSTREAM}/targets/0", "target", "http://host:1"),
    (f"{UPSTREAM}/targets/0", "target", "host"),
    (f"{UPSTREAM}/targets/0", "weight", 10),
    (f"{UPSTREAM}/healthchecks", "passive", {"type": "tcp"}),
    (f"{UPSTREAM}/healthchecks/active", "type", "http"),
    (f"{UPSTREAM}/healthchecks/active/unhealthy", "interval", 9),
    (f"{UPSTREAM}/healthchecks/active/unhealthy", "timeouts", 9),
    ("plugins/prometheus/config", "latency_metrics", False),
    ("services/other-methods", "tags", ["x"]),
    (f"{ONLY_POST}/plugins/request-termination/config", "status_code", 200),
    (f"{ONLY_POST}/plugins/request-termination/config", "echo", True),
    (JWT, "cookie_names", ["t"]),
    (JWT, "uri_param_names", ["jwt"]),
    (JWT, "claims_to_verify", []),
    (PAY, "strip_path", True),
    (PAY, "hosts", ["example.com"]),
    (PAY, "methods", ["POST"]),
    ("services/orchestrator/routes/orders", "methods", ["GET", "OPTIONS"]),
    (PAY, "paths", ["/pay"]),
    (PAY, "paths", ["~/pay$"]),
    (PAY, "paths", ["~/(?:v1/)?pay"]),
    (PAY, "paths", [1]),
    (LIMIT, "policy", "redis"),
    (LIMIT, "limit_by", "ip"),
    (LIMIT, "minute", 1.5),
    (LIMIT, "minute", True),
    (LIMIT, "hour", 1),
]


@pytest.mark.parametrize(("where", "name", "value"), CHANGES)
def test_setting_that_is_not_translated_is_refused_by_name(
    where: str, name: str, value: object
) -> None:
    kong = kong_yml()
    at(kong, where)[name] = value

    with pytest.raises(GatewayConfigError, match=name):
        read(kong)


@pytest.mark.parametrize(
    ("where", "entry", "named"),
    [
        ("plugins", {"name": "ip-restriction"}, r"plugins\[ip-restriction\]"),
        ("consumers", {"username": "another"}, "consumers"),
        ("consumers/0/jwt_secrets", {"key": "another"}, "jwt_secrets"),
        ("services/orchestrator/plugins", {"name": "acl"}, "acl, jwt"),
        (f"{PAY}/plugins", {"name": "acl"}, "acl"),
        (f"{PAY}/plugins", {"name": "rate-limiting"}, "two rate limits"),
    ],
)
def test_entry_that_is_not_translated_is_refused_by_name(
    where: str, entry: Kong, named: str
) -> None:
    kong = kong_yml()
    at(kong, where).append(entry)

    with pytest.raises(GatewayConfigError, match=named):
        read(kong)


@pytest.mark.parametrize(
    ("where", "name"),
    [(PAY, "strip_path"), (PAY, "paths"), (JWT, "claims_to_verify")],
)
def test_setting_that_must_be_written_is_missed(where: str, name: str) -> None:
    kong = kong_yml()
    del at(kong, where)[name]

    with pytest.raises(GatewayConfigError, match=f"{name} is missing"):
        read(kong)


def test_route_that_the_lists_of_other_methods_lack_is_named() -> None:
    kong = kong_yml()
    at(kong, f"{ONLY_POST}/paths").remove("~/(?:v1/)?pay$")

    with pytest.raises(GatewayConfigError, match=r"other-methods.* lacks .*pay POST"):
        read(kong)


def test_path_of_the_lists_that_has_no_route_is_named() -> None:
    kong = kong_yml()
    at(kong, f"{ONLY_POST}/paths").append("~/(?:v1/)?play$")

    with pytest.raises(GatewayConfigError, match=r"without a route .*play POST"):
        read(kong)


def test_replicas_may_be_named_one_by_one() -> None:
    kong = kong_yml()
    at(kong, f"{UPSTREAM}/targets/0")["target"] = "127.0.0.1:1,127.0.0.1:2"

    addresses = read_gateway(yaml.safe_dump(kong)).upstreams[-1].addresses

    assert addresses == (("127.0.0.1", 1), ("127.0.0.1", 2))


@pytest.mark.parametrize("name", ["vaults", "_transform"])
def test_unknown_part_is_refused(name: str) -> None:
    with pytest.raises(GatewayConfigError, match=name):
        read(kong_yml() | {name: []})


def test_plugin_that_must_be_there_is_missed() -> None:
    kong = kong_yml()
    kong["plugins"].remove(at(kong, "plugins/cors"))

    with pytest.raises(GatewayConfigError, match=r"plugins\[cors\] is missing"):
        read(kong)


def test_changed_function_is_refused_with_the_digest_to_write_down() -> None:
    kong = kong_yml()
    rewrite = at(kong, "plugins/pre-function/config/rewrite")
    rewrite[0] = rewrite[0].replace("128", "256")

    with pytest.raises(
        GatewayConfigError, match=r"request-id has changed.*[0-9a-f]{16}"
    ):
        read(kong)


def test_unknown_function_is_refused() -> None:
    kong = kong_yml()
    at(kong, "plugins/post-function/config/header_filter").append("-- new: thing")

    with pytest.raises(GatewayConfigError, match="'-- new: thing'"):
        read(kong)


def test_functions_in_another_order_are_refused() -> None:
    kong = kong_yml()
    at(kong, "plugins/pre-function/config/access").reverse()

    with pytest.raises(GatewayConfigError, match="clean-request, strip-version"):
        read(kong)


def test_text_that_is_not_yaml_is_refused() -> None:
    with pytest.raises(GatewayConfigError, match="not YAML"):
        read_gateway("services: [")
