"""Runs the migrations of events_db on the connection that the start command opened."""

import event_service.models  # noqa: F401 - the tables register themselves
from service_common.db import Base, run_migrations

run_migrations(Base.metadata)
