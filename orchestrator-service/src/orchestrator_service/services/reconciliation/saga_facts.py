"""All that the services know of one saga, side by side."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from sqlalchemy import Row, TextClause, text

from orchestrator_service.clients.facts import (
    ZERO,
    Charge,
    Claim,
    OrderFact,
    Page,
    TransferFact,
)
from orchestrator_service.orchestrators.purchase_saga import PURCHASE
from service_common.db import Database

TRANSFER, REVERSAL = "transfer", "reversal"
KINDS = (PURCHASE, TRANSFER, REVERSAL)
_PAGE = 1000
_FIRST = "00000000-0000-0000-0000-000000000000"
_LIVE = "('RUNNING', 'ABORTING', 'STUCK')"

# The reversal of a transfer is a saga of its own; of several only one did not fail.
_SAGA = """
    SELECT CAST(s.saga_id AS text) AS saga_id, s.kind, s.subject, s.state,
           s.data ->> 'user_id' AS user_id, s.data ->> 'amount' AS amount,
           s.data ->> 'seller_id' AS seller_id, s.data ->> 'buyer_id' AS buyer_id,
           CASE WHEN s.kind = 'transfer' THEN (
               SELECT r.state FROM sagas r
                WHERE r.kind = 'reversal' AND r.subject = s.subject
                  AND r.state <> 'FAILED') END AS reversal_state
      FROM sagas s
"""
_SAGAS = text(
    f"""
    {_SAGA} WHERE s.saga_id > CAST(:after AS uuid) AND s.kind = ANY(:kinds)
     ORDER BY s.saga_id LIMIT :limit
    """
)
_SAGAS_BY_ID = text(
    f"""
    {_SAGA} WHERE s.saga_id = ANY(CAST(:ids AS uuid[])) AND s.kind = ANY(:kinds)
    """
)
_SAGAS_SINCE = text(
    f"""
    {_SAGA} WHERE s.kind = ANY(:kinds)
       AND (s.finished_at >= now() - make_interval(secs => :since_s)
            OR s.state IN {_LIVE})
       AND s.saga_id > CAST(:after AS uuid)
     ORDER BY s.saga_id LIMIT :limit
    """
)
_TOUCHED = text(
    f"""
    SELECT subject, data ->> 'seat_id' AS seat_id FROM sagas
     WHERE state IN {_LIVE} AND kind = ANY(:kinds)
    """  # noqa: S608 - put together from constants only
)
# Given up 60 s after its start, or at its own deadline; then the next driver comes
# within a lease of 15 s and a look of 2 s.
_LATE = text(
    f"""
    SELECT CAST(saga_id AS text) AS saga_id, kind, subject, state,
           extract(epoch FROM now() - created_at) AS age_s
      FROM sagas
     WHERE state IN {_LIVE}
       AND (state = 'STUCK' OR (created_at < now() - interval '60 seconds'
                                AND deadline < now() - interval '20 seconds'))
     ORDER BY created_at
    """  # noqa: S608 - put together from constants only
)


@dataclass(frozen=True, slots=True)
class SagaFact:
    """A saga as its log has it."""

    saga_id: str
    kind: str
    subject: str
    state: str
    user_id: str | None
    amount: Decimal
    seller_id: str | None
    buyer_id: str | None
    reversal_state: str | None

    @property
    def has_ended(self) -> bool:
        """Whether nobody will do anything for it any more."""
        return self.state in {"DONE", "FAILED"}


Fact = SagaFact | Charge | Claim | OrderFact | TransferFact


@dataclass(slots=True)
class SagaFacts:
    """Everything that carries this saga's id."""

    saga_id: str
    saga: SagaFact | None = None
    claim: Claim | None = None
    transfer: TransferFact | None = None
    charges: dict[str, Charge] = field(default_factory=dict)
    orders: list[OrderFact] = field(default_factory=list)

    @classmethod
    def gather(cls, saga_id: str, facts: Iterable[Fact]) -> SagaFacts:
        """Sort facts by what they are."""
        gathered = cls(saga_id)
        for fact in facts:
            match fact:
                case SagaFact():
                    gathered.saga = fact
                case Claim():
                    gathered.claim = fact
                case TransferFact():
                    gathered.transfer = fact
                case Charge():
                    gathered.charges[fact.name] = fact
                case OrderFact():
                    gathered.orders.append(fact)
        return gathered

    @property
    def kind(self) -> str:
        """Which saga it is; of one that the log does not know, by what it has done."""
        if self.saga is not None:
            return self.saga.kind
        if "return" in self.charges:
            return REVERSAL
        if self.transfer or "move" in self.charges:
            return TRANSFER
        if self.claim is not None and self.claim.kind == "TRANSFER":
            return TRANSFER
        return PURCHASE

    @property
    def may_transfer(self) -> bool:
        """Whether there may be a transfer with its id."""
        return self.saga is None or self.saga.kind == TRANSFER

    @property
    def is_done(self) -> bool:
        """Whether it has ended well."""
        return self.saga is not None and self.saga.state == "DONE"

    @property
    def is_handed_over(self) -> bool:
        """Whether seats have changed hands by it."""
        return self.claim is not None and self.claim.state == "CONFIRMED"

    def moved(self, name: str) -> Decimal:
        """How many credits have changed hands by this operation in the end."""
        return self.charges[name].amount if name in self.charges else ZERO


class SagaLogFacts:
    """What the saga log knows."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def list_sagas(self, after: str) -> Page[SagaFact]:
        """Sagas that move credits and seats, by their ids."""
        return self._page(_SAGAS, {"after": after or _FIRST})

    def list_since(self, after: str, since_s: float) -> Page[SagaFact]:
        """Of these the ones that have ended since then, or not at all."""
        return self._page(_SAGAS_SINCE, {"after": after or _FIRST, "since_s": since_s})

    def find_sagas(self, saga_ids: Sequence[str]) -> Sequence[SagaFact]:
        """These sagas."""
        return [_saga(row) for row in self._rows(_SAGAS_BY_ID, {"ids": list(saga_ids)})]

    def list_touched(self) -> set[str]:
        """Orders, transfers and seats that a saga is working on right now."""
        rows = self._rows(_TOUCHED, {})
        return {name for row in rows for name in (row.subject, row.seat_id) if name}

    def list_late(self) -> Sequence[Row[Any]]:
        """Sagas that should have ended by now, or that wait for a person."""
        with self._database.statement() as connection:
            return connection.execute(_LATE).all()

    def _page(self, statement: TextClause, values: dict[str, Any]) -> Page[SagaFact]:
        sagas = [
            _saga(row) for row in self._rows(statement, {**values, "limit": _PAGE})
        ]
        return Page(sagas, sagas[-1].saga_id if len(sagas) == _PAGE else None)

    def _rows(
        self, statement: TextClause, values: dict[str, Any]
    ) -> Sequence[Row[Any]]:
        with self._database.statement() as connection:
            return connection.execute(statement, {**values, "kinds": list(KINDS)}).all()


def _saga(row: Row[Any]) -> SagaFact:
    return SagaFact(
        saga_id=row.saga_id,
        kind=row.kind,
        subject=row.subject,
        state=row.state,
        user_id=row.user_id,
        amount=Decimal(row.amount or 0),
        seller_id=row.seller_id,
        buyer_id=row.buyer_id,
        reversal_state=row.reversal_state,
    )
