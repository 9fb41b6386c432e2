"""Bringing a database's tables to the newest version."""

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy.engine import Connection
from sqlmodel import SQLModel

from storage import tables
from storage.migrations import order


class TooNew(Exception):
    """The database was written by a newer version of this program."""


class Broken(Exception):
    """A migration would leave rows that point to nothing; it was undone. Carries the table's name."""


def upgrade(connection: Connection) -> bool:
    """Make the tables of an empty database, or migrate an older one; raise `TooNew` for one from the future.

    The connection has a transaction open that shuts out everybody else who would migrate. Tells whether rows that were
    there have been under a migration.
    """
    config = configuration(connection)
    script = ScriptDirectory.from_config(config)
    present = version(connection)
    if present == script.get_current_head():
        return False
    if present is None:
        assert tables.__all__, "every table is declared before they are made"
        SQLModel.metadata.create_all(connection)
        command.stamp(config, "head")
    elif present not in {revision.revision for revision in script.walk_revisions()}:
        raise TooNew(present)
    else:
        command.upgrade(config, "head")
    order.settle(connection)
    return present is not None


def version(connection: Connection) -> str | None:
    """Give the version of a database's tables; none for an empty one."""
    return MigrationContext.configure(connection).get_current_revision()


def newest() -> str:
    """Give the version that this program brings."""
    head = ScriptDirectory(str(Path(__file__).parent)).get_current_head()
    assert head is not None
    return head


def configuration(connection: Connection) -> Config:
    """Point Alembic at our scripts and at an open connection."""
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent))
    config.attributes["connection"] = connection
    return config
