"""The sagas as they are declared: the claim first, the money next, the books last.

Any other order is unsafe as soon as two drivers work on one saga: docs/sagas.md.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from orchestrator_service.orchestrators.publication_orchestrator import (
    PublicationSteps,
    publication_saga,
)
from orchestrator_service.orchestrators.purchase_saga import (
    PurchaseSteps,
    purchase_saga,
)
from orchestrator_service.orchestrators.reversal_saga import (
    ReversalSteps,
    reversal_saga,
)
from orchestrator_service.orchestrators.transfer_saga import (
    TransferSteps,
    transfer_saga,
)
from orchestrator_service.saga.declaration import Call, Saga, StepKind

CLAIM, PIVOT, THEN = StepKind.REFUSABLE, StepKind.PIVOT, StepKind.RETRIABLE
CALL = Call("saga-1", 1.0)

TABLES: dict[str, list[tuple[str, StepKind, str | None]]] = {
    "purchase": [
        ("claim_seat", CLAIM, "revoke_claim"),
        ("deduct_credits", PIVOT, "refund_credits"),
        ("confirm_seat", THEN, None),
        ("confirm_order", THEN, None),
    ],
    "transfer": [
        ("claim_ticket", CLAIM, "revoke_claim"),
        ("move_credits", PIVOT, "return_credits"),
        ("update_owner", THEN, None),
        ("complete_transfer", THEN, None),
    ],
    "reversal": [
        ("claim_ticket", CLAIM, "revoke_claim"),
        ("return_credits", PIVOT, "undo_return"),
        ("update_owner", THEN, None),
        ("mark_reversed", THEN, None),
    ],
    "event_publication": [
        ("draft_event", CLAIM, "discard_event"),
        ("create_seats", PIVOT, "delete_seats"),
        ("publish", THEN, None),
    ],
}
# What each step says to whom, in that order.
CALLS = {
    "purchase": ["claim_hold", "deduct_credits", "confirm_seat", "confirm_order"],
    "transfer": ["claim_ticket", "transfer", "update_owner", "complete"],
    "reversal": ["claim_ticket", "give_back", "update_owner", "mark_reversed"],
}


class Listener:
    """Any client: writes down what is asked of it, and answers nothing."""

    def __init__(self) -> None:
        self.heard: list[str] = []

    def __getattr__(self, name: str) -> Callable[..., Any]:
        def hear(*_: object, **__: object) -> list[Any]:
            self.heard.append(name)
            return []

        return hear


def _declared(client: Any) -> dict[str, Saga[Any]]:
    sagas: list[Saga[Any]] = [
        purchase_saga(PurchaseSteps(client, client, client)),
        transfer_saga(TransferSteps(client, client, client)),
        reversal_saga(ReversalSteps(client, client, client)),
        publication_saga(PublicationSteps(client, client)),
    ]
    return {saga.kind: saga for saga in sagas}


@pytest.mark.parametrize("kind", sorted(TABLES))
def test_steps_stand_in_the_only_safe_order(kind: str) -> None:
    saga = _declared(Listener())[kind]

    assert [(s.name, s.kind, s.undo_name) for s in saga.steps] == TABLES[kind]


def test_every_declared_saga_has_its_table() -> None:
    assert set(_declared(Listener())) == set(TABLES)


@pytest.mark.parametrize("kind", sorted(CALLS))
def test_each_step_does_what_its_name_says(kind: str) -> None:
    client = Listener()
    saga = _declared(client)[kind]
    fields = saga.data_class.__dataclass_fields__
    data = saga.decode(
        {name: 1 if "version" in name else f"some {name}" for name in fields}
    )

    for step in saga.steps:
        step.action(data, CALL)

    assert client.heard == CALLS[kind]
