"""Several processes of one kind, as `docker compose up --scale` starts them."""

from collections.abc import Mapping, Sequence

from local_stack.component import Component
from local_stack.errors import StackError, UnknownName

REPLICAS_MAX = 9


def with_replicas(
    components: Sequence[Component], scale: Mapping[str, int]
) -> list[Component]:
    """The components, and beside each the second, third, ... that `scale` asks for."""
    unknown = scale.keys() - {component.name for component in components}
    if unknown:
        raise UnknownName(f"there is no process {', '.join(sorted(unknown))}")
    if not all(1 <= count <= REPLICAS_MAX for count in scale.values()):
        raise StackError(f"a process runs 1 to {REPLICAS_MAX} times")
    return [
        one
        for component in components
        for one in (component, *_others(component, scale.get(component.name, 1)))
    ]


def replica_name(name: str, number: int) -> str:
    """The name of the n-th process, or port, of one kind."""
    return f"{name}-{number}"


def names_of_all(name: str, known: Mapping[str, int]) -> list[str]:
    """The port's name and those of its replicas, as far as they are known."""
    others = (replica_name(name, number) for number in range(2, REPLICAS_MAX + 1))
    return [name, *(other for other in others if other in known)]


def _others(component: Component, count: int) -> list[Component]:
    return [component.replica(number) for number in range(2, count + 1)]
