"""Faults of tickets that change hands."""

from __future__ import annotations

from mutants.mutant import Edit, Mutant

_ROOM = "orchestrator-service/src/orchestrator_service/orchestrators"
_FLOW = f"{_ROOM}/transfer_orchestrator.py"
_STATEMENTS = "order-service/src/order_service/models/transfer_statements.py"
_SWAPS = "order-service/src/order_service/models/swap_statements.py"

_UNIT = ("tests/unit/orchestrator_service/test_transfer_orchestrator.py",)
_TESTS = "tests/integration/order_service"
_BOOKS = (
    f"{_TESTS}/test_transfer_swaps.py",
    f"{_TESTS}/test_transfer_races.py",
    f"{_TESTS}/test_transfer_guards.py",
)

TRANSFERS = (
    Mutant(
        "transfer-of-anybody",
        "Who is no party of a transfer sees it, and calls it off.",
        (
            Edit(
                f"{_ROOM}/transfer_access.py",
                "if not viewer.is_admin and viewer.user_id not in parties:",
                "if not viewer.user_id and parties:",
            ),
        ),
        (*_UNIT, "tests/e2e/test_security_matrix.py"),
    ),
    Mutant(
        "consent-of-one",
        "A ticket changes hands when one of the two has agreed.",
        (
            Edit(
                _FLOW,
                "        if not transfer.is_agreed:\n"
                "            return Confirmation(transfer)\n",
                "",
            ),
        ),
        _UNIT,
    ),
    Mutant(
        "wrong-code-is-consent",
        "Any code is as good as the right one.",
        (
            Edit(
                _FLOW,
                "if outcome is OtpOutcome.VERIFIED:",
                "if outcome is not OtpOutcome.EXCEEDED:",
            ),
        ),
        _UNIT,
    ),
    Mutant(
        "books-before-the-ticket",
        "The buyer has an order for a ticket that he was never given.",
        (
            Edit(
                f"{_ROOM}/transfer_saga.py",
                """            retriable("update_owner", steps.update_owner),
            retriable("complete_transfer", steps.complete_transfer),
""",
                """            retriable("complete_transfer", steps.complete_transfer),
            retriable("update_owner", steps.update_owner),
""",
            ),
        ),
        ("tests/unit/orchestrator_service/test_declared_sagas.py",),
    ),
    Mutant(
        "agreed-and-called-off",
        "A transfer that both have agreed to is called off during its swap.",
        (
            Edit(
                _STATEMENTS,
                "t.status IN ('INITIATED', 'PENDING_OTP') AND t.unsettled IS NULL",
                "t.status IN ('INITIATED', 'PENDING_OTP')",
            ),
        ),
        _BOOKS,
    ),
    Mutant(
        "swap-without-lock",
        "Two that complete a transfer at once write two orders for it.",
        (
            Edit(
                _SWAPS,
                "WHERE t.transfer_id = :transfer_id FOR UPDATE\n",
                "WHERE t.transfer_id = :transfer_id\n",
            ),
        ),
        _BOOKS,
    ),
    Mutant(
        "swap-of-anybodys-order",
        "A transfer takes the seat out of the order of somebody who is not its seller.",
        (
            Edit(
                _SWAPS,
                "AND o.user_id = :seller_id AND o.status",
                "AND CAST(:seller_id AS uuid) IS NOT NULL AND o.status",
            ),
        ),
        _BOOKS,
    ),
)
