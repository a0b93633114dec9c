"""The SMU Notification API: sends one-time codes and checks them."""

from __future__ import annotations

import json
import time
from typing import Any

import urllib3
from urllib3.exceptions import HTTPError

from service_common.errors import Unknown
from service_common.metrics import REMOTE_CALL_SECONDS

# Together less than the five seconds that our own callers wait.
_CONNECT_TIMEOUT_S = 1.0
_READ_TIMEOUT_S = 3.0
# Longer than both: who began a call so long ago and has said nothing since is dead.
CALL_OVER_S = 6.0
_OK, _BAD_REQUEST = 200, 400


class SmuGateway:
    """Everything but a plain yes or no is Unknown: a silent API decides nothing."""

    def __init__(self, base_url: str, api_key: str, *, connections: int) -> None:
        self._base_url = base_url.rstrip("/")
        self._api_key = api_key
        self._pool = urllib3.PoolManager(maxsize=connections, retries=False)

    def send_otp(self, phone_number: str, message: str) -> None:
        """Have a new code sent behind the message; it replaces those sent before."""
        status, success = self._call(
            "sendOTP", {"phone_number": phone_number, "message": message}
        )
        if (status, success) != (_OK, True):
            raise Unknown("The code could not be sent.", details={"status": status})

    def verify_otp(self, phone_number: str, otp_code: str) -> bool:
        """Whether it is the newest code of this phone.

        No is only what says `success: false` itself. A refusal of our key, of our
        request or of our pace says nothing about the code, and is Unknown.
        """
        status, success = self._call(
            "verifyOTP", {"phone_number": phone_number, "otp_code": otp_code}
        )
        if (status, success) == (_OK, True):
            return True
        if status in (_OK, _BAD_REQUEST) and success is False:
            return False
        raise Unknown("The code could not be checked.", details={"status": status})

    def _call(self, call: str, body: dict[str, str]) -> tuple[int, Any]:
        """Status and `success` of the answer."""
        started = time.perf_counter()
        outcome = "unknown"
        try:
            response = self._pool.request(
                "POST",
                f"{self._base_url}/{call}",
                body=json.dumps(body).encode(),
                headers={
                    "Content-Type": "application/json",
                    "X-API-Key": self._api_key,
                },
                timeout=urllib3.Timeout(
                    connect=_CONNECT_TIMEOUT_S, read=_READ_TIMEOUT_S
                ),
                redirect=False,
            )
            outcome = str(response.status)
        except HTTPError as error:
            raise Unknown("The SMU API does not answer.") from error
        finally:
            REMOTE_CALL_SECONDS.labels("smu-api", call, outcome).observe(
                time.perf_counter() - started
            )
        return response.status, _success_of(response.data)


def _success_of(data: bytes) -> Any:
    try:
        document = json.loads(data)
    except ValueError:
        return None
    return document.get("success") if isinstance(document, dict) else None
