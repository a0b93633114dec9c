"""gRPC calls that are made at the same time, gathered into one.

A call that comes alone goes by its own RPC. While it is under way others line up, and
go together by `CarryOutCalls`; one that the service cannot decide among others it
hands back, and that goes by its own RPC too. Each caller gets his own outcome.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import grpc
from google.protobuf.message import DecodeError, Message
from google.rpc.status_pb2 import Status

from service_common.errors import Refusal
from service_common.gather import Gatherer
from service_common.grpc_client import Asked, GrpcCaller
from service_common.stubs import inventory_pb2 as pb

# Who has little time left goes by himself: a round takes no longer than any of its
# callers will wait, and must not end before its time for all of them.
_TIME_FOR_A_ROUND_S = 0.5
# While a new release is rolled out, the service may be the older one.
_NO_SUCH_DOOR = grpc.StatusCode.UNIMPLEMENTED


class GatheringCaller(GrpcCaller):
    """A caller of a service that takes some of its calls together.

    `carry_out` is the method for many; `answers` names the calls that it takes, each
    with what it answers.
    """

    def __init__(
        self,
        service: str,
        service_token: str,
        *,
        carry_out: Callable[..., pb.CarryOutCallsResponse],
        answers: Mapping[str, type[Message]],
    ) -> None:
        super().__init__(service, service_token)
        self._carry_out = carry_out
        self._answers = answers
        self._gatherers = {call: Gatherer[Asked, Any](self._round) for call in answers}

    def _answer(self, asked: Asked) -> Any:
        gatherer = self._gatherers.get(asked.call)
        if gatherer is None or asked.timeout_s < _TIME_FOR_A_ROUND_S:
            return super()._answer(asked)
        give_up_at = time.monotonic() + asked.timeout_s
        answer = gatherer.call(asked, timeout_s=asked.timeout_s)
        if answer is not None:
            return answer
        return self._by_itself(asked, give_up_at - time.monotonic())

    def _round(self, asked: Sequence[Asked]) -> Sequence[Any | Exception | None]:
        """What each of a round gets; None for one that has to go by itself."""
        if len(asked) == 1:
            return [self._by_itself(asked[0], asked[0].timeout_s)]
        request = pb.CarryOutCallsRequest(calls=[_gathered(one) for one in asked])
        timeout_s = min(one.timeout_s for one in asked)
        try:
            answers = self._send(self._carry_out, request, timeout_s).answers
        except grpc.RpcError as error:
            translated = self._understand(error)
            # An older release, or one that takes other calls: nothing was done.
            if error.code() is _NO_SUCH_DOOR or isinstance(translated, Refusal):
                return [None] * len(asked)
            raise translated from error
        if len(answers) != len(asked):
            raise self._silence()
        return [
            self._understand_one(self._answers[one.call], answer)
            for one, answer in zip(asked, answers, strict=True)
        ]

    def _understand_one(
        self, kind: type[Message], answer: pb.GatheredAnswer
    ) -> Message | Exception | None:
        outcome = answer.WhichOneof("outcome")
        try:
            if outcome == "response":
                return kind.FromString(answer.response)
            if outcome == "status":
                return self._error_of(Status.FromString(answer.status))
        except DecodeError:
            return self._silence()
        return None


def _gathered(asked: Asked) -> pb.GatheredCall:
    return pb.GatheredCall(
        rpc=asked.call,
        request=asked.request.SerializeToString(),
        request_id=asked.request_id,
    )
