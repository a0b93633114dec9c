"""Messages that the time to consent is over: a hint to look, never the judge."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import structlog

from order_service.services.expiry_service import ExpiryService
from service_common.amqp import Malformed

log = structlog.get_logger()


class ExpiryConsumer:
    """`transfer.expiry.queue` → a transfer that nobody agreed on in time fails.

    Whatever is found, the message has done its work: what is not due yet is left to
    the sweeper, so nothing goes round in circles.
    """

    def __init__(self, expiries: ExpiryService) -> None:
        self._expiries = expiries

    def handle(self, payload: dict[str, Any]) -> None:
        """Fail the transfer that the message names, if its time is over."""
        transfer_id = _transfer_id_of(payload)
        has_expired = self._expiries.expire_transfer(transfer_id)
        log.info(
            "expiry_message_handled",
            transfer_id=str(transfer_id),
            expired=has_expired,
        )


def _transfer_id_of(payload: dict[str, Any]) -> UUID:
    try:
        return UUID(payload["transfer_id"])
    except (KeyError, ValueError, TypeError, AttributeError):
        raise Malformed("no transfer_id") from None
