"""The outside world of the demo: a card that pays at Stripe, and a phone.

Both are stand-ins beside the stack; no customer ever talks to them through our gateway.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import requests

_TIMEOUT_S = 10.0
_CARD = {"number": "4242424242424242", "exp_month": 12, "exp_year": 2040, "cvc": "123"}
_CODE_LENGTH = 6


class OutsideSilent(LookupError):
    """A stand-in did not do as it was told."""


@dataclass(frozen=True, slots=True)
class Outside:
    """Where the stand-ins are."""

    stripe_url: str
    stripe_key: str
    smu_url: str

    def pay_by_card(self, payment_intent_id: str) -> str:
        """What Stripe.js does in a browser; answers the payment's status."""
        intent = f"/v1/payment_intents/{payment_intent_id}"
        method = self._at_stripe("/v1/payment_methods", {"type": "card", "card": _CARD})
        self._at_stripe(intent, {"payment_method": method["id"]})
        return str(self._at_stripe(f"{intent}/confirm", {})["status"])

    def newest_text(self, phone: str) -> str:
        """The newest short message on a phone."""
        with _session() as session:
            answer = session.get(
                f"{self.smu_url}/messages",
                params={"phone_number": phone},
                headers={"Accept": "application/json"},
                timeout=_TIMEOUT_S,
            )
        messages = answer.json()["messages"] if answer.ok else []
        if not messages:
            raise OutsideSilent(f"no message has arrived at {phone}")
        return str(messages[0]["message"])

    def _at_stripe(self, path: str, body: dict[str, Any]) -> dict[str, Any]:
        with _session() as session:
            answer = session.post(
                self.stripe_url + path,
                json=body,
                auth=(self.stripe_key, ""),
                timeout=_TIMEOUT_S,
            )
        if not answer.ok:
            raise OutsideSilent(f"localstripe answers {answer.status_code} to {path}")
        found: dict[str, Any] = answer.json()
        return found


def code_in(text: str) -> str:
    """The one-time code at the end of a message."""
    return text[-_CODE_LENGTH:]


def wrong_code(code: str) -> str:
    """Another code, for somebody who guesses."""
    return f"{(int(code) + 1) % 10**_CODE_LENGTH:0{_CODE_LENGTH}d}"


def _session() -> requests.Session:
    session = requests.Session()
    session.trust_env = False  # the stand-ins are on this machine
    return session
