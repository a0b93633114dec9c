"""Claims: between the payment's first beat and its last, seats answer to it alone."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import UUID

import structlog
from sqlalchemy import Row, TextClause, text
from sqlalchemy.exc import DBAPIError

from inventory_service.models import ClaimKind, ClaimState
from inventory_service.services.claim_rounds import (
    ClaimOfHold,
    ClaimRounds,
    Confirmation,
)
from inventory_service.services.claim_statements import (
    CLAIM_HOLD,
    CLAIM_TICKET,
    CONFIRM_SEATS,
    FREE_CLAIMED,
    LOCK_TARGET,
    READ_CLAIM,
    REVOKE,
)
from inventory_service.services.claim_targets import (
    HoldTarget,
    Target,
    WantedClaim,
    known_state,
    target_columns,
    why_hold_not,
    why_ticket_not,
)
from inventory_service.services.metrics import CLAIMS
from inventory_service.services.patience import tries
from inventory_service.services.records import Sale, SoldSeat, in_hall_order, seat_info
from inventory_service.services.together import Asked, tell_each
from service_common.db import UNIQUE_VIOLATION, Database, sqlstate
from service_common.errors import (
    AppError,
    Conflict,
    Forbidden,
    InvalidInput,
    Refusal,
)

log = structlog.get_logger()

_SEATS_OF_HOLD = text(
    """
    SELECT seat_id, event_id, row_number, seat_number, category, price, status,
           held_by_user_id, claim_id, ticket_version, held_until > now() AS live
      FROM seats WHERE hold_id = :hold_id
    """
)
_SEAT_OF_TICKET = text(
    """
    SELECT status, owner_user_id, ticket_version, claim_id
      FROM seats WHERE seat_id = :seat_id
    """
)


class ClaimService:
    """Makes, confirms and revokes claims."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._rounds = ClaimRounds(
            database,
            claim_alone=lambda one: self._claim_alone(
                one.claim_id, HoldTarget(one.hold_id, one.user_id)
            ),
            confirm_alone=self._confirm_alone,
        )

    def claim(
        self, claim_id: UUID, target: Target, *, time_left_s: float | None = None
    ) -> ClaimState:
        """Claim the target; OPEN, or CONFIRMED when a repeat comes that late.

        Raises HOLD_EXPIRED, NOT_SEAT_OWNER, SEAT_UNAVAILABLE, PAYMENT_IN_PROGRESS or
        CLAIM_REVOKED.
        """
        for attempt in tries(time_left_s):
            if self._try_claim(claim_id, target, in_round=attempt == 0):
                return _made()
            known = self.find_claim(claim_id)
            if known is not None:
                return known_state(known, target)
            refusal = self._why_not(target)
            if refusal is not None:
                CLAIMS.labels("refused").inc()
                raise refusal
        raise AssertionError("tries() ends by raising")

    def claim_together(
        self, asked: Sequence[Asked[WantedClaim]]
    ) -> list[ClaimState | AppError | None]:
        """OPEN for each that has claimed its hold; None: it has to come by itself.

        Tickets do: they change hands too seldom to have company.
        """
        holds = [
            ClaimOfHold(one.wanted.claim_id, target.hold_id, target.user_id)
            for one in asked
            if isinstance(target := one.wanted.target, HoldTarget)
        ]
        claimed = iter(self._rounds.claim_many(holds) if holds else ())
        made = [
            isinstance(one.wanted.target, HoldTarget) and next(claimed) for one in asked
        ]
        return tell_each(asked, made, lambda _, is_made: _made() if is_made else None)

    def confirm_seats(
        self, claim_id: UUID, user_id: UUID, *, time_left_s: float | None = None
    ) -> Sale:
        """Sell the claimed seats to the holder; a repeat answers the same sale."""
        confirmation = Confirmation(claim_id, user_id)
        for attempt in tries(time_left_s):
            sold: Sequence[Row[Any]] = ()
            if attempt == 0:
                sold = self._rounds.confirm(confirmation)
            sold = sold or self._confirm_alone(confirmation)
            if sold:
                return _sold(confirmation, sold)
            claim = self.find_claim(claim_id)
            check_confirmable(claim, ClaimKind.PURCHASE)
            seats = self._seats_of(claim.hold_id)
            if claim.state == ClaimState.CONFIRMED:
                return _sale(seats)
            if any(row.held_by_user_id != user_id for row in seats):
                raise Forbidden("The hold belongs to somebody else.")
        raise AssertionError("tries() ends by raising")

    def confirm_together(
        self, asked: Sequence[Asked[Confirmation]]
    ) -> list[Sale | AppError | None]:
        """The sale of each whose seats are now sold; None: it has to come by itself."""
        sold = self._rounds.confirm_many([one.wanted for one in asked])
        return tell_each(
            asked, sold, lambda one, rows: _sold(one, rows) if rows else None
        )

    def revoke(self, claim_id: UUID, target: Target) -> ClaimState:
        """Make sure that the claim can do nothing any more, unless it has already.

        REVOKED also when the claim was never made: the tombstone refuses it when it
        comes late. The seats of a revoked purchase stay held until their time is over.
        """
        facts = {"claim_id": claim_id, **target_columns(target)}
        with self._database.transaction() as connection:
            connection.execute(LOCK_TARGET, facts)
            connection.execute(FREE_CLAIMED, {"claim_id": claim_id})
            state = ClaimState(connection.execute(REVOKE, facts).scalar_one())
        CLAIMS.labels(
            "revoked" if state is ClaimState.REVOKED else "revoked_late"
        ).inc()
        log.info("claim_revoked", claim_id=str(claim_id), state=state)
        return state

    def find_claim(self, claim_id: UUID) -> Any:
        """The claim's row, or None."""
        with self._database.statement() as connection:
            return connection.execute(READ_CLAIM, {"claim_id": claim_id}).first()

    def _confirm_alone(self, asked: Confirmation) -> Sequence[Row[Any]]:
        facts = {"claim_id": asked.claim_id, "user_id": asked.user_id}
        with self._database.statement() as connection:
            return connection.execute(CONFIRM_SEATS, facts).all()

    def _try_claim(self, claim_id: UUID, target: Target, *, in_round: bool) -> bool:
        if in_round and isinstance(target, HoldTarget):
            asked = ClaimOfHold(claim_id, target.hold_id, target.user_id)
            if self._rounds.claim(asked):
                return True
        return self._claim_alone(claim_id, target)

    def _claim_alone(self, claim_id: UUID, target: Target) -> bool:
        statement, facts = _claim_statement(claim_id, target)
        with self._database.statement() as connection:
            try:
                return connection.execute(statement, facts).first() is not None
            except DBAPIError as error:
                if sqlstate(error) == UNIQUE_VIOLATION:
                    return False  # a repeat or a revoke of this claim was quicker
                raise

    def _why_not(self, target: Target) -> Refusal | None:
        if isinstance(target, HoldTarget):
            return why_hold_not(self._seats_of(target.hold_id), target)
        with self._database.statement() as connection:
            seat = connection.execute(
                _SEAT_OF_TICKET, {"seat_id": target.seat_id}
            ).first()
        return why_ticket_not(seat, target)

    def _seats_of(self, hold_id: UUID) -> Sequence[Row[Any]]:
        with self._database.statement() as connection:
            return connection.execute(_SEATS_OF_HOLD, {"hold_id": hold_id}).all()


def check_confirmable(claim: Any, kind: ClaimKind) -> None:
    """CLAIM_REVOKED unless the claim may hand over, or has."""
    if claim is None or claim.state == ClaimState.REVOKED:
        raise Conflict("The claim was given up.", code="CLAIM_REVOKED")
    if claim.kind != kind:
        raise InvalidInput(f"The claim is no {kind}.")


def _claim_statement(
    claim_id: UUID, target: Target
) -> tuple[TextClause, dict[str, Any]]:
    facts = {"claim_id": claim_id, **target_columns(target)}
    if isinstance(target, HoldTarget):
        return CLAIM_HOLD, {**facts, "user_id": target.user_id}
    return CLAIM_TICKET, {
        **facts,
        "user_id": target.owner_user_id,
        "ticket_version": target.ticket_version,
    }


def _made() -> ClaimState:
    CLAIMS.labels("made").inc()
    return ClaimState.OPEN


def _sold(asked: Confirmation, seats: Sequence[Row[Any]]) -> Sale:
    CLAIMS.labels("confirmed").inc()
    log.info("seats_sold", claim_id=str(asked.claim_id), seats=len(seats))
    return _sale(seats)


def _sale(seats: Sequence[Row[Any]]) -> Sale:
    versions = {row.seat_id: row.ticket_version for row in seats}
    return Sale(
        event_id=seats[0].event_id,
        seats=tuple(
            SoldSeat(seat, versions[seat.seat_id])
            for seat in in_hall_order(seat_info(row) for row in seats)
        ),
    )
