"""Faults around one-time codes."""

from __future__ import annotations

from mutants.mutant import Edit, Mutant

_SERVICES = "user-service/src/user_service/services"
_STATEMENTS = f"{_SERVICES}/otp_statements.py"
_CHALLENGES = f"{_SERVICES}/otp_challenges.py"

_TESTS = "tests/integration/user_service"
_CODES = (f"{_TESTS}/test_otp_verify.py", f"{_TESTS}/test_otp_challenges.py")

CODES = (
    Mutant(
        "guesses-without-end",
        "Of any number of one-time codes at once every one is tried.",
        (
            Edit(
                _STATEMENTS,
                "AND (attempts < 3 OR checking_until <= now())",
                "AND (attempts < 3 OR true)",
            ),
        ),
        _CODES,
    ),
    Mutant(
        "code-told-before-it-left",
        "A sender dies, and a repeat says of its code that it was sent.",
        (Edit(_CHALLENGES, "if not row.being_sent:", "if not row.code_due:"),),
        _CODES,
    ),
    Mutant(
        "code-for-another-order",
        "The code of one order opens another.",
        (
            Edit(
                _STATEMENTS,
                "AS run_out\n      FROM otp_challenges\n     WHERE user_id = :user_id"
                " AND purpose = :purpose AND reference = :reference",
                "AS run_out\n      FROM otp_challenges\n     WHERE user_id = :user_id"
                " AND purpose = :purpose AND CAST(:reference AS text) <> ''",
            ),
        ),
        _CODES,
    ),
    Mutant(
        "expired-code-counts",
        "A one-time code is good for as long as nobody asks for another.",
        (
            Edit(
                _STATEMENTS,
                "AND expires_at > now()\n    RETURNING challenge_id, phone",
                "\n    RETURNING challenge_id, phone",
            ),
        ),
        _CODES,
    ),
)
