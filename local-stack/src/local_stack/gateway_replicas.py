"""Envoy's configuration with the replicas of a service; in containers DNS has them."""

import json
from collections.abc import Iterable, Sequence
from typing import Any

# One that is dead or frozen gets no requests for longer than this.
_HEALTH_CHECK = {
    "interval": "0.5s",
    "timeout": "1s",
    "unhealthy_threshold": 1,
    "healthy_threshold": 1,
    "no_traffic_interval": "0.5s",
    "http_health_check": {"path": "/health/live"},
}


def first_of(addresses: str) -> str:
    """The address that the template knows, of several by commas."""
    return addresses.split(",", maxsplit=1)[0]


def share_out(rendered: str, upstreams: Iterable[str]) -> str:
    """Let each cluster know all addresses of its service, not the first alone."""
    document = json.loads(rendered)
    for upstream in upstreams:
        first, *others = (_endpoint(address) for address in upstream.split(","))
        if others:
            _extend(document["static_resources"]["clusters"], first, others)
    return json.dumps(document, indent=2)


def _extend(
    clusters: list[dict[str, Any]],
    first: dict[str, Any],
    others: Sequence[dict[str, Any]],
) -> None:
    for cluster in clusters:
        (group,) = cluster["load_assignment"]["endpoints"]
        if group["lb_endpoints"] == [first]:
            group["lb_endpoints"] += others
            cluster["health_checks"] = [_HEALTH_CHECK]


def _endpoint(address: str) -> dict[str, Any]:
    host, _, port = address.rpartition(":")
    socket_address = {"address": host, "port_value": int(port)}
    return {"endpoint": {"address": {"socket_address": socket_address}}}
