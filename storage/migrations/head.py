"""Bringing a database's tables to the newest version."""

from pathlib import Path
from typing import TYPE_CHECKING, Final

from sqlalchemy import inspect, text
from sqlalchemy.engine import Connection
from sqlmodel import SQLModel

from storage import tables
from storage.migrations import order
from storage.tables import indexes

if TYPE_CHECKING:
    from alembic.config import Config

NEWEST: Final = "0001"
_VERSION = text("SELECT version_num FROM alembic_version")


class TooNew(Exception):
    """The database was written by a newer version of this program."""


class Broken(Exception):
    """A migration would leave rows that point to nothing; it was undone. Carries the table's name."""


def upgrade(connection: Connection) -> bool:
    """Make the tables of an empty database, or migrate an older one; raise `TooNew` for one from the future.

    The connection has a transaction open that shuts out everybody else who would migrate. Tells whether rows that were
    there have been under a migration.
    """
    present = version(connection)
    if present == newest():
        return False
    _climb(connection, present)
    order.settle(connection)
    return present is not None


def _climb(connection: Connection, present: str | None) -> None:
    """Have Alembic do it."""
    from alembic import command  # noqa: PLC0415 (heavy, and most starts have nothing to migrate)
    from alembic.script import ScriptDirectory  # noqa: PLC0415 (as above)

    config = configuration(connection)
    if present is None:
        assert tables.__all__, "every table is declared before they are made"
        indexes.complete(SQLModel.metadata)
        SQLModel.metadata.create_all(connection)
        command.stamp(config, "head")
    elif present not in {revision.revision for revision in ScriptDirectory.from_config(config).walk_revisions()}:
        raise TooNew(present)
    else:
        command.upgrade(config, "head")


def version(connection: Connection) -> str | None:
    """Give the version of a database's tables; none for an empty one."""
    if not inspect(connection).has_table("alembic_version"):
        return None
    found: str | None = connection.execute(_VERSION).scalar_one_or_none()
    return found


def newest() -> str:
    """Give the version that this program brings."""
    return NEWEST


def configuration(connection: Connection) -> "Config":
    """Point Alembic at our scripts and at an open connection."""
    from alembic.config import Config  # noqa: PLC0415 (as above)

    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent))
    config.attributes["connection"] = connection
    return config
