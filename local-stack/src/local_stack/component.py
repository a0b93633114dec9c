"""One process of the stack: what it needs, how it starts, when it is ready."""

import os
import signal
import socket
import urllib.error
import urllib.request
from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from local_stack.errors import StackError
from local_stack.folder import StackFolder
from local_stack.ports import HOST
from local_stack.supervisor import ProcessSpec

_PROBE_TIMEOUT_S = 2.0


@dataclass(frozen=True, slots=True)
class Context:
    """What a component may know of the stack it is in."""

    folder: StackFolder
    ports: Mapping[str, int]
    secrets: Mapping[str, str]
    overrides: Mapping[str, Mapping[str, str]] = field(default_factory=dict)

    def address(self, port_name: str) -> str:
        """`host:port` of a named port."""
        return f"{HOST}:{self.ports[port_name]}"

    def overrides_of(self, process: str) -> Mapping[str, str]:
        """The environment somebody asked for on top, for one process."""
        return self.overrides.get(process, {})

    def with_overrides(self, process: str, env: Mapping[str, str]) -> "Context":
        """The same stack with more on top for one process."""
        on_top = {**self.overrides, process: {**self.overrides_of(process), **env}}
        return replace(self, overrides=on_top)


class _Hooks:
    """What a component may do around its start; nothing, unless it says so."""

    def install(self) -> None:
        """Get what is missing on the machine; slow, and done before the clock runs."""

    def prepare(self, context: Context) -> None:
        """Write files and make data directories; called before every start."""

    def after_ready(self, context: Context) -> None:
        """Do what can only be done once the process answers."""


class Component(_Hooks, ABC):
    """A process of the stack. Subclasses are data with a few verbs."""

    name: str
    # Processes that must be ready before it starts, and ports of others that it must
    # know although it starts without them.
    needs: tuple[str, ...] = ()
    refers_to: tuple[str, ...] = ()
    # What the person who starts the stack may set in the environment.
    settings: tuple[str, ...] = ()
    start_timeout_s: float = 60.0
    stop_signal: signal.Signals = signal.SIGTERM
    stop_grace_s: float = 15.0

    @property
    def ports(self) -> tuple[str, ...]:
        """The names of the ports it listens on."""
        return (self.name,)

    def replica(self, number: int) -> "Component":
        """Make the n-th of its kind, with a name and ports of its own."""
        raise StackError(f"{self.name} runs once: nobody would find replica {number}")

    @abstractmethod
    def spec(self, context: Context) -> ProcessSpec:
        """Say how to start the process."""

    @abstractmethod
    def unready_reason(self, context: Context) -> str | None:
        """Say why the process is not ready yet, or None when it is."""


def base_environment() -> dict[str, str]:
    """The little that a process inherits; everything else is set on purpose."""
    kept = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}
    return kept | {"LANG": os.environ.get("LANG", "C.UTF-8")}


def http_unready_reason(url: str, *, authorization: str | None = None) -> str | None:
    """Ask a health page; anything but 200 is a reason."""
    request = urllib.request.Request(url)  # noqa: S310 -- always http on 127.0.0.1
    if authorization:
        request.add_header("Authorization", authorization)
    # The environment's proxies are for the network, not for this machine.
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    try:
        with opener.open(request, timeout=_PROBE_TIMEOUT_S):
            return None
    except urllib.error.HTTPError as error:
        with error:
            body = error.read(500).decode("utf-8", errors="replace")
        return f"{url} answers {error.code}: {body}"
    except OSError as error:
        return f"{url}: {error}"


def tcp_unready_reason(port: int) -> str | None:
    """See whether anybody accepts connections on a port."""
    try:
        socket.create_connection((HOST, port), _PROBE_TIMEOUT_S).close()
    except OSError as error:
        return f"port {port}: {error}"
    return None
