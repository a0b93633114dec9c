"""Where requests go: the replicas of each service."""

from gateway_config.envoy.typed import Json, address, typed
from gateway_config.model import Gateway, Upstream

# As Kong does, and shorter than the services keep them (75 s): a request must not go
# into a connection that is just being closed.
_IDLE_UPSTREAM_S = 60

# On an on-sale thousands come; a service gets only so many of them at a time, and only
# so many wait here: the services refuse in milliseconds what is too much for them.
CLIENT_CONNECTIONS_MAX = 10_000
_UPSTREAM_CONNECTIONS_MAX = 512
_WAITING_MAX = 1024
_RETRIES_AT_A_TIME_MAX = 64


def clusters(gateway: Gateway) -> list[Json]:
    """One cluster for each upstream; its replicas are what its name resolves to."""
    # The reader has seen that all services have the same.
    connect_timeout_ms = gateway.services[0].connect_timeout_ms
    return [_cluster(upstream, connect_timeout_ms) for upstream in gateway.upstreams]


def _cluster(upstream: Upstream, connect_timeout_ms: int) -> Json:
    endpoints = [
        {"endpoint": {"address": address(host, port)}}
        for host, port in upstream.addresses
    ]
    options = {
        "common_http_protocol_options": {"idle_timeout": f"{_IDLE_UPSTREAM_S}s"},
        "explicit_http_config": {"http_protocol_options": {}},
    }
    protocol = "envoy.extensions.upstreams.http.v3.HttpProtocolOptions"
    return {
        "name": upstream.name,
        "type": "STRICT_DNS",
        "connect_timeout": f"{connect_timeout_ms / 1000}s",
        "load_assignment": {
            "cluster_name": upstream.name,
            "endpoints": [{"lb_endpoints": endpoints}],
        },
        "health_checks": [_health_check(upstream)],
        "circuit_breakers": {
            "thresholds": [
                {
                    "max_connections": _UPSTREAM_CONNECTIONS_MAX,
                    "max_pending_requests": _WAITING_MAX,
                    "max_requests": CLIENT_CONNECTIONS_MAX,
                    "max_retries": _RETRIES_AT_A_TIME_MAX,
                }
            ]
        },
        "typed_extension_protocol_options": {protocol: typed(protocol, **options)},
    }


def _health_check(upstream: Upstream) -> Json:
    """When most replicas count as gone all are tried, which is Envoy's way to panic."""
    interval = f"{upstream.probe_interval_s}s"
    return {
        "timeout": f"{upstream.probe_timeout_s}s",
        "interval": interval,
        # Or a service that nobody has asked for anything yet is probed once a minute.
        "no_traffic_interval": interval,
        "unhealthy_threshold": upstream.failures_until_gone,
        "healthy_threshold": upstream.successes_until_back,
        "tcp_health_check": {},
    }
