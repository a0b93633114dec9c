"""Opens top-ups: a row of ours first, then a payment at Stripe."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from decimal import Decimal

import structlog
from sqlalchemy import text
from sqlalchemy.orm import Session

from service_common.db import Database
from user_service.gateways.stripe_gateway import PaymentRefused, StripeGateway
from user_service.models.topup import CURRENCY, Topup, TopupStatus
from user_service.services.refusals import TopupNotFound, UserNotFound

log = structlog.get_logger()

_OPEN = text(
    """
    INSERT INTO topups (user_id, amount)
    SELECT user_id, :amount FROM users WHERE user_id = :user_id
    RETURNING topup_id
    """
)
# A webhook may have been quicker, and knows the same id.
_NAME_PAYMENT = text(
    """
    UPDATE topups SET payment_intent_id = :payment_intent_id
     WHERE topup_id = :topup_id AND payment_intent_id IS NULL
    """
)
_FAIL = text(
    "UPDATE topups SET status = 'FAILED'"
    " WHERE topup_id = :topup_id AND status = 'PENDING'"
)


@dataclass(frozen=True, slots=True)
class OpenTopup:
    """A top-up that waits for its payer, who pays with the secret."""

    topup_id: uuid.UUID
    payment_intent_id: str
    client_secret: str
    amount: Decimal
    currency: str = CURRENCY
    status: str = TopupStatus.PENDING


class TopupService:
    """Sells credits; they are added only when Stripe says that they are paid."""

    def __init__(self, database: Database, stripe: StripeGateway) -> None:
        self._database = database
        self._stripe = stripe

    def open_topup(self, user_id: uuid.UUID, amount: Decimal) -> OpenTopup:
        """Make a payment possible.

        When Stripe does not answer, a payment may be there whose secret nobody knows:
        it can never be paid, so trying again is safe.
        """
        with self._database.statement() as connection:
            topup_id = connection.execute(
                _OPEN, {"user_id": user_id, "amount": amount}
            ).scalar_one_or_none()
            if topup_id is None:
                raise UserNotFound
        try:
            payment = self._stripe.create_payment_intent(
                topup_id=topup_id, user_id=user_id, amount=amount
            )
        except PaymentRefused:
            with self._database.statement() as connection:
                connection.execute(_FAIL, {"topup_id": topup_id})
            raise
        with self._database.statement() as connection:
            connection.execute(
                _NAME_PAYMENT,
                {
                    "topup_id": topup_id,
                    "payment_intent_id": payment.payment_intent_id,
                },
            )
        log.info("topup_opened", topup_id=str(topup_id), user_id=str(user_id))
        return OpenTopup(
            topup_id, payment.payment_intent_id, payment.client_secret, amount
        )

    def get_topup(self, topup_id: uuid.UUID, user_id: uuid.UUID) -> Topup:
        """The user's own top-up, or TopupNotFound."""
        with self._database.statement() as connection, Session(connection) as session:
            topup = session.get(Topup, topup_id)
            if topup is None or topup.user_id != user_id:
                raise TopupNotFound
            session.expunge(topup)
        return topup
