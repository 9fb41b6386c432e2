"""The bot is killed in the middle of what it does, and started again on the same database.

Whatever the moment: no update is lost, no act is done twice, every letter is there, and a letter stands in a chat twice
only where Telegram had taken it and the bot died before it could write that down.
"""

import asyncio
from collections import Counter
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Any

import pytest
from sqlmodel import col, select

from bot.sandbox.views import View
from storage import records
from storage.acts import joining
from storage.book import Book
from storage.outbox import SENT
from storage.rules.words import CaseKind, Level
from storage.tables import Entry, Instruction, Invitation, Letter, Person, Update
from tests import casework
from tests.processes import Fate, Place
from tests.world import label, person

FEWEST = 10  # calls of the shortest journey
FIRST = 700_000_001  # the stand-in's first update id
ACCOUNTS = {"何主任": 1001, "施主任": 1002, "戚联络员": 1003, "华科员": 1004, "章副局长": 1005}
QIAN = 2001
ROSTER = (
    person("何主任", "office_head", "市政府办公室", "督查室主任"),
    person("施主任", "congress_desk", "市人大常委会", "代表工委副主任"),
    person("戚联络员", "liaison", "市住建局", "办公室主任"),
    person("华科员", "handler", "市住建局", "科员"),
    person("章副局长", "unit_deputy_head", "市住建局", "副局长"),
    person("钱代表", "deputy", "第一代表团"),
)
Journey = Callable[[Place], Coroutine[Any, Any, None]]
Wanted = Callable[[str, dict[str, Any]], bool]
Said = Counter[tuple[int, str]]


async def joins(place: Place) -> None:
    """A deputy opens his code and says that it is he."""
    code = place.look(lambda read: read.exec(select(Invitation.code)).one())
    await place.standin.join(QIAN, "钱")
    await place.standin.press_start(QIAN, code)
    await _presses(place, QIAN, "是我")
    await place.sees(lambda: _heard(place, QIAN, "欢迎") and _heard(place, ACCOUNTS["施主任"], "已加入"))


async def acknowledges(place: Place) -> None:
    """A liaison takes a case that was sent to him."""
    await place.sees(lambda: _heard(place, ACCOUNTS["华科员"], "001"))
    await _presses(place, ACCOUNTS["戚联络员"], "签收")
    await place.sees(lambda: all("签收" not in _labels(place, name) for name in ("戚联络员", "华科员")))


async def instructs(place: Place) -> None:
    """A leader is asked for an instruction and types it."""
    await _presses(place, ACCOUNTS["章副局长"], "批示")
    await place.sees(lambda: _heard(place, ACCOUNTS["章副局长"], "批示", "取消"))
    await place.standin.type(ACCOUNTS["章副局长"], "请一周内拿出方案。")
    await place.sees(lambda: all(_heard(place, ACCOUNTS[name], "拿出方案") for name in ("何主任", "戚联络员")))


def calls(method: str, *words: str) -> Wanted:
    """Mean the first call of a method whose text says these words."""
    return lambda called, values: called == method and all(word in values.get("text", "") for word in words)


def confirms(number: int) -> Wanted:
    """Mean the poll that confirms the update of this number."""
    return lambda method, values: method == "getUpdates" and values.get("offset", 0) > FIRST + number - 1


PLACED: dict[Journey, Callable[[Book], object]] = {
    joins: lambda book: joining.invite(book, _id(book, "钱代表")),
    acknowledges: lambda book: _card(book, "戚联络员", "华科员", acknowledged=False),
    instructs: lambda book: _card(book, "章副局长", acknowledged=True),
}

POINTS: dict[str, tuple[Journey, Wanted, bool]] = {
    "the code's update is stored, its confirmation is lost": (joins, confirms(1), False),
    "the code's update is confirmed, nothing is done yet": (joins, confirms(1), True),
    "the question has left, its mark is lost": (joins, calls("sendMessage", "您本人"), True),
    "the press is confirmed": (joins, confirms(2), True),
    "the press has been answered": (joins, calls("answerCallbackQuery"), True),
    "the issuer has been told, its mark is lost": (joins, calls("sendMessage", "已加入"), True),
    "a card has left, its mark is lost": (acknowledges, calls("sendMessage", "001"), True),
    "a card is about to be brought up to date": (acknowledges, calls("editMessageText"), False),
    "a card has been brought up to date": (acknowledges, calls("editMessageText"), True),
    "typed words are confirmed, nothing is done yet": (instructs, confirms(2), True),
}


@pytest.mark.parametrize("name", POINTS)
async def test_nothing_is_lost_and_nothing_done_twice(tmp_path: Path, name: str) -> None:
    """Guard the promise at the moments that matter: stored, confirmed, done, answered, sent, marked."""
    journey, wanted, takes_effect = POINTS[name]
    await survived(tmp_path, journey, wanted, takes_effect=takes_effect)


@pytest.mark.long
@pytest.mark.parametrize("takes_effect", [False, True])
@pytest.mark.parametrize("number", range(1, 15))
@pytest.mark.parametrize("journey", [joins, acknowledges, instructs])
async def test_no_call_at_all_is_a_bad_moment_to_die(
    tmp_path: Path, journey: Journey, number: int, *, takes_effect: bool
) -> None:
    """Guard the promise at every call that the bot makes, from its first question who it is.

    How many calls a journey takes depends on how they fall together: the last numbers may come when all is done.
    """
    counted = iter(range(1, 1_000))
    late = number > FEWEST
    await survived(tmp_path, journey, lambda *_call: next(counted) == number, takes_effect=takes_effect, late=late)


async def survived(folder: Path, journey: Journey, wanted: Wanted, *, takes_effect: bool, late: bool = False) -> None:
    """Live through a journey in which the process dies once, and hold the end to the promise.

    Where the moment may come too `late`, the process dies when the journey is over.
    """
    place = await Place.opened(folder, content={"mode": "full"})
    try:
        await _settle_in(place)
        place.acts(PLACED[journey])
        fate = Fate(place, wanted, takes_effect=takes_effect)
        place.starts("run")
        walked = asyncio.create_task(journey(place))
        died = asyncio.create_task(fate.came.wait())
        await asyncio.wait((walked, died), return_when=asyncio.FIRST_COMPLETED)
        if not fate.came.is_set():
            assert late, f"it never came to this: {place.log}{walked.exception()}"
            fate.came.set()
            place.running[-1].kill()
        await place.running[-1].ended()
        unmarked, before = _unmarked(place), fate.sent.copy()
        await place.run()
        await walked
        await place.rests()
        place.running[-1].terminate()
        ended = await place.running[-1].ended()
        assert ended.code == 0, ended.err
        _nothing_lost(place)
        _nothing_twice(place)
        _letters_once(place, unmarked, before, fate.sent)
    finally:
        await place.close()


async def _settle_in(place: Place) -> None:
    place.enrol(*ROSTER)
    for name, account in ACCOUNTS.items():
        await place.standin.join(account, name)
        place.standin.open_chat(account)
    place.acts(_bind)


def _bind(book: Book) -> None:
    for row in book.all(select(Person).where(col(Person.name).in_(ACCOUNTS))):
        book.change(row, account=ACCOUNTS[row.name], bound_at=book.at)


def _id(book: Book, name: str) -> int:
    return book.read.exec(select(Person.id).where(Person.name == name)).one()


def _card(book: Book, *names: str, acknowledged: bool) -> None:
    casework._register(book, "001", CaseKind.SUGGESTION, "钱代表")
    case = 1
    casework._assign(book, case, Level.FOURTH, acknowledged=acknowledged, co_handler=False, cards=False)
    book.turn([_id(book, name) for name in names], case, "card")


async def _presses(place: Place, account: int, wanted: str) -> None:
    """Press a button as soon as it is there."""

    def found() -> tuple[View, str] | None:
        for view in reversed(place.standin.chat(account)):
            for row in view.buttons:
                for button in row:
                    if label(button.text) == wanted:
                        return view, button.data
        return None

    there = await place.sees(found)
    assert there is not None
    await place.standin.press(account, there[0].message_id, there[1])


def _heard(place: Place, account: int, *words: str) -> bool:
    return any(
        all(word in view.text or word in str(view.buttons) for word in words) and view.from_bot
        for view in place.standin.chat(account)
    )


def _labels(place: Place, name: str) -> list[str]:
    """List the labels under the newest message of a chat."""
    return [label(button.text) for row in place.standin.chat(ACCOUNTS[name])[-1].buttons for button in row]


def _nothing_lost(place: Place) -> None:
    """Every update that Telegram had is stored and handled; every letter has been sent."""
    handled = place.look(lambda read: set(read.exec(select(Update.id).where(col(Update.handled_at).is_not(None)))))
    assert handled == set(place.standin.updates)
    left = place.look(lambda read: list(read.exec(select(Letter).where(Letter.outcome != SENT))))
    # Who has not joined gets none; a question that was answered before it could leave again is not asked any more.
    assert not [letter.kind for letter in left if (letter.kind, letter.outcome) not in UNSENT]


def _nothing_twice(place: Place) -> None:
    """Each thing done stands in the record once, and the record holds."""
    kinds = Counter(place.look(lambda read: list(read.exec(select(Entry.kind)))))
    assert {kind: count for kind, count in kinds.items() if kind in ONCE and count != 1} == {}
    assert kinds.keys() & ONCE
    assert place.look(lambda read: len(list(read.exec(select(Instruction))))) == kinds["instructed"]
    assert place.look(records.verify)[1] is None


UNSENT = {("is_that_you", "overtaken"), ("prompt", "overtaken")}
ONCE = {"bound", "acknowledged", "instructed"}


def _unmarked(place: Place) -> set[int]:
    """List the letters of which the dead process knows nothing yet."""
    return set(place.look(lambda read: list(read.exec(select(Letter.id).where(col(Letter.settled_at).is_(None))))))


def _letters_once(place: Place, unmarked: set[int], before: Said, said: Said) -> None:
    """Each new message was taken once, twice only where it had been taken before its mark could be written."""
    sent = select(Letter).where(Letter.outcome == SENT, col(Letter.shape).in_(["plain", "prompt", "card"]))
    letters = place.look(lambda read: list(read.exec(sent)))
    alike = Counter((letter.chat_id, letter.text) for letter in letters)
    for letter in letters:
        assert letter.chat_id is not None
        where = (letter.chat_id, letter.text or "")
        doubled = letter.id in unmarked and before[where] > 0
        assert alike[where] <= said[where] <= alike[where] + doubled, (letter.kind, said[where], doubled)
