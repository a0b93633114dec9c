"""localstripe as a process: pays, tells of it by webhook, and lists its events."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import requests

from support.processes import free_port, running

TIMEOUT_S = 10.0
GOOD_CARD = "4242424242424242"
# It can be attached to a payment, and is declined when it shall pay.
DECLINED_CARD = "4000000000000341"


@dataclass(frozen=True, slots=True)
class StripeStandin:
    """Where it is, and what a customer's browser does there."""

    url: str
    secret_key: str

    def deliver_to(self, url: str, secret: str) -> None:
        """Tell of every event from now on by webhook."""
        self._post("/_config/webhooks/app", json={"url": url, "secret": secret})

    def pay(self, payment_intent_id: str, card: str = GOOD_CARD) -> dict[str, Any]:
        """Pay as Stripe.js does with a card."""
        method = self._post(
            "/v1/payment_methods",
            json={
                "type": "card",
                "card": {
                    "number": card,
                    "exp_month": 12,
                    "exp_year": 2040,
                    "cvc": "123",
                },
            },
        )
        path = f"/v1/payment_intents/{payment_intent_id}"
        self._post(path, json={"payment_method": method["id"]})
        return self._post(f"{path}/confirm", json={})

    def _post(self, path: str, json: dict[str, Any]) -> dict[str, Any]:
        answer = requests.post(
            self.url + path, json=json, auth=(self.secret_key, ""), timeout=TIMEOUT_S
        )
        if answer.status_code == requests.codes.payment_required:
            return {"status": "declined"}
        answer.raise_for_status()
        body: dict[str, Any] = answer.json() if answer.content else {}
        return body


@contextmanager
def running_stripe_standin(secret_key: str) -> Iterator[StripeStandin]:
    port = free_port()
    standin = StripeStandin(f"http://127.0.0.1:{port}", secret_key)
    with running(
        [sys.executable, "-m", "localstripe", "--port", str(port), "--from-scratch"],
        {},
        lambda: requests.get(standin.url, timeout=TIMEOUT_S),
    ):
        yield standin
