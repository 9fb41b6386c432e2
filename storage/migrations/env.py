"""Alembic's environment: runs on the connection that it is handed."""

from alembic import context
from sqlmodel import SQLModel

from storage import tables
from storage.tables import indexes

assert tables.__all__
indexes.complete(SQLModel.metadata)

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=SQLModel.metadata,
    render_as_batch=True,
    compare_type=True,
)
with context.begin_transaction():
    context.run_migrations()
