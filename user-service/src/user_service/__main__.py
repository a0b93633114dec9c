"""Start the user service: migrate, then become the server."""

from __future__ import annotations

from pathlib import Path

from service_common.db import Database, migrate
from service_common.idempotency import purge_expired_keys
from service_common.logs import configure_logging
from service_common.serve import become_gunicorn
from service_common.settings import load_or_exit
from user_service.app import NAME
from user_service.settings import Settings


def main() -> None:
    """Run in the service's folder, which holds its migrations."""
    settings = load_or_exit(Settings.from_env)
    configure_logging(NAME, settings.log_level)
    migrate(settings.database, Path.cwd())
    _purge_expired_keys(settings)
    become_gunicorn("user_service.app:create_app()", settings.server)


def _purge_expired_keys(settings: Settings) -> None:
    """Once a start is often enough: few requests of this service carry a key."""
    database = Database(settings.database, pool_size=1, application_name=NAME)
    purge_expired_keys(database)
    database.dispose()


if __name__ == "__main__":
    main()
