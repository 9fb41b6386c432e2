"""A sheet's rows between preview and confirmation: kept as they were read, one sheet a person, gone once they are in.

The sheet itself is not kept: it may hold telephone numbers and rows that are marked as classified.
"""

from collections.abc import Iterable
from datetime import datetime

from sqlalchemy import delete
from sqlmodel import col

from storage import files
from storage.files import Content
from storage.reading import Read
from storage.rules.refusals import N_, Stale
from storage.tables import File

_MIME = "application/x-duban-sheet"  # none that anybody can send: a file's type is what we say of our own


def keep(read: Read, person_id: int, contents: Iterable[bytes], at: datetime) -> list[int]:
    """Keep what was read from a person's sheet in place of what was read before; give the ids."""
    drop(read, person_id)
    kept = [Content("sheet", _MIME, content) for content in contents]
    return list(files.keep(read, kept, person_id, at))


def load(read: Read, person_id: int, file_id: int) -> bytes:
    """Give what was kept; a sheet sent later has taken its place."""
    row = read.get(File, file_id)
    if row is None or row.sent_by_id != person_id or row.mime != _MIME:
        raise Stale(N_("Another sheet has taken this one's place; please use the newest message"))
    return row.content


def drop(read: Read, person_id: int) -> None:
    """Forget what was kept of a person's sheet."""
    mine = delete(File).where(col(File.sent_by_id) == person_id, col(File.mime) == _MIME)
    read.connection().execute(mine)
