"""Every process is killed at every step, undo and log write of every saga.

Each cell: kill -9, restart, the client asks again under its Idempotency-Key, all sagas
end, and nothing that the client was told is contradicted by how they ended. The workers
are killed at all that they do for what nobody comes back to.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest

from crash_matrix.cells import (
    HOLD,
    OFFER,
    PLACES,
    Cell,
    cells_of_a_hold,
    cells_of_an_offer,
)
from crash_matrix.play import LANES, all_cells, declared_sagas, parts_of, play
from crash_matrix.runner import Outcome
from crash_matrix.table import table_of
from local_stack import Stack
from orchestrator_service.settings import Settings
from support.environment import ENVIRONMENT
from support.shop import Shop
from support.waiting import eventually

TABLE = Path(__file__).parents[2] / ".local" / "reports" / "crash-matrix.txt"
OK = 200
WITHIN_S = 30.0
TEST = "test_killed_at_any_moment_nothing_is_lost_and_nothing_told_is_untrue"
CELLS = all_cells(Settings.from_env(ENVIRONMENT))
# Offers first, in lanes of their own: they stand for longer than holds, doing nothing.
ABANDONED = [*cells_of_an_offer(), *cells_of_a_hold()]


@pytest.fixture(scope="module")
def outcomes(
    request: pytest.FixtureRequest, live: Stack, shop: Shop
) -> dict[str, Outcome]:
    """What became of each cell that was asked for; all are run for the first test."""
    names = {item.name for item in request.session.items}
    cells = [cell for cell in CELLS if f"{TEST}[{cell}]" in names]
    found = _play(live, shop, cells)
    TABLE.parent.mkdir(exist_ok=True)
    TABLE.write_text(table_of(found[str(cell)] for cell in cells) + "\n")
    return found


@pytest.fixture(scope="module")
def abandoned(live: Stack, shop: Shop) -> dict[str, Outcome]:
    """What became of each hold and offer that nobody came back to; all side by side."""
    return _play(live, shop, ABANDONED, lanes=LANES + len(cells_of_an_offer()))


def test_every_step_and_undo_of_every_declared_saga_has_its_cells() -> None:
    _, parts = parts_of(Settings.from_env(ENVIRONMENT))
    for kind, saga in declared_sagas(parts.registry).items():
        names = {step.name for step in saga.steps}
        undos = {step.undo_name for step in saga.undoable}
        assert PLACES.get(kind, {}).keys() == names | undos, kind


@pytest.mark.slow
@pytest.mark.timeout(900)
@pytest.mark.parametrize("cell", CELLS, ids=str)
def test_killed_at_any_moment_nothing_is_lost_and_nothing_told_is_untrue(
    outcomes: dict[str, Outcome], cell: Cell
) -> None:
    outcome = outcomes[str(cell)]

    assert outcome.problem == "", f"{outcome.answers} {outcome.sagas}"


@pytest.mark.slow
@pytest.mark.timeout(300)
def test_worker_killed_at_any_moment_frees_the_seat_and_fails_the_order(
    abandoned: dict[str, Outcome],
) -> None:
    assert _problems(abandoned, HOLD) == dict.fromkeys(map(str, cells_of_a_hold()), "")


@pytest.mark.slow
@pytest.mark.timeout(300)
def test_worker_killed_at_any_moment_fails_the_offer_and_leaves_the_seller_his_ticket(
    abandoned: dict[str, Outcome],
) -> None:
    offers = map(str, cells_of_an_offer())

    assert _problems(abandoned, OFFER) == dict.fromkeys(offers, "")


def _play(
    live: Stack, shop: Shop, cells: Sequence[Cell], lanes: int = LANES
) -> dict[str, Outcome]:
    found = play(live, shop, cells, lanes=lanes)
    # Our own connection has idled meanwhile, and the gateway may have closed it.
    eventually(shop.api.events, lambda answer: answer.status == OK, within_s=WITHIN_S)
    return found


def _problems(outcomes: dict[str, Outcome], kind: str) -> dict[str, str]:
    return {
        name: outcome.problem
        for name, outcome in outcomes.items()
        if outcome.cell.saga == kind
    }
