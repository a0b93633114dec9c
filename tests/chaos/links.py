"""A small TCP proxy for each pair of processes, and what can be done to it."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass, field
from typing import Any

from local_stack.ports import HOST

_CHUNK_BYTES = 65_536
_CONNECT_TIMEOUT_S = 3.0
_START_TIMEOUT_S = 10.0


@dataclass(frozen=True, slots=True)
class Trouble:
    """What is wrong with a link; nothing, by default.

    `delay_s` goes to every chunk of both directions. `cut` refuses and resets. `deaf`
    lets requests pass and swallows what comes back. `lose_request` and `lose_reply`
    reset the connection on which any of these words are said, before or after the other
    side has dealt with them.
    """

    delay_s: float = 0.0
    cut: bool = False
    deaf: bool = False
    lose_request: tuple[bytes, ...] = ()
    lose_reply: tuple[bytes, ...] = ()


FINE = Trouble()


@dataclass(slots=True)
class Counts:
    """What a link has seen."""

    connections: int = 0
    resets: int = 0
    delayed: int = 0
    swallowed: int = 0
    requests_lost: int = 0
    replies_lost: int = 0


@dataclass(eq=False)
class Link:
    """From one process to a port of another."""

    source: str
    target: str
    target_port: Callable[[], int]
    port: int = 0
    trouble: Trouble = FINE
    counts: Counts = field(default_factory=Counts)
    open: set[asyncio.StreamWriter] = field(default_factory=set)

    @property
    def name(self) -> str:
        """Who asks whom."""
        return f"{self.source}>{self.target}"

    async def serve(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        """One connection, until either side is done with it."""
        self.counts.connections += 1
        if self.trouble.cut:
            self._reset(writer)
            return
        try:
            upstream = await asyncio.wait_for(
                asyncio.open_connection(HOST, self.target_port()), _CONNECT_TIMEOUT_S
            )
        except (OSError, TimeoutError):
            writer.transport.abort()
            return
        connection = _Connection(self, (reader, writer), upstream)
        self.open |= {writer, upstream[1]}
        try:
            await connection.run()
        finally:
            self.open -= {writer, upstream[1]}

    def reset_all(self) -> None:
        """Reset what is open now."""
        for writer in list(self.open):
            self._reset(writer)

    def _reset(self, writer: asyncio.StreamWriter) -> None:
        self.counts.resets += 1
        writer.transport.abort()


Ends = tuple[asyncio.StreamReader, asyncio.StreamWriter]


class _Connection:
    """Two pumps; whichever ends first ends both."""

    def __init__(self, link: Link, client: Ends, server: Ends) -> None:
        self._link = link
        self._client = client
        self._server = server
        self._reply_is_lost = False

    async def run(self) -> None:
        """Pump until one side closes, or trouble does."""
        pumps = [
            asyncio.create_task(self._up()),
            asyncio.create_task(self._down()),
        ]
        _, pending = await asyncio.wait(pumps, return_when=asyncio.FIRST_COMPLETED)
        for pump in pending:
            pump.cancel()
        await asyncio.gather(*pumps, return_exceptions=True)
        for _, writer in (self._client, self._server):
            writer.transport.abort() if self._reply_is_lost else writer.close()

    async def _up(self) -> None:
        while chunk := await self._client[0].read(_CHUNK_BYTES):
            trouble, counts = self._link.trouble, self._link.counts
            await self._wait(trouble)
            if any(words in chunk for words in trouble.lose_request):
                counts.requests_lost += 1
                self._reply_is_lost = True
                return
            if any(words in chunk for words in trouble.lose_reply):
                self._reply_is_lost = True
            self._server[1].write(chunk)
            await self._server[1].drain()

    async def _down(self) -> None:
        while chunk := await self._server[0].read(_CHUNK_BYTES):
            trouble, counts = self._link.trouble, self._link.counts
            if self._reply_is_lost:
                counts.replies_lost += 1
                return
            if trouble.deaf:
                counts.swallowed += 1
                continue
            await self._wait(trouble)
            self._client[1].write(chunk)
            await self._client[1].drain()

    async def _wait(self, trouble: Trouble) -> None:
        if trouble.delay_s:
            self._link.counts.delayed += 1
            await asyncio.sleep(trouble.delay_s)


class Network:
    """All links, served by one thread."""

    def __init__(self) -> None:
        self.links: list[Link] = []
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(
            target=self._loop.run_forever, name="network", daemon=True
        )
        self._thread.start()

    def link(self, source: str, target: str, target_port: Callable[[], int]) -> Link:
        """A link that listens from now on; its target may start later."""
        link = Link(source, target, target_port)
        server = self._run(asyncio.start_server(link.serve, HOST, 0)).result(
            _START_TIMEOUT_S
        )
        link.port = server.sockets[0].getsockname()[1]
        self.links.append(link)
        return link

    def trouble(self, link: Link, trouble: Trouble) -> None:
        """Change what is wrong with a link; a cut resets what is open."""
        link.trouble = trouble
        if trouble.cut:
            self._loop.call_soon_threadsafe(link.reset_all)

    def heal(self) -> None:
        """Nothing is wrong any more."""
        for link in self.links:
            link.trouble = FINE

    def close(self) -> None:
        """Stop serving."""
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(_START_TIMEOUT_S)

    def _run(self, coroutine: Any) -> Future[Any]:
        return asyncio.run_coroutine_threadsafe(coroutine, self._loop)
