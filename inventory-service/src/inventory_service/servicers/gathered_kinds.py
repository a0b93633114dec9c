"""The calls that may come together: their messages, and who carries them out."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from google.protobuf.message import DecodeError, Message

from inventory_service.servicers.messages import (
    admission_message,
    claim_state_message,
    hold_message,
    sale_message,
    state_message,
)
from inventory_service.servicers.parsing import (
    parse_claim,
    parse_confirmation,
    parse_look,
    parse_reservation,
    parse_scan,
)
from inventory_service.services.claim_service import ClaimService
from inventory_service.services.lock_service import LockService
from inventory_service.services.together import Asked
from inventory_service.services.verification_service import VerificationService
from service_common.errors import AppError, InvalidInput
from service_common.stubs import inventory_pb2 as pb

Outcome = Message | AppError | None
"""A response, why there is none, or nothing: the call has to come by itself."""


@dataclass(frozen=True, slots=True)
class GatheredKind:
    """The calls of one RPC: parse each, do all that parse, and answer each."""

    request: type[Message]
    parse: Callable[[Any], Any]
    do: Callable[[Sequence[Asked[Any]]], Sequence[Any]]
    answer: Callable[[Any], Message]

    def carry_out(self, calls: Sequence[pb.GatheredCall]) -> list[Outcome]:
        """The outcomes, in the order of the calls."""
        outcomes: dict[int, Outcome] = {}
        asked: dict[int, Asked[Any]] = {}
        for number, call in enumerate(calls):
            try:
                wanted = self.parse(self._read(call.request))
                asked[number] = Asked(wanted, call.request_id)
            except AppError as error:
                outcomes[number] = error
        done = self.do(list(asked.values())) if asked else []
        for number, found in zip(asked, done, strict=True):
            decided = found is not None and not isinstance(found, AppError)
            outcomes[number] = self.answer(found) if decided else found
        return [outcomes[number] for number in range(len(calls))]

    def _read(self, request: bytes) -> Message:
        try:
            return self.request.FromString(request)
        except DecodeError:
            raise InvalidInput("This is no message of its kind.") from None


def gathered_kinds(
    locks: LockService, claims: ClaimService, verification: VerificationService
) -> Mapping[str, GatheredKind]:
    """By the names of their RPCs."""
    return {
        "ReserveSeat": GatheredKind(
            pb.ReserveSeatRequest,
            parse_reservation,
            locks.reserve_together,
            hold_message,
        ),
        "ClaimSeat": GatheredKind(
            pb.ClaimSeatRequest,
            parse_claim,
            claims.claim_together,
            claim_state_message,
        ),
        "ConfirmSeat": GatheredKind(
            pb.ConfirmSeatRequest,
            parse_confirmation,
            claims.confirm_together,
            sale_message,
        ),
        "VerifyTicket": GatheredKind(
            pb.VerifyTicketRequest,
            parse_look,
            verification.get_states,
            state_message,
        ),
        "MarkCheckedIn": GatheredKind(
            pb.MarkCheckedInRequest,
            parse_scan,
            verification.check_in_together,
            admission_message,
        ),
    }
