"""Proof that the faults did what they were for: a calm run proves nothing."""

from __future__ import annotations

import json
from typing import Any

from chaos.books import Books
from chaos.links import Network
from chaos.recorder import Outcome, Recorder
from local_stack import Stack

TAKEOVERS = "SELECT sum(epoch - 1) FROM sagas"
GIVEN_UP = (
    "SELECT count(*) FROM sagas WHERE state IN ('ABORTING', 'FAILED')"
    " AND reason->>'code' = 'SERVICE_UNAVAILABLE'"
)
HANDED_OVER_UNCONFIRMED = (
    "SELECT count(*) FROM sagas WHERE state = 'RUNNING' AND kind = 'purchase'"
    """ AND trace @> '[{"step": "confirm_seat", "outcome": "DONE"}]'"""
)
# A saga that began to undo and is done all the same: its arbiter said TOO_LATE.
REVOKED_TOO_LATE = (
    "SELECT count(*) FROM sagas WHERE state IN ('ABORTING', 'DONE')"
    """ AND trace @> '[{"direction": "undo", "outcome": "DONE"},"""
    """ {"step": "confirm_seat", "outcome": "DONE"}]'"""
)
_TOO_LATE_AND_DONE = REVOKED_TOO_LATE.replace("IN ('ABORTING', 'DONE')", "= 'DONE'")
_UNKNOWN_STEPS = (
    "SELECT count(*) FROM sagas, jsonb_array_elements(trace) AS step"
    " WHERE step->>'outcome' = 'UNKNOWN'"
)
_TOMBSTONES = (
    "SELECT count(DISTINCT operation_key) FROM credit_ledger WHERE kind = 'TOMBSTONE'"
)
_REVOKED = "SELECT count(*) FROM seat_claims WHERE state = 'REVOKED'"

# Without these a run has shown nothing of what it is for.
REQUIRED = (
    "takeovers",
    "unknown_answers",
    "unknown_steps",
    "tombstones",
    "revoked_claims",
    "revoked_after_confirm",
    "released_by_sweeper",
    "released_by_message",
    "requests_lost",
    "replies_lost",
    "connections_reset",
    "replies_swallowed",
    "chunks_delayed",
)


def gather(
    stack: Stack, books: Books, network: Network, recorder: Recorder
) -> dict[str, int]:
    """Counts by name."""
    links = [link.counts for link in network.links]
    unknown = [one for one in recorder.operations if one.outcome is Outcome.UNKNOWN]
    return {
        "takeovers": books.count("sagas_db", TAKEOVERS),
        "unknown_answers": len(unknown),
        "unknown_steps": books.count("sagas_db", _UNKNOWN_STEPS),
        "tombstones": books.count("users_db", _TOMBSTONES),
        "revoked_claims": books.count("seats_db", _REVOKED),
        "revoked_after_confirm": books.count("sagas_db", _TOO_LATE_AND_DONE),
        "released_by_sweeper": _sum_in_log(stack, "holds_swept", "holds"),
        "released_by_message": _released_by_message(stack),
        "requests_lost": sum(one.requests_lost for one in links),
        "replies_lost": sum(one.replies_lost for one in links),
        "connections_reset": sum(one.resets for one in links),
        "replies_swallowed": sum(one.swallowed for one in links),
        "chunks_delayed": sum(one.delayed for one in links),
    }


def _sum_in_log(stack: Stack, event: str, field: str) -> int:
    return sum(int(line[field]) for line in _lines(stack, event))


def _released_by_message(stack: Stack) -> int:
    handled = _lines(stack, "release_message_handled")
    return sum(line["outcome"] == "RELEASED" for line in handled)


def _lines(stack: Stack, event: str) -> list[dict[str, Any]]:
    mark = f'"event": "{event}"'
    log = stack.folder.log("inventory-worker")
    lines = log.read_text(errors="replace").splitlines()
    return [json.loads(line) for line in lines if mark in line]
