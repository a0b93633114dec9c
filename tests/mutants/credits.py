"""Faults around money, one-time codes and orders."""

from __future__ import annotations

from mutants.mutant import Edit, Mutant

_USERS = "user-service/src/user_service"
_LEDGER = f"{_USERS}/services/ledger_statements.py"
_GATHERED = f"{_USERS}/services/gathered_statements.py"
_PAYMENTS = f"{_USERS}/services/payment_service.py"
_PAYMENT_LEDGER = f"{_USERS}/services/payment_ledger.py"
_TOKENS = f"{_USERS}/services/token_service.py"
_ORDERS = "order-service/src/order_service/models/order_statements.py"

_TESTS = "tests/integration/user_service"
_CREDITS = (
    f"{_TESTS}/test_credit_movements.py",
    f"{_TESTS}/test_credit_races.py",
    f"{_TESTS}/test_credit_machine.py",
)
_FLAGGED = (f"{_TESTS}/test_flagged_payers.py",)
_WEBHOOKS = (f"{_TESTS}/test_stripe_webhook.py", f"{_TESTS}/test_payment_machine.py")
_ORDER_TESTS = (
    "tests/integration/order_service/test_order_routes.py",
    "tests/integration/order_service/test_order_races.py",
    "tests/integration/order_service/test_order_guards.py",
)

CREDITS = (
    Mutant(
        "undo-does-nothing-on-conflict",
        "The refund of a charge that is in flight is lost.",
        (
            Edit(
                _LEDGER,
                "ON CONFLICT (operation_key, leg) DO UPDATE SET kind = ledger.kind",
                "ON CONFLICT (operation_key, leg) DO NOTHING",
            ),
        ),
        _CREDITS,
    ),
    Mutant(
        "refund-without-key",
        "A refund that is repeated is given twice.",
        (
            Edit(
                _LEDGER,
                "SELECT :reversal_key, 1, 'REFUND'",
                "SELECT :reversal_key || gen_random_uuid(), 1, 'REFUND'",
            ),
        ),
        _CREDITS,
    ),
    Mutant(
        "charge-without-code",
        "Somebody who was flagged a moment ago pays without his code.",
        (Edit(_LEDGER, "AND {MAY_PAY}\n", "AND ({MAY_PAY} OR true)\n"),),
        _FLAGGED,
    ),
    Mutant(
        "gathered-charge-without-code",
        "A flagged buyer pays without his code when others pay, too.",
        (
            Edit(
                _GATHERED,
                "AND (asked.purpose IS NULL OR NOT users.is_flagged)",
                "AND (asked.purpose IS NULL OR true)",
            ),
        ),
        _FLAGGED,
    ),
    Mutant(
        "code-for-another-order-pays",
        "A code that was entered for one order pays for every other.",
        (
            Edit(
                _LEDGER,
                "                   AND challenge.reference = :reference\n",
                "",
            ),
        ),
        _FLAGGED,
    ),
    Mutant(
        "charge-without-key",
        "A charge that is repeated is taken twice.",
        (
            Edit(
                _LEDGER,
                "SELECT :operation_key, 1, :kind, :platform_account",
                "SELECT :operation_key || gen_random_uuid(), 1, :kind,"
                " :platform_account",
            ),
        ),
        _CREDITS,
    ),
    Mutant(
        "no-refund-tombstone",
        "A charge that comes after its purchase was given up is taken.",
        (
            Edit(
                _LEDGER,
                "VALUES (:operation_key, 1, 'TOMBSTONE'",
                "VALUES (:operation_key || ':undone', 1, 'TOMBSTONE'",
            ),
        ),
        _CREDITS,
    ),
    Mutant(
        "refund-of-anybodys-charge",
        "A refund does not look whose charge it gives back, or how much it was.",
        (
            Edit(
                _LEDGER,
                "WHERE kind = 'DEDUCT' AND user_id = :user_id AND amount = :amount",
                "WHERE kind = 'DEDUCT'",
            ),
        ),
        _CREDITS,
    ),
    Mutant(
        "webhook-without-key",
        "A payment is credited as often as Stripe tells of it.",
        (
            Edit(_PAYMENTS, "    if not payment.credited:\n", "    if True:\n"),
            Edit(
                _PAYMENT_LEDGER,
                'key = f"{STRIPE_PREFIX}{payment_intent_id}"',
                'key = f"{STRIPE_PREFIX}{payment_intent_id}{purse.balance}"',
            ),
        ),
        _WEBHOOKS,
    ),
    Mutant(
        "webhook-from-anybody",
        "Whoever knows the address of the webhook makes credits.",
        (
            Edit(
                f"{_USERS}/gateways/stripe_gateway.py",
                "        except (stripe.SignatureVerificationError, ValueError,"
                " TypeError):\n",
                "        except (stripe.SignatureVerificationError, ValueError,"
                " TypeError):\n            return _event(load_json(raw))\n",
            ),
        ),
        _WEBHOOKS,
    ),
    Mutant(
        "webhook-that-always-thanks",
        "A webhook that could not be written down is acknowledged all the same.",
        (
            Edit(
                f"{_USERS}/services/stripe_events.py",
                "            return\n        self._payments.apply(fact)\n",
                "            return\n        try:\n"
                "            self._payments.apply(fact)\n"
                "        except Exception:\n            return\n",
            ),
        ),
        _WEBHOOKS,
    ),
    Mutant(
        "take-back-more-than-was-paid",
        "A refund and a dispute of the same payment take it back twice.",
        (
            Edit(
                _PAYMENTS,
                "share = min(each.amount - each.taken, room)",
                "share = each.amount - each.taken",
            ),
        ),
        _WEBHOOKS,
    ),
    Mutant(
        "login-tells-who-exists",
        "An unknown address is refused without the work of a password check.",
        (
            Edit(
                f"{_USERS}/services/passwords.py",
                "        offered = password.encode()\n",
                "        if password_hash is None:\n            return False\n"
                "        offered = password.encode()\n",
            ),
        ),
        (
            "tests/unit/user_service/test_password_timing.py",
            "tests/unit/user_service/test_passwords.py",
            f"{_TESTS}/test_login.py",
        ),
    ),
    Mutant(
        "login-without-guard",
        "Passwords may be guessed as often as one likes.",
        (
            Edit(
                f"{_USERS}/services/login_guard.py",
                "            if taken is not None:\n                return\n",
                "            return\n",
            ),
        ),
        (f"{_TESTS}/test_login_guard.py",),
    ),
    Mutant(
        "stolen-refresh-token",
        "A refresh token that was copied stays good beside its copy.",
        (
            Edit(
                _TOKENS,
                "        family = _revoke(connection, token_hash)\n",
                "        family = None\n",
            ),
        ),
        (f"{_TESTS}/test_refresh_tokens.py",),
    ),
    Mutant(
        "refresh-token-for-ever",
        "A refresh token may be used again and again.",
        (Edit(_TOKENS, "           AND refresh_tokens.used_at IS NULL\n", ""),),
        (f"{_TESTS}/test_refresh_tokens.py",),
    ),
    Mutant(
        "confirm-of-a-failed-order",
        "An order whose hold has ended is confirmed.",
        (
            Edit(
                _ORDERS,
                """               credits_charged = total
         WHERE order_id = :order_id AND status = 'PENDING'""",
                """               credits_charged = total
         WHERE order_id = :order_id""",
            ),
        ),
        _ORDER_TESTS,
    ),
    Mutant(
        "failure-of-another-hold",
        "The message of an earlier hold fails the order of a later one.",
        (
            Edit(
                _ORDERS,
                " AND status = 'PENDING' AND hold_id = :hold_id",
                " AND status = 'PENDING'",
            ),
        ),
        _ORDER_TESTS,
    ),
    Mutant(
        "seat-in-two-orders",
        "Nothing keeps a second order from being confirmed for a sold seat.",
        (
            Edit(
                _ORDERS,
                "UPDATE order_items i SET live = true",
                "UPDATE order_items i SET live = false",
            ),
        ),
        _ORDER_TESTS,
    ),
)
