"""Codes as only the owner of a key can make them, also such as no ticket has."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from orchestrator_service.services.qr_service import QrService
from support.shop import HALL


class CodePress:
    """Seals any content with a key."""

    def __init__(self, key: bytes) -> None:
        self._key = key

    def make(
        self,
        seat_id: str,
        event_id: str,
        *,
        hall_id: str = HALL,
        version: int = 1,
        age_s: float = 0,
    ) -> str:
        """A code of the given age; a negative one is from the future."""
        made_at = datetime.now(UTC) - timedelta(seconds=age_s)
        ticket = QrService(self._key, now=lambda: made_at).issue(
            seat_id=seat_id, event_id=event_id, hall_id=hall_id, ticket_version=version
        )
        return ticket.qr_payload
