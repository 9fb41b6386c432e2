"""The append-only record: every fact one leaf of canonical bytes (RFC 9162, 2.1.1), written in its act's transaction.

Personal words stand in a leaf only as commitments, SHA-256 over a salt of 32 bytes and the words, so that they can be
erased without breaking it. The place in the order is given after the commit by one sequencer.
"""

import hashlib
import json
import secrets
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import bindparam, func, insert, type_coerce, update
from sqlalchemy import select as select_columns
from sqlalchemy.types import NullType
from sqlmodel import col, select

from storage import locks
from storage.locks import Lock
from storage.prepared import Prepared
from storage.reading import Read
from storage.tables import Entry, Opening
from storage.writing import write

_LEAF = b"\x00"
_CHAIN = b"\x01"
_START = bytes(32)
_WAITING = Prepared(select(Entry.id).where(col(Entry.place).is_(None)).limit(1))


@dataclass(frozen=True)
class Break:
    """Where the record no longer holds: the entry's id and what is wrong with it."""

    entry_id: int
    fault: str


def leaf_hash(body: bytes) -> bytes:
    """Hash a leaf: SHA-256(0x00 ‖ bytes) (RFC 9162, 2.1.1)."""
    return hashlib.sha256(_LEAF + body).digest()


def commitment(salt: bytes, words: str) -> str:
    """Commit to words: hex of SHA-256(salt ‖ UTF-8)."""
    return hashlib.sha256(salt + words.encode()).hexdigest()


def canonical(facts: Mapping[str, Any]) -> bytes:
    """Write facts as canonical bytes: JSON with sorted keys, no blanks, UTF-8."""
    return _CANONICAL.encode(facts).encode()


_CANONICAL = json.JSONEncoder(sort_keys=True, separators=(",", ":"), ensure_ascii=False, default=str)


@dataclass(frozen=True)
class Statement:
    """One entry to be written: its kind, its case, its facts, and the words that go in as commitments."""

    kind: str
    case_id: int | None
    facts: Mapping[str, Any]
    words: Mapping[str, str]


def append(
    read: Read,
    kind: str,
    at: datetime,
    *,
    by: int | None,
    case_id: int | None,
    facts: Mapping[str, Any],
    words: Mapping[str, str],
) -> int:
    """Write one entry and the openings of its commitments; give its id."""
    row, openings = _written(Statement(kind, case_id, facts, words), at, by)
    entry_id = int(write(read, Entry, row))
    if openings:
        read.connection().execute(insert(Opening), [{**opening, "entry_id": entry_id} for opening in openings])
    return entry_id


def append_all(read: Read, statements: Iterable[Statement], at: datetime, *, by: int | None) -> None:
    """Write many entries of one act, in order, in as few statements as the database takes."""
    written = [_written(statement, at, by) for statement in statements]
    if not written:
        return
    given = read.connection().execute(
        insert(Entry).returning(col(Entry.id), sort_by_parameter_order=True), [row for row, _openings in written]
    )
    openings = [
        {**opening, "entry_id": entry_id}
        for entry_id, (_row, mine) in zip(given.scalars(), written, strict=True)
        for opening in mine
    ]
    if openings:
        read.connection().execute(insert(Opening), openings)


def _written(statement: Statement, at: datetime, by: int | None) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    """Make the row of an entry and those of its openings, which want its id still."""
    salts = {name: secrets.token_bytes(32) for name in statement.words}
    body = canonical(
        {
            "kind": statement.kind,
            "at": at.astimezone(UTC).isoformat(),
            "by": by,
            "case": statement.case_id,
            "facts": dict(statement.facts),
            "words": {name: commitment(salts[name], text) for name, text in statement.words.items()},
        }
    )
    openings = [{"name": name, "salt": salts[name], "words": text} for name, text in statement.words.items()]
    row = {"body": body, "leaf": leaf_hash(body), "kind": statement.kind, "case_id": statement.case_id, "at": at}
    return row, openings


def waiting(read: Read) -> bool:
    """Tell whether entries have no place yet."""
    return bool(read.exec(_WAITING))


def sequence(read: Read, limit: int = 1000) -> int:
    """Give the entries that have none their place and chain them on; give how many.

    Another replica that does it now does it for all. Who takes the lock right after it, with an older view of the book,
    collides on the first entry and is run again: two never go on from the same place.
    """
    if not locks.taken(read, Lock.SEQUENCER):
        return 0
    last = read.exec(select(Entry).where(col(Entry.place).is_not(None)).order_by(col(Entry.place).desc())).first()
    place, chain = (last.place or 0, last.chain or _START) if last else (0, _START)
    waiting = read.exec(
        select(Entry.id, Entry.leaf).where(col(Entry.place).is_(None)).order_by(col(Entry.id)).limit(limit)
    )
    given = []
    for entry_id, leaf in waiting:
        place, chain = place + 1, hashlib.sha256(_CHAIN + chain + leaf).digest()
        given.append({"entry_id": entry_id, "place": place, "chain": chain})
    if given:
        row = update(Entry).where(col(Entry.id) == bindparam("entry_id"))
        read.connection().execute(row.values(place=bindparam("place"), chain=bindparam("chain")), given)
    return len(given)


def verify(read: Read) -> tuple[int, Break | None]:
    """Walk the record from its first entry; give how many hold and the first break.

    Rows are read as they lie there: whoever alters a column may put anything into it, and SQLite takes it.
    """
    chain, held = _START, 0
    placed = _RAW.where(col(Entry.place).is_not(None)).order_by(col(Entry.place))
    with read.connection().execute(placed.execution_options(yield_per=500)) as rows:
        for row in rows:
            fault = _fault(read, row, held + 1, chain)
            if fault:
                return held, Break(row.id, fault)
            chain, held = row.chain, held + 1
    for row in read.connection().execute(_RAW.where(col(Entry.place).is_(None)).order_by(col(Entry.id))):
        fault = _content_fault(read, row)
        if fault:
            return held, Break(row.id, fault)
        held += 1
    orphan = read.exec(select(Opening.entry_id).where(col(Opening.entry_id).not_in(select(Entry.id)))).first()
    return held, Break(orphan, "its entry is missing") if orphan is not None else None


_RAW = select_columns(
    *(col(column) for column in (Entry.id, Entry.place, Entry.body, Entry.leaf, Entry.chain, Entry.kind)),
    col(Entry.case_id),
    type_coerce(col(Entry.at), NullType()).label("at"),
)


def _fault(read: Read, row: Any, place: int, chain: bytes) -> str | None:
    """Tell what is wrong with a placed entry, given the chain before it."""
    if row.place != place:
        return f"entry {place} is missing"
    fault = _content_fault(read, row)
    if fault:
        return fault
    if row.chain != hashlib.sha256(_CHAIN + chain + row.leaf).digest():
        return "the chain does not fit what comes before"
    return None


def _content_fault(read: Read, row: Any) -> str | None:
    """Tell what is wrong with an entry taken alone."""
    if not isinstance(row.body, bytes) or leaf_hash(row.body) != row.leaf:
        return "its content was altered"
    try:
        stated = json.loads(row.body)
        heading, said, words = (stated["kind"], stated["case"]), stated["at"], dict(stated["words"])
    except (ValueError, KeyError, TypeError, RecursionError):
        return "its content was altered"
    if heading != (row.kind, row.case_id):
        return "its heading was altered"
    if _moment(said) is None or _moment(said) != _moment(row.at):
        return "its time was altered"
    for opening in read.exec(select(Opening).where(col(Opening.entry_id) == row.id)):
        whole = isinstance(opening.salt, bytes) and isinstance(opening.words, str)
        if not whole or words.get(opening.name) != commitment(opening.salt, opening.words):
            return f"the words “{opening.name}” were altered"
    return None


def _moment(said: Any) -> datetime | None:
    """Read a moment as the record states it or as the database gives it; none for what is no moment."""
    try:
        moment = said if isinstance(said, datetime) else datetime.fromisoformat(said)
    except (ValueError, TypeError):
        return None
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment


def count(read: Read) -> int:
    """Give how many entries there are."""
    return read.exec(select(func.count()).select_from(Entry)).one()
