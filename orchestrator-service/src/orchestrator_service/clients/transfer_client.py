"""The order service's transfers and tickets, over REST."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from enum import StrEnum
from typing import Any

from orchestrator_service.transfer_refusals import TransferNotFound
from service_common.errors import NotFound
from service_common.http_client import JsonClient

QUICK_S = 2.0


class TransferStatus(StrEnum):
    """Where a transfer stands."""

    INITIATED = "INITIATED"
    PENDING_OTP = "PENDING_OTP"
    COMPLETED = "COMPLETED"
    FAILED = "FAILED"
    DISPUTED = "DISPUTED"
    REVERSED = "REVERSED"


class Task(StrEnum):
    """What is still owed to the other services for a transfer."""

    SWAP = "SWAP"
    FREEZE = "FREEZE"
    UNFREEZE = "UNFREEZE"
    REVERSE = "REVERSE"
    CODES = "CODES"


class Party(StrEnum):
    """The two who have to consent."""

    SELLER = "SELLER"
    BUYER = "BUYER"


@dataclass(frozen=True, slots=True)
class Offer:
    """What a transfer is begun with; the id is ours, so a repeat finds its own."""

    transfer_id: str
    seat_id: str
    event_id: str
    seller_id: str
    buyer_id: str
    initiated_by: str
    credits_amount: str
    currency: str
    ticket_version: int


@dataclass(frozen=True, slots=True)
class Transfer:
    """A transfer as docs/internal-api.md describes it."""

    transfer_id: str
    seat_id: str
    event_id: str
    seller_id: str
    buyer_id: str
    status: TransferStatus
    seller_otp_verified: bool
    buyer_otp_verified: bool
    credits_amount: str
    currency: str
    ticket_version: int
    completed_version: int | None
    failure_reason: str | None
    dispute_reason: str | None
    dispute_no: int
    reversal_no: int
    unsettled: Task | None
    created_at: str
    expires_at: str
    completed_at: str | None

    @classmethod
    def read(cls, document: Mapping[str, Any]) -> Transfer:
        """Out of the order service's answer."""
        kept: dict[str, Any] = {
            field.name: document[field.name] for field in fields(cls)
        }
        kept["status"] = TransferStatus(kept["status"])
        kept["unsettled"] = Task(kept["unsettled"]) if kept["unsettled"] else None
        return cls(**kept)

    @property
    def is_agreed(self) -> bool:
        """Both have consented, and the swap is under way or about to be."""
        return self.unsettled is Task.SWAP

    def has_consent_of(self, party: Party) -> bool:
        """Whether this party's code was right."""
        if party is Party.SELLER:
            return self.seller_otp_verified
        return self.buyer_otp_verified

    def user_id_of(self, party: Party) -> str:
        """Who this party is."""
        return self.seller_id if party is Party.SELLER else self.buyer_id


class TransferClient:
    """One method per remote verb."""

    def __init__(self, http: JsonClient) -> None:
        self._http = http

    def create(self, offer: Offer) -> Transfer:
        """Write the transfer down, INITIATED; a repeat answers how it stands."""
        document = self._http.post(
            "/transfers", asdict(offer), timeout_s=QUICK_S, call="create_transfer"
        )
        return Transfer.read(document)

    def get(self, transfer_id: str) -> Transfer:
        """The transfer, or TransferNotFound."""
        try:
            document = self._http.get(
                f"/transfers/{transfer_id}", timeout_s=QUICK_S, call="get_transfer"
            )
        except NotFound:
            raise TransferNotFound from None
        return Transfer.read(document)

    def list_of(self, query: Mapping[str, Any]) -> dict[str, Any]:
        """A page of somebody's transfers, newest first."""
        return self._http.get(
            "/transfers", query=query, timeout_s=QUICK_S, call="list_transfers"
        )

    def list_unsettled(self, *, older_than_s: float, limit: int) -> list[Transfer]:
        """Those for which something is owed for so long, the oldest first."""
        answer = self._http.get(
            "/transfers/unsettled",
            query={"older_than_s": older_than_s, "limit": limit},
            timeout_s=QUICK_S,
            call="list_unsettled",
        )
        return [Transfer.read(document) for document in answer["data"]]

    def list_tickets(self, query: Mapping[str, Any]) -> dict[str, Any]:
        """A page of somebody's tickets, newest first."""
        return self._http.get(
            "/tickets", query=query, timeout_s=QUICK_S, call="list_tickets"
        )

    def mark_otp_sent(self, transfer_id: str) -> Transfer:
        """INITIATED → PENDING_OTP."""
        return self._move(transfer_id, "otp-sent", {})

    def record_consent(self, transfer_id: str, party: Party) -> Transfer:
        """This party's code was right."""
        return self._move(transfer_id, "verified", {"party": party})

    def fail(self, transfer_id: str, reason: str) -> Transfer:
        """End one that is not agreed."""
        return self._move(transfer_id, "fail", {"reason": reason})

    def fail_swap(self, transfer_id: str, reason: str) -> Transfer:
        """End an agreed one whose saga was turned back."""
        return self._move(transfer_id, "swap-failed", {"reason": reason})

    def complete(
        self,
        transfer_id: str,
        *,
        saga_id: str,
        order_id: str,
        ticket_version: int,
        timeout_s: float,
    ) -> None:
        """Beat 4 of a transfer: COMPLETED, with the buyer's order."""
        self._http.post(
            f"/transfers/{transfer_id}/complete",
            {
                "saga_id": saga_id,
                "order_id": order_id,
                "ticket_version": ticket_version,
            },
            timeout_s=timeout_s,
            call="complete_transfer",
        )

    def dispute(self, transfer_id: str, *, reason: str, user_id: str) -> Transfer:
        """COMPLETED → DISPUTED; the freeze is owed from now on."""
        return self._move(
            transfer_id, "dispute", {"reason": reason, "user_id": user_id}
        )

    def uphold(self, transfer_id: str) -> Transfer:
        """DISPUTED → COMPLETED; the unfreeze is owed from now on."""
        return self._move(transfer_id, "uphold", {})

    def begin_reversal(self, transfer_id: str) -> Transfer:
        """The reversal is owed from now on, and nothing else can be decided."""
        return self._move(transfer_id, "reversal", {})

    def mark_reversed(
        self, transfer_id: str, *, saga_id: str, ticket_version: int, timeout_s: float
    ) -> None:
        """Beat 4 of a reversal: REVERSED, with both orders."""
        self._http.post(
            f"/transfers/{transfer_id}/reversed",
            {"saga_id": saga_id, "ticket_version": ticket_version},
            timeout_s=timeout_s,
            call="mark_reversed",
        )

    def mark_settled(self, transfer_id: str, task: Task, number: int) -> Transfer:
        """This task is no longer owed."""
        return self._move(transfer_id, "settled", {"task": task, "number": number})

    def _move(self, transfer_id: str, move: str, body: Mapping[str, Any]) -> Transfer:
        document = self._http.post(
            f"/transfers/{transfer_id}/{move}",
            dict(body),
            timeout_s=QUICK_S,
            call=f"transfer_{move}",
        )
        return Transfer.read(document)
