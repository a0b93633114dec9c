from __future__ import annotations

from uuid import UUID

from user_service.demo_accounts import DEMO_ACCOUNTS, demo_user_id


def test_ids_stay_the_same_for_ever() -> None:
    assert demo_user_id("alice@example.com") == UUID(
        "82655f29-04b9-5c23-9e57-2577cda78f3a"
    )


def test_phones_are_numbered_in_the_order_of_the_accounts() -> None:
    phones = [account.phone for account in DEMO_ACCOUNTS]

    assert phones == [f"+659100000{number}" for number in range(1, 8)]


def test_every_account_is_somebody_else() -> None:
    ids = {account.user_id for account in DEMO_ACCOUNTS}

    assert len(ids) == len({account.email for account in DEMO_ACCOUNTS}) == 7
