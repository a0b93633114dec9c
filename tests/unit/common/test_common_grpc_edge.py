"""The edge of a gRPC server, and what a caller makes of its answers."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

import grpc
import pytest
from google.protobuf.wrappers_pb2 import StringValue

from service_common import errors
from service_common.grpc_client import GrpcCaller, open_channel
from service_common.grpc_server import EdgeInterceptor
from service_common.request_context import get_request_id, request_id_scope

TOKEN = "token-of-the-inner-services"
SERVICE = "probe.Probe"
TIMEOUT_S = 5.0


@dataclass
class Probe:
    """A server that does what the test says, on one thread of its own."""

    address: str = ""
    behave: Callable[[], str] = lambda: "done"
    seen_ids: list[str] = field(default_factory=list)
    thread: ThreadPoolExecutor = field(default_factory=lambda: ThreadPoolExecutor(1))

    def one(self, _request: Any, _context: Any) -> StringValue:
        self.seen_ids.append(get_request_id())
        return StringValue(value=self.behave())

    def many(self, _request: Any, _context: Any) -> Iterator[StringValue]:
        yield StringValue(value="first")
        yield StringValue(value=self.behave())


@pytest.fixture
def probe() -> Iterator[Probe]:
    probe = Probe()
    server = grpc.server(probe.thread, interceptors=[EdgeInterceptor(TOKEN)])
    wire: dict[str, Any] = {
        "request_deserializer": StringValue.FromString,
        "response_serializer": StringValue.SerializeToString,
    }
    methods: dict[str, Any] = {
        "One": grpc.unary_unary_rpc_method_handler(probe.one, **wire),
        "Many": grpc.unary_stream_rpc_method_handler(probe.many, **wire),
    }
    server.add_generic_rpc_handlers(
        (grpc.method_handlers_generic_handler(SERVICE, methods),)
    )
    probe.address = f"127.0.0.1:{server.add_insecure_port('127.0.0.1:0')}"
    server.start()
    yield probe
    server.stop(grace=None).wait(TIMEOUT_S)


@pytest.fixture
def channel(probe: Probe) -> Iterator[grpc.Channel]:
    with open_channel(probe.address) as channel:
        yield channel


def _call(channel: grpc.Channel, token: str = TOKEN) -> str:
    method = channel.unary_unary(
        f"/{SERVICE}/One",
        request_serializer=StringValue.SerializeToString,
        response_deserializer=StringValue.FromString,
    )
    answer = GrpcCaller("probe", token).call(
        method, StringValue(), timeout_s=TIMEOUT_S, call="one"
    )
    return str(answer.value)


def _raise(error: Exception) -> Callable[[], str]:
    def behave() -> str:
        raise error

    return behave


def test_done_call_carries_the_request_id(probe: Probe, channel: grpc.Channel) -> None:
    with request_id_scope("request-6"):
        assert _call(channel) == "done"

    assert probe.seen_ids == ["request-6"]


@pytest.mark.parametrize(
    "family",
    [
        errors.InvalidInput,
        errors.PaymentRequired,
        errors.Forbidden,
        errors.NotFound,
        errors.Conflict,
        errors.Gone,
        errors.Unprocessable,
        errors.PreconditionRequired,
        errors.TooManyRequests,
    ],
)
def test_refusal_is_the_same_exception_on_the_other_side(
    probe: Probe, channel: grpc.Channel, family: type[errors.Refusal]
) -> None:
    details = {"ids": ["1", "2"], "price": Decimal("3.5"), "sentence": "größe\n🎫"}
    probe.behave = _raise(family("Größe.", code="A_CODE", details=details))

    with pytest.raises(errors.Refusal) as refused:
        _call(channel)

    assert type(refused.value) is family
    assert (refused.value.code, refused.value.message) == ("A_CODE", "Größe.")
    assert refused.value.details == {**details, "price": "3.50"}


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (errors.Busy(), "SERVICE_UNAVAILABLE"),
        (errors.Unavailable("Later.", code="SERVICE_BUSY"), "SERVICE_BUSY"),
        (errors.AppError(), "INTERNAL_ERROR"),
        (ZeroDivisionError("a detail of our inside"), "SERVICE_UNAVAILABLE"),
    ],
)
def test_everything_else_is_unknown(
    probe: Probe, channel: grpc.Channel, error: Exception, code: str
) -> None:
    probe.behave = _raise(error)

    with pytest.raises(errors.Unknown) as unknown:
        _call(channel)

    assert unknown.value.code == code
    assert "detail of our inside" not in str(unknown.value)


def test_nobody_listening_is_unknown() -> None:
    with (
        open_channel("127.0.0.1:1") as channel,
        pytest.raises(errors.Unknown),
    ):
        _call(channel)


def test_wrong_credential_is_no_refusal_and_leaves_no_request_id_behind(
    probe: Probe, channel: grpc.Channel
) -> None:
    with (
        request_id_scope("request-of-a-stranger"),
        pytest.raises(errors.Unknown) as unknown,
    ):
        _call(channel, token="guess")

    assert unknown.value.code == "UNAUTHORIZED"
    assert probe.seen_ids == []
    assert probe.thread.submit(get_request_id).result() == "-"


def test_error_in_the_middle_of_a_stream_is_understood(
    probe: Probe, channel: grpc.Channel
) -> None:
    probe.behave = _raise(errors.NotFound("Gone.", code="THING_NOT_FOUND"))
    method = channel.unary_stream(
        f"/{SERVICE}/Many",
        request_serializer=StringValue.SerializeToString,
        response_deserializer=StringValue.FromString,
    )
    answers = GrpcCaller("probe", TOKEN).stream(
        method, StringValue(), timeout_s=TIMEOUT_S
    )

    assert next(answers).value == "first"
    with pytest.raises(errors.NotFound) as refused:
        next(answers)
    assert refused.value.code == "THING_NOT_FOUND"
