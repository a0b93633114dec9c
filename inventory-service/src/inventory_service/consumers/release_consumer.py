"""Messages that a hold's time is over: a hint to look, never the judge."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import structlog
from prometheus_client import Counter

from inventory_service.clients.hold_publisher import PARKING_QUEUE, RELEASE_QUEUE
from inventory_service.consumers.loop import Interrupted, Loop
from inventory_service.services.release_service import ReleaseService
from service_common.amqp import BrokerSettings, Malformed, consume, open_channel
from service_common.crash_points import crash_points_around
from service_common.db import Database
from service_common.errors import Unavailable

log = structlog.get_logger()

_MESSAGES = Counter(
    "release_messages", "Release messages by what was found", ("outcome",)
)


class ReleaseConsumer:
    """`seat.release.queue` → ReleaseSeat.

    Whatever the outcome, the message has done its work: a hold that is not due or
    claimed is left to the sweeper, so nothing goes round in circles.
    """

    def __init__(
        self, releases: ReleaseService, database: Database, broker: BrokerSettings
    ) -> None:
        self._releases = releases
        self._database = database
        self._broker = broker

    def turn(self, loop: Loop) -> None:
        """Consume on one connection until it breaks or the loop stops."""
        # Each return of a message counts against its delivery limit, so none is taken
        # before it can be handled.
        self._database.check()
        with open_channel(self._broker) as channel:
            loop.report_well()
            consume(
                channel,
                RELEASE_QUEUE,
                self._handle,
                parking_queue=PARKING_QUEUE,
                should_stop=loop.stopping,
            )

    def _handle(self, payload: dict[str, Any]) -> None:
        hold_id = _hold_id_of(payload)
        try:
            with crash_points_around("release_consumer"):
                outcome = self._releases.release_hold(hold_id)
        except Unavailable as error:
            raise Interrupted(error.message) from error
        _MESSAGES.labels(outcome).inc()
        log.info("release_message_handled", hold_id=str(hold_id), outcome=outcome)


def _hold_id_of(payload: dict[str, Any]) -> UUID:
    try:
        return UUID(payload["hold_id"])
    except (KeyError, ValueError, TypeError, AttributeError):
        raise Malformed("no hold_id") from None
