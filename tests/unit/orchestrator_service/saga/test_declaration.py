from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pytest

from orchestrator_service.saga.declaration import (
    Call,
    Registry,
    Saga,
    Step,
    StepKind,
    UndoOutcome,
    pivot,
    refusable,
    retriable,
)


@dataclass(frozen=True, slots=True)
class Data:
    seat_ids: list[str]
    amount: str


def act(data: Data, call: Call) -> dict[str, Any]:
    return {}


def undo(data: Data, call: Call) -> UndoOutcome:
    return UndoOutcome.UNDONE


CLAIM = refusable("claim", act, undo_name="revoke", undo=undo)
PAY = pivot("pay", act, undo_name="refund", undo=undo)
WRITE = retriable("write", act)


def declare(*steps: Step[Data]) -> Saga[Data]:
    return Saga(kind="sale", version=1, data_class=Data, steps=steps)


def test_claim_pivot_and_what_follows_is_a_saga() -> None:
    saga = declare(CLAIM, PAY, WRITE)

    assert saga.pivot_index == 1
    assert saga.undoable == (CLAIM, PAY)


@pytest.mark.parametrize(
    ("steps", "problem"),
    [
        ((CLAIM, WRITE), "exactly one pivot"),
        ((CLAIM, PAY, PAY), "exactly one pivot"),
        ((PAY, WRITE), "a claim before its pivot"),
        ((CLAIM, WRITE, PAY), "only refusable steps before"),
        ((CLAIM, PAY, CLAIM), "only retriable steps after"),
        ((Step("claim", StepKind.REFUSABLE, act), PAY), "needs an undo"),
        ((CLAIM, Step("pay", StepKind.PIVOT, act)), "needs an undo"),
        ((CLAIM, PAY, WRITE, WRITE), "step names repeat"),
        ((), "exactly one pivot"),
    ],
)
def test_unsafe_declaration_is_refused_when_it_is_made(
    steps: tuple[Step[Data], ...], problem: str
) -> None:
    with pytest.raises(ValueError, match=problem):
        declare(*steps)


def test_data_survives_the_log() -> None:
    saga, data = declare(CLAIM, PAY), Data(["A1", "A2"], "25.00")

    assert saga.decode(saga.encode(data)) == data


def test_data_of_a_newer_release_is_read_without_its_new_field() -> None:
    saga = declare(CLAIM, PAY)

    assert saga.decode({"seat_ids": [], "amount": "1", "new": 1}) == Data([], "1")


def test_data_that_lacks_a_field_is_an_error_and_not_a_guess() -> None:
    with pytest.raises(KeyError, match="amount"):
        declare(CLAIM, PAY).decode({"seat_ids": []})


@pytest.mark.parametrize("data", [{"seat_ids": []}, Data])
def test_data_that_is_no_dataclass_is_refused(data: Any) -> None:
    with pytest.raises(TypeError):
        declare(CLAIM, PAY).encode(data)


def test_operation_key_names_the_saga_and_the_step() -> None:
    assert Call("saga-1", 2.0).operation_key("deduct") == "saga-1:deduct"


def test_registry_knows_each_version_apart() -> None:
    one = declare(CLAIM, PAY)
    two = Saga(kind="sale", version=2, data_class=Data, steps=(CLAIM, PAY, WRITE))
    registry = Registry(one, two)

    assert registry.find("sale", 1) is one
    assert registry.find("sale", 2) is two
    assert registry.find("sale", 3) is None
    assert registry.known() == {("sale", 1), ("sale", 2)}
