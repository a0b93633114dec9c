"""Faults at the gate, and of what belongs to whom in the flows."""

from __future__ import annotations

from mutants.mutant import Edit, Mutant

_ROOM = "orchestrator-service/src/orchestrator_service"
_QR = f"{_ROOM}/services/qr_service.py"
_RULES = f"{_ROOM}/services/scan_rules.py"
_VERIFY = f"{_ROOM}/orchestrators/verification_orchestrator.py"
_CHECK_IN = "inventory-service/src/inventory_service/services/verification_service.py"

_TOGETHER = (
    "inventory-service/src/inventory_service/services/gathered_gate_statements.py"
)

_UNIT = "tests/unit/orchestrator_service"
_INVENTORY = "tests/integration/inventory_service"
_GATE = (f"{_UNIT}/test_verification_orchestrator.py", f"{_UNIT}/test_scan_rules.py")
_TICKETS = (
    f"{_INVENTORY}/test_tickets_and_gate.py",
    f"{_INVENTORY}/test_scan_log.py",
)
_GATHERED = (f"{_INVENTORY}/test_gathered_calls.py",)
_RESERVATION = (f"{_UNIT}/test_reservation_orchestrator.py",)
_PAYING = (f"{_UNIT}/test_purchase_orchestrator.py",)

_CHECK_IN_GUARD = "AND claim_id IS NULL AND ticket_version = :ticket_version"

GATE = (
    Mutant(
        "gate-without-ticket-version",
        "A former owner is let in, between the look and the change.",
        (
            Edit(
                _CHECK_IN,
                _CHECK_IN_GUARD,
                "AND claim_id IS NULL AND CAST(:ticket_version AS int) IS NOT NULL",
            ),
        ),
        _TICKETS,
    ),
    Mutant(
        "gate-without-claim",
        "A ticket that is changing hands is used by its former owner.",
        (Edit(_CHECK_IN, _CHECK_IN_GUARD, "AND ticket_version = :ticket_version"),),
        _TICKETS,
    ),
    Mutant(
        "gate-lets-in-twice",
        "A ticket that is inside lets in a second guest.",
        (
            Edit(
                _CHECK_IN,
                "AND event_id = :event_id AND status = 'SOLD'",
                "AND event_id = :event_id AND status IN ('SOLD', 'CHECKED_IN')",
            ),
        ),
        _TICKETS,
    ),
    Mutant(
        "gate-of-another-event",
        "A ticket for one event lets in at another.",
        (
            Edit(
                _CHECK_IN,
                "WHERE seat_id = :seat_id AND event_id = :event_id AND status",
                "WHERE seat_id = :seat_id AND CAST(:event_id AS uuid) IS NOT NULL"
                " AND status",
            ),
        ),
        _TICKETS,
    ),
    Mutant(
        "gathered-gate-without-ticket-version",
        "A former owner is let in, if he comes with others.",
        (
            Edit(
                _TOGETHER,
                "AND s.claim_id IS NULL AND s.ticket_version = a.ticket_version",
                "AND s.claim_id IS NULL",
            ),
        ),
        _GATHERED,
    ),
    Mutant(
        "gathered-look-of-any-scan",
        "Whoever shows a used ticket among others is taken for the one it let in.",
        (
            Edit(
                _TOGETHER,
                "coalesce(e.scan_id = a.scan_id",
                "coalesce(e.scan_id IS NOT NULL",
            ),
        ),
        _GATHERED,
    ),
    Mutant(
        "gathered-seat-goes-to-both",
        "Of two whose seats overlap in one round, one gets a part of his.",
        (
            Edit(
                "inventory-service/src/inventory_service/services/lock_service.py",
                "        may_take.append(taken.isdisjoint(ids))\n",
                "        may_take.append(True)\n",
            ),
        ),
        (*_GATHERED, f"{_INVENTORY}/test_gathered_holds.py"),
    ),
    Mutant(
        "rules-without-ticket-version",
        "The code of a former owner is taken for good.",
        (
            Edit(
                _RULES,
                "is_current = code.ticket_version == ticket.ticket_version",
                "is_current = True",
            ),
        ),
        _GATE,
    ),
    Mutant(
        "any-hall",
        "A ticket lets in at every hall.",
        (
            Edit(
                _RULES,
                "if {code.hall_id, seen.hall_id} != {event.hall_id}:",
                "if not event.hall_id:",
            ),
        ),
        _GATE,
    ),
    Mutant(
        "gate-without-orders",
        "A ticket is let in whatever the books say.",
        (Edit(_RULES, "return ADMIT if is_paid() else PAYING", "return ADMIT"),),
        _GATE,
    ),
    Mutant(
        "gate-fails-open",
        "What could not be decided lets in.",
        (
            Edit(
                _VERIFY,
                "                cause=error.message,\n            )\n"
                "            raise\n",
                "                cause=error.message,\n            )\n"
                "            return ScanAnswer(ADMIT)\n",
            ),
        ),
        _GATE,
    ),
    Mutant(
        "silent-orders-are-paid",
        "With the order service away everybody has paid.",
        (
            Edit(
                _VERIFY,
                "        except TimeoutError:\n"
                "            raise Unavailable from None\n",
                '        except TimeoutError:\n            return cast("T", True)\n',
            ),
            Edit(
                _VERIFY,
                "from concurrent.futures import",
                "from typing import cast\nfrom concurrent.futures import",
            ),
        ),
        _GATE,
    ),
    Mutant(
        "refusal-without-log",
        "A refused scan leaves no trace.",
        (
            Edit(
                _VERIFY,
                "        _insist(lambda: self._gate.record_scan("
                "rejection, scan.left_s(_WRITE_S)))\n",
                "",
            ),
        ),
        _GATE,
    ),
    Mutant(
        "code-for-ever",
        "A picture of a code is good until the event.",
        (Edit(_QR, "return -CLOCK_SKEW_S <= age_s <= TTL_S", "return age_s >= -5"),),
        (f"{_UNIT}/test_qr_service.py",),
    ),
    Mutant(
        "code-without-proof",
        "A code is taken whatever its proof says.",
        (
            Edit(
                _QR,
                "return code if code and proof =="
                " self._proof(name, prefix, code) else None",
                "return code",
            ),
        ),
        (f"{_UNIT}/test_qr_service.py",),
    ),
    Mutant(
        "code-for-anybody",
        "Somebody gets the code of another's ticket.",
        (
            Edit(
                f"{_ROOM}/orchestrators/ticket_orchestrator.py",
                "if owner.owner_user_id not in (None, user_id):",
                "if owner.owner_user_id is None and not user_id:",
            ),
        ),
        (_UNIT, "tests/e2e/test_gate_access.py"),
    ),
    Mutant(
        "payment-by-anybody",
        "Somebody pays for, and sees, another's order.",
        (
            Edit(
                f"{_ROOM}/orchestrators/purchase_orchestrator.py",
                '            if order["user_id"] != user_id:\n'
                "                raise NotYourOrder\n",
                "",
            ),
        ),
        _PAYING,
    ),
    Mutant(
        "payment-without-code",
        "A flagged buyer pays without having entered his code.",
        (
            Edit(
                f"{_ROOM}/orchestrators/purchase_orchestrator.py",
                "if risk.is_flagged and not risk.otp_verified:",
                "if risk.is_flagged and risk.otp_verified is None:",
            ),
        ),
        _PAYING,
    ),
    Mutant(
        "fresh-order-of-anybody",
        "Somebody pays for an order that another has just made.",
        (
            Edit(
                f"{_ROOM}/services/fresh_orders.py",
                'if not order or order["user_id"] != user_id:',
                "if not order:",
            ),
        ),
        (*_PAYING, f"{_UNIT}/test_fresh_orders.py"),
    ),
    Mutant(
        "release-by-anybody",
        "Somebody gives another's reservation back.",
        (
            Edit(
                f"{_ROOM}/orchestrators/reservation_orchestrator.py",
                """            raise NotYourOrder
        self._give_back(order, ReleaseReason.RELEASED_BY_HOLDER)""",
                """            pass
        self._give_back(order, ReleaseReason.RELEASED_BY_HOLDER)""",
            ),
        ),
        _RESERVATION,
    ),
    Mutant(
        "order-of-anybody",
        "Somebody reads another's order.",
        (
            Edit(
                f"{_ROOM}/routes/order_routes.py",
                "if not mine and caller().role is not Role.ADMIN:",
                "if not mine and caller().role is None:",
            ),
        ),
        ("tests/e2e/test_pay.py",),
    ),
)
