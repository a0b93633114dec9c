"""The crash points of every call that is answered; for armed processes only."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import grpc
from flask import Flask, Response, request, request_finished, request_started

from service_common.crash_points import crash_point
from service_common.gathered_calls import PATH as GATHERED_PATH
from service_common.request_context import HEADER, get_request_id
from service_common.stubs import inventory_pb2 as pb


def watch_http() -> None:
    """Pass the three moments of every request of every Flask application."""
    request_started.connect(_asked, weak=False)
    request_finished.connect(_done, weak=False)


def _asked(_app: Flask, **_: object) -> None:
    # The request has no id of ours yet.
    _pass(_places(request.headers.get(HEADER)), "before")


def _done(_app: Flask, response: Response, **_: object) -> None:
    places = _places(get_request_id())
    _pass(places, "after_commit")
    # The server closes a response once the last byte of it is sent.
    response.call_on_close(lambda: _pass(places, "after_answer"))


def _places(request_id: str | None) -> list[tuple[str, str | None]]:
    """The place that is asked for, and those gathered in it, each with its request."""
    places = [(str(request.endpoint), request_id)]
    if request.path == GATHERED_PATH:
        asked = request.get_json(silent=True) or {}
        places += [
            (f"gathered.{one['call']}", one["request_id"])
            for one in asked.get("calls", ())
        ]
    return places


def _pass(places: list[tuple[str, str | None]], moment: str) -> None:
    for place, request_id in places:
        crash_point(f"{place}:{moment}", request_id)


class CrashInterceptor(grpc.ServerInterceptor):
    """Passes the three moments of every unary call, and of those gathered in it."""

    def intercept_service(
        self,
        continuation: Callable[[grpc.HandlerCallDetails], Any],
        details: grpc.HandlerCallDetails,
    ) -> Any:
        """Wrap the handler that the continuation finds."""
        handler = continuation(details)
        if handler is None or handler.unary_unary is None:
            return handler
        place = f"grpc.{details.method.rpartition('/')[2]}"
        return grpc.unary_unary_rpc_method_handler(
            _passing(place, handler.unary_unary),
            handler.request_deserializer,
            handler.response_serializer,
        )


def _passing(place: str, behaviour: Callable[..., Any]) -> Callable[..., Any]:
    def call(message: Any, context: grpc.ServicerContext) -> Any:
        places: list[tuple[str, str | None]] = [(place, get_request_id())]
        if isinstance(message, pb.CarryOutCallsRequest):
            places += [(f"gathered.{one.rpc}", one.request_id) for one in message.calls]
        _pass(places, "before")
        context.add_callback(lambda: _pass(places, "after_answer"))
        try:
            return behaviour(message, context)
        finally:
            _pass(places, "after_commit")

    return call
