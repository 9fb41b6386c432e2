"""An open transaction seen from inside: what is asked twice, what is written meanwhile, what is undone."""

from collections.abc import Iterator

import pytest
import sqlalchemy
from sqlalchemy import bindparam
from sqlalchemy.exc import IntegrityError, MultipleResultsFound, NoResultFound
from sqlmodel import SQLModel, col, create_engine, select

from storage.prepared import Prepared
from storage.reading import Read
from storage.tables import Person
from storage.writing import add, rewrite

BETWEEN: Prepared[int] = Prepared(
    select(Person.id).where(col(Person.id) >= bindparam("low"), col(Person.id) <= bindparam("high"))
)
NAMED = Prepared(select(Person).where(Person.name == bindparam("name"), col(Person.id).in_([1, 2])))


@pytest.fixture
def read() -> Iterator[Read]:
    """Open a transaction with three people in it."""
    engine = create_engine("sqlite://")
    SQLModel.metadata.create_all(engine)
    with engine.begin() as connection:
        opened = Read(connection)
        for number in (1, 2, 3):
            add(opened, Person(id=number, name="甲" if number < 3 else "乙", account=number))
        yield opened
    engine.dispose()


def test_values_go_by_their_names_in_whatever_order_they_are_given(read: Read) -> None:
    """Guard against an answer kept for the same values under other names."""
    assert list(read.exec(BETWEEN, low=1, high=2)) == [1, 2]
    assert list(read.exec(BETWEEN, high=1, low=2)) == []
    assert list(read.exec(BETWEEN, high=2, low=1)) == [1, 2]


def test_what_was_found_is_kept_until_something_is_written(read: Read) -> None:
    """Guard an act that reads, writes and reads again."""
    found = read.exec(NAMED, name="甲")
    assert read.exec(NAMED, name="甲") is found
    assert rewrite(read, Person, 2, {"name": "丙"})
    assert [row.id for row in read.exec(NAMED, name="甲")] == [1]


def test_a_row_is_one_object_in_a_transaction(read: Read) -> None:
    """Guard an act that holds a row under two names: both know what was written."""
    assert read.get(Person, 1) is read.exec(NAMED, name="甲")[0]
    mixed = read.exec(select(Person, Person.name).where(Person.id == 1)).one()
    assert mixed == (read.get(Person, 1), "甲")
    assert read.get(Person, 99) is None
    with pytest.raises(NoResultFound):
        read.get_one(Person, 99)
    with pytest.raises(MultipleResultsFound):
        read.exec(NAMED, name="甲").one()


def test_what_is_undone_is_forgotten(read: Read) -> None:
    """Guard what follows a unit's part that failed: neither its rows nor what it posted stay."""
    read.post("kept")

    def fails() -> None:
        with read.savepoint():
            rewrite(read, Person, 1, {"name": "丁"})
            assert read.get_one(Person, 1).name == "丁"
            read.post("undone")
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fails()
    assert read.get_one(Person, 1).name == "甲"
    assert read.posted == ["kept"]


def test_a_driver_s_fault_is_told_as_sqlalchemy_tells_it(read: Read) -> None:
    """Guard those who sort faults by their class."""
    with pytest.raises(IntegrityError):
        add(read, Person(id=1, name="again"))


def test_many_rows_are_written_with_what_is_alike_in_them(read: Read) -> None:
    """Guard a broadcast: each row has its own values and those of all; one that nobody gives is a fault."""
    insert: Prepared[None] = Prepared(sqlalchemy.insert(Person), ["id", "name", "account"])
    read.run_all(insert, [{"id": 7, "account": 70}, {"id": 8, "account": 80}], name="戊")
    assert [(row.id, row.name, row.account) for row in read.exec(select(Person).where(col(Person.id) > 6))] == [
        (7, "戊", 70),
        (8, "戊", 80),
    ]
    with pytest.raises(TypeError, match="account"):
        read.run_all(insert, [{"id": 9}], name="戊")
