"""Migrations: what they make is what the tables say; an unknown future version is refused."""

from pathlib import Path

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import create_engine, text
from sqlmodel import SQLModel

from storage.migrations.head import TooNew, configuration, upgrade


def test_the_migrations_make_the_tables_as_they_are(tmp_path: Path) -> None:
    """A column that was added without a migration would be missing in every office that upgrades."""
    engine = create_engine(f"sqlite:///{tmp_path / 'old.db'}")
    with engine.begin() as connection:
        command.upgrade(configuration(connection), "head")
    with engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True, "render_as_batch": True})
        assert compare_metadata(context, SQLModel.metadata) == []
    engine.dispose()


def test_a_new_database_is_at_the_newest_version_at_once(tmp_path: Path) -> None:
    """What is made afresh needs no migration, and a second start changes nothing."""
    engine = create_engine(f"sqlite:///{tmp_path / 'new.db'}")
    upgrade(engine)
    upgrade(engine)
    with engine.connect() as connection:
        assert MigrationContext.configure(connection).get_current_revision() is not None
    engine.dispose()


def test_a_database_from_the_future_is_left_alone(tmp_path: Path) -> None:
    """An older program must not write into what a newer one has made."""
    engine = create_engine(f"sqlite:///{tmp_path / 'future.db'}")
    upgrade(engine)
    with engine.begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    with pytest.raises(TooNew):
        upgrade(engine)
    engine.dispose()
