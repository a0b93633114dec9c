"""Cases of the declared sagas over the real services, quickly made."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

from orchestrator_service.clients.transfer_client import Offer, Party, Transfer
from orchestrator_service.orchestrators.publication_orchestrator import PublicationData
from orchestrator_service.orchestrators.purchase_saga import PurchaseData
from orchestrator_service.orchestrators.reversal_saga import ReversalData
from orchestrator_service.orchestrators.transfer_saga import TransferData
from orchestrator_service.saga.log import SagaRecord, SagaState
from orchestrator_service.saga_wiring import Clients, SagaParts, build_settlement
from saga_simulator.rehearsal import Case
from support.shop import EventOnSale, Person, Shop

AMOUNT = "3.00"
PRICE = "1.00"
_SEATS = 2


@dataclass
class DeclaredCases:
    """One saga's data, subject and check, for as many cases as there are seats.

    The first of the two people has tickets, which the second wants. They consent
    without codes, so that a case takes a moment.
    """

    parts: SagaParts
    clients: Clients
    shop: Shop
    event: EventOnSale
    seats: Iterator[str]
    people: tuple[Person, Person]
    tickets: Iterator[str]

    def make(self, kind: str) -> Case:
        """A fresh case of this saga."""
        cases: dict[str, Callable[[], Case]] = {
            "purchase": self._purchase,
            "event_publication": self._publication,
            "transfer": self._transfer,
            "reversal": self._reversal,
        }
        return cases[kind]()

    # --- purchase ------------------------------------------------------------------

    def _purchase(self) -> Case:
        person, seat_id = self.people[0], next(self.seats)
        before = self._worth()
        order_id = self.shop.must_reserve(person.token, seat_id)["order_id"]
        order = self.clients.orders.get_order(order_id)
        data = PurchaseData(
            order_id=order_id,
            hold_id=order["hold_id"],
            user_id=person.user_id,
            amount=order["total"],
        )

        def check(record: SagaRecord) -> None:
            done = record.state is SagaState.DONE
            status = self.clients.orders.get_order(order_id)["status"]
            assert status == ("CONFIRMED" if done else "PENDING")
            spent = before[0] - self._worth()[0]
            assert spent == (Decimal(PRICE) if done else 0)
            if not done:
                released = self.shop.api.release(person.token, order_id)
                assert released.status == 204, released.body
            expected = "SOLD" if done else "AVAILABLE"
            assert self.clients.tickets.get_seat_owner(seat_id).status == expected

        return Case(self.parts.purchase, order_id, data, check)

    # --- publication ---------------------------------------------------------------

    def _publication(self) -> Case:
        event_id = str(uuid.uuid4())
        moment = datetime.now(UTC).replace(microsecond=0) + timedelta(days=90)
        event = {
            "name": "Evening of rehearsals",
            "type": "CONCERT",
            "description": "",
            "hall_id": "HALL-T",
            "event_date": moment.isoformat().replace("+00:00", "Z"),
            "pricing_tiers": {"CAT1": PRICE},
            "total_seats": _SEATS,
            "venue": {"name": "Hall of Tests", "address": "1 Test Street"},
        }
        plan = [{"category": "CAT1", "rows": ["A"], "seats_per_row": _SEATS}]

        def check(record: SagaRecord) -> None:
            done = record.state is SagaState.DONE
            found = self.shop.api.event(event_id)
            assert found.status == (200 if done else 404)
            if done:
                assert len(self.shop.seats(event_id)) == _SEATS

        data = PublicationData(event_id, event, plan)
        return Case(self.parts.publication, event_id, data, check)

    # --- transfer and reversal -----------------------------------------------------

    def _transfer(self) -> Case:
        row = self._agreed()
        data = _transfer_data(row)
        before = self._worth()

        def check(record: SagaRecord) -> None:
            done = record.state is SagaState.DONE
            if not done:
                self.clients.transfers.fail_swap(row.transfer_id, "REHEARSED")
            status = self.clients.transfers.get(row.transfer_id).status
            assert status == ("COMPLETED" if done else "FAILED")
            self._check_hands(row.seat_id, before, moved=done)

        return Case(self.parts.transfer, row.transfer_id, data, check)

    def _reversal(self) -> Case:
        before = self._worth()
        settlement = build_settlement(self.parts, self.clients)
        row = self._agreed()
        assert settlement.swap(row).state is SagaState.DONE
        disputed = self.clients.transfers.dispute(
            row.transfer_id, reason="Rehearsed.", user_id=row.buyer_id
        )
        settlement.freeze(disputed)
        row = self.clients.transfers.begin_reversal(row.transfer_id)
        assert row.completed_version is not None
        data = ReversalData(
            transfer_id=row.transfer_id,
            seat_id=row.seat_id,
            ticket_version=row.completed_version,
            seller_id=row.seller_id,
            buyer_id=row.buyer_id,
            amount=row.credits_amount,
            freeze_key=f"{row.transfer_id}:freeze:{row.dispute_no}",
        )

        def check(record: SagaRecord) -> None:
            done = record.state is SagaState.DONE
            status = self.clients.transfers.get(row.transfer_id).status
            assert status == ("REVERSED" if done else "DISPUTED")
            self._check_hands(row.seat_id, before, moved=not done)

        return Case(self.parts.reversal, row.transfer_id, data, check)

    def _agreed(self) -> Transfer:
        """The first of the two sells to the second, and both have consented."""
        seller, buyer = self.people
        ticket, transfers = next(self.tickets), self.clients.transfers
        owner = self.clients.tickets.get_seat_owner(ticket)
        row = transfers.create(
            Offer(
                transfer_id=str(uuid.uuid4()),
                seat_id=ticket,
                event_id=self.event.event_id,
                seller_id=seller.user_id,
                buyer_id=buyer.user_id,
                initiated_by=seller.user_id,
                credits_amount=AMOUNT,
                currency="SGD",
                ticket_version=owner.ticket_version,
            )
        )
        transfers.mark_otp_sent(row.transfer_id)
        for party in Party:
            row = transfers.record_consent(row.transfer_id, party)
        return row

    def _check_hands(self, ticket: str, before: list[Decimal], *, moved: bool) -> None:
        """The ticket and the credits are with the one or with the other."""
        seller, buyer = self.people
        owner = self.clients.tickets.get_seat_owner(ticket)
        assert owner.owner_user_id == (buyer if moved else seller).user_id
        gain = Decimal(AMOUNT) if moved else Decimal(0)
        after = self._worth()
        assert [after[0] - before[0], before[1] - after[1]] == [gain, gain]

    def _worth(self) -> list[Decimal]:
        """What each of the two has, frozen or not."""
        bodies: list[dict[str, Any]] = []
        for person in self.people:
            answer = self.shop.api.balance(person.token)
            assert answer.status == 200, answer.body
            bodies.append(answer.body)
        return [
            Decimal(body["credit_balance"]) + Decimal(body["credits_frozen"])
            for body in bodies
        ]


def _transfer_data(row: Transfer) -> TransferData:
    return TransferData(
        transfer_id=row.transfer_id,
        order_id=str(uuid.uuid4()),
        seat_id=row.seat_id,
        ticket_version=row.ticket_version,
        seller_id=row.seller_id,
        buyer_id=row.buyer_id,
        amount=row.credits_amount,
    )
