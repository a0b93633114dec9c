"""Runs the migrations of orders_db on the connection that the start command opened."""

import order_service.models  # noqa: F401 - the tables register themselves
from service_common.db import Base, run_migrations

run_migrations(Base.metadata)
