"""What changes hands between two people, or back, or was offered and does not."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Unpack

from crash_matrix.subjects import PATIENCE_S, Subject, World
from orchestrator_service.clients.transfer_client import Party
from orchestrator_service.clients.transfer_client import Transfer as TransferRow
from orchestrator_service.orchestrators.reversal_saga import ReversalData
from orchestrator_service.orchestrators.transfer_saga import TransferData
from orchestrator_service.orchestrators.transfer_settlement import reversal_saga_id
from support.shop import Person
from support.waiting import eventually
from ticket_demo.api import Answer, Extras

AMOUNT = Decimal("10.00")
_REHEARSED = "REHEARSED_REFUSAL"
# What is said of a transfer that neighbours' deaths took the time of, or a code that
# was used up before it was judged.
_ENDED = ("TRANSFER_EXPIRED", "OTP_ATTEMPTS_EXCEEDED")
_SPOILT = (*_ENDED, "OTP_INVALID", "TRANSFER_INVALID_STATE")


class Spoilt(Exception):
    """A neighbour's fault has ended what a subject needs: take another."""


def insist(ask: Callable[[], Answer], status: int) -> Any:
    """Ask until it is answered like this; the body."""
    return eventually(
        ask, lambda answer: answer.status == status, within_s=PATIENCE_S
    ).body


@dataclass
class Resale(Subject):
    """A ticket that the seller has just bought, and a buyer to offer it to."""

    world: World
    seller: Person
    buyer: Person
    seat_id: str

    def __post_init__(self) -> None:
        super().__init__()
        self.key_of_setup = uuid.uuid4().hex
        self._buy()

    def _buy(self) -> None:
        api = self.world.shop.api
        keys = [f"{self.key_of_setup}-{step}" for step in ("reserve", "pay")]
        order: str = insist(
            lambda: api.reserve(
                self.seller.token, self.seat_id, idempotency_key=keys[0]
            ),
            200,
        )["order_id"]
        insist(lambda: api.pay(self.seller.token, order, idempotency_key=keys[1]), 200)

    def _offer(self, **extras: Unpack[Extras]) -> Answer:
        return self.world.shop.api.initiate_transfer(
            self.seller.token,
            {
                "seat_id": self.seat_id,
                "seller_id": self.seller.user_id,
                "buyer_id": self.buyer.user_id,
                "credits_amount": f"{AMOUNT}",
            },
            **extras,
        )


@dataclass
class Swap(Resale):
    """A transfer of the ticket, with both codes at hand."""

    final = ("", "")
    """The status that a transfer has when it was done, and when it was not."""

    def __post_init__(self) -> None:
        super().__post_init__()
        self.key_of_offer = uuid.uuid4().hex
        self.before = self._balances()
        self.transfer_id: str = insist(self._initiate, 201)["transfer_id"]
        self.saga_id = self.transfer_id
        self.codes = {
            "seller_otp": self.world.smu.code(self.seller.phone),
            "buyer_otp": self.world.smu.code(self.buyer.phone),
        }

    def _confirm(self, **extras: Unpack[Extras]) -> Answer:
        return self.world.shop.api.confirm_transfer(
            self.seller.token, self.transfer_id, self.codes, **extras
        )

    def subject(self) -> str:
        return self.transfer_id

    def says_yes(self, answer: Answer) -> bool:
        """Done; or past it, and how it stands is what was wanted."""
        return super().says_yes(answer) or _stands(answer) == self.final[0]

    def says_no(self, answer: Answer) -> bool:
        """Refused; or past it, and it has ended otherwise."""
        return super().says_no(answer) or _stands(answer) == self.final[1]

    def _has_moved(self, *, done: bool, moved: bool) -> bool:
        """The ticket and the credits are where they belong, with one of the two."""
        is_moved = done is moved
        holder = self.buyer if is_moved else self.seller
        insist(lambda: self.world.shop.api.ticket_code(holder.token, self.seat_id), 200)
        gain = AMOUNT if is_moved else Decimal(0)
        seller, buyer = self._balances()
        assert (seller - self.before[0], self.before[1] - buyer) == (gain, gain)
        return done

    def _initiate(self) -> Answer:
        answer = self._offer(idempotency_key=self.key_of_offer)
        if _stands(answer) == "FAILED":
            self.key_of_offer = uuid.uuid4().hex  # that one is over: offer again
        return answer

    def _balances(self) -> tuple[Decimal, Decimal]:
        api = self.world.shop.api
        bodies = [
            insist(lambda who=who: api.balance(who.token), 200)  # type: ignore[misc]
            for who in (self.seller, self.buyer)
        ]
        seller, buyer = (
            Decimal(body["credit_balance"]) + Decimal(body["credits_frozen"])
            for body in bodies
        )
        return seller, buyer

    def _row(self) -> TransferRow:
        return eventually(
            lambda: self.world.clients.transfers.get(self.transfer_id),
            lambda _: True,
            within_s=PATIENCE_S,
        )


@dataclass
class Transfer(Swap):
    """Confirm it."""

    noes = (_REHEARSED, *_ENDED)
    final = ("COMPLETED", "FAILED")

    def data(self) -> TransferData:
        """Both agree as if their codes had been right, and nobody has begun yet."""
        transfers = self.world.clients.transfers
        row = self._row()
        for party in Party:
            row = transfers.record_consent(self.transfer_id, party)
        return TransferData(
            transfer_id=self.transfer_id,
            order_id=str(uuid.uuid4()),
            seat_id=self.seat_id,
            ticket_version=row.ticket_version,
            seller_id=row.seller_id,
            buyer_id=row.buyer_id,
            amount=row.credits_amount,
        )

    def ask(self, request_id: str) -> Answer:
        answer = self._confirm(idempotency_key=self.key, request_id=request_id)
        if answer.code == "OTP_INVALID":
            self.key = uuid.uuid4().hex  # to enter it once more is another request
        return answer

    def is_done(self) -> bool:
        status = eventually(
            lambda: self._row().status,
            lambda status: status in ("COMPLETED", "FAILED"),
            within_s=PATIENCE_S,
        )
        return self._has_moved(done=status == "COMPLETED", moved=True)


@dataclass
class Reversal(Swap):
    """As admin, reverse a transfer that was completed and disputed."""

    noes = (_REHEARSED,)
    final = ("REVERSED", "")

    def __post_init__(self) -> None:
        super().__post_init__()
        api, key = self.world.shop.api, self.key_of_setup
        confirmed = eventually(
            lambda: self._confirm(idempotency_key=f"{key}-confirm"),
            lambda answer: answer.status == 200 or answer.code in _SPOILT,
            within_s=PATIENCE_S,
        )
        if confirmed.status != 200 and _stands(confirmed) != "COMPLETED":
            raise Spoilt(confirmed.code)
        insist(
            lambda: api.dispute_transfer(
                self.buyer.token,
                self.transfer_id,
                "Not what was offered.",
                idempotency_key=f"{key}-dispute",
            ),
            200,
        )

    def data(self) -> ReversalData:
        """An admin has decided it, and nobody has begun yet."""
        row = self.world.clients.transfers.begin_reversal(self.transfer_id)
        assert row.completed_version is not None
        self.saga_id = reversal_saga_id(row)
        return ReversalData(
            transfer_id=self.transfer_id,
            seat_id=self.seat_id,
            ticket_version=row.completed_version,
            seller_id=row.seller_id,
            buyer_id=row.buyer_id,
            amount=row.credits_amount,
            freeze_key=f"{self.transfer_id}:freeze:{row.dispute_no}",
        )

    def ask(self, request_id: str) -> Answer:
        return self.world.shop.api.reverse_transfer(
            self.world.admin,
            self.transfer_id,
            idempotency_key=self.key,
            request_id=request_id,
        )

    def is_done(self) -> bool:
        row = eventually(
            self._row, lambda row: row.unsettled is None, within_s=PATIENCE_S
        )
        return self._has_moved(done=row.status == "REVERSED", moved=False)


@dataclass
class AbandonedOffer(Resale):
    """Offer the ticket, and never come back; neither does the buyer."""

    yes = 201

    def subject(self) -> str:
        raise AssertionError("an offer is no saga")

    def data(self) -> Any:
        raise AssertionError("an offer is no saga")

    def ask(self, request_id: str) -> Answer:
        return self._offer(idempotency_key=self.key, request_id=request_id)

    def is_done(self) -> bool:
        """Done is what had to follow: it failed, and the ticket can be offered."""
        transfer_id = self.told[-1].body["transfer_id"]
        ended = eventually(
            lambda: self.world.clients.transfers.get(transfer_id),
            lambda row: row.status == "FAILED" and row.unsettled is None,
            within_s=PATIENCE_S,
        )
        assert ended.failure_reason == "TRANSFER_EXPIRED"
        api, seller = self.world.shop.api, self.seller
        insist(lambda: api.ticket_code(seller.token, self.seat_id), 200)
        again = insist(lambda: self._offer(idempotency_key=uuid.uuid4().hex), 201)
        assert again["transfer_id"] != transfer_id
        return True


def _stands(answer: Answer) -> str | None:
    """The status in a refusal because of the status."""
    if answer.code != "TRANSFER_INVALID_STATE":
        return None
    return str(answer.details.get("status"))
