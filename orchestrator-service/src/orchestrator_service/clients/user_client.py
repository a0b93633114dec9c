"""The user service, over REST."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from service_common.http_client import JsonClient

QUICK_S = 2.0


@dataclass(frozen=True, slots=True)
class Risk:
    """What has to be known of a buyer before he buys."""

    is_flagged: bool
    credit_balance: Decimal


class UserClient:
    """One method per remote verb."""

    def __init__(self, http: JsonClient) -> None:
        self._http = http

    def get_risk(self, user_id: str) -> Risk:
        """Whether the user is flagged, and what he has; 404 USER_NOT_FOUND."""
        answer = self._http.get(
            f"/users/{user_id}/risk", timeout_s=QUICK_S, call="get_risk"
        )
        return Risk(answer["is_flagged"], Decimal(answer["credit_balance"]))

    def deduct_credits(
        self,
        *,
        operation_key: str,
        user_id: str,
        amount: str,
        reference: str,
        timeout_s: float,
    ) -> dict[str, Any]:
        """Take credits, once per operation key; 402 INSUFFICIENT_CREDITS."""
        return self._http.post(
            "/credits/deduct",
            {
                "operation_key": operation_key,
                "user_id": user_id,
                "amount": amount,
                "reference": reference,
            },
            timeout_s=timeout_s,
            call="deduct_credits",
        )

    def refund_credits(
        self,
        *,
        operation_key: str,
        user_id: str,
        amount: str,
        reference: str,
        timeout_s: float,
    ) -> None:
        """Undo a deduction, or keep one that is still on its way from happening."""
        self._http.post(
            "/credits/reverse",
            {
                "operation_key": operation_key,
                "user_id": user_id,
                "amount": amount,
                "reference": reference,
            },
            timeout_s=timeout_s,
            call="refund_credits",
        )

    def list_facts(self, after: str | None) -> dict[str, Any]:
        """What was charged under which key, for reconciliation."""
        query = {"after": after} if after else None
        return self._http.get(
            "/credits/facts", query=query, timeout_s=10.0, call="list_facts"
        )

    def check_invariants(self) -> list[dict[str, Any]]:
        """What the users database says of itself."""
        answer = self._http.get("/invariants", timeout_s=10.0, call="check_invariants")
        found: list[dict[str, Any]] = answer["invariants"]
        return found
