"""Where a town's database lies, and how one is copied: a rest of the journey is the start of hundreds of runs."""

import sqlite3
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

_FILE = "duban.db"


class Shelf(Protocol):
    """Keeps one database a folder; one on a server names it by the folder and copies it as a template."""

    def url(self, folder: Path) -> str:
        """Give the address of a folder's database, as it stands in a configuration."""

    def copy(self, source: Path, target: Path) -> None:
        """Have the target folder's database be a copy of the source's, which nobody writes to just now."""


class Files:
    """A SQLite file in each folder."""

    def url(self, folder: Path) -> str:
        """Give the address of the file."""
        return f"sqlite:///{folder / _FILE}"

    def copy(self, source: Path, target: Path) -> None:
        """Copy by the database's own means: what its write-ahead log still holds comes along."""
        (target / _FILE).unlink(missing_ok=True)
        with closing(sqlite3.connect(source / _FILE)) as here, closing(sqlite3.connect(target / _FILE)) as there:
            here.backup(there)


@dataclass(frozen=True)
class Mode:
    """How the bot runs: where its database lies, and whether updates are brought to it or asked for."""

    webhook: bool = False
    shelf: Shelf = Files()  # noqa: RUF009 (it holds nothing)


POLLING, WEBHOOK = Mode(), Mode(webhook=True)
