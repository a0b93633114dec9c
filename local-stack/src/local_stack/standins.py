"""What stands in for the outside world: localstripe, and the SMU Notification API."""

import json
import sys
import urllib.request

from local_stack.component import (
    Component,
    Context,
    base_environment,
    http_unready_reason,
    tcp_unready_reason,
)
from local_stack.errors import StackError
from local_stack.folder import REPOSITORY
from local_stack.ports import HOST
from local_stack.supervisor import ProcessSpec

_CONFIGURE_TIMEOUT_S = 5.0
# What the user service listens to; localstripe would send everything.
WEBHOOK_EVENTS = (
    "payment_intent.succeeded",
    "payment_intent.payment_failed",
    "charge.refunded",
    "charge.dispute.created",
)


class Localstripe(Component):
    """Stripe's API with real signed webhooks, in memory."""

    name = "localstripe"
    refers_to = ("gateway",)
    stop_grace_s = 5.0

    def spec(self, context: Context) -> ProcessSpec:
        """The application behind a loopback address."""
        module = "local_stack.localstripe_server"
        port = str(context.ports[self.name])
        return ProcessSpec(
            name=self.name,
            command=(sys.executable, "-m", module, "--port", port),
            cwd=context.folder.path,
            env=base_environment() | {"PYTHONUNBUFFERED": "1"},
        )

    def unready_reason(self, context: Context) -> str | None:
        """It has no health page."""
        return tcp_unready_reason(context.ports[self.name])

    def after_ready(self, context: Context) -> None:
        """Tell it whom to send webhooks to, as one does in Stripe's dashboard."""
        webhook = {
            "url": f"http://{context.address('gateway')}/webhooks/stripe",
            "secret": context.secrets["STRIPE_WEBHOOK_SECRET"],
            "events": WEBHOOK_EVENTS,
        }
        request = urllib.request.Request(
            f"http://{context.address(self.name)}/_config/webhooks/ticketremaster",
            data=json.dumps(webhook).encode(),
            headers={"Content-Type": "application/json"},
        )
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        try:
            opener.open(request, timeout=_CONFIGURE_TIMEOUT_S).close()
        except OSError as error:
            raise StackError(f"localstripe does not take a webhook: {error}") from error


class SmuStandin(Component):
    """One-time codes that arrive in an inbox instead of on a phone."""

    name = "smu-standin"
    stop_grace_s = 5.0

    def spec(self, context: Context) -> ProcessSpec:
        """The start command of its container."""
        return ProcessSpec(
            name=self.name,
            command=(sys.executable, "-m", "smu_standin"),
            cwd=REPOSITORY / "smu-standin",
            env=base_environment()
            | {
                "PYTHONUNBUFFERED": "1",
                "BIND_HOST": HOST,
                "PORT": str(context.ports[self.name]),
                "SMU_API_KEY": context.secrets["SMU_API_KEY"],
            },
        )

    def unready_reason(self, context: Context) -> str | None:
        """Ask it."""
        return http_unready_reason(f"http://{context.address(self.name)}/health/ready")
