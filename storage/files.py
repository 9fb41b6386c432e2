"""Files that people send, kept as bytes with their hash: a file id of Telegram dies with the token."""

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import insert
from sqlmodel import col, select

from storage.reading import Read
from storage.tables import Attachment, File


@dataclass(frozen=True)
class Content:
    """A file as it was received."""

    name: str
    mime: str
    content: bytes = field(repr=False)


def keep(read: Read, contents: Iterable[Content], sent_by_id: int | None, at: datetime) -> tuple[int, ...]:
    """Keep files and give their ids."""
    kept = []
    for sent in contents:
        written = read.connection().execute(
            insert(File).values(
                sha256=hashlib.sha256(sent.content).hexdigest(),
                name=sent.name,
                mime=sent.mime,
                size=len(sent.content),
                content=sent.content,
                sent_by_id=sent_by_id,
                received_at=at,
            )
        )
        kept.append(int(written.inserted_primary_key[0]))  # type: ignore[index]  # an insert of one row has one
    return tuple(kept)


def attach(read: Read, owner: str, owner_id: int, file_ids: Iterable[int]) -> list[str]:
    """Put files to the row of a table that they belong to; give their hashes for the record."""
    ids = list(file_ids)
    for file_id in ids:
        read.connection().execute(insert(Attachment).values(file_id=file_id, owner=owner, owner_id=owner_id))
    return list(read.exec(select(File.sha256).where(col(File.id).in_(ids)).order_by(col(File.id))))


def of(read: Read, owner: str, owner_id: int) -> list[File]:
    """List the files that belong to a row."""
    mine = select(Attachment.file_id).where(Attachment.owner == owner, Attachment.owner_id == owner_id)
    return list(read.exec(select(File).where(col(File.id).in_(mine)).order_by(col(File.id))))
