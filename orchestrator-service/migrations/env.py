"""Runs the migrations of sagas_db on the connection that it is handed."""

import orchestrator_service.models.idempotency_key
import orchestrator_service.models.saga  # noqa: F401 - its table is in the metadata
from service_common.db import Base, run_migrations

run_migrations(Base.metadata)
