"""A gRPC call to another service, with three outcomes: done, refused, unknown."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterable, Iterator
from typing import Any, TypeVar

import grpc
from google.rpc.error_details_pb2 import ErrorInfo
from grpc_status import rpc_status

from service_common.errors import AppError, Unknown, refusal_of
from service_common.grpc_server import TOKEN_METADATA_KEY
from service_common.metrics import REMOTE_CALL_SECONDS
from service_common.request_context import METADATA_KEY, get_request_id

Answer = TypeVar("Answer")

_REFUSING = frozenset(
    {
        grpc.StatusCode.INVALID_ARGUMENT,
        grpc.StatusCode.NOT_FOUND,
        grpc.StatusCode.ALREADY_EXISTS,
        grpc.StatusCode.PERMISSION_DENIED,
        grpc.StatusCode.FAILED_PRECONDITION,
    }
)
_CHANNEL_OPTIONS = (
    ("grpc.keepalive_time_ms", 30_000),
    ("grpc.keepalive_timeout_ms", 5_000),
    ("grpc.lb_policy_name", "round_robin"),
    # A server that was restarted is found again at once, not after a minute.
    ("grpc.initial_reconnect_backoff_ms", 100),
    ("grpc.max_reconnect_backoff_ms", 1_000),
    # An effect is repeated by the saga that asked for it, never by the channel.
    ("grpc.enable_retries", 0),
)


def open_channel(address: str) -> grpc.Channel:
    """One channel per process, made after the fork."""
    return grpc.insecure_channel(f"dns:///{address}", options=_CHANNEL_OPTIONS)


class GrpcCaller:
    """The rules of inner calls, for the methods of one service's stub."""

    def __init__(self, service: str, service_token: str) -> None:
        self._service = service
        self._token = service_token

    def call(
        self,
        method: Callable[..., Answer],
        request: Any,
        *,
        timeout_s: float,
        call: str,
    ) -> Answer:
        """Call a unary method; an AppError when it was refused or nobody knows."""
        started = time.perf_counter()
        outcome = "unknown"
        try:
            answer = method(request, timeout=timeout_s, metadata=self._metadata())
            outcome = "ok"
            return answer
        except grpc.RpcError as error:
            translated = self._understand(error)
            outcome = "unknown" if isinstance(translated, Unknown) else "refused"
            raise translated from error
        finally:
            REMOTE_CALL_SECONDS.labels(self._service, call, outcome).observe(
                time.perf_counter() - started
            )

    def stream(
        self, method: Callable[..., Iterable[Answer]], request: Any, *, timeout_s: float
    ) -> Iterator[Answer]:
        """Call a method that answers with a stream."""
        try:
            yield from method(request, timeout=timeout_s, metadata=self._metadata())
        except grpc.RpcError as error:
            raise self._understand(error) from error

    def _metadata(self) -> tuple[tuple[str, str], ...]:
        return (
            (TOKEN_METADATA_KEY, self._token),
            (METADATA_KEY, get_request_id()),
        )

    def _understand(self, error: grpc.RpcError) -> AppError:
        info = _error_info(error)
        if info is None:
            return Unknown(f"The {self._service} does not answer.")
        details = json.loads(info.metadata.get("details", "{}"))
        message = str(error.details())
        if error.code() in _REFUSING:
            status = int(info.metadata["http_status"])
            return refusal_of(status, info.reason, message, details)
        return Unknown(message, code=info.reason, details=details)


def _error_info(error: grpc.RpcError) -> ErrorInfo | None:
    try:
        status = rpc_status.from_call(error)
    except ValueError:
        return None
    for detail in status.details if status is not None else ():
        info = ErrorInfo()
        if detail.Is(ErrorInfo.DESCRIPTOR):
            detail.Unpack(info)
            return info
    return None
