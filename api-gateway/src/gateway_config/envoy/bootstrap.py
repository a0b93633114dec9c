"""The whole of Envoy's configuration."""

from gateway_config.envoy.clusters import CLIENT_CONNECTIONS_MAX, clusters
from gateway_config.envoy.filters import http_filters
from gateway_config.envoy.metrics import (
    MetricsDoor,
    metrics_admin,
    metrics_cluster,
    metrics_listener,
)
from gateway_config.envoy.replies import local_replies
from gateway_config.envoy.routes import route_configuration
from gateway_config.envoy.typed import Json, address, typed
from gateway_config.model import Gateway
from gateway_config.reader import REQUEST_ID_HEADER, SUBJECT_HEADER

# What only the inside may say of a caller: the twin of `clean-request` of kong.yml.
_INNER_HEADERS = (
    "X-Service-Token",
    "X-Consumer-ID",
    "X-Consumer-Custom-ID",
    "X-Consumer-Username",
    "X-Consumer-Groups",
    "X-Authenticated-Groups",
    "X-Anonymous-Consumer",
    "X-Credential-Identifier",
    SUBJECT_HEADER,
)

# The twin of `request-id`: an id that does not look like this is dropped, and Envoy
# makes a new one. The value is empty where the header is missing.
_REQUEST_ID_IF_FIT = (
    "%CEL("
    "'x-request-id' in request.headers"
    " && size(request.headers['x-request-id']) <= 128"
    " && request.headers['x-request-id'].matches('^[!#-\\\\[\\\\]-~]+$')"
    " ? request.headers['x-request-id'] : ''"
    ")%"
)

_FIT_ID_HEADER = "X-Fit-Request-ID"


def render_bootstrap(
    gateway: Gateway, *, host: str, port: int, metrics: MetricsDoor
) -> Json:
    """Envoy's bootstrap: the door, and another one for metrics alone."""
    return {
        "static_resources": {
            "listeners": [
                {
                    "name": "gateway",
                    "address": address(host, port),
                    "filter_chains": [{"filters": [_connection_manager(gateway)]}],
                },
                metrics_listener(metrics),
            ],
            "clusters": [*clusters(gateway), metrics_cluster(metrics)],
        },
        "admin": metrics_admin(metrics),
        "overload_manager": _connection_limit(),
    }


def _connection_limit() -> Json:
    name = "envoy.resource_monitors.global_downstream_max_connections"
    settings = typed(
        "envoy.extensions.resource_monitors.downstream_connections.v3"
        ".DownstreamConnectionsConfig",
        max_active_downstream_connections=CLIENT_CONNECTIONS_MAX,
    )
    return {"resource_monitors": [{"name": name, "typed_config": settings}]}


def _connection_manager(gateway: Gateway) -> Json:
    settings = typed(
        "envoy.extensions.filters.network.http_connection_manager.v3"
        ".HttpConnectionManager",
        stat_prefix="gateway",
        server_header_transformation="PASS_THROUGH",
        use_remote_address=True,
        normalize_path=True,
        merge_slashes=True,
        # Who sends a request drop by drop occupies nobody for long.
        request_headers_timeout="10s",
        request_timeout="30s",
        common_http_protocol_options={
            # A_B would become A-B on its way into the services.
            "headers_with_underscores_action": "DROP_HEADER",
            "idle_timeout": "60s",
        },
        **_request_ids(),
        local_reply_config=local_replies(),
        access_log=[_access_log()],
        route_config=route_configuration(gateway),
        http_filters=http_filters(gateway),
    )
    name = "envoy.filters.network.http_connection_manager"
    return {"name": name, "typed_config": settings}


def _request_ids() -> Json:
    return {
        "generate_request_id": True,
        "preserve_external_request_id": True,
        "always_set_request_id_in_response": True,
        "request_id_extension": {
            "typed_config": typed(
                "envoy.extensions.request_id.uuid.v3.UuidRequestIdConfig",
                # Or a client's own id would come back with one digit changed.
                pack_trace_reason=False,
            )
        },
        "early_header_mutation_extensions": [
            {
                "name": "clean-request",
                "typed_config": typed(
                    "envoy.extensions.http.early_header_mutation.header_mutation.v3"
                    ".HeaderMutation",
                    mutations=_clean_request(),
                ),
            }
        ],
    }


def _clean_request() -> list[Json]:
    # An empty value is not written, so the id takes a way round that an unfit one
    # does not survive.
    return [
        *({"remove": name} for name in (*_INNER_HEADERS, _FIT_ID_HEADER)),
        _set_header(_FIT_ID_HEADER, _REQUEST_ID_IF_FIT),
        {"remove": REQUEST_ID_HEADER},
        _set_header(REQUEST_ID_HEADER, f"%REQ({_FIT_ID_HEADER})%"),
        {"remove": _FIT_ID_HEADER},
    ]


def _set_header(name: str, value: str) -> Json:
    return {"append": {"header": {"key": name, "value": value}}}


def _access_log() -> Json:
    """One line of JSON a request, without the query: it may hold what no log should."""
    line = {
        "ts": "%START_TIME%",
        "service": "gateway",
        "event": "http_request",
        "request_id": "%REQ(X-REQUEST-ID)%",
        "method": "%REQ(:METHOD)%",
        "path": "%PATH(NQ:ORIG_OR_PATH)%",
        "route": "%ROUTE_NAME%",
        "status": "%RESPONSE_CODE%",
        "detail": "%RESPONSE_CODE_DETAILS%",
        "duration_ms": "%DURATION%",
    }
    return {
        "name": "envoy.access_loggers.stdout",
        "typed_config": typed(
            "envoy.extensions.access_loggers.stream.v3.StdoutAccessLog",
            log_format={"json_format": line},
        ),
    }
