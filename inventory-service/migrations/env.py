"""Alembic's entry: bring seats_db to the shape of the models."""

import inventory_service.models  # noqa: F401 - fills Base.metadata
from service_common.db import Base, run_migrations

run_migrations(Base.metadata)
