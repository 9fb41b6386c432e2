"""`duban inbox`: what failed is listed without a word of it, and is tried again."""

import sqlite3
from collections.abc import AsyncIterator
from contextlib import closing
from pathlib import Path

import pytest

from storage import inbox
from storage.inbox import RETRIES
from tests.bot.test_crash import ACCOUNTS, _settle_in
from tests.processes import Place

FAULT = "5eed1234"


@pytest.fixture
async def place(tmp_path: Path) -> AsyncIterator[Place]:
    """Give a place with people in it."""
    place = await Place.opened(tmp_path)
    await _settle_in(place)
    yield place
    await place.close()


def rename(place: Place, old: str, new: str) -> None:
    """Break the book under the bot, or mend it."""
    with closing(sqlite3.connect(place.folder / "duban.db")) as book:
        book.execute(f"ALTER TABLE {old} RENAME TO {new}")
        book.commit()


async def test_a_failed_update_is_listed_and_tried_again(place: Place) -> None:
    """Guard what a person sent while something was broken: kept, shown by number and fault, done after the mending."""
    assert "no update has failed" in (await place.duban("inbox")).out
    account = ACCOUNTS["何主任"]
    running = await place.run()
    rename(place, "draft", "elsewhere")
    await place.standin.type(account, "机密的话")
    await place.says("update failed")
    for _ in RETRIES:  # its other tries would take a minute
        place.acts(lambda book: inbox.fail(book.read, max(place.standin.updates), book.at, FAULT))
    rename(place, "elsewhere", "draft")
    number = max(place.standin.updates)
    await place.rests()
    ended = await place.duban("inbox")
    assert ended.code == 0
    (line,) = (line for line in ended.out.splitlines() if line.startswith(str(number)))
    assert all(word in line for word in (str(number), "message", "何主任", FAULT))
    assert "机密" not in ended.out
    assert (await place.duban("inbox", "retry", str(number))).code == 0
    again = await place.duban("inbox", "retry", str(number))
    assert again.code == 1
    assert "no failed update" in again.line
    running.terminate()
    await running.ended()
    await place.run()
    await place.rests()
    assert str(number) not in (await place.duban("inbox", "list", "--limit", "100")).out
    assert (await place.duban("inbox", "retry", "x")).code == 2
