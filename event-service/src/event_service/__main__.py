"""Start the event service: migrate its database, then become the server."""

from __future__ import annotations

from pathlib import Path

from event_service.settings import Settings
from service_common.db import migrate
from service_common.logs import configure_logging
from service_common.serve import become_gunicorn
from service_common.settings import load_or_exit


def main() -> None:
    """Run in the service's folder, where alembic.ini is."""
    settings = load_or_exit(Settings.from_env)
    configure_logging("event-service", settings.log_level)
    migrate(settings.database, Path.cwd())
    become_gunicorn("event_service.app:create_app()", settings.server)


if __name__ == "__main__":
    main()
