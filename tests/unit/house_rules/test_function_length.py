"""No function passes 70 lines: it has to be seen whole."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

LINES_MAX = 70
ROOT = Path(__file__).parents[3]
ROOMS = ("*/src", "tests", "bench")


def functions_longer_than(limit: int, source: str) -> Iterator[str]:
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            length = (node.end_lineno or node.lineno) - node.lineno + 1
            if length > limit:
                yield f"{node.name} ({length} lines)"


def test_every_function_fits_on_a_screen() -> None:
    too_long = [
        f"{path.relative_to(ROOT)}: {found}"
        for room in ROOMS
        for folder in ROOT.glob(room)
        for path in folder.rglob("*.py")
        if "stubs" not in path.parts
        for found in functions_longer_than(LINES_MAX, path.read_text())
    ]

    assert too_long == []


def test_a_function_of_71_lines_is_found() -> None:
    source = "def long():\n" + "    x = 1\n" * 70

    assert list(functions_longer_than(LINES_MAX, source)) == ["long (71 lines)"]
