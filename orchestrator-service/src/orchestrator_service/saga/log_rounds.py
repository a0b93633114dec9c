"""START and END of many sagas at the same time, each round in one statement.

A round writes what is plainly there to be written: sagas whose id and subject are free,
ends of sagas that are still their driver's. An END waits for no row; a START only for
one that takes the same subject in this very moment. Whatever a round leaves out is
written, or not, by the statement for one.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from sqlalchemy import Row, TextClause, text

from orchestrator_service.saga.log import NewSaga
from service_common.db import Database
from service_common.gather import Gatherer
from service_common.prepared import hot
from service_common.together import execute_together

# As long as a statement may take, and the wait for a connection before it.
_WITHIN_S = 7.0

# By subject, so that two rounds that want the same ones meet in one order.
_START_MANY = """
    INSERT INTO sagas (saga_id, kind, version, subject, data, deadline,
                       lease_owner, lease_until, request_id)
    SELECT saga_id, kind, version, subject, CAST(data AS jsonb),
           now() + make_interval(secs => deadline_s),
           owner, now() + make_interval(secs => lease_s), request_id
      FROM unnest(CAST(CAST(:saga_id AS text[]) AS uuid[]), CAST(:kind AS text[]),
                  CAST(:version AS int[]), CAST(:subject AS text[]),
                  CAST(:data AS text[]), CAST(:deadline_s AS float8[]),
                  CAST(:owner AS text[]), CAST(:lease_s AS float8[]),
                  CAST(:request_id AS text[]))
        AS asked(saga_id, kind, version, subject, data, deadline_s,
                 owner, lease_s, request_id)
     ORDER BY kind, subject
    ON CONFLICT DO NOTHING
    RETURNING {columns}
"""
_FINISH_MANY = hot(
    text(
        """
    WITH asked AS MATERIALIZED (
        SELECT * FROM unnest(CAST(CAST(:saga_id AS text[]) AS uuid[]),
                             CAST(:epoch AS int[]), CAST(:was AS text[]),
                             CAST(:state AS text[]),
                             CAST(:trace AS text[]), CAST(:reason AS text[]))
            AS asked(saga_id, epoch, was, state, trace, reason)
    ), mine AS MATERIALIZED (
        SELECT s.saga_id, asked.state, asked.trace, asked.reason
          FROM asked JOIN sagas s USING (saga_id)
         WHERE s.saga_id = ANY(CAST(CAST(:saga_id AS text[]) AS uuid[]))
           AND s.epoch = asked.epoch AND s.state = asked.was
         ORDER BY s.saga_id
           FOR NO KEY UPDATE OF s SKIP LOCKED
    )
    UPDATE sagas s
       SET state = mine.state, trace = CAST(mine.trace AS jsonb),
           reason = CASE WHEN mine.state = 'FAILED'
                         THEN COALESCE(s.reason, CAST(mine.reason AS jsonb)) END,
           finished_at = now(), lease_until = NULL, lease_owner = NULL
      FROM mine WHERE s.saga_id = mine.saga_id
    RETURNING s.saga_id
    """
    )
)


@dataclass(frozen=True, slots=True)
class End:
    """What END writes, and the fence that it is written behind."""

    saga_id: str
    epoch: int
    was: str
    state: str
    trace: str
    reason: str | None


class LogRounds:
    """Gathers what is written at the same time; what comes alone is written alone."""

    def __init__(
        self,
        database: Database,
        *,
        columns: str,
        start_alone: Callable[[NewSaga], Row[Any] | None],
        finish_alone: Callable[[End], bool],
        encode: Callable[[NewSaga], dict[str, Any]],
    ) -> None:
        self._database = database
        self._start_many = hot(text(_START_MANY.replace("{columns}", columns)))
        self._start_alone = start_alone
        self._finish_alone = finish_alone
        self._encode = encode
        self._starting = Gatherer[NewSaga, Row[Any] | None](self._start)
        self._finishing = Gatherer[End, bool](self._finish)

    def start(self, new: NewSaga) -> Row[Any] | None:
        """The saga's row; None when its id or its subject is taken already."""
        return self._starting.call(new, timeout_s=_WITHIN_S)

    def finish(self, end: End) -> bool:
        """Whether it was written."""
        return self._finishing.call(end, timeout_s=_WITHIN_S)

    def _start(self, asked: Sequence[NewSaga]) -> Sequence[Row[Any] | Exception | None]:
        if len(asked) == 1:
            return [self._start_alone(asked[0])]
        values = [self._encode(new) for new in asked]
        rows = self._together(self._start_many, values)
        started = {str(row.saga_id): row for row in rows}
        return [
            started[new.saga_id]
            if new.saga_id in started
            else _outcome(self._start_alone, new)
            for new in asked
        ]

    def _finish(self, asked: Sequence[End]) -> Sequence[bool | Exception]:
        if len(asked) == 1:
            return [self._finish_alone(asked[0])]
        # Of two drivers of one saga the second sees what the first has left.
        firsts = {end.saga_id: end for end in reversed(asked)}
        values = [asdict(end) for end in firsts.values()]
        written = {str(row.saga_id) for row in self._together(_FINISH_MANY, values)}
        return [
            True
            if end.saga_id in written and firsts[end.saga_id] is end
            else _outcome(self._finish_alone, end)
            for end in asked
        ]

    def _together(
        self, statement: TextClause, values: Sequence[dict[str, Any]]
    ) -> Sequence[Row[Any]]:
        columns = {name: [one[name] for one in values] for name in values[0]}
        return execute_together(self._database, statement, columns)


def _outcome(write: Callable[[Any], Any], what: Any) -> Any:
    try:
        return write(what)
    except Exception as error:  # noqa: BLE001 - raised again for who asked for it
        return error
