"""Bringing a database's tables to the newest version."""

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Engine
from sqlalchemy.engine import Connection
from sqlmodel import SQLModel

from storage import tables


class TooNew(Exception):
    """The database was written by a newer version of this program."""


def upgrade(engine: Engine) -> None:
    """Make the tables of an empty database, or migrate an older one; raise `TooNew` for one from the future."""
    with engine.begin() as connection:
        config = configuration(connection)
        script = ScriptDirectory.from_config(config)
        present = MigrationContext.configure(connection).get_current_revision()
        if present == script.get_current_head():
            return
        if present is None:
            assert tables.__all__, "every table is declared before they are made"
            SQLModel.metadata.create_all(connection)
            command.stamp(config, "head")
            return
        if present not in {revision.revision for revision in script.walk_revisions()}:
            raise TooNew(present)
        command.upgrade(config, "head")


def newest() -> str | None:
    """Give the revision that this program's tables have."""
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent))
    return ScriptDirectory.from_config(config).get_current_head()


def configuration(connection: Connection) -> Config:
    """Point Alembic at our scripts and at an open connection."""
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent))
    config.attributes["connection"] = connection
    return config
