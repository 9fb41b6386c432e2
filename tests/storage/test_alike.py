"""What the two databases would do differently without a word: each is told apart here, and comes out alike."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import func, insert
from sqlalchemy.exc import DBAPIError, IntegrityError, StatementError
from sqlmodel import col, select

from storage import settings as memory
from storage.book import CLOCK, Book
from storage.database import Database
from storage.queries.search import search
from storage.queries.standing import calendar
from storage.reading import Read
from storage.rules.terms import Terms
from storage.tables import Case, Due, File, Person, Posting, Setting, Slip, Unit, Update
from tests.databases import Place

pytestmark = pytest.mark.both
AT = datetime(2026, 3, 2, 1, 0, tzinfo=UTC)
NAMES = ["李", "王", "阿", "a", "B", "Ａ", "é", "É", "1", "072", "72", "_", " x", "𠮷", "", "%"]


@pytest.fixture
def place(tmp_path: Path, kind: str) -> Iterator[Place]:
    """Make an empty book."""
    place = Place(tmp_path, kind)
    place.make("empty", lambda _database: None)
    yield place
    place.drop()


@pytest.fixture
def book(place: Place) -> Iterator[Database]:
    """Open it."""
    database = place.open()
    yield database
    database.close()


def writes(book: Database, *rows: Any) -> list[int]:
    """Write rows; give their ids."""
    return book.act_now(lambda read: [Book(read, AT, Terms(), CLOCK).add(row).id for row in rows])


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.datetimes(datetime(1970, 1, 2), datetime(9000, 1, 1), timezones=st.sampled_from([  # noqa: DTZ001
    UTC, timezone(timedelta(hours=8)), timezone(-timedelta(hours=9, minutes=30))])))  # fmt: skip
def test_a_moment_comes_back_to_the_microsecond_in_utc(book: Database, at: datetime) -> None:
    """Guard hash and order: SQLite keeps text without a zone, PostgreSQL shows moments in its own."""

    def there_and_back(read: Read) -> datetime | None:
        memory_id = 1
        read.connection().execute(Update.__table__.delete())  # type: ignore[attr-defined]
        read.connection().execute(
            insert(Update).values(id=memory_id, chat_id=0, body={}, received_at=at, handled_at=at)
        )
        return read.exec(select(Update.handled_at).where(col(Update.received_at) == at)).one()

    back = book.act_now(there_and_back)
    assert back == at
    assert back is not None
    assert back.utcoffset() == timedelta(0)


def test_a_naive_moment_is_refused(book: Database) -> None:
    """Guard against a moment that each database would read in its own zone."""
    naive = datetime(2026, 3, 2)  # noqa: DTZ001 (this is the fault)
    with pytest.raises((ValueError, StatementError)):
        writes(book, File(sha256="", name="", mime="", size=0, content=b"", received_at=naive))


VALUES: dict[str, Any] = {
    "none": None, "yes": True, "nothing": {}, "order": {"b": 1, "a": 2}, "large": 2**62, "part": 0.1,
    "words": "督办 “引号” \\ \u2028 𠮷", "no end": "a\u0000b", "nested": [{"日": [None, False, ""]}],
}  # fmt: skip


@pytest.mark.parametrize("name", VALUES)
def test_facts_come_back_as_they_were(book: Database, name: str) -> None:
    """Guard JSON: the order of keys, large numbers, Chinese, and a zero byte, which PostgreSQL's text does not take."""
    value = VALUES[name]
    book.act_now(lambda read: memory.put(read, "facts", {"value": value}))
    back = book.look(lambda read: memory.get(read, "facts"))
    assert back == {"value": value}
    if isinstance(value, dict):
        assert list(back["value"]) == list(value)


def test_files_come_back_byte_by_byte(book: Database) -> None:
    """Guard LargeBinary: bytes, not a view of them, every value, and none for none."""
    content = bytes(range(256)) * 40
    (file_id,) = writes(book, File(sha256="x", name="附件.pdf", mime="a/b", size=1, content=content, received_at=AT))
    back = book.look(lambda read: read.exec(select(File.content).where(File.id == file_id)).one())
    assert type(back) is bytes
    assert back == content


def test_names_stand_in_one_order(book: Database) -> None:
    """Guard pages and lists: by character code, whatever language the server was set up in."""
    writes(book, *(Unit(name=name, active=True) for name in NAMES))
    assert book.look(lambda read: read.exec(select(Unit.name).order_by(col(Unit.name))).all()) == sorted(NAMES)
    above = select(Unit.name).where(col(Unit.name) > "a").order_by(col(Unit.name))
    assert book.look(lambda read: read.exec(above).all()) == sorted(name for name in NAMES if name > "a")


def test_letters_are_told_apart(book: Database) -> None:
    """Guard keys: upper and lower case, half and full width, composed and not, are different words in both."""
    with pytest.raises(IntegrityError):
        writes(book, Unit(name="水利局", active=True), Unit(name="水利局", active=True))
    assert len(writes(book, *(Unit(name=name, active=True) for name in ("A", "a", "Ａ", "é", "e\u0301", "a ")))) == 6


TITLES = ("关于WIFI覆盖的建议", "关于100%达标的建议", "关于a_b路口的建议", "关于反斜\\杠的建议", "关于École的建议")
SEARCHES = {
    "wifi": 1, "WIFI": 1, "覆盖": 1, "100%": 1, "%": 1, "_": 1, "a_b": 1, "A_B": 1, "axb": 0, "\\": 1, "的建议": 5,
    "école": 0, "ÉCOLE": 1, "'; --": 0,
}  # fmt: skip


@pytest.mark.parametrize("typed", SEARCHES)
def test_a_search_finds_the_same(book: Database, typed: str) -> None:
    """Guard LIKE: letters of either case, signs that mean themselves, Chinese; nothing else is folded."""

    def plant(read: Read) -> int:
        own = Book(read, AT, Terms(), CLOCK)
        person = own.add(Person(name="何主任")).id
        unit = own.add(Unit(name="市政府办公室")).id
        own.add(Posting(person_id=person, role="office_head", unit_id=unit))
        for number, title in enumerate(TITLES):
            own.add(Case(kind="suggestion", number=f"{number:03}", title=title, lead_name="何代表", registered_at=AT))
        return person

    person_id = book.act_now(plant)
    found = book.look(lambda read: search(read, person_id, typed, date(2026, 3, 2), 0, calendar(read)))
    assert found.count == SEARCHES[typed]


def test_what_has_no_date_stands_last(book: Database) -> None:
    """Guard NULLs: each database has an end of its own for them, unless the query says which."""
    days = [date(2026, 3, 3), None, date(2026, 3, 2)]
    writes(book, *(
        Case(kind="suggestion", number=f"{place}", title="", lead_name="", registered_at=AT, reply_due=day)
        for place, day in enumerate(days)
    ))  # fmt: skip
    up = select(Case.number).order_by(col(Case.reply_due).nulls_last())
    down = select(Case.number).order_by(col(Case.reply_due).desc().nulls_last())
    assert book.look(lambda read: read.exec(up).all()) == ["2", "0", "1"]
    assert book.look(lambda read: read.exec(down).all()) == ["0", "2", "1"]


def test_ids_rise_in_the_order_of_writing(book: Database) -> None:
    """Guard “the newest”: one after the other, also after an act that was undone."""
    first = writes(book, *(Unit(name=f"{number}", active=True) for number in range(3)))
    with pytest.raises(IntegrityError):
        writes(book, Unit(name="x", active=True), Unit(name="x", active=True))
    then = writes(book, Unit(name="y", active=True))
    assert first + then == sorted({*first, *then})


def test_many_rows_get_their_ids_in_order(book: Database) -> None:
    """Guard the record's batches: the ids that come back belong to the rows that went in, in that order."""
    names = [f"{number:04}" for number in range(1500, 0, -1)]

    def enter(read: Read) -> list[tuple[int, str]]:
        rows = [{"name": name, "active": True} for name in names]
        given = read.connection().execute(insert(Unit).returning(col(Unit.id), sort_by_parameter_order=True), rows)
        return list(zip(given.scalars(), names, strict=True))

    for unit_id, name in book.act_now(enter)[::100]:
        assert book.look(lambda read, key=unit_id: read.get_one(Unit, key).name) == name  # type: ignore[misc]


def test_a_number_beyond_a_column_harms_nobody_else(book: Database) -> None:
    """Guard narrow columns: what PostgreSQL refuses is the unit's own fault, in the transaction and after it."""
    accounts = [2**52, -(2**52), 10**12]
    writes(book, *(Person(name="x", account=account) for account in accounts))
    assert set(book.look(lambda read: read.exec(select(Person.account)).all())) == set(accounts)
    try:
        writes(book, Slip(kind="urge", case_id=2**40, part_id=2**40, reason="", drafted_at=AT))
    except DBAPIError:
        pass
    else:
        pytest.fail("there is no such case")
    assert writes(book, Unit(name="x", active=True))


def test_sums_and_shares_are_whole_where_they_are_whole(book: Database) -> None:
    """Guard division and counting: integers divide alike, a sum over nothing is nothing, a highest of nothing too."""
    writes(book, *(Due(key=f"{number}", kind="k", due_on=date(2026, 3, 2), subject_id=number) for number in (3, 4)))

    def reckon(read: Read) -> Any:
        column = col(Due.subject_id)
        return (
            read.connection()
            .execute(
                select(func.max(column), func.count(column), func.min(column // 2), func.sum(column)).where(
                    col(Due.key) != "x"
                )
            )
            .one()
        )

    assert tuple(book.look(reckon)) == (4, 2, 1, 7)
    assert book.look(lambda read: read.exec(select(func.max(Slip.serial))).one()) is None
    assert book.look(lambda read: read.exec(select(func.count()).select_from(Setting)).one()) == 0
