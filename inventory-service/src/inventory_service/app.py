"""The gRPC server."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import grpc
from grpc_health.v1 import health_pb2, health_pb2_grpc
from grpc_health.v1.health import HealthServicer

from inventory_service.servicers import InventoryServicer
from inventory_service.settings import Settings
from inventory_service.wiring import open_database
from service_common.crash_points import grpc_interceptors
from service_common.db import Database
from service_common.grpc_server import EdgeInterceptor
from service_common.stubs import inventory_pb2, inventory_pb2_grpc

SERVICE_NAME = inventory_pb2.DESCRIPTOR.services_by_name["Inventory"].full_name

# Calls wait for a thread up to this bound; beyond it they are refused at once with
# RESOURCE_EXHAUSTED, rather than answered when nobody listens any more.
_WAITING_PER_THREAD = 32
_OPTIONS = (
    # A second server on the same port would silently take half of the calls.
    ("grpc.so_reuseport", 0),
    ("grpc.http2.min_ping_interval_without_data_ms", 10_000),
    ("grpc.keepalive_permit_without_calls", 1),
)


class InventoryServer:
    """The service on its port."""

    def __init__(self, settings: Settings, database: Database) -> None:
        threads = settings.server.threads
        self._health = HealthServicer()
        self._server = grpc.server(
            ThreadPoolExecutor(threads, thread_name_prefix="rpc"),
            interceptors=[
                EdgeInterceptor(settings.service_token),
                *grpc_interceptors(),
            ],
            options=_OPTIONS,
            maximum_concurrent_rpcs=threads * _WAITING_PER_THREAD,
        )
        inventory_pb2_grpc.add_InventoryServicer_to_server(  # type: ignore[no-untyped-call]
            InventoryServicer(database, hold_ttl_s=settings.hold_ttl_s), self._server
        )
        health_pb2_grpc.add_HealthServicer_to_server(self._health, self._server)
        self.port = self._server.add_insecure_port(
            f"{settings.server.host}:{settings.server.port}"
        )

    def start(self) -> None:
        """Begin to serve."""
        self._server.start()
        for service in ("", SERVICE_NAME):
            self._health.set(service, health_pb2.HealthCheckResponse.SERVING)

    def stop(self, grace_s: float) -> None:
        """Take no more calls, and let the running ones finish."""
        self._health.enter_graceful_shutdown()
        self._server.stop(grace_s).wait()


def create_app(settings: Settings, database: Database | None = None) -> InventoryServer:
    """The server, bound to its port and not started; RuntimeError when it is taken."""
    return InventoryServer(settings, database or open_database(settings))
