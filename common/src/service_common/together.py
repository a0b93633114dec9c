"""The statement of a round: it does what is plainly good for many, or nothing."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import structlog
from sqlalchemy import Row, TextClause
from sqlalchemy.exc import DBAPIError

from service_common.db import Database
from service_common.errors import AppError

log = structlog.get_logger()


def execute_together(
    database: Database, statement: TextClause, values: Mapping[str, Any]
) -> Sequence[Row[Any]]:
    """The rows of those whom the statement served; none when it failed.

    Whoever has no row goes through the statement for one, and hears there why. So a
    failure is no error here: one of them met a repeat of his own, a changed balance or
    a row that stayed locked, and nothing was done; or nobody knows, and each asks anew
    under his own key.
    """
    try:
        with database.statement() as connection:
            return connection.execute(statement, values).all()
    except (DBAPIError, AppError) as error:
        log.warning("gathered_calls_go_alone", cause=type(error).__name__)
        return []
