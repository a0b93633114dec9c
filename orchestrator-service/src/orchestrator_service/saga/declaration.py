"""What a saga is: a table of steps that one can read aloud.

Every saga has one shape. Refusable steps come first, and the first of them takes a
claim; one pivot decides; retriable steps follow, which nobody may refuse any more.
Giving up starts with the first step's undo, the *arbiter*: it answers UNDONE, and from
then on no driver, however late it wakes up, can finish the saga, or TOO_LATE, and then
the saga has to be finished. Nothing is given back before the arbiter has answered.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, fields, is_dataclass
from enum import StrEnum
from typing import Any, Generic, TypeVar, cast

D = TypeVar("D")
"""The saga's data: a frozen dataclass of strings, numbers and lists of them."""

StepResult = Mapping[str, Any]


class StepKind(StrEnum):
    """What a participant may answer, and what the saga does then."""

    REFUSABLE = "REFUSABLE"
    PIVOT = "PIVOT"
    RETRIABLE = "RETRIABLE"


class UndoOutcome(StrEnum):
    """What an undo found. Only the arbiter may answer TOO_LATE."""

    UNDONE = "UNDONE"
    TOO_LATE = "TOO_LATE"


@dataclass(frozen=True, slots=True)
class Call:
    """What a step needs to know to make one remote call."""

    saga_id: str
    timeout_s: float

    def operation_key(self, step: str) -> str:
        """The key under which the participant remembers that it did this."""
        return f"{self.saga_id}:{step}"


Action = Callable[[D, Call], StepResult]
Undo = Callable[[D, Call], UndoOutcome]


@dataclass(frozen=True, slots=True)
class Step(Generic[D]):
    """One remote effect and, up to the pivot, its undo.

    Both are idempotent; an undo of what never happened succeeds and keeps it from
    happening later.
    """

    name: str
    kind: StepKind
    action: Action[D]
    undo_name: str | None = None
    undo: Undo[D] | None = None
    timeout_s: float | None = None
    """For a step that takes longer than the engine's limit for one call."""


def refusable(
    name: str, action: Action[D], *, undo_name: str, undo: Undo[D]
) -> Step[D]:
    """A step that may be refused and can be undone."""
    return Step(name, StepKind.REFUSABLE, action, undo_name, undo)


def pivot(
    name: str,
    action: Action[D],
    *,
    undo_name: str,
    undo: Undo[D],
    timeout_s: float | None = None,
) -> Step[D]:
    """The step that decides: once it is known to be done, the saga is finished."""
    return Step(name, StepKind.PIVOT, action, undo_name, undo, timeout_s)


def retriable(name: str, action: Action[D]) -> Step[D]:
    """A step that cannot be refused; it is repeated until it is done."""
    return Step(name, StepKind.RETRIABLE, action)


@dataclass(frozen=True, slots=True)
class Saga(Generic[D]):
    """A declaration: kind, version, the class of its data, its steps in order."""

    kind: str
    version: int
    data_class: type[D]
    steps: tuple[Step[D], ...]

    def __post_init__(self) -> None:
        kinds = [step.kind for step in self.steps]
        if kinds.count(StepKind.PIVOT) != 1:
            raise ValueError(f"saga {self.kind} needs exactly one pivot")
        at = kinds.index(StepKind.PIVOT)
        if at == 0:
            raise ValueError(f"saga {self.kind} needs a claim before its pivot")
        if set(kinds[:at]) != {StepKind.REFUSABLE}:
            raise ValueError(f"saga {self.kind}: only refusable steps before the pivot")
        if set(kinds[at + 1 :]) - {StepKind.RETRIABLE}:
            raise ValueError(f"saga {self.kind}: only retriable steps after the pivot")
        if any(step.undo is None for step in self.steps[: at + 1]):
            raise ValueError(
                f"saga {self.kind}: every step up to the pivot needs an undo"
            )
        if len({step.name for step in self.steps}) != len(self.steps):
            raise ValueError(f"saga {self.kind}: step names repeat")

    @property
    def pivot_index(self) -> int:
        """Where the pivot stands."""
        return next(
            at for at, step in enumerate(self.steps) if step.kind is StepKind.PIVOT
        )

    @property
    def undoable(self) -> tuple[Step[D], ...]:
        """The steps up to and with the pivot."""
        return self.steps[: self.pivot_index + 1]

    def encode(self, data: D) -> dict[str, Any]:
        """The data as a JSON object."""
        if not is_dataclass(data) or isinstance(data, type):
            raise TypeError("a saga's data is a dataclass")
        return asdict(data)

    def decode(self, document: Mapping[str, Any]) -> D:
        """The data out of its JSON object."""
        names = {field.name for field in fields(cast("Any", self.data_class))}
        return self.data_class(**{name: document[name] for name in names})


class Registry:
    """The declarations that this process can drive, old versions among them."""

    def __init__(self, *sagas: Saga[Any]) -> None:
        self._sagas = {(saga.kind, saga.version): saga for saga in sagas}

    def find(self, kind: str, version: int) -> Saga[Any] | None:
        """The declaration of a saga in the log."""
        return self._sagas.get((kind, version))

    def known(self) -> set[tuple[str, int]]:
        """All kinds and versions."""
        return set(self._sagas)
