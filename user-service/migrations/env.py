"""How alembic finds the tables; the connection is handed in by the start command."""

import user_service.models  # noqa: F401 - importing them fills the metadata
from service_common.db import Base, run_migrations

run_migrations(Base.metadata)
