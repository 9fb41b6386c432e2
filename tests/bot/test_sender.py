"""From the outbox to the phones: what Telegram refuses, delays or loses harms nobody but the letter that it hit."""

import asyncio
import sqlite3
from collections.abc import AsyncIterator
from datetime import UTC
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy.exc import OperationalError
from sqlmodel import col, select

from bot.pacing import Method
from bot.pulse import Pulse
from bot.sandbox.facts import SUPERGROUP, Chat
from bot.sandbox.faults import Fault
from bot.sandbox.server import Call
from bot.transport import AiohttpRequest
from bot.turnstile import Turnstile
from handlers import pages
from handlers.pages import Document, Page
from storage import outcomes
from storage.book import CLOCK, Book
from storage.outbox import Priority, Shape
from storage.reading import Read
from storage.rules.terms import Terms
from storage.tables import Card, Case, Entry, Group, Item, Letter, Person
from tests import casework, casework_mornings
from tests.casework_mornings import moment
from tests.conftest import CAST
from tests.world import World, person

GROUP = -500


@pytest.fixture
async def town(tmp_path: Path) -> AsyncIterator[World]:
    """The small town; what is heard in it is counted by each test itself."""
    world = World(tmp_path, Terms())
    await world.start()
    await world.enrol(CAST)
    yield world
    await world.stop()


def said(words: str) -> dict[str, Any]:
    """Make a letter's facts: the plainest kind, which says a sentence."""
    return {"kind": "said", "facts": {"msgid": words, "facts": {}}}


def put(world: World, name: str, words: str, **letter: Any) -> None:
    """Write a letter to somebody."""
    world.acts(lambda book: book.send(**said(words) | {"person_id": _id(book, name)} | letter))


def put_to_group(world: World, *words: str) -> None:
    """Write letters to the group."""
    world.acts(lambda book: [book.send(**said(each), chat_id=GROUP) for each in words])


async def bind_group(world: World) -> None:
    """Let there be a bound group with the bot in it."""
    await world.standin.group(GROUP, "督查室", [account(world, "何主任")])
    world.standin.town.chats[GROUP].members[world.standin.town.bot.user_id] = "member"
    world.acts(lambda book: book.add(Group(role="office", chat_id=GROUP, title="督查室")))


def _id(book: Book, name: str) -> int:
    return book.read.exec(select(Person.id).where(Person.name == name)).one()


def account(world: World, name: str) -> int:
    """Give somebody's chat."""
    return world[name].user_id


def texts(world: World, name: str) -> list[str]:
    """List what the bot has said to somebody."""
    return [view.text for view in world[name].messages if view.from_bot]


def sends(world: World, chat_id: int | None = None, method: str = "sendMessage") -> list[Call]:
    """List the calls by which something was sent, or was to be."""
    return [
        call for call in world.standin.calls if call.method == method and chat_id in (None, call.values.get("chat_id"))
    ]


def letters(world: World, **where: Any) -> list[Letter]:
    """List letters."""
    statement = select(Letter).order_by(col(Letter.id))
    for name, value in where.items():
        statement = statement.where(getattr(Letter, name) == value)
    return world.look(lambda read: list(read.exec(statement)))


async def test_a_429_on_one_chat_delays_nobody_else(town: World) -> None:
    """Guard the parking of one chat: the others' letters leave at once, its own comes when its time is over."""
    unlucky, others = "何代表", ("金代表", "云委员", "韩委员", "姜局长")
    town.standin.fault("sendMessage", kind="429", chat_id=account(town, unlucky), retry_after=300)
    put(town, unlucky, "first")
    await town.standin.wait_for(lambda: sends(town, account(town, unlucky)))
    for name in others:
        put(town, name, "meanwhile")
    await town.settled()
    refused, taken = sends(town, account(town, unlucky))
    assert (refused.ok, taken.ok) == (False, True)
    assert taken.at - refused.at >= 300
    for name in others:
        (call,) = sends(town, account(town, name))
        assert call.at < taken.at
    assert texts(town, unlucky) == ["first"]


@pytest.mark.parametrize("kind", ["500", "502", "drop", "timeout"])
async def test_what_is_lost_on_the_way_is_tried_again_with_growing_waits(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, kind: str
) -> None:
    """Guard at least once: three failures, three waits, each longer, and the letter is there once."""
    assert AiohttpRequest.__init__.__kwdefaults__ is not None
    monkeypatch.setitem(AiohttpRequest.__init__.__kwdefaults__, "read_timeout", 0.1)
    town = World(tmp_path, Terms())
    await town.start()
    try:
        await town.enrol(CAST)
        town.standin.fault("sendMessage", times=3, kind=kind, chat_id=account(town, "何代表"))
        put(town, "何代表", "at last")
        put(town, "金代表", "meanwhile")
        await town.settled()
        attempts = sends(town, account(town, "何代表"))
        waits = [later.at - earlier.at for earlier, later in pairwise(attempts)]
        assert town.standin.town.faults.take("sendMessage", account(town, "何代表")) is None, "all three came"
        if kind != "timeout":  # a call that never ends is not noted before the stand-in stops
            assert all(wait >= least for wait, least in zip(waits, (1, 2, 5), strict=True)), waits
        assert texts(town, "何代表") == ["at last"]
        assert texts(town, "金代表") == ["meanwhile"]
        assert letters(town, settled_at=None) == []
    finally:
        await town.stop()


async def test_a_lost_answer_may_double_a_message_and_no_more(town: World) -> None:
    """Guard the price of at least once: Telegram had it, its answer was lost, it comes once more."""
    town.standin.fault("sendMessage", kind="accepted", chat_id=account(town, "何代表"))
    put(town, "何代表", "one")
    put(town, "何代表", "two")
    await town.settled()
    assert sorted(texts(town, "何代表")) == ["one", "one", "two"]


async def test_whoever_has_blocked_the_bot_is_told_of_once(town: World) -> None:
    """Guard 403: the desk hears it once, whatever waits for him; the office hears of its own people."""
    for name in ("何代表", "华科员"):
        town.standin.town.users[account(town, name)].blocked = True
        for number in range(3):
            put(town, name, f"letter {number}")
    await town.settled()
    assert [text for text in texts(town, "施主任") if "何代表" in text] == texts(town, "施主任") != []
    assert len(texts(town, "施主任")) == 1
    for name in ("何主任", "吕科员"):
        (told,) = texts(town, name)
        assert "华科员" in told
    assert {letter.outcome for letter in letters(town, kind="said")} == {"unreachable"}
    kinds = town.look(lambda read: list(read.exec(select(Entry.kind).where(Entry.kind == "unreachable"))))
    assert len(kinds) == 2


@pytest.mark.parametrize("how", ["deactivated", "unknown"])
async def test_an_account_that_is_gone_is_told_of_once(town: World, how: str) -> None:
    """Guard “user is deactivated” and “chat not found” alike: nobody is there any more."""
    if how == "deactivated":
        await town.standin.deactivate(account(town, "云委员"))
    else:
        town.acts(lambda book: book.change(book.get(Person, _id(book, "云委员")), account=99_999))
    put(town, "云委员", "hello")
    put(town, "云委员", "again")
    await town.settled()
    (told,) = texts(town, "张主任")
    assert "云委员" in told
    assert texts(town, "何主任") == []


async def test_markup_that_telegram_cannot_read_goes_out_as_plain_words(
    town: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Guard against our own mistake in HTML: the words arrive, in a new message and in an edit."""
    await casework.assigned(town, acknowledged=False)
    broken = pages.html
    monkeypatch.setattr(pages, "html", lambda page: f"<b>{broken(page)}")
    put(town, "何代表", "a < b")
    await town.settled()
    assert texts(town, "何代表")[-1] == "a < b"
    await town["戚联络员"].presses("签收")
    assert "戚联络员 2026年3月2日" in town["戚联络员"].sees("001号").text
    assert {letter.outcome for letter in letters(town, kind="card")} == {"sent"}
    for method in ("sendMessage", "editMessageText"):
        assert any("parse entities" in str(call.answer) for call in sends(town, method=method)), method


async def test_a_card_that_its_owner_has_deleted_is_sent_anew(town: World) -> None:
    """Guard “message to edit not found”: his buttons are nowhere else; the new message is the card from then on."""
    case = await casework.assigned(town, acknowledged=False)
    liaison, handler = town["戚联络员"], town["华科员"]
    lost, _button = handler.find("签收")
    stored = town.standin.town.message(handler.user_id, lost.message_id)
    assert stored is not None
    stored.deleted = True
    await liaison.presses("签收")
    assert "戚联络员 2026年3月2日" in handler.sees("001号").text
    (anew,) = [view for view in handler.messages if view.buttons]
    assert anew.message_id != lost.message_id
    assert anew.silent
    cards = select(Card.message_id).where(Card.case_id == case, Card.message_id == anew.message_id)
    assert town.look(lambda read: list(read.exec(cards))) == [anew.message_id]
    town.acts(lambda book: book.refresh(case))
    await town.settled()
    assert len([view for view in handler.messages if view.buttons]) == 1


async def test_a_stub_for_a_message_that_is_gone_is_nothing(town: World) -> None:
    """Guard against a new message where the buttons were only to be taken off an old one."""
    put(town, "何代表", "old words", shape=Shape.STUB, edits=4711)
    put(town, "何代表", "instead", edits=4711)
    await town.settled()
    assert texts(town, "何代表") == ["instead"]


async def test_a_group_s_letters_follow_it_to_its_supergroup(town: World) -> None:
    """Guard migration as the error tells it: the letter arrives, and the group is known by its new id."""
    await bind_group(town)
    put_to_group(town, "before")
    await town.settled()
    old, new = town.standin.town.chats[GROUP], -1_000_000_000_500
    town.standin.town.chats[new] = Chat(new, SUPERGROUP, old.title, dict(old.members))
    old.migrated_to = new
    put_to_group(town, "after", "later")
    await town.settled()
    assert [view.text for view in town.standin.chat(new)] == ["after", "later"]
    assert town.look(lambda read: read.exec(select(Group.chat_id)).one()) == new
    assert letters(town, settled_at=None) == []


async def test_a_letter_that_cannot_be_rendered_is_told_of_once_and_the_others_go_on(
    town: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Guard against our own mistakes in a notice: one dead letter, one word to each of the office, no loop."""
    put(town, "何代表", "", kind="no such kind", facts={})
    put(town, "何代表", "next")
    put(town, "金代表", "beside")
    await town.settled()
    assert (texts(town, "何代表"), texts(town, "金代表")) == (["next"], ["beside"])
    (told,) = texts(town, "施主任")
    assert "待办" in told
    assert texts(town, "何主任") == [], "a proposer's letters are his desk's business"
    (dead,) = letters(town, kind="no such kind")
    assert (dead.outcome, dead.fault) == ("dead", "KeyError")
    monkeypatch.setattr("bot.carrier.render", _broken)
    put(town, "何代表", "", kind="no such kind", facts={})
    await town.settled()
    assert len(texts(town, "施主任")) == 1, "once an hour is enough"


async def test_a_message_too_long_for_telegram_is_told_of(town: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """Guard any other refusal: the letter is dead, the office is told, the rest goes on."""
    monkeypatch.setattr("bot.carrier.render", _long)
    put(town, "何代表", "long")
    put(town, "金代表", "short")
    await town.settled()
    assert texts(town, "何代表") == []
    assert texts(town, "金代表") == ["short"]
    assert len(texts(town, "施主任")) == 1


def _broken(_read: Read, letter: Letter, *_more: object) -> Page:
    raise ZeroDivisionError(letter.kind)


def _long(_read: Read, letter: Letter, *_more: object) -> Page:
    return pages.text("督" * 5000 if letter.facts.get("msgid") == "long" else letter.facts.get("msgid", letter.kind))


async def test_a_group_hears_twenty_a_minute_and_no_429(town: World) -> None:
    """Guard the group's pace as the stand-in counts it: forty letters in order, none refused."""
    await bind_group(town)
    put_to_group(town, *(f"{number}" for number in range(40)))
    await town.settled()
    assert [view.text for view in town.standin.chat(GROUP)] == [f"{number}" for number in range(40)]
    calls = sends(town, GROUP)
    assert all(call.ok for call in calls)
    assert all(later.at - earlier.at >= 60 for earlier, later in zip(calls, calls[20:], strict=False))


async def test_an_answer_overtakes_a_broadcast(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Guard priorities: while a hundred are being told, one who asks is answered among the next few."""
    monkeypatch.setattr("tests.world.PULSE", Pulse(5))
    town = World(tmp_path, Terms())
    await town.start()
    try:
        await town.enrol([person(f"代表{number}", "deputy") for number in range(101)])
        town.acts(_broadcast)
        await town.standin.wait_for(lambda: len(sends(town)) >= 5)
        before = len(sends(town))
        put(town, "代表100", "answer", priority=Priority.ANSWER)
        await town.standin.wait_for(lambda: sends(town, account(town, "代表100")))
        place = [call.values["chat_id"] for call in sends(town)].index(account(town, "代表100"))
        assert place - before <= 25
        assert len(sends(town)) < 60, "the broadcast was still under way"
        await town.settled()
        assert all(texts(town, f"代表{number}") == ["to all"] for number in range(100))
    finally:
        await town.stop()


def _broadcast(book: Book) -> None:
    for number in range(100):
        book.send(**said("to all"), person_id=_id(book, f"代表{number}"), priority=Priority.BROADCAST)


async def test_an_answer_overtakes_what_waits_for_the_same_person(town: World) -> None:
    """Guard priorities within one chat: the next question does not wait behind twenty notices."""
    town.acts(lambda book: [book.send(**said(f"{n}"), person_id=_id(book, "何代表")) for n in range(20)])
    await town.standin.wait_for(lambda: sends(town, account(town, "何代表")))
    put(town, "何代表", "question", priority=Priority.ANSWER)
    await town.settled()
    heard = texts(town, "何代表")
    assert [text for text in heard if text != "question"] == [f"{n}" for n in range(20)], "the rest stays in order"
    assert heard.index("question") < 19


async def test_a_long_queue_to_one_chat_stands_before_nobody(town: World) -> None:
    """Guard fairness: three hundred letters to one group hold up no letter to another, however little it matters."""
    await bind_group(town)
    put_to_group(town, *(f"{number}" for number in range(300)))
    put(town, "何代表", "beside", priority=Priority.BROADCAST)
    await town.standin.wait_for(lambda: texts(town, "何代表"))
    assert len(town.standin.chat(GROUP)) < 100


async def test_what_a_restart_finds_in_one_chat_s_long_queue_is_taken_up_bit_by_bit(town: World) -> None:
    """Guard claims of twenty a chat: the next twenty are claimed when these have gone, in order, and nobody waits."""
    await town.stop_bot()
    town.acts(lambda book: [book.send(**said(f"{n}"), person_id=_id(book, "何代表")) for n in range(70)])
    put(town, "金代表", "beside", priority=Priority.BROADCAST)
    await town.start_bot()
    await town.settled()
    assert texts(town, "何代表") == [f"{n}" for n in range(70)]
    assert texts(town, "金代表") == ["beside"]


async def test_a_page_with_files_goes_on_where_it_was_broken_off(town: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """Guard against a second copy of the words because a file behind them was refused."""
    page = pages.text("words", files=(Document("a.txt", b"a"), Document("b.txt", b"b")))
    monkeypatch.setattr("bot.carrier.render", lambda *_facts: page)
    town.standin.fault("sendDocument", kind="500", times=2, chat_id=account(town, "何代表"))
    put(town, "何代表", "")
    await town.settled()
    heard = [view.file.name if view.file else view.text for view in town["何代表"].messages if view.from_bot]
    assert heard == ["words", "a.txt", "b.txt"]


async def test_a_refusal_nobody_knows_marks_nobody_unreachable(town: World) -> None:
    """Guard an unknown 403: the letter is dead, the person is not, the next letter arrives."""
    words = "Forbidden: something new"
    town.standin.fault("sendMessage", kind="403", chat_id=account(town, "华科员"), words=words)
    put(town, "华科员", "first")
    put(town, "华科员", "second")
    await town.settled()
    assert texts(town, "华科员") == ["second"]
    assert [letter.outcome for letter in letters(town, kind="said", person_id=_person(town, "华科员"))] == [
        "dead",
        "sent",
    ]
    assert len(texts(town, "何主任")) == 1


async def test_a_group_that_threw_the_bot_out_is_unbound(town: World) -> None:
    """Guard “bot was kicked”: its letters end, and those whose group it was are told."""
    await bind_group(town)
    words = "Forbidden: bot was kicked from the group chat"
    town.standin.fault("sendMessage", kind="403", chat_id=GROUP, words=words)
    put_to_group(town, "one", "two")
    await town.settled()
    assert town.standin.chat(GROUP) == []
    assert town.look(lambda read: read.exec(select(Group.chat_id)).one()) is None
    assert len(texts(town, "何主任")) == 1


def _person(town: World, name: str) -> int:
    return town.look(lambda read: read.exec(select(Person.id).where(Person.name == name)).one())


async def test_a_letter_to_somebody_who_is_unbound_meanwhile_waits_and_harms_nobody(town: World) -> None:
    """Guard against letters without an address filling the view of the sender."""
    await town.stop_bot()
    town.acts(lambda book: [book.send(**said(f"{n}"), person_id=_id(book, "何代表")) for n in range(250)])
    town.acts(lambda book: book.change(book.get(Person, _id(book, "何代表")), account=None))
    put(town, "金代表", "beside")
    await town.start_bot()
    await town.standin.wait_for(lambda: texts(town, "金代表"))
    assert texts(town, "何代表") == []


async def test_a_full_disk_doubles_no_message(town: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """Guard a mark that cannot be written: the message is out, so only the mark is tried again."""
    settle, left = outcomes.settle, iter(range(3))

    def fails(*facts: Any, **named: Any) -> Any:
        if next(left, None) is not None:
            raise OperationalError("UPDATE", {}, sqlite3.OperationalError("database or disk is full"))
        return settle(*facts, **named)

    monkeypatch.setattr(outcomes, "settle", fails)
    put(town, "何代表", "once")
    await town.settled()
    assert texts(town, "何代表") == ["once"]
    assert [letter.outcome for letter in letters(town, kind="said")] == ["sent"]


async def test_a_stop_lets_what_is_on_the_line_arrive_and_be_marked(town: World) -> None:
    """Guard SIGTERM: the call under way is waited for, what waits is left for the next start, nothing is doubled."""
    server, hold, inside = town.standin.server, asyncio.Event(), asyncio.Event()
    assert server is not None
    perform = server._perform

    async def slow(asked: Any, fault: Any) -> Any:
        if asked.method == "sendMessage":
            inside.set()
            await hold.wait()
        return await perform(asked, fault)

    server._perform = slow  # type: ignore[method-assign]
    put(town, "何代表", "first")
    put(town, "何代表", "second")
    await inside.wait()
    stopping = asyncio.create_task(town.stop_bot())
    put_off = asyncio.create_task(hold.wait())
    await asyncio.wait([stopping, put_off], timeout=0.05)
    assert not stopping.done(), "it waits for the call"
    hold.set()
    await stopping
    assert texts(town, "何代表") == ["first"]
    assert [letter.outcome for letter in letters(town, kind="said")] == ["sent", None]
    await town.start_bot()
    await town.settled()
    assert texts(town, "何代表") == ["first", "second"]


async def _morning_meets(town: World, *, taken: bool) -> None:
    """Hold a morning while the last one's digest is on the line, whose call then takes effect or is lost."""
    await casework_mornings.watched(town, acknowledged=False)
    await town.turns(to=moment(3, 3, 18))
    server, hold, inside, liaison = town.standin.server, asyncio.Event(), asyncio.Event(), account(town, "戚联络员")
    assert server is not None
    assert town.app is not None
    perform = server._perform

    async def slow(asked: Any, fault: Any) -> Any:
        if asked.method == "sendMessage" and asked.values.get("chat_id") == liaison and not inside.is_set():
            inside.set()
            await hold.wait()
            fault = fault if taken else Fault("*", "500", 1, None, 0)
        return await perform(asked, fault)

    server._perform = slow  # type: ignore[method-assign]
    for day in (4, 5):
        town.clock._now = moment(3, day).astimezone(UTC)
        await town.app.tick()
        await inside.wait()
    hold.set()
    await town.settled()


@pytest.mark.parametrize("taken", [True, False])
async def test_a_digest_on_the_line_is_not_said_again_by_the_next_morning(town: World, *, taken: bool) -> None:
    """Guard each line of it: told once where it arrives, and with the morning's own where it does not."""
    await _morning_meets(town, taken=taken)
    mine = [each for each in letters(town, kind="digest") if each.chat_id == account(town, "戚联络员")]
    first, *others = mine
    assert first.outcome == ("sent" if taken else "overtaken")
    assert [each.outcome for each in others] == ["sent"]
    said_so = [text for text in texts(town, "戚联络员") if text.startswith("今日提醒")]
    assert len(said_so) == (2 if taken else 1)
    carried = town.look(lambda read: list(read.exec(select(Item.letter_id).where(Item.person_id == first.person_id))))
    assert set(carried) == {each.id for each in mine if each.outcome == "sent"}, "no line waits, none is lost"


async def test_a_card_that_changes_on_its_way_is_brought_up_to_date(town: World) -> None:
    """Guard the gap between rendering and arriving: what is done in it finds no card yet, and shows all the same."""
    case = await casework.registered(town)
    server = town.standin.server
    assert server is not None
    perform, done = server._perform, asyncio.Event()

    async def late(asked: Any, fault: Any) -> Any:
        if asked.method == "sendMessage" and not done.is_set():
            done.set()
            await town.database.act(lambda read: _titled(Book(read, town.clock(), Terms(), CLOCK), case))
        return await perform(asked, fault)

    server._perform = late  # type: ignore[method-assign]
    town.acts(lambda book: book.turn([_id(book, "何主任")], case, "card"))
    await town.settled()
    assert "改过的标题" in town["何主任"].sees("001号").text


def _titled(book: Book, case_id: int) -> None:
    book.change(book.get(Case, case_id), title="改过的标题")
    book.record("titled", case_id)
    book.refresh(case_id)


@pytest.mark.parametrize("kind", ["500", "drop", "429"])
async def test_an_answer_that_is_lost_on_the_way_is_tried_again(town: World, kind: str) -> None:
    """Guard reads, behind which no letter stands: a hiccup of the line is no failure of ours that he hears of."""
    town.standin.fault("sendMessage", times=2, kind=kind, chat_id=account(town, "何代表"), retry_after=5)
    await town["何代表"].writes("这是什么？")
    (answer,) = texts(town, "何代表")
    assert "帮助" in answer


async def test_a_deed_stays_done_though_its_answer_is_lost(town: World) -> None:
    """Guard against an apology for what was done: the press is answered, the card comes, and nothing else."""
    await casework.assigned(town, acknowledged=False)
    liaison = town["戚联络员"]
    heard = texts(town, "戚联络员")
    town.standin.fault("editMessageText", times=3, kind="500", chat_id=liaison.user_id)
    assert await liaison.presses("签收") == "已签收"
    assert "戚联络员 2026年3月2日" in liaison.sees("001号").text
    assert len(texts(town, "戚联络员")) == len(heard)


async def test_the_turnstile_keeps_order_by_priority_and_parks_one_chat() -> None:
    """Guard the gate alone: first things first, a parked chat holds up no other, whoever gave up is passed over."""
    turnstile = Turnstile(Pulse(1000))
    turnstile.pace.park(1, turnstile._pulse() + 10_000)
    passed: list[str] = []

    async def comes(name: str, chat: int, priority: int) -> None:
        await turnstile.through(Method.SEND, chat, priority)
        passed.append(name)

    waiting = [
        asyncio.create_task(comes(name, chat, priority))
        for name, chat, priority in (("late", 2, 8), ("parked", 1, 1), ("gone", 3, 2), ("answer", 4, 1), ("act", 5, 3))
    ]
    await asyncio.sleep(0)
    waiting[2].cancel()
    running = asyncio.create_task(turnstile.run())
    await asyncio.wait([waiting[0], waiting[3], waiting[4]])
    assert passed == ["answer", "act", "late"]
    assert not waiting[1].done()
    turnstile.close()
    await asyncio.wait(waiting)
    assert waiting[1].cancelled()
    with pytest.raises(asyncio.CancelledError):
        await turnstile.through(Method.SEND, 9, 1)
    await turnstile.through(Method.SEND, 10, 1, begun=True)
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)
