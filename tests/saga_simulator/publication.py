"""A publication in small: draft an event, create its seats (pivot), publish it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from orchestrator_service.saga.declaration import (
    Call,
    Saga,
    StepResult,
    UndoOutcome,
    pivot,
    refusable,
    retriable,
)
from orchestrator_service.saga.log import SagaRecord, SagaState
from saga_simulator.scenario import Situation
from saga_simulator.world import DirectWire, World
from service_common.errors import Conflict, NotFound

SEATS = 50


class Event:
    """DRAFT, then PUBLISHED; or DISCARDED for good."""

    def __init__(self, *, venue_known: bool) -> None:
        self.venue_known = venue_known
        self.status: str | None = None

    def draft(self) -> StepResult:
        """Write the draft; refused without a venue, and after it was discarded."""
        if self.status == "DISCARDED":
            raise Conflict(code="EVENT_DISCARDED")
        if self.status is None:
            if not self.venue_known:
                raise NotFound(code="VENUE_NOT_FOUND")
            self.status = "DRAFT"
        return {"status": self.status}

    def publish(self) -> StepResult:
        """Let the public see it."""
        if self.status not in ("DRAFT", "PUBLISHED"):
            raise Conflict(code="EVENT_DISCARDED")
        self.status = "PUBLISHED"
        return {"status": self.status}

    def discard(self) -> UndoOutcome:
        """The arbiter of a publication that is given up."""
        if self.status == "PUBLISHED":
            return UndoOutcome.TOO_LATE
        self.status = "DISCARDED"
        return UndoOutcome.UNDONE


class Hall:
    """The seats of the event; a hall that is taken refuses them."""

    def __init__(self, *, free: bool) -> None:
        self.free = free
        self.seats = 0
        self.removed = False

    def create_seats(self, count: int) -> StepResult:
        """Create them, once."""
        if self.removed:
            raise Conflict(code="SEATS_REMOVED")
        if self.seats == 0:
            if not self.free:
                raise Conflict(code="HALL_TAKEN")
            self.seats += count
        return {"seats": self.seats}

    def remove_seats(self) -> UndoOutcome:
        """Remove them; a creation that arrives late will be refused."""
        self.seats, self.removed = 0, True
        return UndoOutcome.UNDONE


@dataclass(frozen=True, slots=True)
class PublicationData:
    """All inputs of a publication."""

    event_id: str
    seats: int


class Publication:
    """The participants of a publication, and what must hold when it has ended."""

    event_class: type[Event] = Event
    hall_class: type[Hall] = Hall

    def __init__(self, _: World, situation: Situation) -> None:
        self.event = self.event_class(
            venue_known=situation is not Situation.CLAIM_REFUSED
        )
        self.hall = self.hall_class(free=situation is not Situation.PIVOT_REFUSED)

    @property
    def surprises(self) -> Mapping[str, Callable[[], None]]:
        """What was in the way goes out of the way."""
        return {
            "venue appears": lambda: setattr(self.event, "venue_known", True),
            "hall is free": lambda: setattr(self.hall, "free", True),
        }

    def declare(self, wire: World | DirectWire) -> Saga[PublicationData]:
        """The saga."""
        event, hall = self.event, self.hall

        def draft_event(_: PublicationData, call: Call) -> StepResult:
            return wire.call("draft_event", event.draft, call.timeout_s)

        def discard_event(_: PublicationData, call: Call) -> UndoOutcome:
            return wire.call("discard_event", event.discard, call.timeout_s)

        def create_seats(data: PublicationData, call: Call) -> StepResult:
            return wire.call(
                "create_seats", lambda: hall.create_seats(data.seats), call.timeout_s
            )

        def remove_seats(_: PublicationData, call: Call) -> UndoOutcome:
            return wire.call("remove_seats", hall.remove_seats, call.timeout_s)

        def publish_event(_: PublicationData, call: Call) -> StepResult:
            return wire.call("publish_event", event.publish, call.timeout_s)

        return Saga(
            kind="publication",
            version=1,
            data_class=PublicationData,
            steps=(
                refusable(
                    "draft_event",
                    draft_event,
                    undo_name="discard_event",
                    undo=discard_event,
                ),
                pivot(
                    "create_seats",
                    create_seats,
                    undo_name="remove_seats",
                    undo=remove_seats,
                ),
                retriable("publish_event", publish_event),
            ),
        )

    def data(self) -> PublicationData:
        """The inputs of the one publication."""
        return PublicationData("event-1", SEATS)

    def violations(self, sagas: list[SagaRecord]) -> list[str]:
        """DONE: published with its seats. FAILED: neither."""
        done = sum(saga.state is SagaState.DONE for saga in sagas)
        seen = (self.event.status == "PUBLISHED", self.hall.seats)
        wrong = []
        if done > 1:
            wrong.append("published twice")
        if seen != ((True, SEATS) if done else (False, 0)):
            wrong.append(f"{done} done, but (published, seats) is {seen}")
        if not done and sagas and self.event.status == "DRAFT":
            wrong.append("given up, but the draft is still there")
        return wrong
