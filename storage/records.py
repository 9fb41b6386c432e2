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

from sqlalchemy import func, insert, update
from sqlmodel import Session, col, select

from storage.tables import Entry, Opening

_LEAF = b"\x00"
_CHAIN = b"\x01"
_START = bytes(32)


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
    return json.dumps(facts, sort_keys=True, separators=(",", ":"), ensure_ascii=False, default=str).encode()


@dataclass(frozen=True)
class Statement:
    """One entry to be written: its kind, its case, its facts, and the words that go in as commitments."""

    kind: str
    case_id: int | None
    facts: Mapping[str, Any]
    words: Mapping[str, str]


def append(
    session: Session,
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
    entry = session.connection().execute(insert(Entry).values(**row))
    entry_id = int(entry.inserted_primary_key[0])  # type: ignore[index]  # an insert of one row has one
    if openings:
        session.connection().execute(insert(Opening), [{**opening, "entry_id": entry_id} for opening in openings])
    return entry_id


def append_all(session: Session, statements: Iterable[Statement], at: datetime, *, by: int | None) -> None:
    """Write many entries of one act, in order, in as few statements as the database takes."""
    written = [_written(statement, at, by) for statement in statements]
    if not written:
        return
    given = session.connection().execute(
        insert(Entry).returning(col(Entry.id), sort_by_parameter_order=True), [row for row, _openings in written]
    )
    openings = [
        {**opening, "entry_id": entry_id}
        for entry_id, (_row, mine) in zip(given.scalars(), written, strict=True)
        for opening in mine
    ]
    if openings:
        session.connection().execute(insert(Opening), openings)


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


def sequence(session: Session, limit: int = 1000) -> int:
    """Give the entries that have none their place and chain them on; give how many."""
    last = session.exec(select(Entry).where(col(Entry.place).is_not(None)).order_by(col(Entry.place).desc())).first()
    place, chain = (last.place or 0, last.chain or _START) if last else (0, _START)
    waiting = session.exec(
        select(Entry.id, Entry.leaf).where(col(Entry.place).is_(None)).order_by(col(Entry.id)).limit(limit)
    )
    count = 0
    for entry_id, leaf in waiting:
        place, count = place + 1, count + 1
        chain = hashlib.sha256(_CHAIN + chain + leaf).digest()
        session.connection().execute(update(Entry).where(col(Entry.id) == entry_id).values(place=place, chain=chain))
    return count


def verify(session: Session) -> tuple[int, Break | None]:
    """Walk the record from its first entry; give how many hold and the first break."""
    chain, held = _START, 0
    statement = select(Entry).where(col(Entry.place).is_not(None)).order_by(col(Entry.place))
    for entry in session.exec(statement.execution_options(yield_per=500)):
        fault = _fault(session, entry, held + 1, chain)
        if fault:
            return held, Break(entry.id, fault)
        chain, held = entry.chain or _START, held + 1
    waiting = session.exec(select(Entry).where(col(Entry.place).is_(None)).order_by(col(Entry.id)))
    for entry in waiting:
        fault = _content_fault(session, entry)
        if fault:
            return held, Break(entry.id, fault)
        held += 1
    orphan = session.exec(select(Opening).where(col(Opening.entry_id).not_in(select(Entry.id)))).first()
    return held, Break(orphan.entry_id, "its entry is missing") if orphan else None


def _fault(session: Session, entry: Entry, place: int, chain: bytes) -> str | None:
    """Tell what is wrong with a placed entry, given the chain before it."""
    if entry.place != place:
        return f"entry {place} is missing"
    fault = _content_fault(session, entry)
    if fault:
        return fault
    if entry.chain != hashlib.sha256(_CHAIN + chain + entry.leaf).digest():
        return "the chain does not fit what comes before"
    return None


def _content_fault(session: Session, entry: Entry) -> str | None:
    """Tell what is wrong with an entry taken alone."""
    if leaf_hash(entry.body) != entry.leaf:
        return "its content was altered"
    try:
        stated = json.loads(entry.body)
    except ValueError:
        return "its content was altered"
    if stated["kind"] != entry.kind or stated["case"] != entry.case_id:
        return "its heading was altered"
    if datetime.fromisoformat(stated["at"]) != entry.at:
        return "its time was altered"
    openings = session.exec(select(Opening).where(col(Opening.entry_id) == entry.id))
    for opening in openings:
        if stated["words"].get(opening.name) != commitment(opening.salt, opening.words):
            return f"the words “{opening.name}” were altered"
    return None


def count(session: Session) -> int:
    """Give how many entries there are."""
    return session.exec(select(func.count()).select_from(Entry)).one()
