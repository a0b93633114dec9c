"""Prometheus metrics, also when gunicorn runs several workers."""

from __future__ import annotations

import os

from prometheus_client import (
    CONTENT_TYPE_LATEST,
    REGISTRY,
    CollectorRegistry,
    Histogram,
    generate_latest,
)
from prometheus_client.multiprocess import MultiProcessCollector

_BUCKETS_S = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)

REQUEST_SECONDS = Histogram(
    "http_request_seconds",
    "Time to answer a request",
    ("method", "route", "status"),
    buckets=_BUCKETS_S,
)
RPC_SECONDS = Histogram(
    "grpc_request_seconds",
    "Time to answer a gRPC call",
    ("method", "status"),
    buckets=_BUCKETS_S,
)
REMOTE_CALL_SECONDS = Histogram(
    "remote_call_seconds",
    "Time another service took to answer",
    ("service", "call", "outcome"),
    buckets=_BUCKETS_S,
)


def render_metrics() -> tuple[bytes, str]:
    """All metrics of this service, summed over its worker processes."""
    registry = REGISTRY
    if "PROMETHEUS_MULTIPROC_DIR" in os.environ:
        registry = CollectorRegistry()
        MultiProcessCollector(registry)  # type: ignore[no-untyped-call]
    return generate_latest(registry), CONTENT_TYPE_LATEST
