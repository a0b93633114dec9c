"""Every place of every saga where a process can die, as a list of cells.

A cell is one saga, one thing that the saga does, and one moment of it. Its process is
told to die there, once, under a request id of the cell's own.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from orchestrator_service.saga.declaration import Saga

INVENTORY = "inventory-service"
USERS = "user-service"
ORDERS = "order-service"
EVENTS = "event-service"
ORCHESTRATOR = "orchestrator-service"
RECOVERY = "orchestrator-recovery"
WORKER = "inventory-worker"
ORDER_WORKER = "order-worker"
HOLD = "hold"
OFFER = "offer"

MOMENTS = ("before", "after_commit", "after_answer")
WRITE_MOMENTS = MOMENTS[:2]
_GATHERED = ("deduct_credits", "confirm_order", "ClaimSeat", "ConfirmSeat")

# Who carries out what a declared step or undo asks for, and what it is called there.
PLACES: Mapping[str, Mapping[str, tuple[str, str]]] = {
    "purchase": {
        "claim_seat": (INVENTORY, "grpc.ClaimSeat"),
        "revoke_claim": (INVENTORY, "grpc.RevokeClaim"),
        "deduct_credits": (USERS, "credits.deduct_credits"),
        "refund_credits": (USERS, "credits.reverse_deduct"),
        "confirm_seat": (INVENTORY, "grpc.ConfirmSeat"),
        "confirm_order": (ORDERS, "orders.confirm_order"),
    },
    "event_publication": {
        "draft_event": (EVENTS, "events.draft_event"),
        "discard_event": (EVENTS, "events.discard_event"),
        "create_seats": (INVENTORY, "grpc.CreateSeats"),
        "delete_seats": (INVENTORY, "grpc.DeleteSeats"),
        "publish": (EVENTS, "events.publish_event"),
    },
    "transfer": {
        "claim_ticket": (INVENTORY, "grpc.ClaimSeat"),
        "revoke_claim": (INVENTORY, "grpc.RevokeClaim"),
        "move_credits": (USERS, "transfers.transfer_credits"),
        "return_credits": (USERS, "transfers.reverse_transfer"),
        "update_owner": (INVENTORY, "grpc.UpdateOwner"),
        "complete_transfer": (ORDERS, "transfers.complete_transfer"),
    },
    "reversal": {
        "claim_ticket": (INVENTORY, "grpc.ClaimSeat"),
        "revoke_claim": (INVENTORY, "grpc.RevokeClaim"),
        "return_credits": (USERS, "transfers.return_credits"),
        "undo_return": (USERS, "transfers.reverse_return"),
        "update_owner": (INVENTORY, "grpc.UpdateOwner"),
        "mark_reversed": (ORDERS, "disputes.reverse_transfer"),
    },
}
# What the client asks the orchestrator for.
DOORS: Mapping[str, str] = {
    "purchase": "purchase.pay_order",
    "event_publication": "catalogue.publish_event",
    "transfer": "transfer.confirm_transfer",
    "reversal": "dispute.reverse_transfer",
}


class Flow(StrEnum):
    """How the saga gets to the place."""

    FORWARD = "forward"
    """A client asks for it."""
    ABORTING = "aborting"
    """Its driver has decided to give it up, its pivot in doubt, and is gone."""
    IN_DOUBT = "in doubt"
    """Its driver is gone with the pivot in doubt, and the deadline has passed."""


@dataclass(frozen=True, slots=True)
class Cell:
    """One death. `deaths` has the place in each process that may be the one."""

    saga: str
    what: str
    moment: str
    flow: Flow
    deaths: tuple[tuple[str, str], ...]
    """Processes with the place at which the first of them that comes there dies."""
    helpers: tuple[tuple[str, str], ...] = ()
    """Further deaths, without which the saga would not come to the place."""
    request_id: str = field(default_factory=lambda: uuid.uuid4().hex)

    def __str__(self) -> str:
        return f"{self.saga}-{self.what}-{self.moment}"

    @property
    def own_points(self) -> list[tuple[str, str]]:
        """Each process that may be the one, with its crash point for CRASHPOINT."""
        return [(process, self._point(place)) for process, place in self.deaths]

    @property
    def helping_points(self) -> list[tuple[str, str]]:
        """The same for the deaths without which it would not come to the place."""
        return [(process, self._point(place)) for process, place in self.helpers]

    def _point(self, place: str) -> str:
        return f"{place}:1@{self.request_id}"


def cells_of(saga: Saga[Any]) -> Iterator[Cell]:
    """Every step and undo, every write of the orchestrator, and its answer."""
    kind, places = saga.kind, PLACES.get(saga.kind, {})
    if not places:
        return  # a test of its own says so
    for step in saga.steps:
        yield from _three(kind, step.name, Flow.FORWARD, *places[step.name])
    for step in saga.undoable:
        undo = step.undo_name or ""
        yield from _three(kind, undo, Flow.ABORTING, *places[undo])
    yield from _three(kind, "answer", Flow.FORWARD, ORCHESTRATOR, DOORS[kind])
    yield from _writes(kind, places[saga.undoable[-1].name])


def cells_of_a_hold() -> list[Cell]:
    """What the worker does for a hold that nobody pays for, before and after each."""
    loops = ("hold_relay", "release_consumer", "release_relay")
    return [cell for loop in loops for cell in _two(HOLD, WORKER, loop)]


def cells_of_an_offer() -> list[Cell]:
    """What the worker does for an offer that nobody takes, before and after each."""
    loops = ("offer_relay", "expiry_consumer")
    return [cell for loop in loops for cell in _two(OFFER, ORDER_WORKER, loop)]


def _two(kind: str, worker: str, loop: str) -> Iterator[Cell]:
    for moment in WRITE_MOMENTS:
        death = (worker, f"{loop}:{moment}")
        yield Cell(kind, loop, moment, Flow.FORWARD, (death,))


def _three(
    kind: str, what: str, flow: Flow, process: str, place: str
) -> Iterator[Cell]:
    for moment in MOMENTS:
        yield Cell(kind, what, moment, flow, _at(process, place, moment))


def _at(process: str, place: str, moment: str) -> tuple[tuple[str, str], ...]:
    """The place, and the same call among those that a busy orchestrator gathers."""
    call = place.rpartition(".")[2]
    places = (place, f"gathered.{call}") if call in _GATHERED else (place,)
    return tuple((process, f"{one}:{moment}") for one in places)


def _writes(kind: str, pivot: tuple[str, str]) -> Iterator[Cell]:
    process, place = pivot
    for moment in WRITE_MOMENTS:

        def write(name: str, at: str = moment) -> str:
            return f"saga_log.{name}:{at}"

        start = ((ORCHESTRATOR, write("start")),)
        yield Cell(kind, "START", moment, Flow.FORWARD, start)
        # Whoever drives it to its end: another death may have parked it before.
        end = ((ORCHESTRATOR, write("finish")), (RECOVERY, write("finish")))
        yield Cell(kind, "END done", moment, Flow.FORWARD, end)
        undone = ((RECOVERY, write("finish")),)
        yield Cell(kind, "END failed", moment, Flow.ABORTING, undone)
        park = ((ORCHESTRATOR, write("park")), (RECOVERY, write("park")))
        silent = _at(process, place, "before")
        yield Cell(kind, "PARK", moment, Flow.FORWARD, park, silent)
        abort = ((RECOVERY, write("begin_abort")),)
        silent = _at(process, place, "after_commit")
        yield Cell(kind, "ABORTING", moment, Flow.IN_DOUBT, abort, silent)
    taken = ((RECOVERY, "saga_log.take_over:after_commit"),)
    yield Cell(kind, "TAKEOVER", "after_commit", Flow.ABORTING, taken)
