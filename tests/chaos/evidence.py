"""Proof that the faults did what they were for: a calm run proves nothing."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from chaos.faults.means import Means
from chaos.links import Network
from chaos.recorder import Outcome
from local_stack import Stack
from support.release_audit import ReleaseAudit

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
    "releases_audited",
    "requests_lost",
    "replies_lost",
    "connections_reset",
    "replies_swallowed",
    "chunks_delayed",
    "starts_refused",
    "graceful_stops",
    "given_up_in_partition",
    "swept_while_unbound",
    "reserved_while_blocked",
)


def gather(means: Means, audit: ReleaseAudit) -> dict[str, int]:
    """Counts by name."""
    return {
        **_of_sagas(means),
        **_of_releases(means, audit),
        **_of_links(means.network),
        "starts_refused": means.saga_disk.refused_inserts(),
        "ends_refused": means.saga_disk.refused_updates(),
        **dict(sorted(means.seen.items())),
    }


def missing(found: Mapping[str, int]) -> list[str]:
    """What should have happened, and did not."""
    return [name for name in REQUIRED if not found.get(name)]


def swept(stack: Stack) -> int:
    """How many holds the sweeper has ended."""
    return sum(int(line["holds"]) for line in _lines(stack, "holds_swept"))


def released_by_message(stack: Stack) -> int:
    """How many holds a message has ended; the worker releases none otherwise."""
    return len(_lines(stack, "hold_released"))


def _of_sagas(means: Means) -> dict[str, int]:
    books, told = means.books, means.recorder.operations
    return {
        "takeovers": books.count("sagas_db", TAKEOVERS),
        "unknown_answers": sum(one.outcome is Outcome.UNKNOWN for one in told),
        "unknown_steps": books.count("sagas_db", _UNKNOWN_STEPS),
        "tombstones": books.count("users_db", _TOMBSTONES),
        "revoked_claims": books.count("seats_db", _REVOKED),
        "revoked_after_confirm": books.count("sagas_db", _TOO_LATE_AND_DONE),
    }


def _of_releases(means: Means, audit: ReleaseAudit) -> dict[str, int]:
    return {
        "released_by_sweeper": swept(means.stack),
        "released_by_message": released_by_message(means.stack),
        "releases_audited": audit.released(),
        "takeovers_audited": audit.taken_over(),
    }


def _of_links(network: Network) -> dict[str, int]:
    links = [link.counts for link in network.links]
    return {
        "requests_lost": sum(one.requests_lost for one in links),
        "replies_lost": sum(one.replies_lost for one in links),
        "connections_reset": sum(one.resets for one in links),
        "replies_swallowed": sum(one.swallowed for one in links),
        "chunks_delayed": sum(one.delayed for one in links),
    }


def _lines(stack: Stack, event: str) -> list[dict[str, Any]]:
    mark = f'"event": "{event}"'
    log = stack.folder.log("inventory-worker")
    lines = log.read_text(errors="replace").splitlines()
    return [json.loads(line) for line in lines if mark in line]
