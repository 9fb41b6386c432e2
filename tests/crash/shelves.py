"""Where a town's database lies, and how one is copied: a rest of the journey is the start of hundreds of runs."""

import asyncio
import hashlib
import sqlite3
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from storage.database import Database
from tests import databases

_FILE = "duban.db"
_WATCHING = "watching"  # by this name the server knows our lines from those of the bot
_NOTICES = 0.002  # seconds between two looks whether the server has noticed a death
_HOLDINGS = (  # tables, their keys, the ends of leases, and which rows are held
    ("turn", "chat_id", "until", ""),
    ("lease", "name", "until", ""),
    ("outbox", "id", "lease_until", " AND settled_at IS NULL"),
    ("lane", "chat_id", "lease_until", ""),
)


class Shelf(Protocol):
    """Keeps one database a folder; one on a server names it by the folder and copies it as a template."""

    def make(self, folder: Path) -> None:
        """Have a place for a folder's database, with nothing in it."""

    def url(self, folder: Path) -> str:
        """Give the address of a folder's database, as it stands in a configuration."""

    def open(self, folder: Path) -> Database:
        """Open a folder's database beside the bot."""

    def copy(self, source: Path, target: Path) -> None:
        """Have the target folder's database be a copy of the source's, which nobody has open just now."""

    def drop(self, folder: Path) -> None:
        """Leave nothing that would outlive the folder."""

    async def bequeathed(self, folder: Path) -> frozenset[str]:
        """Wait until nothing that the dead has begun goes on; name the owners of leases that he has left."""

    def end(self, folder: Path, owners: frozenset[str]) -> None:
        """Have these owners' leases be over, as time would."""


class Files:
    """A SQLite file in each folder; who opens it next is alone with it and waits for nobody's leases."""

    def make(self, folder: Path) -> None:
        """Do nothing: whoever opens the file makes it."""

    def url(self, folder: Path) -> str:
        """Give the address of the file."""
        return f"sqlite:///{folder / _FILE}"

    def open(self, folder: Path) -> Database:
        """Open the file."""
        return Database(self.url(folder))

    def copy(self, source: Path, target: Path) -> None:
        """Copy by the database's own means: what its write-ahead log still holds comes along."""
        (target / _FILE).unlink(missing_ok=True)
        with closing(sqlite3.connect(source / _FILE)) as here, closing(sqlite3.connect(target / _FILE)) as there:
            here.backup(there)

    def drop(self, folder: Path) -> None:
        """Do nothing: the file goes with its folder."""

    async def bequeathed(self, folder: Path) -> frozenset[str]:  # noqa: ARG002 (there are no leases to speak of)
        """Name nobody."""
        return frozenset()

    def end(self, folder: Path, owners: frozenset[str]) -> None:
        """Do nothing."""


class Server:
    """A database for each folder on the PostgreSQL of this run."""

    def make(self, folder: Path) -> None:
        """Have an empty database."""
        databases.empty(_named(folder))

    def url(self, folder: Path) -> str:
        """Give the address by which the bot comes."""
        return databases.url(_named(folder))

    def open(self, folder: Path) -> Database:
        """Open the database under a name of our own."""
        return Database(f"{self.url(folder)}&application_name={_WATCHING}")

    def copy(self, source: Path, target: Path) -> None:
        """Copy on the server, which waits a little for lines that are about to end."""
        self.drop(target)
        databases.sql(f"CREATE DATABASE {_named(target)} TEMPLATE {_named(source)} STRATEGY wal_log")

    def drop(self, folder: Path) -> None:
        """Drop the database, whoever is connected."""
        databases.sql(f"DROP DATABASE IF EXISTS {_named(folder)} WITH (FORCE)")

    async def bequeathed(self, folder: Path) -> frozenset[str]:
        """Wait for the end of the server's processes: a COMMIT that was sent is carried out though nobody listens."""
        lines = "SELECT 1 FROM pg_stat_activity WHERE datname = %s AND application_name <> %s"
        while databases.sql(lines, _named(folder), _WATCHING):  # noqa: ASYNC110 (nothing tells of it)
            await asyncio.sleep(_NOTICES)
        owners = " UNION ".join(
            f"SELECT owner FROM {table} WHERE owner IS NOT NULL{more}" for table, _, _, more in _HOLDINGS
        )
        return frozenset(owner for (owner,) in databases.sql(owners, name=_named(folder)))

    def end(self, folder: Path, owners: frozenset[str]) -> None:
        """Set their ends back, in the bot's own order of rows, or two could wait for each other in a circle."""
        for table, key, until, more in _HOLDINGS:
            theirs = f"SELECT {key} FROM {table} WHERE owner = ANY(%s){more} ORDER BY {key} FOR UPDATE"
            databases.sql(f"UPDATE {table} SET {until} = 0 WHERE {key} IN ({theirs})", [*owners], name=_named(folder))


def _named(folder: Path) -> str:
    """Name a folder's database."""
    return f"crash_{hashlib.sha256(str(folder).encode()).hexdigest()[:24]}"


_SHELVES: dict[str, Shelf] = {databases.SQLITE: Files(), databases.POSTGRESQL: Server()}


@dataclass(frozen=True)
class Mode:
    """How the bot runs: where its database lies, and whether updates are brought to it or asked for."""

    webhook: bool = False
    kind: str = ""  # of database; none: the run's

    @property
    def database(self) -> str:
        """The kind of database."""
        return self.kind or databases.default()

    @property
    def shelf(self) -> Shelf:
        """Where databases of this kind are kept."""
        return _SHELVES[self.database]

    def __str__(self) -> str:
        """Name it for a folder."""
        return f"{self.database}-{'webhook' if self.webhook else 'polling'}"


POLLING, WEBHOOK = Mode(), Mode(webhook=True)
