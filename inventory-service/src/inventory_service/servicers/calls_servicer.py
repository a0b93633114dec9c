"""The door for calls that their caller has gathered: many in one RPC.

Each answer is what the call would have got by itself, refusals included, or nothing:
then it was not decided here, and has to come by itself.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import grpc
import structlog
from google.protobuf.message import Message
from google.rpc.status_pb2 import Status

from inventory_service.servicers.gathered_kinds import GatheredKind, Outcome
from inventory_service.servicers.parsing import time_left_s
from inventory_service.services.patience import check_time_left
from service_common.errors import AppError, InvalidInput
from service_common.grpc_server import INTERNAL_ERROR, status_message
from service_common.stubs import inventory_pb2 as pb
from service_common.stubs.inventory_pb2_grpc import InventoryServicer as Generated

log = structlog.get_logger()

CALLS_MAX = 100


class CallsServicer(Generated):
    """The calls that come together; `kinds` are by the names of their RPCs."""

    kinds: Mapping[str, GatheredKind]

    def CarryOutCalls(  # noqa: N802 - the name of the rpc
        self, request: pb.CarryOutCallsRequest, context: grpc.ServicerContext
    ) -> pb.CarryOutCallsResponse:
        """Carry out the calls, those of one kind together."""
        calls = request.calls
        self._check(calls)
        check_time_left(time_left_s(context))
        by_kind: dict[str, list[int]] = {}
        for number, call in enumerate(calls):
            by_kind.setdefault(call.rpc, []).append(number)
        answers = [pb.GatheredAnswer()] * len(calls)
        for kind, numbers in by_kind.items():
            outcomes = _carry_out(self.kinds[kind], [calls[n] for n in numbers])
            for number, outcome in zip(numbers, outcomes, strict=True):
                answers[number] = _on_the_wire(outcome)
        log.info(
            "calls_carried_out",
            kinds={kind: len(numbers) for kind, numbers in by_kind.items()},
            request_ids=[call.request_id for call in calls],
        )
        return pb.CarryOutCallsResponse(answers=answers)

    def _check(self, calls: Sequence[pb.GatheredCall]) -> None:
        problem = None
        if not 1 <= len(calls) <= CALLS_MAX:
            problem = f"Between 1 and {CALLS_MAX} calls can be carried out together."
        elif any(call.rpc not in self.kinds for call in calls):
            problem = "These calls cannot be gathered."
        if problem is not None:
            raise InvalidInput(problem, details={"fields": {"calls": [problem]}})


def _carry_out(
    kind: GatheredKind, calls: Sequence[pb.GatheredCall]
) -> Sequence[Outcome | Status]:
    try:
        return kind.carry_out(calls)
    except AppError as error:
        return [error] * len(calls)
    except Exception as error:  # one kind must not take the others along
        log.error("unexpected_error", rpc=calls[0].rpc, exc_info=error)
        code, _ = grpc.StatusCode.INTERNAL.value
        return [Status(code=code, message=INTERNAL_ERROR)] * len(calls)


def _on_the_wire(outcome: Outcome | Status) -> pb.GatheredAnswer:
    if isinstance(outcome, AppError):
        outcome = status_message(outcome)
    if isinstance(outcome, Status):
        return pb.GatheredAnswer(status=outcome.SerializeToString())
    if isinstance(outcome, Message):
        return pb.GatheredAnswer(response=outcome.SerializeToString())
    return pb.GatheredAnswer()
