"""A gRPC call to another service, with three outcomes: done, refused, unknown."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any, TypeVar

import grpc
from google.rpc.error_details_pb2 import ErrorInfo
from google.rpc.status_pb2 import Status
from grpc_status import rpc_status

from service_common.errors import AppError, Unknown, refusal_of
from service_common.grpc_server import TOKEN_METADATA_KEY
from service_common.metrics import REMOTE_CALL_SECONDS
from service_common.request_context import METADATA_KEY, get_request_id

Answer = TypeVar("Answer")

_REFUSING = frozenset(
    code.value[0]
    for code in (
        grpc.StatusCode.INVALID_ARGUMENT,
        grpc.StatusCode.NOT_FOUND,
        grpc.StatusCode.ALREADY_EXISTS,
        grpc.StatusCode.PERMISSION_DENIED,
        grpc.StatusCode.FAILED_PRECONDITION,
    )
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


@dataclass(frozen=True, slots=True)
class Asked:
    """One call, as it was asked for."""

    method: Callable[..., Any]
    request: Any
    timeout_s: float
    call: str
    request_id: str


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
        asked = Asked(method, request, timeout_s, call, get_request_id())
        try:
            answer: Answer = self._answer(asked)
            outcome = "ok"
            return answer
        except AppError as error:
            outcome = "unknown" if isinstance(error, Unknown) else "refused"
            raise
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

    def _answer(self, asked: Asked) -> Any:
        return self._by_itself(asked, asked.timeout_s)

    def _by_itself(self, asked: Asked, timeout_s: float) -> Any:
        try:
            return self._send(asked.method, asked.request, timeout_s)
        except grpc.RpcError as error:
            raise self._understand(error) from error

    def _send(
        self, method: Callable[..., Answer], request: Any, timeout_s: float
    ) -> Answer:
        return method(request, timeout=timeout_s, metadata=self._metadata())

    def _metadata(self) -> tuple[tuple[str, str], ...]:
        return (
            (TOKEN_METADATA_KEY, self._token),
            (METADATA_KEY, get_request_id()),
        )

    def _understand(self, error: grpc.RpcError) -> AppError:
        try:
            status = rpc_status.from_call(error)
        except ValueError:
            status = None
        return self._error_of(status)

    def _error_of(self, status: Status | None) -> AppError:
        info = _error_info(status) if status is not None else None
        if status is None or info is None:
            return self._silence()
        details = json.loads(info.metadata.get("details", "{}"))
        if status.code in _REFUSING:
            http_status = int(info.metadata["http_status"])
            return refusal_of(http_status, info.reason, status.message, details)
        return Unknown(status.message, code=info.reason, details=details)

    def _silence(self) -> Unknown:
        return Unknown(f"The {self._service} does not answer.")


def _error_info(status: Status) -> ErrorInfo | None:
    for detail in status.details:
        info = ErrorInfo()
        if detail.Is(ErrorInfo.DESCRIPTOR):
            detail.Unpack(info)
            return info
    return None
