"""Load the demo accounts: `python -m user_service.demo_data`, any number of times.

What exists stays as it is: a changed password, a role, a balance that was spent. The
database has to be migrated, which the service's start command does.
"""

from __future__ import annotations

import sys

import structlog
from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert

from service_common.db import Database
from service_common.logs import configure_logging
from service_common.settings import load_or_exit
from user_service.app import NAME
from user_service.demo_accounts import DEMO_ACCOUNTS, DemoAccount
from user_service.models.user import User
from user_service.services.credit_service import CreditService, Movement
from user_service.services.passwords import Passwords
from user_service.settings import DemoSettings

log = structlog.get_logger()

_POOL_SIZE = 1


class AddressTaken(Exception):
    """Somebody else registered an address of the demo."""


def load_demo_data(database: Database, passwords: Passwords, password: str) -> int:
    """Bring every account of the demo into being; returns how many were new."""
    credit = CreditService(database)
    created = 0
    for account in DEMO_ACCOUNTS:
        if not _exists(database, account):
            created += _create(database, account, passwords.hash(password))
        if account.credits is not None:
            credit.top_up_credits(
                Movement(
                    operation_key=f"demo:{account.user_id}",
                    user_id=account.user_id,
                    amount=account.credits,
                    reference="demo credits",
                )
            )
    return created


def _exists(database: Database, account: DemoAccount) -> bool:
    found = select(User.user_id).where(User.user_id == account.user_id)
    with database.statement() as connection:
        return connection.execute(found).first() is not None


def _create(database: Database, account: DemoAccount, password_hash: str) -> int:
    statement = (
        insert(User)
        .values(
            user_id=account.user_id,
            email=account.email,
            phone=account.phone,
            password_hash=password_hash,
            name=account.name,
            role=account.role,
            is_flagged=account.is_flagged,
        )
        .on_conflict_do_nothing()
    )
    with database.statement() as connection:
        created = connection.execute(statement).rowcount
    if not created and not _exists(database, account):
        raise AddressTaken(f"{account.email} belongs to another account")
    return created


def main() -> None:
    """Load into the database that the environment names."""
    settings = load_or_exit(DemoSettings.from_env)
    configure_logging(NAME)
    database = Database(
        settings.database, pool_size=_POOL_SIZE, application_name="user-service-demo"
    )
    try:
        created = load_demo_data(
            database, Passwords(settings.bcrypt_rounds), settings.password
        )
    except AddressTaken as error:
        sys.exit(f"cannot load the demo accounts: {error}")
    finally:
        database.dispose()
    log.info("demo_data_loaded", accounts=len(DEMO_ACCOUNTS), created=created)


if __name__ == "__main__":
    main()
