"""A gRPC server's edge: credential, request id, deadlines, and errors on the wire.

Servicers raise AppErrors; the interceptor turns them into a status with a
google.rpc.ErrorInfo, whose `reason` is our code. A status without one means that
nobody knows whether the call took effect.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from types import TracebackType
from typing import Any, NoReturn

import grpc
import structlog
from google.protobuf.any_pb2 import Any as AnyMessage
from google.rpc.error_details_pb2 import ErrorInfo
from google.rpc.status_pb2 import Status
from grpc_status import rpc_status

from service_common.access import SERVICE_TOKEN_HEADER, same_secret
from service_common.errors import AppError, Busy, Refusal, Unauthorized, Unavailable
from service_common.http_json import to_wire
from service_common.metrics import RPC_SECONDS
from service_common.request_context import METADATA_KEY, request_id_scope

log = structlog.get_logger()

TOKEN_METADATA_KEY = SERVICE_TOKEN_HEADER.lower()
ERROR_DOMAIN = "ticketing"
INTERNAL_ERROR = "internal error"
_HEALTH_SERVICE = "/grpc.health.v1.Health/"
_STATUS_OF_HTTP = {
    400: grpc.StatusCode.INVALID_ARGUMENT,
    401: grpc.StatusCode.UNAUTHENTICATED,
    403: grpc.StatusCode.PERMISSION_DENIED,
    404: grpc.StatusCode.NOT_FOUND,
}


class EdgeInterceptor(grpc.ServerInterceptor):
    """What every call passes through on its way in and out."""

    def __init__(self, service_token: str) -> None:
        self._service_token = service_token

    def intercept_service(
        self,
        continuation: Callable[[grpc.HandlerCallDetails], Any],
        details: grpc.HandlerCallDetails,
    ) -> Any:
        """Wrap the handler that the continuation finds."""
        handler = continuation(details)
        if handler is None or details.method.startswith(_HEALTH_SERVICE):
            return handler
        metadata = {key: str(value) for key, value in details.invocation_metadata}
        name = details.method.rpartition("/")[2]
        edge = _Edge(name, metadata, self._service_token)
        if handler.response_streaming:
            return grpc.unary_stream_rpc_method_handler(
                edge.stream(handler.unary_stream),
                handler.request_deserializer,
                handler.response_serializer,
            )
        return grpc.unary_unary_rpc_method_handler(
            edge.unary(handler.unary_unary),
            handler.request_deserializer,
            handler.response_serializer,
        )


class _Edge:
    """One call of one method."""

    def __init__(self, method: str, metadata: dict[str, str], token: str) -> None:
        self._method = method
        self._metadata = metadata
        self._token = token

    def unary(self, behaviour: Callable[..., Any]) -> Callable[..., Any]:
        def call(request: Any, context: grpc.ServicerContext) -> Any:
            with self._scope(context):
                return behaviour(request, context)

        return call

    def stream(self, behaviour: Callable[..., Any]) -> Callable[..., Any]:
        def call(request: Any, context: grpc.ServicerContext) -> Iterator[Any]:
            with self._scope(context):
                yield from behaviour(request, context)

        return call

    def _scope(self, context: grpc.ServicerContext) -> _CallScope:
        return _CallScope(self._method, self._metadata, self._token, context)


class _CallScope:
    """The `with` block around one call: request id, credential, errors, measurement."""

    def __init__(
        self,
        method: str,
        metadata: dict[str, str],
        token: str,
        context: grpc.ServicerContext,
    ) -> None:
        self._method = method
        self._metadata = metadata
        self._token = token
        self._context = context
        self._request_id = request_id_scope(metadata.get(METADATA_KEY))
        self._started = time.perf_counter()

    def __enter__(self) -> None:
        self._request_id.__enter__()
        offered = self._metadata.get(TOKEN_METADATA_KEY, "")
        if same_secret(offered, self._token):
            return
        try:
            self._abort(Unauthorized("This is for other services only."))
        finally:  # a block that was never entered is never left
            self._request_id.__exit__(None, None, None)

    def __exit__(
        self,
        _kind: type[BaseException] | None,
        error: BaseException | None,
        _trace: TracebackType | None,
    ) -> None:
        try:
            if error is None:
                self._measure("OK")
            elif isinstance(error, AppError):
                self._abort(error)
            elif isinstance(error, Exception):
                log.error("unexpected_error", rpc=self._method, exc_info=error)
                self._measure("INTERNAL")
                self._context.abort(grpc.StatusCode.INTERNAL, INTERNAL_ERROR)
        finally:
            self._request_id.__exit__(None, None, None)

    def _abort(self, error: AppError) -> NoReturn:
        code = status_of(error)
        self._measure(code.name)
        self._context.abort_with_status(rpc_status.to_status(status_message(error)))
        raise AssertionError("abort_with_status returned")

    def _measure(self, status: str) -> None:
        duration_s = time.perf_counter() - self._started
        RPC_SECONDS.labels(self._method, status).observe(duration_s)
        log.info(
            "grpc_request",
            rpc=self._method,
            status=status,
            duration_ms=round(duration_s * 1000, 1),
        )


def status_of(error: AppError) -> grpc.StatusCode:
    """The gRPC status of an error of ours."""
    if isinstance(error, Busy):
        return grpc.StatusCode.ABORTED
    if isinstance(error, Unavailable):
        return grpc.StatusCode.UNAVAILABLE
    if isinstance(error, Refusal):
        return _STATUS_OF_HTTP.get(
            error.http_status, grpc.StatusCode.FAILED_PRECONDITION
        )
    return grpc.StatusCode.INTERNAL


def status_message(error: AppError) -> Status:
    """The error on the wire, its code and details with it."""
    code = status_of(error)
    info = ErrorInfo(
        reason=error.code,
        domain=ERROR_DOMAIN,
        metadata={
            "http_status": str(error.http_status),
            "details": json.dumps(error.details, default=to_wire),
        },
    )
    packed = AnyMessage()
    packed.Pack(info)
    return Status(code=code.value[0], message=error.message, details=[packed])
