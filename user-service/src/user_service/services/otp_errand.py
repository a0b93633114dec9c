"""What somebody has to prove himself for."""

from __future__ import annotations

import uuid
from dataclasses import dataclass

from user_service.models.otp_challenge import OtpPurpose


@dataclass(frozen=True, slots=True)
class Errand:
    """What somebody has to prove himself for."""

    user_id: uuid.UUID
    purpose: OtpPurpose
    reference: str

    @property
    def names(self) -> dict[str, object]:
        """As the statements know it."""
        return {
            "user_id": self.user_id,
            "purpose": self.purpose,
            "reference": self.reference,
        }
