"""Two minutes of everything that may go wrong, at once, with dice of a fixed seed."""

from __future__ import annotations

from pathlib import Path

import pytest

from chaos.play import play

SEED = 20261120
SECONDS = 120


@pytest.fixture(autouse=True)
def everything_adds_up_afterwards() -> None:
    """On a stack of its own, whose books the run itself judges."""


@pytest.mark.slow
@pytest.mark.timeout(1200)
def test_under_all_faults_at_once_nothing_told_is_contradicted(tmp_path: Path) -> None:
    said: list[str] = []

    report = play(seed=SEED, seconds=SECONDS, folder=tmp_path, say=said.append)

    assert report.contradictions == []
    assert report.broken_invariants == []
    assert report.unsettled == {}
    assert report.missing == [], "a fault that never happened proves nothing"
    assert sum(ends.get("ok", 0) for ends in report.operations.values()) > 100
