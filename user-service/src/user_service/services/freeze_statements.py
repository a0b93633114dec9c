"""The SQL of freezes.

A freeze is locked before its user, and after the key of the return that uses it up.
"""

from __future__ import annotations

from sqlalchemy import text

# Whoever comes first makes the row, also an unfreeze or a return: the freeze itself, if
# it still comes, finds that there is nothing left to do.
MAKE_FREEZE = text(
    """
    INSERT INTO credit_freezes (operation_key, user_id, reference)
    VALUES (:operation_key, :user_id, :reference)
    ON CONFLICT (operation_key) DO NOTHING
    """
)

_FREEZE = """
    SELECT operation_key, user_id, state, asked, frozen, held, taken, unfrozen,
           balance_when_frozen, frozen_when_frozen,
           balance_when_released, frozen_when_released
      FROM credit_freezes
"""
LOCK_FREEZE = text(f"{_FREEZE} WHERE operation_key = :operation_key FOR UPDATE")
LOCK_TAKEN = text(f"{_FREEZE} WHERE taken_by = :taken_by FOR UPDATE")

RECORD_FREEZE = text(
    """
    UPDATE credit_freezes
       SET asked = :asked, frozen = :frozen, held = :frozen,
           balance_when_frozen = :credit_balance, frozen_when_frozen = :credits_frozen
     WHERE operation_key = :operation_key
    """
)

RELEASE = text(
    """
    UPDATE credit_freezes
       SET state = 'RELEASED', held = 0, unfrozen = :unfrozen,
           balance_when_released = :credit_balance,
           frozen_when_released = :credits_frozen
     WHERE operation_key = :operation_key
    """
)

TAKE = text(
    """
    UPDATE credit_freezes
       SET state = 'TAKEN', held = 0, taken = :taken, taken_by = :taken_by
     WHERE operation_key = :operation_key
    """
)

# The return that took it is undone: it holds what it held, and one that nobody has
# asked for yet may still come.
PUT_BACK = text(
    """
    UPDATE credit_freezes
       SET state = 'FROZEN', held = taken, taken = 0, taken_by = NULL
     WHERE operation_key = :operation_key
    """
)
