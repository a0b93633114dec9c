"""Facts and invariants of the four services: pages by key, look-ups by id."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import suppress
from typing import Any

import grpc

from orchestrator_service.clients.facts import (
    OPERATIONS,
    BookedSeat,
    Charge,
    Claim,
    OrderFact,
    Page,
    SoldSeat,
    TransferFact,
)
from service_common.errors import NotFound
from service_common.grpc_client import GrpcCaller
from service_common.http_client import JsonClient
from service_common.stubs import inventory_pb2 as pb
from service_common.stubs.inventory_pb2_grpc import InventoryStub

PAGE = 1000
# What one question may take; a judge that has less time left asks for less.
FACTS_S = 10.0
_THERE_AND_BACK_S = 2.0
# Behind every operation of a saga, and before those of the next.
_BEHIND_OPERATIONS = ";"


class InventoryFacts:
    """What the seats know."""

    def __init__(self, channel: grpc.Channel, caller: GrpcCaller) -> None:
        self._stub = InventoryStub(channel)  # type: ignore[no-untyped-call]
        self._caller = caller

    def list_claims(self, after: str) -> Page[Claim]:
        """Claims by their ids, which are their sagas'."""
        claims = self._claims(pb.ListClaimsRequest(after_claim_id=after, limit=PAGE))
        return Page(claims, claims[-1].claim_id if len(claims) == PAGE else None)

    def find_claims(self, saga_ids: Sequence[str]) -> Sequence[Claim]:
        """The claims of these sagas."""
        return self._claims(pb.ListClaimsRequest(claim_ids=saga_ids))

    def list_seats(self, after: str) -> Page[SoldSeat]:
        """Seats that have an owner, by their ids."""
        seats = self._seats(pb.ListSoldSeatsRequest(after_seat_id=after, limit=PAGE))
        return Page(seats, seats[-1].seat_id if len(seats) == PAGE else None)

    def find_seats(self, seat_ids: Sequence[str]) -> Sequence[SoldSeat]:
        """These seats, sold or not."""
        return self._seats(pb.ListSoldSeatsRequest(seat_ids=seat_ids))

    def find_ended_holds(self, hold_ids: Sequence[str]) -> list[str]:
        """Those of at most 1,000 holds that are over and told."""
        answer: pb.FindEndedHoldsResponse = self._caller.call(
            self._stub.FindEndedHolds,
            pb.FindEndedHoldsRequest(hold_ids=hold_ids),
            timeout_s=FACTS_S,
            call="FindEndedHolds",
        )
        return list(answer.hold_ids)

    def check_invariants(self, within_s: int) -> list[dict[str, Any]]:
        """What the seats database says of itself."""
        answer: pb.CheckInvariantsResponse = self._caller.call(
            self._stub.CheckInvariants,
            pb.CheckInvariantsRequest(within_s=within_s),
            timeout_s=within_s + _THERE_AND_BACK_S,
            call="CheckInvariants",
        )
        return [
            {
                "number": found.number,
                "name": found.name,
                "violations": found.violations,
                "names": found.names,
                "examples": list(found.examples),
                "complete": found.complete,
            }
            for found in answer.invariants
        ]

    def _claims(self, request: pb.ListClaimsRequest) -> list[Claim]:
        answer: pb.ClaimPage = self._caller.call(
            self._stub.ListClaims, request, timeout_s=FACTS_S, call="ListClaims"
        )
        return [
            Claim(
                claim_id=claim.claim_id,
                kind=claim.kind,
                state=pb.ClaimState.Name(claim.state),
                hold_id=claim.hold_id,
                seat_id=claim.seat_id,
                seat_count=claim.seat_count,
            )
            for claim in answer.claims
        ]

    def _seats(self, request: pb.ListSoldSeatsRequest) -> list[SoldSeat]:
        answer: pb.SoldSeatPage = self._caller.call(
            self._stub.ListSoldSeats, request, timeout_s=FACTS_S, call="ListSoldSeats"
        )
        return [
            SoldSeat(seat.seat_id, seat.owner_user_id, seat.order_id, seat.claim_id)
            for seat in answer.seats
        ]


class LedgerFacts:
    """What the ledger of credits knows."""

    def __init__(self, http: JsonClient) -> None:
        self._http = http

    def list_charges(self, after: str) -> Page[Charge]:
        """Operations of sagas, by their keys; `after` is a saga or an operation."""
        behind = after if ":" in after or not after else after + _BEHIND_OPERATIONS
        body = _get(self._http, "/credits/facts", {"after": behind, "limit": PAGE})
        return Page(_charges(body), body["next"])

    def find_charges(self, saga_ids: Sequence[str]) -> Sequence[Charge]:
        """The operations of these sagas, of at most 300."""
        keys = [f"{saga_id}:{name}" for saga_id in saga_ids for name in OPERATIONS]
        return _charges(_post(self._http, "/credits/facts", {"operation_keys": keys}))

    def measure_drift(self) -> str:
        """How far balances and ledger are apart, in credits."""
        return str(_get(self._http, "/credits/drift")["drift"])

    def check_invariants(self, within_s: int) -> list[dict[str, Any]]:
        """What the users database says of itself."""
        return _invariants(self._http, within_s)


class BookFacts:
    """What the orders and transfers know."""

    def __init__(self, http: JsonClient) -> None:
        self._http = http

    def list_orders(self, after: str) -> Page[OrderFact]:
        """Orders that a saga has confirmed, by the ids of their sagas."""
        body = _get(self._http, "/orders/facts/by-saga", _after(after))
        return Page([OrderFact.read(fact) for fact in body["data"]], body["next"])

    def find_orders(self, saga_ids: Sequence[str]) -> Sequence[OrderFact]:
        """The orders that these sagas have confirmed."""
        body = _post(self._http, "/orders/facts/by-saga", {"ids": list(saga_ids)})
        return [OrderFact.read(fact) for fact in body["data"]]

    def list_pending(self, after: str, older_than_s: int) -> Page[OrderFact]:
        """Orders that are PENDING for so long, by their ids."""
        filters = {"status": "PENDING", "older_than_s": older_than_s}
        body = _get(self._http, "/orders/facts", {**_after(after), **filters})
        return Page([OrderFact.read(fact) for fact in body["data"]], body["next"])

    def get_status(self, order_id: str) -> str:
        """How one order stands."""
        return str(_get(self._http, f"/orders/{order_id}")["status"])

    def list_seats(self, after: str) -> Page[BookedSeat]:
        """Seats with the order they are sold by now, by their ids."""
        body = _get(self._http, "/orders/facts/seats", _after(after))
        return Page([_booked(fact) for fact in body["data"]], body["next"])

    def find_seats(self, seat_ids: Sequence[str]) -> Sequence[BookedSeat]:
        """The orders that these seats are sold by now."""
        body = _post(self._http, "/orders/facts/seats", {"ids": list(seat_ids)})
        return [_booked(fact) for fact in body["data"]]

    def list_transfers(self, after: str) -> Page[TransferFact]:
        """Transfers by their ids, which are their swaps'."""
        body = _get(self._http, "/transfers/facts", _after(after))
        return Page([TransferFact.read(fact) for fact in body["data"]], body["next"])

    def find_transfers(self, saga_ids: Sequence[str]) -> Sequence[TransferFact]:
        """The transfers whose swaps these sagas are; one call for each of them."""
        found = []
        for saga_id in saga_ids:
            with suppress(NotFound):
                fact = _get(self._http, f"/transfers/{saga_id}")
                found.append(TransferFact.read(fact))
        return found

    def check_invariants(self, within_s: int) -> list[dict[str, Any]]:
        """What the orders database says of itself."""
        return _invariants(self._http, within_s)


class CatalogueFacts:
    """What the events know."""

    def __init__(self, http: JsonClient) -> None:
        self._http = http

    def check_invariants(self, within_s: int) -> list[dict[str, Any]]:
        """What the events database says of itself."""
        return _invariants(self._http, within_s)


def _after(after: str) -> dict[str, Any]:
    return {"limit": PAGE, **({"after": after} if after else {})}


def _charges(body: Mapping[str, Any]) -> list[Charge]:
    read = (Charge.read(fact) for fact in body["data"])
    return [charge for charge in read if charge is not None]


def _booked(fact: Mapping[str, Any]) -> BookedSeat:
    return BookedSeat(fact["seat_id"], fact["user_id"], fact["order_id"])


def _invariants(http: JsonClient, within_s: int) -> list[dict[str, Any]]:
    body = http.get(
        "/invariants",
        query={"within_s": within_s},
        timeout_s=within_s + _THERE_AND_BACK_S,
        call="check_invariants",
    )
    found: list[dict[str, Any]] = body["invariants"]
    return found


def _get(
    http: JsonClient, path: str, query: Mapping[str, Any] | None = None
) -> dict[str, Any]:
    return http.get(path, query=query, timeout_s=FACTS_S, call="facts")


def _post(http: JsonClient, path: str, body: Mapping[str, Any]) -> dict[str, Any]:
    return http.post(path, body, timeout_s=FACTS_S, call="facts")
