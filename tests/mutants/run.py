"""Run the tests over each mutant, and say which of them caught it."""

from __future__ import annotations

import os
import subprocess
import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from xml.etree import ElementTree as ET

from mutants.mutant import Mutant
from mutants.tree import Tree

# A mutant may make a test wait for ever; pytest's own limit comes first.
_RUN_LIMIT_S = 420
_TEST_LIMIT_S = 90
_PASSED, _FAILED, _INTERRUPTED = 0, 1, 2


@dataclass(frozen=True, slots=True)
class Verdict:
    """What became of a mutant; `caught_by` is the first test that failed."""

    mutant: Mutant
    caught_by: str | None
    seconds: float


class Broken(Exception):
    """The tests say no, or nothing, where nothing is wrong with the tree."""


def check_sound(tree: Tree, mutants: Iterable[Mutant]) -> float:
    """Without a mutant every test passes, or nothing that they say would count."""
    tests = sorted({test for mutant in mutants for test in mutant.tests})
    started = time.monotonic()
    failed, output = _run(tree, tests, limit_s=3 * _RUN_LIMIT_S)
    if failed is not None:
        raise Broken(f"without any mutant {failed} fails:\n{output}")
    return time.monotonic() - started


def judge(tree: Tree, mutant: Mutant) -> Verdict:
    """Run the mutant's tests up to the first that fails."""
    started = time.monotonic()
    with tree.mutated(mutant):
        failed, _ = _run(tree, mutant.tests, limit_s=_RUN_LIMIT_S)
    return Verdict(mutant, failed, time.monotonic() - started)


def _run(tree: Tree, tests: Sequence[str], *, limit_s: float) -> tuple[str | None, str]:
    """The name of the first test that failed, None when all passed; the output."""
    report = tree.folder / ".local" / "mutant.xml"
    report.unlink(missing_ok=True)
    command = [
        str(tree.python),
        *("-m", "pytest", "-x", "-q", "--no-header", "-p", "no:cacheprovider"),
        f"--timeout={_TEST_LIMIT_S}",
        f"--junitxml={report}",
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
        return "(the run took too long)", ""
    output = done.stdout[-3000:] + done.stderr[-2000:]
    if done.returncode == _PASSED:
        return None, output
    if done.returncode not in {_FAILED, _INTERRUPTED}:
        raise Broken(f"pytest ended with {done.returncode}:\n{output}")
    return _first_failure(report), output


def _first_failure(report: Path) -> str:
    for case in ET.parse(report).iter("testcase"):  # noqa: S314 - pytest wrote it
        if case.find("failure") is not None or case.find("error") is not None:
            return f"{case.get('classname')}::{case.get('name')}".lstrip(":")
    return "(no test has a name in the report)"


def _environment() -> dict[str, str]:
    """Nothing that leads back to the original tree."""
    kept = {"PATH", "HOME", "LANG", "TMPDIR", "USER"}
    inherited = {name: value for name, value in os.environ.items() if name in kept}
    # A file that is changed twice in a second would be taken for its compiled self.
    return {**inherited, "PYTHONDONTWRITEBYTECODE": "1"}
