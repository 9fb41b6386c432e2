"""A consistent copy of a SQLite book while it is in use, and a copy put back in its place."""

import os
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

from sqlalchemy.exc import SQLAlchemyError

from storage import records
from storage.database import Database
from storage.migrations import head

_PAGES = 512  # copied at a time
_BESIDE = ("-wal", "-shm", "-journal")  # what SQLite keeps beside a file
_HEADER = b"SQLite format 3\0"
_OLD = ".before-restore"
Progress = Callable[[int, int], None]


class Unfit(Exception):
    """A file that is no sound book of this version; in words."""


class Busy(Exception):
    """Somebody else has the book open just now."""


@dataclass(frozen=True)
class Held:
    """What a sound book holds: entries of the record, and bytes."""

    entries: int
    size: int


def back_up(book: Path, target: Path, progress: Progress) -> Held:
    """Write a copy of the book as it is at one moment, sound and on the disk before it has its name; mode 0600.

    `progress` is told pages copied and pages in all. Raise `Unfit`, `FileExistsError` or another `OSError`.
    """
    if target.exists():
        raise FileExistsError(target)
    with _part(target) as part:
        _copy(book, part, progress)
        if _revision(part) != head.newest():
            raise Unfit("it was made by another version of duban; back it up with that one")
        held = _sound(part)
        _rename(part, target)
    return held


@contextmanager
def replacement(copy: Path, book: Path, progress: Progress) -> Iterator[Path]:
    """Give a checked copy beside the book, brought to the newest version, for the block to write into.

    When the block is over it takes the book's place, and the old book is kept beside as `….before-restore`. Whatever
    fails before leaves the book as it was. Raise `Unfit`, `Busy` or `OSError`.
    """
    with _part(book) as part:
        _copy(copy, part, progress)
        if _revision(part) is None:
            raise Unfit("it is no database of duban")
        _whole(part)
        database = Database(f"sqlite:///{part}")
        try:
            database.create()
        except head.TooNew:
            raise Unfit("it was made by a newer version of duban; restore it with that one") from None
        finally:
            database.close()
        _sound(part)
        yield part
        _settle(part)
        if os.geteuid() == 0:  # whoever restores, the bot must be able to write
            owner = book.parent.stat()
            os.chown(part, owner.st_uid, owner.st_gid)
        _at_rest(book)
        _put_aside(book)
        _rename(part, book)


def kept(book: Path) -> Path:
    """Give the name under which a book is put aside: the first of its kind that is free."""
    names = (book.with_name(f"{book.name}{_OLD}{f'-{number}' if number > 1 else ''}") for number in range(1, 10_000))
    return next(name for name in names if not name.exists())


@contextmanager
def _part(target: Path) -> Iterator[Path]:
    """Give a new file beside the target that only its owner may read; it is gone when the block is, unless renamed."""
    part = target.with_name(f"{target.name}.part-{os.getpid()}")
    try:
        os.close(os.open(part, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
        yield part
    finally:
        for name in (part, *_beside(part)):
            name.unlink(missing_ok=True)


def _beside(book: Path) -> list[Path]:
    """Name the files that SQLite keeps beside a book."""
    return [book.with_name(book.name + ending) for ending in _BESIDE]


def _reading(book: Path) -> sqlite3.Connection:
    """Open a book that must exist, for reading alone."""
    return sqlite3.connect(f"file:{quote(str(book.resolve()))}?mode=ro", uri=True, isolation_level=None, timeout=30)


def _copy(book: Path, part: Path, progress: Progress) -> None:
    """Copy page by page what one moment shows: the open read keeps writers from making the copy begin anew."""
    try:
        with closing(_reading(book)) as old, closing(sqlite3.connect(part, isolation_level=None)) as new:
            old.execute("BEGIN")
            old.execute("SELECT count(*) FROM sqlite_master").fetchone()
            old.backup(new, pages=_PAGES, progress=lambda _, left, pages: progress(pages - left, pages), sleep=0)
        _settle(part)
    except sqlite3.DatabaseError as fault:
        raise Unfit(str(fault)) from None


def _settle(part: Path) -> None:
    """Make a file that stands alone, without a log beside it, and have it on the disk."""
    with closing(sqlite3.connect(part, isolation_level=None)) as book:
        book.execute("PRAGMA journal_mode=DELETE").fetchone()
    with part.open("rb") as stream:
        os.fsync(stream.fileno())


def _revision(part: Path) -> str | None:
    """Give the version of the tables; none where it is no book of ours."""
    with closing(_reading(part)) as book, suppress(sqlite3.OperationalError):
        row = book.execute("SELECT version_num FROM alembic_version").fetchone()
        return str(row[0]) if row else None
    return None


def _whole(part: Path) -> None:
    """Walk every page and every reference; raise `Unfit` with the first fault."""
    try:
        with closing(_reading(part)) as book:
            (said,) = book.execute("PRAGMA integrity_check(1)").fetchone()
            astray = book.execute("PRAGMA foreign_key_check").fetchone()
    except sqlite3.DatabaseError as fault:
        raise Unfit(str(fault)) from None
    if said != "ok":
        raise Unfit(str(said))
    if astray is not None:
        raise Unfit(f"a row of {astray[0]} points to one of {astray[2]} that is missing")


def _sound(part: Path) -> Held:
    """Check pages, references and the record; raise `Unfit`."""
    _whole(part)
    database = Database(f"sqlite:///{part}")
    try:
        entries, broken = database.look(records.verify)
    except SQLAlchemyError as fault:
        raise Unfit(str(getattr(fault, "orig", fault))) from None
    finally:
        database.close()
    if broken is not None:
        raise Unfit(f"its record is broken at entry {broken.entry_id}: {broken.fault}")
    return Held(entries, part.stat().st_size)


def _at_rest(book: Path) -> None:
    """Bring what lies in the old book's log into it, so that one file is all of it; raise `Busy` while it is in use.

    A file that is no book any more, which is why somebody restores, is not even opened: SQLite throws its log away.
    """
    if not _headed(book):
        return
    with suppress(sqlite3.DatabaseError), closing(sqlite3.connect(book, isolation_level=None, timeout=1)) as old:
        busy, *_ = old.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
        if busy:
            raise Busy


def _headed(book: Path) -> bool:
    """Tell whether a file begins as SQLite's do."""
    with suppress(FileNotFoundError), book.open("rb") as stream:
        return stream.read(len(_HEADER)) == _HEADER
    return False


def _put_aside(book: Path) -> None:
    """Keep the old book beside; its log goes first, for a log that is left would be read into the new book."""
    if not book.exists():
        return
    old = kept(book)
    os.link(book, old)
    for ending in _BESIDE:
        with suppress(FileNotFoundError):
            book.with_name(book.name + ending).rename(old.with_name(old.name + ending))


def _rename(part: Path, target: Path) -> None:
    """Give a finished file its name, in one step, and have the folder know it on the disk."""
    part.replace(target)
    folder = os.open(target.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)
