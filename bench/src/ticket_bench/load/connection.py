"""HTTP/1.1 on one kept connection, as little work as can be for each request."""

from __future__ import annotations

import asyncio
import json
import ssl
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

_END_OF_HEAD = b"\r\n\r\n"
_LENGTH = b"content-length:"
_CONNECT_TIMEOUT_S = 10.0
_ANSWER_TIMEOUT_S = 60.0


class ConnectionLost(Exception):
    """The other side closed the connection instead of answering."""


@dataclass(frozen=True, slots=True)
class Answer:
    """Status, head and body as they came."""

    status: int
    head: bytes
    body: bytes

    def json(self) -> Any:
        """The body as an object; an empty one when there is none."""
        return json.loads(self.body) if self.body else {}

    def code(self) -> str:
        """The error code in the body, or the bare status."""
        try:
            return str(self.json()["error"]["code"])
        except (ValueError, KeyError, TypeError):
            return f"HTTP_{self.status}"

    def header(self, name: str) -> str | None:
        """One header, by its name in small letters."""
        for line in self.head.split(b"\r\n")[1:]:
            key, _, value = line.partition(b":")
            if key.decode("latin-1").lower() == name:
                return value.strip().decode("latin-1")
        return None


@dataclass(frozen=True, slots=True)
class Target:
    """Where requests go; `prefix` stands before every path."""

    host: str
    port: int
    tls: bool
    prefix: str

    @classmethod
    def of(cls, base_url: str) -> Target:
        """Take a base URL apart."""
        parts = urlsplit(base_url)
        tls = parts.scheme == "https"
        port = parts.port or (443 if tls else 80)
        return cls(parts.hostname or "", port, tls, parts.path.rstrip("/"))

    def request(
        self,
        method: str,
        path: str,
        *,
        token: str | None = None,
        body: Any = None,
        headers: str = "",
    ) -> bytes:
        """One request, ready to be sent."""
        head = f"{method} {self.prefix}{path} HTTP/1.1\r\nHost: {self.host}\r\n"
        if token is not None:
            head += f"Authorization: Bearer {token}\r\n"
        if body is None:
            return f"{head}{headers}\r\n".encode()
        content = json.dumps(body)
        return (
            f"{head}{headers}Content-Type: application/json\r\n"
            f"Content-Length: {len(content)}\r\n\r\n{content}"
        ).encode()


class Connection(asyncio.Protocol):
    """One connection; one request at a time."""

    def __init__(self) -> None:
        self._buffer = bytearray()
        self._waiting: asyncio.Future[Answer] | None = None
        self._transport: asyncio.Transport | None = None
        self._body_from = 0
        self._wanted = 0

    @classmethod
    async def open(cls, target: Target) -> Connection:
        """Connect, with TLS where the target asks for it."""
        context = ssl.create_default_context() if target.tls else None
        loop = asyncio.get_running_loop()
        connecting = loop.create_connection(cls, target.host, target.port, ssl=context)
        _, connection = await asyncio.wait_for(connecting, _CONNECT_TIMEOUT_S)
        return connection

    async def send(self, request: bytes) -> Answer:
        """Send it and wait for the whole answer."""
        if self._transport is None or self._transport.is_closing():
            raise ConnectionLost
        loop = asyncio.get_running_loop()
        self._waiting = loop.create_future()
        timer = loop.call_later(_ANSWER_TIMEOUT_S, self._give_up)
        self._transport.write(request)
        try:
            return await self._waiting
        finally:
            timer.cancel()

    def close(self) -> None:
        """Hang up."""
        if self._transport is not None:
            self._transport.close()

    # --- what asyncio calls ----------------------------------------------------

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Keep the transport."""
        if isinstance(transport, asyncio.Transport):
            self._transport = transport

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002 - asyncio's
        """Tell who waits."""
        if self._waiting is not None and not self._waiting.done():
            self._waiting.set_exception(ConnectionLost())

    def data_received(self, data: bytes) -> None:
        """Collect until the answer is whole."""
        self._buffer += data
        if not self._body_from:
            end = self._buffer.find(_END_OF_HEAD)
            if end < 0:
                return
            self._body_from = end + len(_END_OF_HEAD)
            self._wanted = self._body_from + _length_of(self._buffer[:end])
        if len(self._buffer) >= self._wanted:
            self._hand_over()

    def _hand_over(self) -> None:
        whole = bytes(self._buffer[: self._wanted])
        del self._buffer[: self._wanted]
        answer = Answer(
            int(whole[9:12]), whole[: self._body_from], whole[self._body_from :]
        )
        self._body_from = 0
        if self._waiting is not None and not self._waiting.done():
            self._waiting.set_result(answer)

    def _give_up(self) -> None:
        if self._transport is not None:
            self._transport.abort()


def _length_of(head: bytearray) -> int:
    """What Content-Length says; 0 where there is none, as in a 204 or 304.

    The gateways pass the services' answers on as they are, so none is chunked.
    """
    small = bytes(head).lower()
    if b"transfer-encoding:" in small:
        raise ConnectionLost("a chunked answer cannot be measured")
    at = small.find(_LENGTH)
    if at < 0 or small[9:12] == b"304":
        return 0
    return int(small[at + len(_LENGTH) :].split(b"\r\n", 1)[0])
