"""Faults of the saga engine, its log, and what is declared."""

from __future__ import annotations

from mutants.mutant import Edit, Mutant

_ROOM = "orchestrator-service/src/orchestrator_service"
_DRIVE = f"{_ROOM}/saga/drive.py"
_LOG = f"{_ROOM}/saga/postgres_log.py"
_ROUNDS = f"{_ROOM}/saga/log_rounds.py"
_PURCHASE = f"{_ROOM}/orchestrators/purchase_saga.py"
_HTTP = "common/src/service_common/http_client.py"
_GRPC = "common/src/service_common/grpc_client.py"

_ENGINE_TESTS = ("tests/unit/orchestrator_service/saga",)
_LOG_TESTS = ("tests/integration/orchestrator_service",)
_ROUND_TESTS = ("tests/integration/orchestrator_service/test_saga_log_rounds.py",)
_CLIENT_TESTS = (
    "tests/unit/common/test_common_json_client.py",
    "tests/unit/common/test_common_grpc_edge.py",
)

SAGAS = (
    Mutant(
        "refund-before-revoke",
        "The money is given back while a driver that was asleep hands the seat over.",
        (
            Edit(
                _DRIVE,
                """        arbiter, *others = self._saga.undoable
""",
                """        arbiter, *others = self._saga.undoable
        for step in reversed(others):
            if step.name in self._maybe_done:
                effect = self._undo(step)
                if effect.outcome is Outcome.UNKNOWN:
                    return self._park()
        self._maybe_done.clear()
""",
            ),
        ),
        _ENGINE_TESTS,
    ),
    Mutant(
        "order-before-seat",
        "An order is confirmed for a seat that was never handed over.",
        (
            Edit(
                _PURCHASE,
                """            retriable("confirm_seat", steps.confirm_seat),
            retriable("confirm_order", steps.confirm_order),
""",
                """            retriable("confirm_order", steps.confirm_order),
            retriable("confirm_seat", steps.confirm_seat),
""",
            ),
        ),
        ("tests/unit/orchestrator_service/test_declared_sagas.py",),
    ),
    Mutant(
        "timeout-is-failure",
        "An effect that nobody knows of is taken for one that never happened.",
        (
            Edit(
                f"{_ROOM}/saga/attempts.py",
                "return Effect(Outcome.UNKNOWN, attempts, error=unknown)",
                "return Effect(Outcome.REFUSED, attempts, error=unknown)",
            ),
        ),
        _ENGINE_TESTS,
    ),
    Mutant(
        "silence-over-http-is-no",
        "A service that does not answer in time is taken to have refused.",
        (
            Edit(
                _HTTP,
                'raise Unknown(f"The {self._service} does not answer.") from error',
                'raise refusal_of(409, "SILENT", "") from error',
            ),
        ),
        _CLIENT_TESTS,
    ),
    Mutant(
        "silence-over-grpc-is-no",
        "A gRPC deadline is taken for a refusal.",
        (
            Edit(
                _GRPC,
                "            return self._silence()\n",
                '            return refusal_of(409, "SILENT", "")\n',
            ),
        ),
        (*_CLIENT_TESTS, "tests/integration/inventory_service/test_inventory_edge.py"),
    ),
    Mutant(
        "404-of-a-stranger",
        "A 404 of a proxy, without our envelope, turns a saga back.",
        (
            Edit(
                _HTTP,
                """        raise Unknown(
            f"The {self._service} does not answer.", details={"status": status}
        )""",
                """        if 400 <= status < 500:
            raise refusal_of(status, "STRANGE", "")
        raise Unknown(
            f"The {self._service} does not answer.", details={"status": status}
        )""",
            ),
        ),
        _CLIENT_TESTS,
    ),
    Mutant(
        "no-epoch-fence",
        "A driver that lost its saga writes over the one that took it.",
        (Edit(_LOG, " AND epoch = :epoch", " AND :epoch = :epoch"),),
        _LOG_TESTS,
    ),
    Mutant(
        "no-epoch-fence-in-rounds",
        "A driver that lost its saga ends it when others end theirs.",
        (Edit(_ROUNDS, "AND s.epoch = asked.epoch ", ""),),
        _ROUND_TESTS,
    ),
    Mutant(
        "start-of-another",
        "A saga that could not be started is told to run, by a neighbour's row.",
        (
            Edit(
                _ROUNDS,
                """            else _outcome(self._start_alone, new)
""",
                """            else next(iter(started.values()), None)
""",
            ),
        ),
        _ROUND_TESTS,
    ),
    Mutant(
        "no-lease",
        "Recovery takes a saga from a driver that is at work on it.",
        (
            Edit(
                _LOG,
                """
              AND (lease_until IS NULL OR lease_until < now())
""",
                "\n",
            ),
        ),
        _LOG_TESTS,
    ),
    Mutant(
        "two-sagas-for-an-order",
        "Two requests that pay for one order both charge.",
        (
            Edit(
                _LOG,
                "WHERE kind = :kind AND subject = :subject AND state <> 'FAILED'",
                "WHERE kind = :kind AND subject = :subject AND false",
            ),
        ),
        _LOG_TESTS,
    ),
    Mutant(
        "undo-before-it-is-written",
        "A crash between two undos forgets that the saga was given up.",
        (
            Edit(
                _DRIVE,
                "        if not self._log.begin_abort(self._record, reason):\n"
                "            return self._superseded()\n",
                "",
            ),
        ),
        _ENGINE_TESTS,
    ),
    Mutant(
        "doubtful-step-is-not-undone",
        "A charge whose answer was lost is never given back.",
        (
            Edit(
                _DRIVE,
                "if effect.outcome is not Outcome.REFUSED or effect.attempts > 1:",
                "if effect.outcome is Outcome.DONE:",
            ),
        ),
        _ENGINE_TESTS,
    ),
    Mutant(
        "earlier-driver-is-forgotten",
        "After a takeover only what the new driver did is undone.",
        (
            Edit(
                _DRIVE,
                "self._maybe_done = {step.name for step in saga.undoable"
                " if record.epoch > 1}",
                "self._maybe_done: set[str] = set()",
            ),
        ),
        _ENGINE_TESTS,
    ),
    Mutant(
        "too-late-is-ignored",
        "A purchase whose seat is sold already is given up, and its money returned.",
        (
            Edit(
                _DRIVE,
                'if effect.result.get("undo") == UndoOutcome.TOO_LATE:',
                'if effect.result.get("undo") == "never":',
            ),
        ),
        _ENGINE_TESTS,
    ),
    Mutant(
        "given-up-after-the-pivot",
        "A purchase that was charged is given up while its seat does not answer.",
        (
            Edit(
                _DRIVE,
                """        if effect.outcome is Outcome.UNKNOWN:
            return self._park()
        # A refusal after""",
                """        if effect.outcome is Outcome.UNKNOWN:
            return self._give_up(_DEADLINE_PASSED)
        # A refusal after""",
            ),
        ),
        _ENGINE_TESTS,
    ),
)
