"""Who talks to whom, and how each is made to talk through a link of its own."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from functools import partial
from typing import NamedTuple

from chaos.links import Link, Network
from local_stack.catalogue import COMPONENTS
from local_stack.gateway import _UPSTREAMS
from local_stack.ports import HOST
from local_stack.replicas import replica_name, with_replicas
from local_stack.services import _URLS, Service

SCALE = {"orchestrator-service": 2, "orchestrator-recovery": 2}
ORCHESTRATORS = ("orchestrator-service", "orchestrator-service-2")
RECOVERIES = ("orchestrator-recovery", "orchestrator-recovery-2")
DRIVERS = (*ORCHESTRATORS, *RECOVERIES)
PARTICIPANTS = ("inventory-service", "user-service", "order-service", "event-service")
WORKERS = ("inventory-worker", "order-worker")


class Edge(NamedTuple):
    """A variable of a process that says where another one is."""

    source: str
    variable: str
    pattern: str
    target: str


def edges() -> Iterator[Edge]:
    """Every pair of the stack; those of the gateway to orchestrators come in order."""
    for service in with_replicas(COMPONENTS, SCALE):
        if not isinstance(service, Service):
            continue
        yield Edge(service.name, "DB_PORT", "", "postgres")
        if service.uses_broker:
            yield Edge(service.name, "RABBITMQ_PORT", "", "rabbitmq")
        for variable in service.urls:
            target, pattern = _URLS[variable]
            yield Edge(service.name, variable, pattern, target)
    for variable, target in _UPSTREAMS.items():
        for number in range(1, SCALE.get(target, 1) + 1):
            name = target if number == 1 else replica_name(target, number)
            yield Edge("gateway", variable, "{}", name)


def lay(
    network: Network, ports: Callable[[], Mapping[str, int]]
) -> dict[str, dict[str, str]]:
    """A link for each edge; the environment that leads each process to its own.

    `ports` are asked for when something connects, because a stack chooses them late.
    """
    found: dict[str, dict[str, list[str]]] = defaultdict(lambda: defaultdict(list))
    for edge in edges():
        link = network.link(
            edge.source, edge.target, partial(_port, ports, edge.target)
        )
        found[edge.source][edge.variable].append(_value(edge, link))
    return {
        source: {name: ",".join(values) for name, values in variables.items()}
        for source, variables in found.items()
    }


def _port(ports: Callable[[], Mapping[str, int]], name: str) -> int:
    return ports()[name]


def _value(edge: Edge, link: Link) -> str:
    if not edge.pattern:
        return str(link.port)
    return edge.pattern.format(f"{HOST}:{link.port}")
