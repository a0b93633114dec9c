"""Faults around holds, claims and their messages."""

from __future__ import annotations

from mutants.mutant import Edit, Mutant

_INVENTORY = "inventory-service/src/inventory_service"
_RELEASE = f"{_INVENTORY}/services/release_service.py"
_CLAIMS = f"{_INVENTORY}/services/claim_statements.py"
_RESERVE = f"{_INVENTORY}/services/reserve_statement.py"
_DUE = f"{_INVENTORY}/services/fragments.py"
_RELAY = "common/src/service_common/delays.py"
_AMQP = "common/src/service_common/amqp.py"
_PARKING = "common/src/service_common/parking.py"

_CONSUME = "tests/unit/common/test_consume.py"
_PARKED = "tests/integration/common/test_parking_watch.py"

_TESTS = "tests/integration/inventory_service"
_HOLDS = (f"{_TESTS}/test_hold_release.py", f"{_TESTS}/test_inventory_guards.py")
_ORDER = f"{_TESTS}/test_lock_order.py"
_CLAIM_TESTS = (f"{_TESTS}/test_claims.py", f"{_TESTS}/test_claim_races.py")
_RESERVE_TESTS = (f"{_TESTS}/test_reserve_seat.py", f"{_TESTS}/test_reserve_races.py")
_WORKER = (f"{_TESTS}/test_inventory_worker.py",)

SEATS = (
    Mutant(
        "release-of-any-hold",
        "A release frees whatever is held, not only the hold that it names.",
        (
            Edit(
                _RELEASE,
                """AS passes FROM seats
             WHERE hold_id = ANY(ARRAY(SELECT hold_id FROM holds))""",
                """AS passes FROM seats
             WHERE hold_id IS NOT NULL""",
            ),
            Edit(
                _RELEASE,
                """
             WHERE hold_id = ANY(ARRAY(SELECT hold_id FROM holds)) AND {guard}""",
                """
             WHERE {guard}""",
            ),
        ),
        _HOLDS,
    ),
    Mutant(
        "sweep-of-claimed-holds",
        "A hold expires although its payment is under way.",
        (
            Edit(
                _DUE, "status = 'HELD' AND claim_id IS NULL AND", "status = 'HELD' AND"
            ),
        ),
        (*_HOLDS, *_CLAIM_TESTS),
    ),
    Mutant(
        "no-sweeper",
        "A hold whose message was lost stays for ever.",
        (
            Edit(
                f"{_INVENTORY}/consumers/sweeper.py",
                "if self._releases.sweep_due_holds():",
                "if not self._releases:",
            ),
        ),
        _WORKER,
    ),
    Mutant(
        "release-without-order",
        "Two releases that share seats lock them in different orders.",
        (
            Edit(
                _RELEASE,
                """AND {guard}
             ORDER BY seat_id
""",
                """AND {guard}
             ORDER BY random()
""",
            ),
        ),
        (_ORDER,),
    ),
    Mutant(
        "claim-without-order",
        "A claim and a reservation of the same seats wait for each other.",
        (
            Edit(
                _CLAIMS,
                """WHERE claim_id = :claim_id)
             ORDER BY seat_id
""",
                """WHERE claim_id = :claim_id)
             ORDER BY random()
""",
            ),
        ),
        (_ORDER,),
    ),
    Mutant(
        "reserve-without-lock",
        "Two buyers are told that they hold the same seat.",
        (Edit(_RESERVE, "           FOR UPDATE NOWAIT\n", ""),),
        _RESERVE_TESTS,
    ),
    Mutant(
        "reserve-takes-held-seats",
        "Somebody else's hold is taken over before its time is over.",
        (
            Edit(
                _DUE,
                "AND claim_id IS NULL AND held_until <= now()",
                "AND claim_id IS NULL",
            ),
        ),
        _RESERVE_TESTS,
    ),
    Mutant(
        "half-a-reservation",
        "Of ten seats those that are free are held, and the rest is not.",
        (
            Edit(
                _RESERVE,
                "count(*) = cardinality(CAST(:seat_ids AS uuid[]))\n"
                "               AND bool_and(takeable)",
                "bool_or(takeable)",
            ),
            Edit(
                _RESERVE,
                "SELECT count(*) = (SELECT count(*) FROM asked)"
                " + (SELECT count(*) FROM kin)\n",
                "SELECT count(*) > 0\n",
            ),
        ),
        _RESERVE_TESTS,
    ),
    Mutant(
        "hold-without-message",
        "A hold is written and nobody will ever be told of it.",
        (
            Edit(
                _RESERVE,
                "FROM taken GROUP BY event_id, held_until",
                "FROM taken WHERE false GROUP BY event_id, held_until",
            ),
        ),
        _RESERVE_TESTS,
    ),
    Mutant(
        "claim-of-an-expired-hold",
        "A payment begins for a hold whose time is over.",
        (Edit(_CLAIMS, " AND held_until > now()", ""),),
        _CLAIM_TESTS,
    ),
    Mutant(
        "claim-of-anybodys-hold",
        "Somebody pays for another's hold.",
        (
            Edit(
                _CLAIMS,
                "status = 'HELD' AND held_by_user_id = :user_id AND held_until",
                "status = 'HELD' AND held_until",
            ),
        ),
        _CLAIM_TESTS,
    ),
    Mutant(
        "claim-of-a-former-ticket",
        "A transfer begins for a ticket that has changed hands meanwhile.",
        (Edit(_CLAIMS, " AND ticket_version = :ticket_version", ""),),
        (f"{_TESTS}/test_tickets_and_gate.py",),
    ),
    Mutant(
        "blind-arbiter",
        "Giving up does not notice that the seat is sold, so it is given for nothing.",
        (
            Edit(
                _CLAIMS,
                "CASE c.state WHEN 'OPEN' THEN 'REVOKED' ELSE c.state END",
                "CAST('REVOKED' AS claim_state)",
            ),
        ),
        _CLAIM_TESTS,
    ),
    Mutant(
        "confirm-of-a-revoked-claim",
        "A driver that was asleep sells a seat whose purchase was given up.",
        (
            Edit(
                _CLAIMS,
                'FREE_CLAIMED = text("UPDATE seats SET claim_id = NULL'
                ' WHERE claim_id = :claim_id")',
                'FREE_CLAIMED = text("SELECT CAST(:claim_id AS uuid)")',
            ),
            Edit(_CLAIMS, " AND state = 'OPEN'\n", "\n"),
        ),
        _CLAIM_TESTS,
    ),
    Mutant(
        "ticket-version-stands-still",
        "The codes of a former owner stay good after the ticket has changed hands.",
        (Edit(_CLAIMS, "ticket_version = t.ticket_version + 1, ", ""),),
        (*_CLAIM_TESTS, f"{_TESTS}/test_tickets_and_gate.py"),
    ),
    Mutant(
        "forget-before-telling",
        "The relay deletes what it has not told yet.",
        (
            Edit(
                _RELAY,
                "self._outbox.delete(batch[:told])",
                "self._outbox.delete(batch)",
            ),
        ),
        ("tests/unit/common/test_delay_relay.py",),
    ),
    Mutant(
        "ack-before-handling",
        "A message is forgotten before its work is done.",
        (
            Edit(
                _AMQP,
                "                handle(_parse(body))\n",
                "                channel.basic_ack(method.delivery_tag)\n"
                "                handle(_parse(body))\n",
            ),
            Edit(
                _AMQP,
                "            else:\n"
                "                channel.basic_ack(method.delivery_tag)\n",
                "",
            ),
            Edit(
                _AMQP,
                "channel.basic_reject(method.delivery_tag, requeue=True)",
                "pass",
            ),
        ),
        (_CONSUME,),
    ),
    Mutant(
        "poison-is-thrown-away",
        "A message that cannot be understood vanishes instead of being parked.",
        (
            Edit(
                _AMQP,
                'channel.basic_publish("", parking_queue, body, properties, True)',
                "pass",
            ),
        ),
        (_CONSUME,),
    ),
    Mutant(
        "parked-and-forgotten",
        "Messages may lie in the parking queue for ever, and every invariant holds.",
        (Edit(_PARKING, "WHERE messages > 0 OR counted_at", "WHERE counted_at"),),
        (_PARKED,),
    ),
    Mutant(
        "counted-long-ago",
        "Nothing is parked as long as nobody counts.",
        (
            Edit(
                _PARKING,
                "messages > 0 OR counted_at < now() - interval '2 minutes'",
                "messages > 0",
            ),
        ),
        (_PARKED,),
    ),
)
