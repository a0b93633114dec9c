"""localstripe in a container: its memory to itself, its webhooks to the gateway."""

import os

from aiohttp import web
from localstripe.resources import store
from localstripe.server import app
from localstripe.webhooks import register_webhook

PORT = 8420
# What the user service listens to; localstripe would send everything.
WEBHOOK_EVENTS = (
    "payment_intent.succeeded",
    "payment_intent.payment_failed",
    "charge.refunded",
    "charge.dispute.created",
)


def main() -> None:
    """Serve until SIGTERM."""
    # Its own way is a file of the machine.
    store.dump_to_disk = lambda: None
    register_webhook(
        "ticketremaster",
        os.environ["STRIPE_WEBHOOK_URL"],
        os.environ["STRIPE_WEBHOOK_SECRET"],
        WEBHOOK_EVENTS,
    )
    web.run_app(app, host=os.environ["BIND_HOST"], port=PORT, print=None)


if __name__ == "__main__":
    main()
