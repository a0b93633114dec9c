"""Make up for lost webhooks: `python -m user_service.reconcile_stripe --since --until`.

Asks Stripe for the events of a span of time and does with each what its webhook would
have done; what was done before stays as it is. Exit status 0: all payments are
credited; 1: some cannot be, a person has to look; 2: somebody does not answer.
"""

from __future__ import annotations

import argparse
import sys
from collections import Counter
from datetime import UTC, datetime, timedelta

from service_common.db import Database
from service_common.errors import Unavailable
from service_common.logs import configure_logging
from service_common.settings import load_or_exit
from user_service.app import NAME
from user_service.gateways.stripe_gateway import StripeGateway
from user_service.services.payment_service import PaymentOutcome, PaymentService
from user_service.services.stripe_events import Replayed, StripeEvents
from user_service.settings import Settings

# Stripe keeps events no longer.
_EVENTS_KEPT = timedelta(days=30)
_REFUSED, _NO_ANSWER = 1, 2
_ROW = "{:<12} {:<32} {:<28} {:<8}\n"


def main() -> int:
    """Reconcile the span that the command line names."""
    since, until = _read_span()
    settings = load_or_exit(Settings.from_env)
    configure_logging(NAME, "WARNING")
    database = Database(
        settings.database, pool_size=1, application_name="user-service-reconcile"
    )
    stripe = StripeGateway(
        secret_key=settings.stripe.secret_key,
        webhook_secret=settings.stripe.webhook_secret,
        api_base=settings.stripe.api_base,
    )
    outcomes: Counter[PaymentOutcome] = Counter()
    sys.stdout.write(_ROW.format("OUTCOME", "PAYMENT", "EVENT", "FACT"))
    try:
        events = StripeEvents(stripe, PaymentService(database))
        for replayed in events.replay(since, until):
            outcomes[replayed.outcome] += 1
            if replayed.outcome is not PaymentOutcome.KNOWN:
                _show(replayed)
    except Unavailable as error:
        sys.stderr.write(f"given up: {error.message}\n")
        return _NO_ANSWER
    finally:
        database.dispose()
    counts = ", ".join(f"{outcome} {outcomes[outcome]}" for outcome in PaymentOutcome)
    sys.stdout.write(f"{outcomes.total()} events: {counts}\n")
    return _REFUSED if outcomes[PaymentOutcome.REFUSED] else 0


def _show(replayed: Replayed) -> None:
    sys.stdout.write(
        _ROW.format(
            replayed.outcome,
            replayed.fact.payment_intent_id,
            replayed.event.event_id,
            type(replayed.fact).__name__,
        )
    )


def _read_span() -> tuple[datetime, datetime]:
    parser = argparse.ArgumentParser(
        prog="python -m user_service.reconcile_stripe",
        description="Credit what lost webhooks of Stripe have missed.",
    )
    parser.add_argument("--since", type=_moment, required=True, help="ISO 8601")
    parser.add_argument("--until", type=_moment, default=None, help="default: now")
    options = parser.parse_args()
    now = datetime.now(UTC)
    until = options.until or now
    if options.since >= until:
        parser.error("--since has to be before --until")
    if options.since < now - _EVENTS_KEPT:
        parser.error(f"Stripe keeps events for {_EVENTS_KEPT.days} days only")
    return options.since, until


def _moment(text: str) -> datetime:
    moment = datetime.fromisoformat(text)
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


if __name__ == "__main__":
    sys.exit(main())
