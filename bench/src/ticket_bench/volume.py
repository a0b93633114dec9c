"""Rows that are there already: seats, half of them sold, with all that belongs to it.

Written straight into the five databases, as purchases would have left them: every
invariant holds over them too.
"""

# ruff: noqa: S608 - the statements are put together from constants only

from __future__ import annotations

from contextlib import closing

import psycopg2

from local_stack import Stack

_SEATS_PER_EVENT = 1_000
_PRICE = "20.00"

# Ids are hashes of a name and a number, so the databases agree without being asked.
_ID = "md5('{name}' || {number})::uuid"


def _id(name: str, number: str = "n") -> str:
    return _ID.format(name=name, number=number)


_EVENT = f"({_id('event', f'(n / {_SEATS_PER_EVENT})')})"
_SOLD = "mod(n, 2) = 0"

_SEATS = f"""
INSERT INTO seats (seat_id, event_id, row_number, seat_number, category, price, status,
                   owner_user_id, hold_id, order_id, ticket_version, price_paid)
SELECT {_id("seat")}, {_EVENT}, 'R' || mod(n, 10), n / 10 + 1, 'CAT1', {_PRICE},
       (CASE WHEN {_SOLD} THEN 'SOLD' ELSE 'AVAILABLE' END)::seat_status,
       CASE WHEN {_SOLD} THEN {_id("user")} END,
       CASE WHEN {_SOLD} THEN {_id("hold")} END,
       CASE WHEN {_SOLD} THEN {_id("order")} END,
       CASE WHEN {_SOLD} THEN 1 ELSE 0 END,
       CASE WHEN {_SOLD} THEN {_PRICE} END
  FROM generate_series(%(first)s, %(last)s) n
"""
_CLAIMS = f"""
INSERT INTO seat_claims (claim_id, kind, hold_id, seat_count, state, closed_at)
SELECT {_id("saga")}, 'PURCHASE', {_id("hold")}, 1, 'CONFIRMED', now()
  FROM generate_series(%(first)s, %(last)s) n WHERE {_SOLD}
"""
_ORDERS = f"""
INSERT INTO orders (order_id, user_id, seat_id, event_id, hold_id, total, currency,
                    status, credits_charged, saga_id, confirmed_at)
SELECT {_id("order")}, {_id("user")}, {_id("seat")}, {_EVENT}, {_id("hold")},
       {_PRICE}, 'SGD', 'CONFIRMED', {_PRICE}, {_id("saga")}, now()
  FROM generate_series(%(first)s, %(last)s) n WHERE {_SOLD}
"""
_ITEMS = f"""
INSERT INTO order_items (order_id, seat_id, row_number, seat_number, category, price,
                         live)
SELECT {_id("order")}, {_id("seat")}, 'R' || mod(n, 10), n / 10 + 1, 'CAT1', {_PRICE},
       true
  FROM generate_series(%(first)s, %(last)s) n WHERE {_SOLD}
"""
_USERS = f"""
INSERT INTO users (user_id, email, phone, password_hash)
SELECT {_id("user")}, 'volume-' || n || '@example.com', '+6590000000', 'nobody'
  FROM generate_series(%(first)s, %(last)s) n WHERE {_SOLD}
"""
_SAGAS = f"""
INSERT INTO sagas (saga_id, kind, version, subject, state, data, deadline, finished_at)
SELECT {_id("saga")}, 'purchase', 1, {_id("order")}::text, 'DONE',
       jsonb_build_object('order_id', {_id("order")}, 'hold_id', {_id("hold")},
                          'user_id', {_id("user")}, 'amount', '{_PRICE}'),
       now(), now()
  FROM generate_series(%(first)s, %(last)s) n WHERE {_SOLD}
"""


def _leg(key: str, leg: int, kind: str, account: str, amount: str, left: str) -> str:
    return f"""
    INSERT INTO credit_ledger (operation_key, leg, kind, account, user_id, amount,
                               balance_after, reference)
    SELECT {key}, {leg}, '{kind}', {account}, {_id("user")}, {amount}, {left},
           {_id("order")}::text
      FROM generate_series(%(first)s, %(last)s) n WHERE {_SOLD}
    """


# A gift pays for the order: nobody has credits left, and both movements are whole.
_GIFT = f"'gift:' || {_id('user')}"
_DEDUCT = f"{_id('saga')} || ':deduct'"
_OWN = f"'user:' || {_id('user')}"
_LEDGER = "".join(
    f"{statement};"
    for statement in (
        _leg(_GIFT, 1, "TOPUP", "'platform:stripe'", f"-{_PRICE}", "NULL"),
        _leg(_GIFT, 2, "TOPUP", _OWN, _PRICE, _PRICE),
        _leg(_DEDUCT, 1, "DEDUCT", "'platform:sales'", _PRICE, "NULL"),
        _leg(_DEDUCT, 2, "DEDUCT", _OWN, f"-{_PRICE}", "0"),
    )
)
_FILL = {
    "seats_db": f"{_SEATS}; {_CLAIMS}",
    "orders_db": f"{_ORDERS}; {_ITEMS}",
    "users_db": f"{_USERS}; {_LEDGER}",
    "sagas_db": _SAGAS,
}
_GIVE = """
WITH given AS (
    UPDATE users SET credit_balance = credit_balance + %(amount)s::numeric
     WHERE user_id = ANY(%(user_ids)s::uuid[]) RETURNING user_id, credit_balance
), legs AS (
    INSERT INTO credit_ledger (operation_key, leg, kind, account, user_id, amount,
                               balance_after, reference)
    SELECT 'gift:' || user_id, 1, 'TOPUP', 'platform:stripe', user_id,
           -%(amount)s::numeric, NULL, 'bench' FROM given
)
INSERT INTO credit_ledger (operation_key, leg, kind, account, user_id, amount,
                           balance_after, reference)
SELECT 'gift:' || user_id, 2, 'TOPUP', 'user:' || user_id, user_id, %(amount)s::numeric,
       credit_balance, 'bench' FROM given
"""


def fill(stack: Stack, *, first: int, last: int) -> None:
    """Write the seats with the numbers `first` to `last`, and their orders."""
    for database, statements in _FILL.items():
        _execute(stack, database, statements, {"first": first, "last": last})
    for database in _FILL:
        _execute(stack, database, "VACUUM (ANALYZE)", None)
    _execute(stack, "postgres", "CHECKPOINT", None)


def give_credits(stack: Stack, user_ids: list[str], amount: str) -> None:
    """Give accounts something to spend, by the book."""
    _execute(stack, "users_db", _GIVE, {"user_ids": user_ids, "amount": amount})


def _execute(
    stack: Stack, database: str, statement: str, values: dict[str, object] | None
) -> None:
    dsn = stack.postgres.superuser_dsn(database)
    with closing(psycopg2.connect(dsn)) as connection:
        connection.autocommit = True
        connection.cursor().execute(statement, values)
