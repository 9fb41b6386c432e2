"""The record: leaves as RFC 9162 hashes them, one order, and no alteration that its walk does not name."""

import hashlib
import json
import sqlite3
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlmodel import col, select

from storage import records
from storage.database import Database
from storage.reading import Read
from storage.records import Break
from storage.tables import Entry, Opening
from tests import databases
from tests.databases import Place

AT = datetime(2026, 3, 2, 1, 0, tzinfo=UTC)


@pytest.fixture
def place(tmp_path: Path, kind: str) -> Iterator[Place]:
    """Make an empty book."""
    place = Place(tmp_path, kind)
    place.make("empty", lambda _database: None)
    yield place
    place.drop()


@pytest.fixture
def book(place: Place) -> Iterator[Database]:
    """Open a book."""
    database = place.open()
    yield database
    database.close()


def written(book: Database, count: int, *, placed: bool = True) -> None:
    """Write so many entries, every second one with words, and give them their places."""

    def write(read: Read) -> None:
        for number in range(count):
            records.append(
                read,
                f"kind{number}",
                AT + timedelta(minutes=number),
                by=7,
                case_id=number,
                facts={"number": number},
                words={"text": f"第{number}句", "note": "旁注"} if number % 2 else {},
            )

    book.act_now(write)
    if placed:
        book.act_now(records.sequence)


def altered(place: Place, *statements: str) -> None:
    """Lay hands on the book from outside, as whoever has the disk can; no constraint holds him back."""
    if place.kind == databases.POSTGRESQL:
        databases.sql("; ".join(["SET session_replication_role = replica", *statements]), name=place.name)
        return
    with closing(sqlite3.connect(place.file)) as raw:
        raw.execute("PRAGMA foreign_keys=OFF")
        for statement in statements:
            raw.execute(statement)
        raw.commit()


def walked(place: Place) -> tuple[int, Break | None]:
    """Walk the record anew, with nothing remembered."""
    database = place.open()
    try:
        return database.look(records.verify)
    finally:
        database.close()


@pytest.mark.parametrize(
    ("content", "leaf"),
    [
        # The Merkle tree hash of one leaf (RFC 9162, 2.1.1); the empty leaf's is in every CT log's test vectors.
        (b"", "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d"),
        (b"L123456", hashlib.sha256(b"\x00L123456").hexdigest()),
        ("督办".encode(), hashlib.sha256(b"\x00" + "督办".encode()).hexdigest()),
    ],
)
def test_a_leaf_is_hashed_as_rfc_9162_says(content: bytes, leaf: str) -> None:
    """Guard the one thing that can never be changed later: other tools must find the same hash."""
    assert records.leaf_hash(content).hex() == leaf


@given(
    st.dictionaries(st.text(), st.none() | st.booleans() | st.integers() | st.text() | st.lists(st.text())),
    st.randoms(use_true_random=False),
)
def test_the_same_facts_are_the_same_bytes(facts: dict[str, Any], chance: Any) -> None:
    """Guard canonical bytes: the order in which facts are named changes nothing, and they read back as they were."""
    names = list(facts)
    chance.shuffle(names)
    facts = {name: facts[name] for name in names if not _lone(name) and not _lone(facts[name])}
    assert records.canonical(facts) == records.canonical(dict(sorted(facts.items())))
    assert json.loads(records.canonical(facts)) == facts


def _lone(value: Any) -> bool:
    """Tell whether there is half of a surrogate pair in it, which is no text."""
    return any("\ud800" <= character <= "\udfff" for character in str(value))


@pytest.mark.both
def test_an_entry_holds_words_only_as_commitments(book: Database) -> None:
    """Guard erasure: salt and words stand beside the leaf, and the leaf commits to them."""
    written(book, 2)
    entry = book.look(lambda read: read.exec(select(Entry).where(Entry.kind == "kind1")).one())
    openings = book.look(lambda read: list(read.exec(select(Opening).where(Opening.entry_id == entry.id))))
    assert "第1句".encode() not in entry.body
    stated = json.loads(entry.body)
    assert stated["words"] == {
        opening.name: hashlib.sha256(opening.salt + opening.words.encode()).hexdigest() for opening in openings
    }
    assert len({opening.salt for opening in openings}) == 2
    assert all(len(opening.salt) == 32 for opening in openings)
    assert (stated["kind"], stated["by"], stated["case"]) == ("kind1", 7, 1)
    assert entry.leaf == hashlib.sha256(b"\x00" + entry.body).digest()


@pytest.mark.both
def test_the_sequencer_gives_one_unbroken_order(book: Database) -> None:
    """Guard contiguous places and the chain, over several slices, whoever writes in between."""
    written(book, 7, placed=False)
    assert book.act_now(lambda read: records.sequence(read, 3)) == 3
    written(book, 2, placed=False)
    assert [book.act_now(lambda read: records.sequence(read, 3)) for _ in range(3)] == [3, 3, 0]
    rows = book.look(lambda read: list(read.exec(select(Entry).order_by(col(Entry.id)))))
    assert [row.place for row in rows] == list(range(1, 10))
    chain = bytes(32)
    for row in rows:
        chain = hashlib.sha256(b"\x01" + chain + row.leaf).digest()
        assert row.chain == chain
    assert book.look(records.verify) == (9, None)


@pytest.mark.both
def test_a_failed_act_leaves_no_hole(book: Database) -> None:
    """Guard places given after the commit: an id that an undone act has taken is nobody's place."""
    written(book, 1, placed=False)

    def fails(read: Read) -> None:
        records.append(read, "undone", AT, by=None, case_id=None, facts={}, words={"a": "b"})
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        book.act_now(fails)
    written(book, 1)
    assert book.look(records.verify) == (2, None)


@pytest.mark.both
def test_words_may_be_erased(book: Database, place: Place) -> None:
    """Guard the right to be forgotten: the record holds without the words."""
    written(book, 4)
    altered(place, "DELETE FROM opening WHERE entry_id = 2")
    assert walked(place) == (4, None)


REHASHED = json.dumps({"kind": "kind2", "at": "yesterday", "by": 7, "case": 2, "facts": {}, "words": {}})
# Each alteration with the entry that is named; 5 entries lie in places 1 to 5.
ALTERATIONS: dict[str, tuple[str, int]] = {
    "body": ("UPDATE record SET body = CAST(body || ' ' AS BLOB) WHERE id = 3", 3),
    "body as text": ("UPDATE record SET body = CAST(body AS TEXT) WHERE id = 3", 3),
    "body gone": ("UPDATE record SET body = x'' WHERE id = 3", 3),
    "leaf": ("UPDATE record SET leaf = zeroblob(32) WHERE id = 3", 3),
    "leaf as text": ("UPDATE record SET leaf = 'leaf' WHERE id = 3", 3),
    "kind": ("UPDATE record SET kind = 'other' WHERE id = 3", 3),
    "kind as bytes": ("UPDATE record SET kind = CAST(kind AS BLOB) WHERE id = 3", 3),
    "case": ("UPDATE record SET case_id = 99 WHERE id = 3", 3),
    "case taken away": ("UPDATE record SET case_id = NULL WHERE id = 3", 3),
    "time": ("UPDATE record SET at = '2026-03-02 01:02:01.000000' WHERE id = 3", 3),
    "time that is none": ("UPDATE record SET at = 'yesterday' WHERE id = 3", 3),
    "time as a number": ("UPDATE record SET at = 17 WHERE id = 3", 3),
    "chain": ("UPDATE record SET chain = zeroblob(32) WHERE id = 3", 3),
    "chain as text": ("UPDATE record SET chain = 'chain' WHERE id = 3", 3),
    "chain taken away": ("UPDATE record SET chain = NULL WHERE id = 3", 3),
    "words": ("UPDATE opening SET words = '满意' WHERE entry_id = 4 AND name = 'text'", 4),
    "words as bytes": ("UPDATE opening SET words = CAST(words AS BLOB) WHERE entry_id = 4 AND name = 'text'", 4),
    "salt": ("UPDATE opening SET salt = zeroblob(32) WHERE entry_id = 4 AND name = 'text'", 4),
    "salt as text": ("UPDATE opening SET salt = 'salt' WHERE entry_id = 4 AND name = 'text'", 4),
    "words under another name": ("UPDATE opening SET name = 'reason' WHERE entry_id = 4 AND name = 'text'", 4),
    "words of another entry": ("UPDATE opening SET entry_id = 2 WHERE entry_id = 4 AND name = 'text'", 2),
    "words added": ("INSERT INTO opening (entry_id, name, salt, words) VALUES (3, 'text', zeroblob(32), 'x')", 3),
    "deleted": ("DELETE FROM record WHERE id = 3", 4),
    "the first deleted": ("DELETE FROM record WHERE id = 1", 2),
    "the last deleted, its words left": ("DELETE FROM record WHERE id = 6", 6),
    "taken out of its place": ("UPDATE record SET place = NULL WHERE id = 3", 4),
    "a place that is none": ("UPDATE record SET place = 'third' WHERE id = 3", 4),
}


# What a PostgreSQL takes as well; it keeps every column to its kind.
BOTH = {
    "body": ("UPDATE record SET body = body || ' '::bytea WHERE id = 3", 3),
    "body gone": ("UPDATE record SET body = ''::bytea WHERE id = 3", 3),
    "leaf": ("UPDATE record SET leaf = sha256('other') WHERE id = 3", 3),
    "chain": ("UPDATE record SET chain = sha256('other') WHERE id = 3", 3),
    "salt": ("UPDATE opening SET salt = sha256('other') WHERE entry_id = 4 AND name = 'text'", 4),
    **{name: ALTERATIONS[name] for name in (
        "kind", "case", "case taken away", "time", "chain taken away", "words", "words under another name",
        "words of another entry", "deleted", "the first deleted", "the last deleted, its words left",
        "taken out of its place",
    )},
}  # fmt: skip


@pytest.mark.parametrize("kind", [databases.POSTGRESQL], indirect=True)
@pytest.mark.parametrize("name", BOTH)
def test_an_alteration_is_named_on_postgresql_too(book: Database, place: Place, name: str) -> None:
    """Guard the walk over what another driver gives."""
    written(book, 6)
    statement, entry_id = BOTH[name]
    altered(place, statement)
    held, broken = walked(place)
    assert broken is not None
    assert broken.entry_id == entry_id
    assert held < 6


@pytest.mark.parametrize("kind", [databases.SQLITE], indirect=True)
@pytest.mark.parametrize("name", ALTERATIONS)
def test_an_alteration_is_named(book: Database, place: Place, name: str) -> None:
    """Guard every column that carries a fact, whatever is put into it; the walk never breaks down itself."""
    written(book, 6)
    statement, entry_id = ALTERATIONS[name]
    altered(place, statement)
    held, broken = walked(place)
    assert broken is not None
    assert broken.entry_id == entry_id
    assert broken.fault
    assert held < 6


@pytest.mark.both
def test_an_entry_in_another_s_place_is_named(book: Database, place: Place) -> None:
    """Guard the order: two entries that change places keep their leaves, and the chain tells."""
    written(book, 5)
    altered(
        place,
        "UPDATE record SET place = -1 WHERE id = 2",
        "UPDATE record SET place = 2 WHERE id = 3",
        "UPDATE record SET place = 3 WHERE id = 2",
    )
    assert walked(place) == (1, Break(3, "the chain does not fit what comes before"))


@pytest.mark.parametrize("kind", [databases.SQLITE], indirect=True)
def test_a_forged_entry_between_two_is_named(book: Database, place: Place) -> None:
    """Guard insertion: a leaf that is right in itself breaks the chain where it was put in."""
    written(book, 4)
    body = json.loads(book.look(lambda read: read.exec(select(Entry.body).where(Entry.id == 2)).one()))
    forged = records.canonical(body | {"facts": {"number": 99}, "words": {}})
    altered(
        place,
        "UPDATE record SET place = place + 100 WHERE place >= 3",
        "UPDATE record SET place = place - 99 WHERE place >= 100",
        "INSERT INTO record (place, body, leaf, chain, kind, case_id, at) SELECT 3, "
        f"x'{forged.hex()}', x'{records.leaf_hash(forged).hex()}', chain, kind, case_id, at FROM record WHERE id = 2",
    )
    held, broken = walked(place)
    assert (held, broken) == (2, Break(5, "the chain does not fit what comes before"))


@pytest.mark.parametrize("kind", [databases.SQLITE], indirect=True)
@pytest.mark.parametrize("content", [b"{}", b"[]", b"\xff", b"1", REHASHED.encode(), b"[" * 100_000])
def test_a_body_that_is_none_is_named_even_with_its_hash(book: Database, place: Place, content: bytes) -> None:
    """Guard the walk from a body whose leaf was made to fit: it is read, not trusted."""
    written(book, 3)
    leaf = records.leaf_hash(content)
    altered(place, f"UPDATE record SET body = x'{content.hex()}', leaf = x'{leaf.hex()}' WHERE id = 3")
    held, broken = walked(place)
    assert held == 2
    assert broken is not None
    assert broken.entry_id == 3


@pytest.mark.both
def test_entries_without_a_place_are_looked_at_too(book: Database, place: Place) -> None:
    """Guard what was written since the last tick."""
    written(book, 2)
    written(book, 2, placed=False)
    assert walked(place) == (4, None)
    altered(place, "UPDATE record SET kind = 'other' WHERE id = 4")
    assert walked(place) == (3, Break(4, "its heading was altered"))


@pytest.mark.both
def test_two_that_sequence_at_once_give_one_order(place: Place, book: Database) -> None:
    """Guard against a fork: two replicas tick again and again, both begun at one moment, while entries are written."""
    other = place.open()
    start = threading.Barrier(3)

    def work(task: Callable[[], object]) -> None:
        start.wait(20)
        for _ in range(8):
            task()

    def tick(door: Database) -> None:
        while door.act_now(lambda read: records.sequence(read, 5)):
            pass

    tasks = [partial(tick, book), partial(tick, other), partial(written, book, 4, placed=False)]
    with ThreadPoolExecutor(3) as pool:
        for outcome in [pool.submit(work, task) for task in tasks]:
            outcome.result(60)
    tick(other)
    rows = book.look(lambda read: list(read.exec(select(Entry.place).order_by(col(Entry.place)))))
    assert rows == list(range(1, 33))
    assert walked(place) == (32, None)
    other.close()
