"""Statements that every connection prepares once, so that they are planned once.

psycopg2 sends text, and PostgreSQL reads and plans each text anew: for the statements
of a purchase that costs more than carrying them out. A statement marked with `hot` is
sent as PREPARE the first time on a connection, and as EXECUTE from then on.

It needs a session of its own: behind a pooler that hands out transactions it fails.
"""

from __future__ import annotations

import hashlib
import re
from typing import Any

from sqlalchemy import Connection, Engine, TextClause, event

_OPTION = "hot"
_PREPARED = "prepared_statements"
_PLACEHOLDER = re.compile(r"%(?:\((\w+)\)s|(%))")


def hot(statement: TextClause) -> TextClause:
    """Mark a statement that is executed over and over."""
    return statement.execution_options(**{_OPTION: True})


def prepare_hot_statements(engine: Engine) -> None:
    """Have all connections of the engine prepare what is marked."""

    @event.listens_for(engine, "before_cursor_execute", retval=True)
    def execute_prepared(
        connection: Connection,
        cursor: Any,
        statement: str,
        parameters: Any,
        context: Any,
        executemany: bool,  # noqa: FBT001 - the signature of the event
    ) -> tuple[str, Any]:
        if executemany or not context.execution_options.get(_OPTION):
            return statement, parameters
        prepared: dict[str, str] = connection.info.setdefault(_PREPARED, {})
        call = prepared.get(statement)
        if call is None:
            definition, call = _prepared(statement)
            cursor.execute(definition)
            prepared[statement] = call
        return call, parameters


def _prepared(statement: str) -> tuple[str, str]:
    """PREPARE and EXECUTE for a statement with psycopg2's placeholders.

    Each place gets a parameter of its own, so that its type comes from where it
    stands, as it does for the literal that psycopg2 would write there.
    """
    places: list[str] = []

    def parameter(match: re.Match[str]) -> str:
        if match[2]:
            return "%"
        places.append(f"%({match[1]})s")
        return f"${len(places)}"

    name = "hot_" + hashlib.sha256(statement.encode()).hexdigest()[:16]
    body = _PLACEHOLDER.sub(parameter, statement)
    arguments = f" ({', '.join(places)})" if places else ""
    return f"PREPARE {name} AS {body}", f"EXECUTE {name}{arguments}"
