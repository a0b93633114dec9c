"""All rehearsals by name, as tests name them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial

import saga_helpers
from saga_helpers import MakeCase

REHEARSALS: Mapping[str, Callable[[MakeCase], int]] = {
    "actions succeed idempotently": saga_helpers.actions_succeed_idempotently,
    "failure at each step unwinds": saga_helpers.failure_at_each_step_unwinds,
    "failure unwinds, every undo repeated": partial(
        saga_helpers.failure_at_each_step_unwinds, undo_twice=True
    ),
    "reply lost at each step": saga_helpers.reply_lost_at_each_step,
    "request dropped at each step": saga_helpers.request_dropped_at_each_step,
    "silence past the deadline": saga_helpers.silence_past_the_deadline_unwinds,
    "too late to give up": saga_helpers.too_late_to_give_up_finishes,
    "crash around each log write": saga_helpers.crash_around_each_log_write,
}
