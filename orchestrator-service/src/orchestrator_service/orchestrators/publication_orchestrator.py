"""Saga `event_publication`: an event and all its seats, or neither.

step          service     undo
draft_event   event       discard_event   (arbiter)
create_seats  inventory   delete_seats    (pivot)
publish       event
"""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from orchestrator_service.clients.event_client import EventClient
from orchestrator_service.clients.inventory_client import InventoryClient
from orchestrator_service.saga.declaration import (
    Call,
    Saga,
    StepResult,
    UndoOutcome,
    pivot,
    refusable,
    retriable,
)
from orchestrator_service.saga.engine import Engine
from orchestrator_service.saga.log import SagaState
from service_common.errors import Refusal, Unknown
from service_common.stubs import inventory_pb2 as pb

EVENT_PUBLICATION = "event_publication"
# 50,000 rows with their indexes take longer than any other step.
_CREATE_SEATS_TIMEOUT_S = 7.0


@dataclass(frozen=True, slots=True)
class PublicationData:
    """The event and the plan of its hall, as the organiser gave them."""

    event_id: str
    event: Mapping[str, Any]
    seat_map: Sequence[Mapping[str, Any]]


@dataclass(frozen=True, slots=True)
class Publication:
    """How far the publication has come; `seats_created` once it is there."""

    event_id: str
    saga_id: str
    seats_created: int | None


class PublicationSteps:
    """What each step says to which service."""

    def __init__(self, events: EventClient, inventory: InventoryClient) -> None:
        self._events = events
        self._inventory = inventory

    def draft_event(self, data: PublicationData, call: Call) -> StepResult:
        """The event as DRAFT: nobody sees it yet."""
        self._events.create_draft(data.event_id, data.event, call.timeout_s)
        return {}

    def discard_event(self, data: PublicationData, call: Call) -> UndoOutcome:
        """The event row decides whether the publication can still be given up."""
        discarded = self._events.discard_event(data.event_id, call.timeout_s)
        return UndoOutcome.UNDONE if discarded else UndoOutcome.TOO_LATE

    def create_seats(self, data: PublicationData, call: Call) -> StepResult:
        """The pivot: all seats at once, by their plan."""
        prices = data.event["pricing_tiers"]
        blocks = [
            pb.SeatBlock(
                category=block["category"],
                price=prices[block["category"]],
                rows=block["rows"],
                seats_per_row=block["seats_per_row"],
            )
            for block in data.seat_map
        ]
        created = self._inventory.create_seats(data.event_id, blocks, call.timeout_s)
        return {"seats_created": created}

    def delete_seats(self, data: PublicationData, call: Call) -> UndoOutcome:
        """No seat of a discarded event stays behind."""
        try:
            self._inventory.delete_seats(data.event_id, call.timeout_s)
        except Refusal as refusal:
            # Somebody guessed a seat's id and holds it for the moment that it takes
            # to find the event unpublished. It comes back; the undo is repeated.
            raise Unknown(refusal.message, code=refusal.code) from refusal
        return UndoOutcome.UNDONE

    def publish(self, data: PublicationData, call: Call) -> StepResult:
        """DRAFT → PUBLISHED."""
        self._events.publish_event(data.event_id, call.timeout_s)
        return {}


def publication_saga(steps: PublicationSteps) -> Saga[PublicationData]:
    """The declaration."""
    return Saga(
        kind=EVENT_PUBLICATION,
        version=1,
        data_class=PublicationData,
        steps=(
            refusable(
                "draft_event",
                steps.draft_event,
                undo_name="discard_event",
                undo=steps.discard_event,
            ),
            pivot(
                "create_seats",
                steps.create_seats,
                undo_name="delete_seats",
                undo=steps.delete_seats,
                timeout_s=_CREATE_SEATS_TIMEOUT_S,
            ),
            retriable("publish", steps.publish),
        ),
    )


class PublicationOrchestrator:
    """Publish an event with its seats."""

    def __init__(self, engine: Engine, saga: Saga[PublicationData]) -> None:
        self._engine = engine
        self._saga = saga

    def publish_event(
        self,
        event: Mapping[str, Any],
        seat_map: Sequence[Mapping[str, Any]],
        event_id: str | None = None,
    ) -> Publication:
        """Create the event with all its seats; all or nothing across both services.

        With an `event_id` of the caller's a repeat finds the same publication.
        """
        data = PublicationData(event_id or str(uuid.uuid4()), event, seat_map)
        result = self._engine.run(self._saga, subject=data.event_id, data=data)
        if result.state is SagaState.FAILED:
            raise result.error(
                unanswered="The event could not be created; nothing was left."
            )
        # A publication that another request or recovery has finished is whole, too.
        created = event["total_seats"] if result.state is SagaState.DONE else None
        return Publication(data.event_id, result.saga_id, created)
