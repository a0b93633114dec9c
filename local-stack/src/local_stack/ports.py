"""Which process listens where: the design's ports, or others where those are taken."""

import random
import re
import socket
from collections.abc import Iterable, Mapping
from enum import StrEnum

import psutil

from local_stack.errors import PortTaken, UnknownName

HOST = "127.0.0.1"

DESIGN_PORTS: Mapping[str, int] = {
    "gateway": 8000,
    "gateway-metrics": 8100,
    "user-service": 5000,
    "order-service": 5001,
    "event-service": 5002,
    "orchestrator-service": 5003,
    "inventory-service": 50051,
    "inventory-service-ops": 8081,
    "inventory-worker-ops": 8082,
    "orchestrator-recovery-ops": 8083,
    "order-worker-ops": 8084,
    "smu-standin": 8090,
    "localstripe": 8420,
    "postgres": 5432,
    "rabbitmq": 5672,
    "rabbitmq-management": 15672,
    # Not the usual 4369 and 25672: a RabbitMQ of the machine itself may want those.
    "rabbitmq-distribution": 15673,
    "epmd": 14369,
}

# Below the range from which systems give ports to outgoing connections, so that a
# killed process finds its port still free when it is started again.
_OTHER_PORTS = range(20000, 32000)


_REPLICA = re.compile(r"(.+)-(\d)")
_REPLICAS_APART = 100


def usual_port(name: str) -> int:
    """The port that the design gives; a replica's is a hundred further."""
    match = _REPLICA.fullmatch(name)
    kind, number = (match[1], int(match[2])) if match else (name, 1)
    if kind not in DESIGN_PORTS:
        raise UnknownName(f"there is no port called {name}")
    return DESIGN_PORTS[kind] + _REPLICAS_APART * (number - 1)


class PortMode(StrEnum):
    """What to do about a port that is taken."""

    FIXED = "fixed"  # the design's ports, or refuse
    PREFER = "prefer"  # the design's ports where they are free, else others
    AUTO = "auto"  # always others: a second stack beside the first


def choose_ports(
    names: Iterable[str],
    *,
    mode: PortMode,
    remembered: Mapping[str, int],
    given: Mapping[str, int],
    in_use_by_us: Iterable[str],
    of_other_stacks: Iterable[int] = (),
) -> dict[str, int]:
    """Give each name its port: as asked for, as last time, or as the mode says.

    A port that is not the usual one is none that another stack uses, or may be about
    to use: it has chosen its ports but is still starting.
    """
    reserved = {*remembered.values(), *given.values()}
    avoided = set(of_other_stacks)
    wanted = dict.fromkeys(names)
    for name in (*wanted, *given):
        usual_port(name)  # refuses one that there is not
    ours = set(in_use_by_us)
    chosen: dict[str, int] = {}
    for name in wanted:
        if name in ours and name in remembered:
            chosen[name] = remembered[name]
        elif name in given:
            chosen[name] = _demand(name, given[name])
        else:
            taken = reserved | set(chosen.values())
            last = remembered.get(name)
            if last is not None and is_free(last):
                chosen[name] = last
            elif mode is PortMode.FIXED:
                chosen[name] = _demand(name, last or usual_port(name))
            elif mode is PortMode.PREFER and _is_available(usual_port(name), taken):
                chosen[name] = usual_port(name)
            else:
                chosen[name] = _any_free_port(name, taken | avoided)
    return chosen


def _demand(name: str, port: int) -> int:
    if not is_free(port):
        raise PortTaken(
            f"{name} wants port {port}, which is taken{_holder(port)}; "
            "free it, or use --ports auto"
        )
    return port


def _any_free_port(name: str, taken: set[int]) -> int:
    # From random places, so that stacks of different folders rarely meet.
    for port in random.sample(_OTHER_PORTS, 200):
        if _is_available(port, taken):
            return port
    raise PortTaken(f"no free port found for {name}")


def _is_available(port: int, taken: set[int]) -> bool:
    return port not in taken and is_free(port)


def is_free(port: int) -> bool:
    """Whether a server could listen on the port now."""
    with socket.socket() as probe:
        # As servers do it: the remains of closed connections do not count.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
        except OSError:
            return False
    return True


def _holder(port: int) -> str:
    """Name who listens on a port, as far as the system tells us."""
    try:
        for connection in psutil.net_connections("tcp"):
            is_listener = connection.status == psutil.CONN_LISTEN
            # An address is (host, port).
            if is_listener and connection.laddr[1:] == (port,) and connection.pid:
                process = psutil.Process(connection.pid)
                return f" by {process.name()} (pid {process.pid})"
    except psutil.Error:
        pass
    return ""
