"""SQL is complete before any request comes: what a request brings is only ever bound.

A statement may be put together from pieces, but only while its module is imported, when
there is no request whose words could get into it.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]
# Put together of what is ours, at a time that this test cannot tell from a request's.
_EXCEPTIONS = {
    "common/src/service_common/outbox.py": "of a table's name, while wiring",
    "common/src/service_common/invariants.py": "of our own rules and a number",
}
# What takes SQL as a string. `execute` takes statements that were made before.
_MAKERS = frozenset({"text", "exec_driver_sql", "mogrify", "execute", "executemany"})


def sql_made_from_requests(source: str) -> Iterator[str]:
    """Each statement that is put together in a function which a request may run."""
    module = ast.parse(source)
    home = _functions_by_call(module)
    at_import = _called_at_import_only(module)
    for call, function in home.items():
        if _name(call) not in _MAKERS or not call.args:
            continue
        if function in (None, *at_import) or not _is_put_together(call.args[0]):
            continue
        yield f"line {call.lineno}: {ast.unparse(call)[:60]}"


def _functions_by_call(module: ast.Module) -> dict[ast.Call, str | None]:
    """Every call with the name of the function it stands in; None at import."""
    found: dict[ast.Call, str | None] = {}

    def visit(node: ast.AST, function: str | None) -> None:
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            function = function or node.name
        if isinstance(node, ast.Call):
            found[node] = function
        for child in ast.iter_child_nodes(node):
            visit(child, function)

    visit(module, None)
    return found


def _called_at_import_only(module: ast.Module) -> set[str]:
    """Private functions that only the module itself calls, while it is imported.

    Whom such a function calls is run at import, too.
    """
    private = {
        node.name
        for node in module.body
        if isinstance(node, ast.FunctionDef) and node.name.startswith("_")
    }
    calls = [(_name(call), home) for call, home in _functions_by_call(module).items()]
    while True:
        kept = {
            name
            for name in private
            if all(home is None or home in private for n, home in calls if n == name)
        }
        if kept == private:
            return kept
        private = kept


def _is_put_together(argument: ast.expr) -> bool:
    """Whether it is anything but one literal, or the name of a statement."""
    if isinstance(argument, ast.Constant | ast.Name | ast.Attribute):
        return False
    if isinstance(argument, ast.JoinedStr):
        return any(isinstance(part, ast.FormattedValue) for part in argument.values)
    return isinstance(argument, ast.BinOp) or (
        isinstance(argument, ast.Call) and _name(argument) in {"format", "join"}
    )


def _name(call: ast.Call) -> str:
    if isinstance(call.func, ast.Attribute):
        return call.func.attr
    return call.func.id if isinstance(call.func, ast.Name) else ""


def test_no_statement_is_put_together_from_what_a_request_brings() -> None:
    # Who sets up a machine's own databases has no requests, and names to quote.
    found = {
        str(path.relative_to(ROOT)): problems
        for folder in (*ROOT.glob("*-service/src"), ROOT / "common" / "src")
        for path in folder.rglob("*.py")
        if "stubs" not in path.parts
        if (problems := list(sql_made_from_requests(path.read_text("utf-8"))))
    }

    unexpected = {name: found[name] for name in found if name not in _EXCEPTIONS}
    assert unexpected == {}
    assert set(found) == set(_EXCEPTIONS), "an exception is no longer needed"


@pytest.mark.parametrize(
    "source",
    [
        'def f(c, n):\n    c.execute(text(f"SELECT {n}"))',
        'def f(c, n):\n    c.execute("SELECT " + n)',
        'def f(c, n):\n    c.exec_driver_sql("SELECT %s" % n)',
        'def f(c, n):\n    return text("SELECT {}".format(n))',
        'def f(c, n):\n    return text(" ".join(n))',
        'def _g(n):\n    return text(f"{n}")\ndef f(n):\n    return _g(n)',
        'class A:\n    def f(self, n):\n        return text(f"SELECT {n}")',
        'def g(n):\n    return text(f"{n}")\nX = g("a")',
    ],
)
def test_statement_out_of_a_request_is_found(source: str) -> None:
    assert list(sql_made_from_requests(source))


@pytest.mark.parametrize(
    "source",
    [
        'X = text(f"SELECT {COLUMNS} FROM t")',
        'def _g(n):\n    return text(f"{n}")\nX = _g("a")',
        'def _h(n):\n    return text(n + 1)\ndef _g():\n    return _h("a")\nX = _g()',
        'def f(c, n):\n    c.execute(X, {"n": n})',
        'def f(c, n):\n    c.execute(text("SELECT :n"), {"n": n})',
    ],
)
def test_statement_that_is_complete_at_import_is_fine(source: str) -> None:
    assert list(sql_made_from_requests(source)) == []
