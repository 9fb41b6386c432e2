"""`duban outbox …` as a process: what waits, what died, sent again or no more."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlmodel import col, select

from storage import outbox
from storage.database import Database
from storage.outbox import Post
from storage.reading import Read
from storage.tables import Letter, Person
from storage.writing import add, rewrite
from tests.processes import Place

AT = datetime(2026, 3, 2, 1, 0, tzinfo=UTC)


@pytest.fixture
async def place(tmp_path: Path) -> AsyncIterator[Place]:
    """Give a place whose outbox has a dead letter and one that waits."""
    place = await Place.opened(tmp_path)
    await place.duban("outbox")
    _does(place, _written)
    yield place
    await place.close()


def _does(place: Place, unit: object) -> object:
    database = Database(f"sqlite:///{place.folder / 'duban.db'}")
    try:
        return database.act_now(unit)  # type: ignore[arg-type]  # any unit of work
    finally:
        database.close()


def _written(read: Read) -> None:
    add(read, Person(id=1, name="戚联络员", account=77))
    outbox.put(read, Post("dead", "taken_on", 1), AT)
    outbox.put(read, Post("waits", "taken_on", 1), AT)
    letter = read.exec(select(Letter).where(Letter.key == "dead")).one()
    dead = {"outcome": outbox.DEAD, "settled_at": AT, "fault": "Bad Request: no such thing"}
    rewrite(read, Letter, letter.id, dead)


def _outcomes(read: Read) -> list[str | None]:
    return list(read.exec(select(Letter.outcome).order_by(col(Letter.id))))


async def test_the_dead_are_listed_sent_again_and_let_go(place: Place) -> None:
    """Guard the operator's way: exit 1 while there are dead letters, and each is decided on once."""
    listed = await place.duban("outbox")
    assert listed.code == 1
    assert "1 dead, 1 waiting" in listed.out
    assert "1\t2026-03-02 01:00Z\ttaken_on\tto 戚联络员\tBad Request: no such thing" in listed.out
    again = await place.duban("outbox", "resend", "1")
    assert (again.code, again.err) == (0, "")
    assert _does(place, _outcomes) == [None, None]
    twice = await place.duban("outbox", "resend", "1")
    assert twice.code == 1
    assert "已不在清单中" in twice.err
    assert (await place.duban("outbox", "list")).code == 0
    dropped = await place.duban("outbox", "drop", "99")
    assert dropped.code == 1
