"""The order service, as far as the end of a hold concerns it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from service_common.http_client import JsonClient

_TIMEOUT_S = 2.0


class OrderClient:
    """Calls the order service."""

    def __init__(self, http: JsonClient) -> None:
        self._http = http

    def fail_order(self, released: Mapping[str, Any]) -> None:
        """Make the order of a released hold FAILED; a repeat changes nothing."""
        body = {
            field: released[field]
            for field in ("reason", "user_id", "event_id", "hold_id", "seats")
        }
        self._http.post(
            f"/orders/{released['order_id']}/fail",
            body,
            timeout_s=_TIMEOUT_S,
            call="fail_order",
        )
