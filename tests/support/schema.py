"""The schema of a database, as the catalogue describes it, for comparing two."""

from __future__ import annotations

from importlib import import_module
from pkgutil import iter_modules

from sqlalchemy import MetaData, Table, create_engine, text

from service_common.db import Base, DatabaseSettings

_DESCRIPTION = text("""
    SELECT 'column', table_name, column_name,
           concat_ws(' ', udt_name, character_maximum_length, numeric_precision,
                     numeric_scale, is_nullable, column_default)
      FROM information_schema.columns WHERE table_schema = 'public'
    UNION ALL
    SELECT 'constraint', CAST(conrelid AS regclass)::text, conname,
           pg_get_constraintdef(oid)
      FROM pg_constraint WHERE connamespace = CAST('public' AS regnamespace)
    UNION ALL
    SELECT 'index', tablename, indexname, indexdef
      FROM pg_indexes WHERE schemaname = 'public'
    UNION ALL
    SELECT 'enum', t.typname, e.enumlabel, CAST(e.enumsortorder AS text)
      FROM pg_enum e JOIN pg_type t ON t.oid = e.enumtypid
""")


def create_from_models(settings: DatabaseSettings, package: str) -> None:
    """Make the tables as the models of one package describe them.

    Among them may be a table of the shared room that the package takes for its own. All
    services share one declarative base, and a test run may import several; the
    copy leaves behind the types of the others, which create_all would make as well.
    """
    own = MetaData(naming_convention=Base.metadata.naming_convention)
    models = import_module(f"{package}.models")
    for module in iter_modules(models.__path__, f"{package}.models."):
        import_module(module.name)
    taken = vars(models).values()
    for mapper in Base.registry.mappers:
        of_package = mapper.class_.__module__.startswith(f"{package}.")
        is_own = of_package or mapper.class_ in taken
        if is_own and isinstance(mapper.local_table, Table):
            mapper.local_table.to_metadata(own)
    engine = create_engine(settings.url)
    own.create_all(engine)
    engine.dispose()


def describe_schema(settings: DatabaseSettings) -> set[tuple[str, ...]]:
    """Every column, constraint, index and enum label but alembic's own."""
    engine = create_engine(settings.url)
    with engine.connect() as connection:
        rows = connection.execute(_DESCRIPTION).all()
    engine.dispose()
    return {tuple(row) for row in rows if row[1] != "alembic_version"}
