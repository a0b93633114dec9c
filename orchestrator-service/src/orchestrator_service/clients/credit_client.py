"""The user service's credits between two people, over REST."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

from service_common.http_client import JsonClient

QUICK_S = 2.0


@dataclass(frozen=True, slots=True)
class CreditMove:
    """Who pays whom how much; the amount is positive, the reference a transfer."""

    payer_id: str
    payee_id: str
    amount: str
    reference: str


class CreditClient:
    """One method per remote verb; each does its work once per operation key."""

    def __init__(self, http: JsonClient) -> None:
        self._http = http

    def transfer(
        self, move: CreditMove, *, operation_key: str, timeout_s: float
    ) -> str:
        """Move credits; the payer's balance after it. 402 INSUFFICIENT_CREDITS."""
        answer = self._http.post(
            "/credits/transfer",
            {"operation_key": operation_key, **asdict(move)},
            timeout_s=timeout_s,
            call="transfer_credits",
        )
        return str(answer["credit_balance"])

    def undo_transfer(
        self, move: CreditMove, *, operation_key: str, timeout_s: float
    ) -> None:
        """Give the payer his credits back, or keep them from ever being moved."""
        self._http.post(
            "/credits/transfer/reverse",
            {"operation_key": operation_key, **asdict(move)},
            timeout_s=timeout_s,
            call="undo_transfer",
        )

    def give_back(
        self,
        move: CreditMove,
        *,
        operation_key: str,
        freeze_key: str,
        timeout_s: float,
    ) -> dict[str, Any]:
        """The payee gets all of it: out of the payer's frozen credits, then his others.

        What is missing the payer owes. Answers how much came from where.
        """
        return self._http.post(
            "/credits/return",
            {"operation_key": operation_key, "freeze_key": freeze_key, **asdict(move)},
            timeout_s=timeout_s,
            call="return_credits",
        )

    def undo_give_back(
        self,
        move: CreditMove,
        *,
        operation_key: str,
        freeze_key: str,
        timeout_s: float,
    ) -> None:
        """Undo a return with all that it took, or keep it from ever happening."""
        self._http.post(
            "/credits/return/reverse",
            {"operation_key": operation_key, "freeze_key": freeze_key, **asdict(move)},
            timeout_s=timeout_s,
            call="undo_return",
        )

    def freeze(
        self, *, operation_key: str, user_id: str, amount: str, reference: str
    ) -> None:
        """Set aside what is there of the amount."""
        self._http.post(
            "/credits/freeze",
            {
                "operation_key": operation_key,
                "user_id": user_id,
                "amount": amount,
                "reference": reference,
            },
            timeout_s=QUICK_S,
            call="freeze_credits",
        )

    def unfreeze(self, *, operation_key: str, user_id: str, reference: str) -> None:
        """Let go what was set aside under the key, or keep it from ever being."""
        self._http.post(
            "/credits/unfreeze",
            {
                "operation_key": operation_key,
                "user_id": user_id,
                "reference": reference,
            },
            timeout_s=QUICK_S,
            call="unfreeze_credits",
        )
