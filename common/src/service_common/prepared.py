"""Statements that every connection prepares once, so that they are planned once.

psycopg2 sends text, and PostgreSQL reads and plans each text anew: for the statements
of a purchase that costs more than carrying them out. A statement marked with `hot` is
sent as PREPARE the first time on a connection, and as EXECUTE from then on. It goes to
psycopg2 without a stop at SQLAlchemy, which would take longer over it than PostgreSQL.

It needs a session of its own: behind a pooler that hands out transactions it fails.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import psycopg2
from sqlalchemy import Connection, Executable, Result, TextClause
from sqlalchemy.dialects.postgresql.psycopg2 import dialect
from sqlalchemy.engine.result import IteratorResult, SimpleResultMetaData
from sqlalchemy.exc import DBAPIError

_OPTION = "hot"
_PREPARED = "prepared_statements"
_PLACEHOLDER = re.compile(r"%(?:\((\w+)\)s|(%))")
_DIALECT = dialect()  # type: ignore[no-untyped-call]


@dataclass(frozen=True, slots=True)
class _Prepared:
    """How to prepare a statement, how to call it, and what it takes when not told."""

    definition: str
    call: str
    defaults: Mapping[str, Any]


def hot(statement: TextClause) -> TextClause:
    """Mark a statement that is executed over and over, one set of parameters a time.

    They are handed to psycopg2 as they are: types stand in the SQL, as CAST.
    """
    compiled = statement.compile(dialect=_DIALECT)
    binds = compiled.binds.values()
    defaults = {bind.key: bind.value for bind in binds if not bind.required}
    prepared = _Prepared(*_definition_and_call(compiled.string), defaults)
    return statement.execution_options(**{_OPTION: prepared})


class PreparingConnection(Connection):
    """A connection that executes what is hot itself, and leaves all else as it is."""

    def execute(  # type: ignore[override]
        self, statement: Executable, parameters: Any = None, **options: Any
    ) -> Result[Any]:
        """As SQLAlchemy has it."""
        prepared = statement.get_execution_options().get(_OPTION)
        if prepared is None:
            return super().execute(statement, parameters, **options)
        driver: Any = self.connection.dbapi_connection
        try:
            with driver.cursor() as cursor:
                self._prepare(cursor, prepared)
                cursor.execute(prepared.call, {**prepared.defaults, **parameters})
                names = [column.name for column in cursor.description or ()]
                rows = cursor.fetchall() if names else []
        except psycopg2.Error as error:
            if driver.closed:
                # SQLAlchemy is to see it for itself, and to forget the pool as well.
                self.exec_driver_sql("SELECT 1")
            raise _wrapped(error, prepared) from error
        return IteratorResult(SimpleResultMetaData(names), iter(rows))

    def _prepare(self, cursor: Any, prepared: _Prepared) -> None:
        known: set[str] = self.connection.info.setdefault(_PREPARED, set())
        if prepared.call not in known:
            cursor.execute(prepared.definition)
            known.add(prepared.call)


def _wrapped(error: psycopg2.Error, prepared: _Prepared) -> BaseException:
    """The exception that SQLAlchemy makes of the driver's; no parameters in it."""
    return DBAPIError.instance(
        prepared.call,
        None,
        error,
        psycopg2.Error,
        hide_parameters=True,
        dialect=_DIALECT,
    )


def _definition_and_call(statement: str) -> tuple[str, str]:
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
