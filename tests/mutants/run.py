"""Run the tests over each mutant, and say which of them caught it."""

from __future__ import annotations

import os
import re
import subprocess
import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from mutants.first import FIRST
from mutants.mutant import Mutant
from mutants.tree import Tree

# A mutant may make a test wait for ever; pytest's own limit comes first.
_RUN_LIMIT_S = 420
_TEST_LIMIT_S = 90
_BASELINE_LIMIT_S = 1200
_PASSED = 0
# A test failed; nothing could be collected; a conftest cannot be imported.
_RED = frozenset({1, 2, 4})
_FAILURE = re.compile(r"^(?:FAILED|ERROR) (.+?)(?: - .*)?$", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Verdict:
    """What became of a mutant; `caught_by` is the first test that failed."""

    mutant: Mutant
    caught_by: str | None
    seconds: float


class Broken(Exception):
    """The tests say no, or nothing, where nothing is wrong with the tree."""


def check_sound(tree: Tree, mutants: Iterable[Mutant]) -> float:
    """Without a mutant every test passes, or nothing that they say would count.

    A test of races may fail on a machine that has much else to do; it gets one more
    chance, alone.
    """
    tests = sorted({test for mutant in mutants for test in mutant.tests})
    started = time.monotonic()
    failed, output = _run(tree, tests, limit_s=_BASELINE_LIMIT_S)
    if failed:
        again, output = _run(tree, failed, limit_s=_RUN_LIMIT_S)
        if again:
            raise Broken(f"without any mutant {again[0]} fails:\n{output}")
    return time.monotonic() - started


def judge(tree: Tree, mutant: Mutant) -> Verdict:
    """Run the mutant's tests up to the first that fails; the likeliest comes first."""
    started = time.monotonic()
    likeliest = [FIRST[mutant.name]] if mutant.name in FIRST else []
    with tree.mutated(mutant):
        failed, _ = _run(tree, [*likeliest, *mutant.tests], "-x", limit_s=_RUN_LIMIT_S)
    caught_by = failed[0] if failed else None
    return Verdict(mutant, caught_by, time.monotonic() - started)


def _run(
    tree: Tree, tests: Sequence[str], *options: str, limit_s: float
) -> tuple[list[str], str]:
    """The names of the tests that failed, as pytest takes them; the output's end."""
    command = [
        str(tree.python),
        *("-m", "pytest", "-q", "-rfE", "--no-header", "--tb=short"),
        # What no chosen test needs takes longer to import than most tests take.
        *("-p", "no:cacheprovider", "-p", "no:schemathesis", "-p", "no:docker"),
        f"--timeout={_TEST_LIMIT_S}",
        *options,
        *tests,
    ]
    try:
        done = subprocess.run(
            command,
            cwd=tree.folder,
            env=_environment(),
            capture_output=True,
            text=True,
            timeout=limit_s,
            check=False,
        )
    except subprocess.TimeoutExpired:
        return ["(the run took too long)"], ""
    output = done.stdout[-3000:] + done.stderr[-2000:]
    if done.returncode == _PASSED:
        return [], output
    failed = _FAILURE.findall(done.stdout)
    if done.returncode not in _RED or not failed:
        raise Broken(f"pytest ended with {done.returncode}:\n{output}")
    return failed, output


def _environment() -> dict[str, str]:
    """Nothing that leads back to the original tree."""
    kept = {"PATH", "HOME", "LANG", "TMPDIR", "USER"}
    return {name: value for name, value in os.environ.items() if name in kept}
