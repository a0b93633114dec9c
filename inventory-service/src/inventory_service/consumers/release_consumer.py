"""Messages that a hold's time is over: a hint to look, never the judge."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import structlog
from prometheus_client import Counter

from inventory_service.services.release_service import ReleaseService
from service_common.amqp import Malformed

log = structlog.get_logger()

_MESSAGES = Counter(
    "release_messages", "Release messages by what was found", ("outcome",)
)


class ReleaseConsumer:
    """`seat.release.queue` → ReleaseSeat.

    Whatever the outcome, the message has done its work: a hold that is not due or
    claimed is left to the sweeper, so nothing goes round in circles.
    """

    def __init__(self, releases: ReleaseService) -> None:
        self._releases = releases

    def handle(self, payload: dict[str, Any]) -> None:
        """Release the hold that the message names, if it is due."""
        hold_id = _hold_id_of(payload)
        outcome = self._releases.release_hold(hold_id)
        _MESSAGES.labels(outcome).inc()
        log.info("release_message_handled", hold_id=str(hold_id), outcome=outcome)


def _hold_id_of(payload: dict[str, Any]) -> UUID:
    try:
        return UUID(payload["hold_id"])
    except (KeyError, ValueError, TypeError, AttributeError):
        raise Malformed("no hold_id") from None
