"""What payments do to credits: each movement in double entry, debts included.

The caller holds the payment and the user locked.
"""

from __future__ import annotations

from decimal import Decimal

from user_service.models.credit_ledger import (
    OWED_SUFFIX,
    PLATFORM_RECEIVABLE,
    PLATFORM_STRIPE,
    SETTLED_SUFFIX,
    STRIPE_PREFIX,
    MovementKind,
    user_account,
)
from user_service.models.stripe_payment import TakeBackKind
from user_service.services.purse import Purse

_KINDS = {
    TakeBackKind.REFUND: MovementKind.TOPUP_REFUND,
    TakeBackKind.DISPUTE: MovementKind.CHARGEBACK,
}


def credit_payment(
    purse: Purse, payment_intent_id: str, amount: Decimal, reference: str
) -> None:
    """Add what was paid; a debt is settled from it first."""
    key = f"{STRIPE_PREFIX}{payment_intent_id}"
    purse.move(
        MovementKind.TOPUP,
        key,
        (PLATFORM_STRIPE, user_account(purse.user_id)),
        amount,
        reference,
        to_balance=amount,
    )
    purse.settle(f"{key}{SETTLED_SUFFIX}", amount, reference)


def take_back(
    purse: Purse, kind: TakeBackKind, key: str, amount: Decimal, reference: str
) -> Decimal:
    """Take what is there; the rest becomes a debt, which is returned.

    The user never had that rest, so it goes from the receivables to Stripe and is not
    in his history.
    """
    key = f"{STRIPE_PREFIX}{key}"
    available = min(purse.balance, amount)
    if available:
        purse.move(
            _KINDS[kind],
            key,
            (PLATFORM_STRIPE, user_account(purse.user_id)),
            -available,
            reference,
            to_balance=-available,
        )
    missing = amount - available
    if missing:
        purse.move(
            MovementKind.DEBT,
            f"{key}{OWED_SUFFIX}",
            (PLATFORM_STRIPE, PLATFORM_RECEIVABLE),
            -missing,
            reference,
            to_debt=missing,
        )
    return missing
