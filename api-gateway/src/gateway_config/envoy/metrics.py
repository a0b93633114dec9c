"""The gateway's own figures for Prometheus, and nothing else of Envoy's admin pages."""

from dataclasses import dataclass

from gateway_config.envoy.typed import Json, address, typed

_ADMIN = "admin"


@dataclass(frozen=True, slots=True)
class MetricsDoor:
    """Where `GET /metrics` answers, and the socket behind it."""

    host: str
    port: int
    # A path, as short as sockets want it; Envoy's admin pages can stop Envoy, so they
    # have no port.
    admin_socket: str


def metrics_admin(door: MetricsDoor) -> Json:
    """Envoy's admin pages, on a socket that only this machine's users see."""
    return {"address": _pipe(door)}


def metrics_cluster(door: MetricsDoor) -> Json:
    """The way to them."""
    endpoint = {"endpoint": {"address": _pipe(door)}}
    return {
        "name": _ADMIN,
        "type": "STATIC",
        "load_assignment": {
            "cluster_name": _ADMIN,
            "endpoints": [{"lb_endpoints": [endpoint]}],
        },
    }


def metrics_listener(door: MetricsDoor) -> Json:
    """One page of them on a port."""
    route = {
        "match": {
            "path": "/metrics",
            "headers": [{"name": ":method", "string_match": {"exact": "GET"}}],
        },
        "route": {"cluster": _ADMIN, "prefix_rewrite": "/stats/prometheus"},
    }
    router = "envoy.extensions.filters.http.router.v3.Router"
    manager = typed(
        "envoy.extensions.filters.network.http_connection_manager.v3"
        ".HttpConnectionManager",
        stat_prefix="metrics",
        route_config={
            "name": "metrics",
            "virtual_hosts": [{"name": "all", "domains": ["*"], "routes": [route]}],
        },
        http_filters=[
            {"name": "envoy.filters.http.router", "typed_config": typed(router)}
        ],
    )
    filters = [
        {
            "name": "envoy.filters.network.http_connection_manager",
            "typed_config": manager,
        }
    ]
    return {
        "name": "metrics",
        "address": address(door.host, door.port),
        "filter_chains": [{"filters": filters}],
    }


def _pipe(door: MetricsDoor) -> Json:
    return {"pipe": {"path": door.admin_socket}}
