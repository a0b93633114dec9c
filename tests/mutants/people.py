"""Faults around credits between two people, and codes that are withdrawn."""

from __future__ import annotations

from mutants.mutant import Edit, Mutant

_SERVICES = "user-service/src/user_service/services"
_LEDGER = f"{_SERVICES}/two_party_ledger.py"
_PURSE = f"{_SERVICES}/purse.py"
_RETURNS = f"{_SERVICES}/return_service.py"
_FREEZES = f"{_SERVICES}/freeze_service.py"

_TESTS = "tests/integration/user_service"
_TRANSFERS = (f"{_TESTS}/test_credit_transfers.py",)
_FREEZING = (f"{_TESTS}/test_credit_freezes.py",)
_RETURNING = (f"{_TESTS}/test_credit_returns.py",)
_RACES = (f"{_TESTS}/test_two_party_races.py",)
_CODES = (f"{_TESTS}/test_otp_withdrawal.py",)

PEOPLE = (
    Mutant(
        "people-locked-as-they-are-named",
        "Two people who pay each other at once wait for each other.",
        (
            Edit(
                _PURSE,
                "        rows = connection.execute(LOCK_USERS,"
                ' {"user_ids": list(user_ids)})\n'
                "        return [cls(connection, *row) for row in rows]\n",
                "        return [\n            cls(connection, *row)\n"
                "            for user_id in user_ids\n"
                "            for row in connection.execute(\n"
                '                LOCK_USERS, {"user_ids": [user_id]}\n'
                "            )\n        ]\n",
            ),
        ),
        _RACES,
    ),
    Mutant(
        "people-not-locked",
        "Two payments out of one balance both see it whole.",
        (
            Edit(
                f"{_SERVICES}/purse_statements.py",
                "     ORDER BY user_id FOR NO KEY UPDATE\n",
                "     ORDER BY user_id\n",
            ),
        ),
        _RACES,
    ),
    Mutant(
        "no-transfer-tombstone",
        "A transfer that comes after it was given up is paid.",
        (
            Edit(
                _LEDGER,
                "        connection.execute(BURY, tombstone)\n",
                "        connection.exec_driver_sql(\n"
                '            "DELETE FROM credit_ledger"\n'
                '            " WHERE operation_key = %(operation_key)s",\n'
                "            tombstone,\n        )\n",
            ),
        ),
        (*_TRANSFERS, *_RACES),
    ),
    Mutant(
        "debtor-keeps-his-proceeds",
        "Who owes something and sells a ticket does not pay what he owes.",
        (
            Edit(
                f"{_SERVICES}/transfer_service.py",
                "            payee.settle(settled_key, transfer.amount,"
                " transfer.reference)\n",
                "",
            ),
        ),
        _TRANSFERS,
    ),
    Mutant(
        "undo-leaves-the-debt",
        "What somebody owed for a return that was undone he owes for ever.",
        (
            Edit(
                _LEDGER,
                "    payer.settle(\n"
                '        f"{key}{SETTLED_SUFFIX}", transfer.amount - to_frozen,'
                " transfer.reference\n    )\n",
                "",
            ),
        ),
        _RETURNING,
    ),
    Mutant(
        "undo-does-not-freeze-again",
        "After a reversal that failed the seller can spend what is disputed.",
        (
            Edit(
                _RETURNS, "    return Decimal(freeze.taken)\n", "    return _NOTHING\n"
            ),
        ),
        _RETURNING,
    ),
    Mutant(
        "freeze-used-up-never",
        "One freeze pays two returns.",
        (
            Edit(
                _RETURNS, "    if freeze.state == FreezeState.FROZEN:\n", "    if 0:\n"
            ),
        ),
        _RETURNING,
    ),
    Mutant(
        "freeze-after-its-end",
        "A freeze that comes late freezes for ever.",
        (
            Edit(
                _FREEZES,
                "due = row.state == FreezeState.FROZEN",
                "due = row.asked is None",
            ),
        ),
        _FREEZING,
    ),
    Mutant(
        "freeze-not-locked",
        "A return and the end of a dispute both get what is frozen.",
        (
            Edit(
                f"{_SERVICES}/freeze_statements.py",
                "WHERE operation_key = :operation_key FOR UPDATE",
                "WHERE operation_key = :operation_key",
            ),
        ),
        _RACES,
    ),
    Mutant(
        "freeze-of-anybody",
        "Somebody pays a return out of what another has frozen.",
        (Edit(_FREEZES, "    if freeze.user_id != user_id:\n", "    if 0:\n"),),
        (*_FREEZING, *_RETURNING),
    ),
    Mutant(
        "withdrawn-code-counts",
        "A code that was being checked when it was withdrawn is good.",
        (
            Edit(
                f"{_SERVICES}/otp_statements.py",
                "     WHERE challenge_id = :challenge_id AND state = 'OPEN'\n"
                "    RETURNING state, failures, false AS run_out",
                "     WHERE challenge_id = :challenge_id\n"
                "    RETURNING state, failures, false AS run_out",
            ),
        ),
        _CODES,
    ),
    Mutant(
        "withdrawn-code-is-sent",
        "A code that is asked for after its transfer has ended is sent.",
        (
            Edit(
                f"{_SERVICES}/otp_withdrawal.py",
                "                connection.execute(_FORBID, errand.names)\n",
                "",
            ),
        ),
        _CODES,
    ),
)
