"""The door for calls that come together: what one does is nothing to the others."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest
from google.protobuf.wrappers_pb2 import StringValue
from google.rpc.status_pb2 import Status

from inventory_service.servicers.calls_servicer import CallsServicer
from inventory_service.servicers.gathered_kinds import GatheredKind
from inventory_service.services.together import Asked, tell_each
from service_common.errors import AppError, Conflict, InvalidInput, Unavailable
from service_common.request_context import get_request_id
from service_common.stubs import inventory_pb2 as pb


class Context:
    def __init__(self, time_left_s: float | None = None) -> None:
        self.time_remaining = lambda: time_left_s


def _parse(message: StringValue) -> str:
    if not message.value:
        raise InvalidInput("Say something.")
    return message.value


class Door:
    """Echoes; other kinds refuse, break, or hand everything back."""

    def __init__(self) -> None:
        self.done: list[list[str]] = []
        self._servicer = CallsServicer()
        self._servicer.kinds = {
            "Echo": self._kind(self._echo),
            "Refuse": self._kind(self._raise(Conflict("No.", code="NOT_NOW"))),
            "Break": self._kind(self._raise(ZeroDivisionError("our inside"))),
            "HandBack": self._kind(lambda asked: [None] * len(asked)),
        }

    def ask(
        self, *calls: tuple[str, str], time_left_s: float | None = None
    ) -> list[Any]:
        request = pb.CarryOutCallsRequest(
            calls=[
                pb.GatheredCall(
                    rpc=rpc,
                    request=StringValue(value=text).SerializeToString(),
                    request_id=f"request-{text}",
                )
                for rpc, text in calls
            ]
        )
        context: Any = Context(time_left_s)
        answers = self._servicer.CarryOutCalls(request, context).answers
        return [self._read(answer) for answer in answers]

    def _read(self, answer: pb.GatheredAnswer) -> Any:
        outcome = answer.WhichOneof("outcome")
        if outcome == "response":
            return StringValue.FromString(answer.response).value
        return Status.FromString(answer.status).code if outcome else None

    def _kind(self, do: Any) -> GatheredKind:
        return GatheredKind(
            StringValue, _parse, do, lambda text: StringValue(value=text)
        )

    def _echo(self, asked: Sequence[Asked[str]]) -> list[str | AppError]:
        texts = [one.wanted for one in asked]
        self.done.append(texts)
        return tell_each(asked, texts, lambda _, text: f"{text} {get_request_id()}")

    def _raise(self, error: Exception) -> Any:
        def do(_asked: object) -> list[str]:
            raise error

        return do


@pytest.fixture
def door() -> Door:
    return Door()


def test_calls_of_one_kind_are_done_together_each_under_its_own_request_id(
    door: Door,
) -> None:
    answers = door.ask(("Echo", "a"), ("HandBack", "b"), ("Echo", "c"))

    assert answers == ["a request-a", None, "c request-c"]
    assert door.done == [["a", "c"]]


def test_kind_that_is_refused_or_breaks_takes_no_other_along(door: Door) -> None:
    answers = door.ask(("Break", "a"), ("Echo", "b"), ("Refuse", "c"), ("Break", "d"))

    internal, failed_precondition = 13, 9
    assert answers == [internal, "b request-b", failed_precondition, internal]


def test_call_that_is_malformed_is_told_so_and_the_others_are_done(door: Door) -> None:
    invalid_argument = 3

    assert door.ask(("Echo", ""), ("Echo", "b")) == [invalid_argument, "b request-b"]
    assert door.done == [["b"]]


def test_nothing_is_begun_when_nobody_would_hear_of_it(door: Door) -> None:
    with pytest.raises(Unavailable):
        door.ask(("Echo", "a"), time_left_s=0.01)

    assert door.done == []


def test_refusal_of_one_is_an_outcome_under_his_own_request_id() -> None:
    def tell(wanted: str, found: int) -> str:
        if not found:
            raise Conflict(f"{wanted} {get_request_id()}", code="NOTHING_FOUND")
        return wanted

    told = tell_each([Asked("a", "id-a"), Asked("b", "id-b")], [0, 1], tell)

    assert isinstance(told[0], Conflict)
    assert (told[0].message, told[1]) == ("a id-a", "b")
    assert get_request_id() == "-"
