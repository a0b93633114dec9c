"""Start the user service: migrate, then become the server."""

from __future__ import annotations

from pathlib import Path

from service_common.db import Database, migrate
from service_common.idempotency import purge_expired_keys
from service_common.logs import configure_logging
from service_common.serve import become_gunicorn
from service_common.settings import load_or_exit
from user_service.app import NAME
from user_service.services.login_guard import purge_login_attempts
from user_service.settings import Settings


def main() -> None:
    """Run in the service's folder, which holds its migrations."""
    settings = load_or_exit(Settings.from_env)
    configure_logging(NAME, settings.log_level)
    migrate(settings.database, Path.cwd())
    _purge(settings)
    become_gunicorn("user_service.app:create_app()", settings.server)


def _purge(settings: Settings) -> None:
    """Forget what has run out; once a start is often enough, these tables are small."""
    database = Database(settings.database, pool_size=1, application_name=NAME)
    purge_expired_keys(database)
    purge_login_attempts(database)
    database.dispose()


if __name__ == "__main__":
    main()
