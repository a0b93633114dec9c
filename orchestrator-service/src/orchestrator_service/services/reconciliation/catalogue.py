"""The invariants by number: the sentence, and what a person does about a violation."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of docs/invariants.md."""

    sentence: str
    advice: str


_COMPARE = (
    "Look at the saga (GET /admin/sagas/{id}) and compare its steps with the rows that "
    "are named. Do not change rows by hand while the saga is live."
)
_LEDGER = (
    "Stop what moves credits for the account, compare its ledger rows with its "
    "balance, and put it right by a ledger entry, never by an UPDATE of a balance."
)

CATALOGUE = {
    "I1": Entry(
        "A seat has at most one owner, and the books name the same one.",
        "Compare the seat with its live order item; the seat's row is right.",
    ),
    "I2": Entry("A hold is sold at most once.", _COMPARE),
    "I3": Entry("Balances are the sums of the ledger; the ledger sums to 0.", _LEDGER),
    "I4": Entry("No balance, frozen or owed amount is negative or unfounded.", _LEDGER),
    "I5": Entry("A charge has bought something, or came back.", _COMPARE),
    "I6": Entry("CONFIRMED order, confirmed claim and charge go together.", _COMPARE),
    "I7": Entry("A saga that has ended is whole, or has left nothing.", _COMPARE),
    "I8": Entry("A transfer moved ticket and credits exactly once.", _COMPARE),
    "I9": Entry(
        "A ticket lets somebody in at most once.",
        "Compare the seat with its rows in entry_logs.",
    ),
    "I11": Entry(
        "A payment of Stripe is credited exactly once.",
        "Run python -m user_service.reconcile_stripe, then compare with Stripe.",
    ),
    "I12": Entry("A claim keeps its seats until it is closed.", _COMPARE),
    "L1": Entry(
        "A hold ends at most 10 s after its time.",
        "See whether inventory-worker runs and its sweeper is ready.",
    ),
    "L2": Entry(
        "A saga ends within 60 s, and none is stuck.",
        "See what its last step answers; once the cause is gone,"
        " POST /admin/sagas/{id}/retry.",
    ),
    "L3": Entry(
        "A claim does not stay open.",
        "See whether its saga ends (L2) and orchestrator-recovery runs.",
    ),
    "L4": Entry(
        "The outbox is empty within 10 s, and no message is parked.",
        "See whether the broker, the order service and the worker's loops run. A"
        " parked message has cost nothing, since the sweeper did its work: look at it"
        " on RabbitMQ's management page (Queues, Get messages), find who sends or"
        " refuses it, then purge the queue.",
    ),
    "L5": Entry(
        "An order does not stay PENDING without its hold.",
        "See whether the relay delivers (L4); then fail the order by its hold.",
    ),
}
_OTHER = Entry("A rule of one service alone.", "Compare the rows that are named.")


def entry_of(number: str) -> Entry:
    """What the number stands for."""
    return CATALOGUE.get(number, _OTHER)
