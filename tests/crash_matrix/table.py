"""The matrix as a person reads it."""

from __future__ import annotations

from collections.abc import Iterable

from crash_matrix.cells import MOMENTS
from crash_matrix.runner import Outcome


def table_of(outcomes: Iterable[Outcome]) -> str:
    """One line for each thing that a saga does, one column for each moment."""
    rows: dict[tuple[str, str], dict[str, str]] = {}
    for outcome in outcomes:
        cell = outcome.cell
        row = rows.setdefault((cell.saga, cell.what), {})
        ends = "+".join(sorted(set(outcome.sagas))) or "no saga"
        row[cell.moment] = (
            "BROKEN" if outcome.problem else f"{ends} {outcome.seconds:.1f} s"
        )
    lines = [_line("saga", "killed at", *MOMENTS)]
    for (saga, what), row in rows.items():
        lines.append(_line(saga, what, *(row.get(moment, "") for moment in MOMENTS)))
    return "\n".join(lines)


def _line(saga: str, what: str, *moments: str) -> str:
    cells = "".join(f"{text:<22}" for text in moments)
    return f"{saga:<19}{what:<19}{cells}".rstrip()
