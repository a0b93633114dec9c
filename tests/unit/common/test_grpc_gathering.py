"""A caller that gathers, over real gRPC: many at once, older services, lost answers."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any

import grpc
import pytest
from google.protobuf.wrappers_pb2 import StringValue

from service_common.errors import AppError, Conflict, InvalidInput, NotFound, Unknown
from service_common.grpc_client import open_channel
from service_common.grpc_gathering import GatheringCaller
from service_common.grpc_server import EdgeInterceptor, status_message
from service_common.request_context import get_request_id, request_id_scope
from service_common.stubs import inventory_pb2 as pb
from support.waiting import eventually

TOKEN = "token-of-the-inner-services"
SERVICE = "probe.Probe"
PATIENCE_S = 10.0

Behaviour = Callable[[str, str], pb.GatheredAnswer]


def _done(text: str, _request_id: str = "") -> pb.GatheredAnswer:
    return pb.GatheredAnswer(response=StringValue(value=text).SerializeToString())


def _refused(error: AppError) -> pb.GatheredAnswer:
    return pb.GatheredAnswer(status=status_message(error).SerializeToString())


@dataclass
class Probe:
    """A service that answers as the test says; its first call waits to be let go."""

    behave: Behaviour = _done
    breaks: Callable[[], None] = lambda: None
    too_few: int = 0
    alone: list[str] = field(default_factory=list)
    rounds: list[list[tuple[str, str]]] = field(default_factory=list)
    first_is_under_way: threading.Event = field(default_factory=threading.Event)
    go: threading.Event = field(default_factory=threading.Event)

    def one(self, request: StringValue, _context: Any) -> StringValue:
        self.alone.append(f"{request.value} {get_request_id()}")
        if request.value == "first":
            self.first_is_under_way.set()
            assert self.go.wait(PATIENCE_S)
        return StringValue(value=request.value)

    def many(
        self, request: pb.CarryOutCallsRequest, _context: Any
    ) -> pb.CarryOutCallsResponse:
        calls = [
            (StringValue.FromString(call.request).value, call.request_id)
            for call in request.calls
        ]
        self.rounds.append(calls)
        self.breaks()
        answers = [self.behave(text, request_id) for text, request_id in calls]
        return pb.CarryOutCallsResponse(answers=answers[self.too_few :])


@pytest.fixture
def probe() -> Probe:
    return Probe()


@pytest.fixture
def takes_many() -> bool:
    return True


@pytest.fixture
def caller(probe: Probe, *, takes_many: bool) -> Iterator[Callable[[str], Any]]:
    """Ask the probe for the echo of a text, under a request id like it."""
    methods: dict[str, Any] = {
        "One": grpc.unary_unary_rpc_method_handler(
            probe.one, StringValue.FromString, StringValue.SerializeToString
        )
    }
    if takes_many:
        methods["Many"] = grpc.unary_unary_rpc_method_handler(
            probe.many,
            pb.CarryOutCallsRequest.FromString,
            pb.CarryOutCallsResponse.SerializeToString,
        )
    server = grpc.server(ThreadPoolExecutor(9), interceptors=[EdgeInterceptor(TOKEN)])
    handler = grpc.method_handlers_generic_handler(SERVICE, methods)
    server.add_generic_rpc_handlers((handler,))
    port = server.add_insecure_port("127.0.0.1:0")
    server.start()
    with open_channel(f"127.0.0.1:{port}") as channel:
        one = channel.unary_unary(
            f"/{SERVICE}/One",
            StringValue.SerializeToString,
            StringValue.FromString,
        )
        many = channel.unary_unary(
            f"/{SERVICE}/Many",
            pb.CarryOutCallsRequest.SerializeToString,
            pb.CarryOutCallsResponse.FromString,
        )
        gathering = GatheringCaller(
            "probe", TOKEN, carry_out=many, answers={"One": StringValue}
        )

        def call(text: str, timeout_s: float = PATIENCE_S) -> str:
            with request_id_scope(f"request-{text}"):
                answer = gathering.call(
                    one, StringValue(value=text), timeout_s=timeout_s, call="One"
                )
            return str(answer.value)

        call.line = gathering._gatherers["One"]._queue  # type: ignore[attr-defined]
        yield call
    server.stop(grace=None).wait(PATIENCE_S)


def _wait_for_line(caller: Any, waiting: int) -> None:
    eventually(
        lambda: len(caller.line),
        lambda length: length == waiting,
        within_s=PATIENCE_S,
        every_s=0.005,
    )


def _meet(
    probe: Probe, caller: Any, texts: Sequence[str], timeout_s: float = PATIENCE_S
) -> list[Any]:
    """What each gets when all line up behind a first; an error as what it raises."""

    def outcome(answer: Future[str]) -> Any:
        error = answer.exception(PATIENCE_S)
        return answer.result() if error is None else error

    with ThreadPoolExecutor(len(texts) + 1) as threads:
        first = threads.submit(caller, "first")
        assert probe.first_is_under_way.wait(PATIENCE_S)
        others = []
        for number, text in enumerate(texts, start=1):
            others.append(threads.submit(caller, text, timeout_s))
            _wait_for_line(caller, number)
        probe.go.set()
        assert first.result(PATIENCE_S) == "first"
        return [outcome(other) for other in others]


def test_call_that_comes_alone_goes_by_itself(probe: Probe, caller: Any) -> None:
    assert [caller("a"), caller("b")] == ["a", "b"]
    assert probe.alone == ["a request-a", "b request-b"]
    assert probe.rounds == []


def test_calls_that_line_up_go_together_each_under_its_own_request_id(
    probe: Probe, caller: Any
) -> None:
    assert _meet(probe, caller, "abc") == ["a", "b", "c"]
    assert probe.rounds == [
        [("a", "request-a"), ("b", "request-b"), ("c", "request-c")]
    ]
    assert probe.alone == ["first request-first"]


def test_refusal_reaches_its_caller_alone_and_as_it_was_meant(
    probe: Probe, caller: Any
) -> None:
    refusal = Conflict("Größe.", code="NOT_THIS_ONE", details={"ids": ["1"]})
    probe.behave = lambda text, _: _refused(refusal) if text == "b" else _done(text)

    a, b, c = _meet(probe, caller, "abc")

    assert (a, c) == ("a", "c")
    assert type(b) is Conflict
    assert (b.code, b.message, b.details) == (
        "NOT_THIS_ONE",
        "Größe.",
        {"ids": ["1"]},
    )


def test_internal_error_of_one_is_unknown_to_him_alone(
    probe: Probe, caller: Any
) -> None:
    error = AppError()
    probe.behave = lambda text, _: _refused(error) if text == "b" else _done(text)

    a, b = _meet(probe, caller, "ab")

    assert a == "a"
    assert type(b) is Unknown


def test_call_that_is_handed_back_goes_by_itself_under_its_own_request_id(
    probe: Probe, caller: Any
) -> None:
    probe.behave = lambda text, _: (
        pb.GatheredAnswer() if text == "b" else _done(text.upper())
    )

    assert _meet(probe, caller, "abc") == ["A", "b", "C"]
    assert probe.alone == ["first request-first", "b request-b"]


def _raise(error: Exception) -> Callable[[], None]:
    def break_down() -> None:
        raise error

    return break_down


def test_round_whose_answer_is_lost_is_unknown_to_all_of_it(
    probe: Probe, caller: Any
) -> None:
    probe.breaks = _raise(ZeroDivisionError("a detail of our inside"))

    outcomes = _meet(probe, caller, "abc")

    assert [type(outcome) for outcome in outcomes] == [Unknown] * 3
    assert probe.alone == ["first request-first"], "nobody asks a second time"
    probe.breaks = lambda: None
    assert caller("d") == "d"


def test_round_ends_when_the_least_patient_of_it_would(
    probe: Probe, caller: Any
) -> None:
    never = threading.Event()

    def fall_silent() -> None:
        never.wait(PATIENCE_S)

    probe.breaks = fall_silent

    outcomes = _meet(probe, caller, "ab", timeout_s=1.0)
    never.set()

    assert [type(outcome) for outcome in outcomes] == [Unknown] * 2


def test_wrong_number_of_answers_is_unknown_to_all(probe: Probe, caller: Any) -> None:
    probe.too_few = 1

    outcomes = _meet(probe, caller, "abc")

    assert [type(outcome) for outcome in outcomes] == [Unknown] * 3


def test_answer_that_nobody_can_read_is_unknown_to_its_caller(
    probe: Probe, caller: Any
) -> None:
    broken = pb.GatheredAnswer(response=b"\xff")
    probe.behave = lambda text, _: broken if text == "b" else _done(text)

    a, b = _meet(probe, caller, "ab")

    assert a == "a"
    assert type(b) is Unknown


@pytest.mark.parametrize("takes_many", [False])
def test_older_service_is_asked_one_by_one(probe: Probe, caller: Any) -> None:
    assert _meet(probe, caller, "abc") == ["a", "b", "c"]
    assert sorted(probe.alone) == [
        "a request-a",
        "b request-b",
        "c request-c",
        "first request-first",
    ]


@pytest.mark.parametrize("refusal", [InvalidInput(), NotFound()])
def test_round_that_is_refused_as_a_whole_refuses_nobody(
    probe: Probe, caller: Any, refusal: AppError
) -> None:
    """A release that takes other calls has done nothing, and decided nothing."""
    probe.breaks = _raise(refusal)

    assert _meet(probe, caller, "ab") == ["a", "b"]


def test_who_has_little_time_left_joins_no_round(probe: Probe, caller: Any) -> None:
    with ThreadPoolExecutor(1) as threads:
        first = threads.submit(caller, "first")
        assert probe.first_is_under_way.wait(PATIENCE_S)

        assert caller("hurried", 0.4) == "hurried"

        probe.go.set()
        assert first.result(PATIENCE_S) == "first"
    assert probe.rounds == []
