"""Every process is killed at every step, undo and log write of every saga.

Each cell: kill -9, restart, the client asks again under its Idempotency-Key, all sagas
end, and nothing that the client was told is contradicted by how they ended.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from crash_matrix.cells import PLACES, Cell, cells_of_a_hold
from crash_matrix.play import all_cells, declared_sagas, parts_of, play
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


@pytest.fixture(scope="module")
def outcomes(
    request: pytest.FixtureRequest, live: Stack, shop: Shop
) -> dict[str, Outcome]:
    """What became of each cell that was asked for; all are run for the first test."""
    names = {item.name for item in request.session.items}
    cells = [cell for cell in CELLS if f"{TEST}[{cell}]" in names]
    found = play(live, shop, cells)
    # Our own connection has idled meanwhile, and the gateway may have closed it.
    eventually(shop.api.events, lambda answer: answer.status == OK, within_s=WITHIN_S)
    TABLE.parent.mkdir(exist_ok=True)
    TABLE.write_text(table_of(found[str(cell)] for cell in cells) + "\n")
    return found


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
    live: Stack, shop: Shop
) -> None:
    cells = cells_of_a_hold()

    outcomes = play(live, shop, cells)

    assert {name: one.problem for name, one in outcomes.items() if one.problem} == {}
    assert len(outcomes) == len(cells)
