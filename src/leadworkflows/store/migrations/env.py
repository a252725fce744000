"""How Alembic runs: on the connection that `leadworkflows.store.migrate` opened and locked."""

from __future__ import annotations

from alembic import context
from sqlalchemy import Connection

from leadworkflows.store.models import Base


def run(connection: Connection) -> None:
    """All migrations in the caller's transaction, on SQLite too."""
    context.configure(
        connection=connection,
        target_metadata=Base.metadata,
        transactional_ddl=True,
        render_as_batch=connection.dialect.name == "sqlite",
    )
    with context.begin_transaction():
        context.run_migrations()


run(context.config.attributes["connection"])
