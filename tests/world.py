"""The world of the tests: a real database, the shipped stand-in for Telegram over real HTTP, a clock that we turn.

At the end of a test every letter that nobody has asserted fails it.
"""

import asyncio
import io
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, time
from functools import partial
from pathlib import Path
from typing import Any, TypeVar
from zoneinfo import ZoneInfo

from sqlmodel import col, select

from bot import log
from bot.app import App, Plan, Telegram
from bot.clock import TurnedClock
from bot.hooking import Hook
from bot.pulse import Pulse
from bot.sandbox.telegram import StandIn
from bot.sandbox.views import Button, View
from storage import inbox
from storage.acts import people
from storage.acts.people import Enrolment
from storage.book import CLOCK, Book
from storage.database import Database
from storage.reading import Read
from storage.rules.terms import Terms
from storage.rules.words import Role
from storage.tables import Letter, Person, Update
from tests.databases import Place
from tests.standins import tells_nothing

T = TypeVar("T")
ZONE = ZoneInfo("Asia/Shanghai")
START = datetime(2026, 3, 2, 9, 0, tzinfo=ZONE)
TOKEN = "7000000001:AAEhBP0av28s3uLQm1Fh7nKd1pJzWqTestTo"
PULSE = Pulse(1000)
PATIENCE = 20.0
FIRST_ACCOUNT = 10_001


def label(text: str) -> str:
    """Give a button's label: its text without emoji, digits, spaces and punctuation (chat.md)."""
    return "".join(re.findall(r"[A-Za-z\u4e00-\u9fff]", text))


@dataclass
class Phone:
    """One person at his phone."""

    world: "World"
    name: str
    user_id: int
    heard: set[int] = field(default_factory=set)
    toast: str = ""

    @property
    def messages(self) -> list[View]:
        """What stands in his private chat, oldest first."""
        return self.world.standin.chat(self.user_id)

    @property
    def unheard(self) -> list[View]:
        """The bot's messages that no test line has asserted."""
        return [view for view in self.messages if view.from_bot and view.message_id not in self.heard]

    def hears(self, *words: str, file: str | None = None) -> View:
        """Assert that a message not asserted before says these words, or brings this file; give it."""
        for view in self.unheard:
            named = file is None or (view.file is not None and file in view.file.name)
            if named and all(word in view.text for word in words):
                self.heard.add(view.message_id)
                return view
        said = "\n---\n".join(view.text or str(view.file) for view in self.unheard)
        msg = f"{self.name} did not hear {words} {file or ''}; unheard are:\n{said}"
        raise AssertionError(msg)

    def hears_nothing(self) -> None:
        """Assert that there is nothing that was not asserted."""
        assert not self.unheard, f"{self.name} heard: {[view.text for view in self.unheard]}"

    def skims(self) -> None:
        """Take everything as heard: for what another test is about."""
        self.heard |= {view.message_id for view in self.messages}

    def sees(self, *words: str) -> View:
        """Give the newest message in the chat that says these words now, heard or not."""
        for view in reversed(self.messages):
            if all(word in view.text for word in words):
                return view
        said = "\n---\n".join(view.text for view in self.messages[-5:])
        msg = f"{self.name} does not see {words}; the last messages are:\n{said}"
        raise AssertionError(msg)

    def buttons(self, view: View | None = None) -> list[str]:
        """List the labels of the buttons that stand in the chat, or under one message."""
        views = [view] if view else self.messages
        return [label(button.text) for each in views for row in each.buttons for button in row]

    def find(self, wanted: str, within: str = "") -> tuple[View, Button]:
        """Find the newest button with this label, under a message that says `within`."""
        for view in reversed(self.messages):
            if within and within not in view.text:
                continue
            for row in view.buttons:
                for button in row:
                    if label(button.text) == label(wanted) if label(wanted) else button.text == wanted:
                        return view, button
        msg = f"{self.name} has no button “{wanted}” in “{within}”, only {self.buttons()}"
        raise AssertionError(msg)

    async def presses(self, wanted: str, within: str = "") -> str:
        """Press a button by its label; give the words the press was answered with."""
        view, button = self.find(wanted, within)
        return await self.presses_data(view, button.data)

    async def presses_data(self, view: View, data: str, *, forged: bool = False) -> str:
        """Press with given data; every press must be answered exactly once."""
        query = await self.world.standin.press(self.user_id, view.message_id, data, view.chat_id, forged=forged)
        await self.world.settled()
        assert query in self.world.standin.answers, "the press was not answered"
        self.toast = self.world.standin.answers[query].text
        return self.toast

    async def writes(self, words: str, reply_to: View | None = None, chat_id: int | None = None) -> None:
        """Type a message."""
        await self.world.standin.type(self.user_id, words, chat_id, reply_to.message_id if reply_to else None)
        await self.world.settled()

    async def sends(self, name: str, content: bytes, mime: str = "application/octet-stream", **how: Any) -> None:
        """Send a file."""
        reply_to: View | None = how.pop("reply_to", None)
        if reply_to is not None:
            how["reply_to"] = reply_to.message_id
        await self.world.standin.send_file(self.user_id, name, content, mime, **how)
        await self.world.settled()


class Log(io.StringIO):
    """The whole log; `on_line` is told of each line, in whichever thread it is written."""

    def __init__(self) -> None:
        super().__init__()
        self.on_line: Callable[[], object] = lambda: None

    def write(self, text: str) -> int:
        """Keep a line, and tell."""
        written = super().write(text)
        self.on_line()
        return written


class World:
    """A town with its bot."""

    def __init__(
        self, folder: Path, terms: Terms, *, full: bool = True, language: str = "zh_CN", kind: str | None = None
    ) -> None:
        self.clock = TurnedClock(START, ZONE)
        self.standin = StandIn(TOKEN, now=self.clock, pulse=PULSE)
        self.standin.town.query_lifetime *= PULSE.speed  # the pulse runs fast, the answering process does not
        self.place = Place(folder, kind)
        self.database = self.place.open()
        self._made = False
        self.terms = terms
        self._full = full
        self._language = language
        self._hook: Hook | None = None
        self.app: App | None = None
        self.phones: dict[str, Phone] = {}
        self._stirred = asyncio.Event()
        self.log = Log()

    async def start(self, rows: Sequence[Enrolment] = ()) -> None:
        """Start Telegram's stand-in and the bot, these people enrolled and bound; keep the whole log."""
        log.configure("INFO", [TOKEN], self.log)
        if not self._made:
            self.place.make(repr(tuple(rows)), partial(_people, rows=rows))
            self._made = True
        await self.standin.start()
        await self.start_bot()
        for user_id, name in _accounts(rows):
            await self.newcomer(name)
            self.standin.open_chat(user_id)

    async def start_bot(self) -> None:
        """Start the bot on what its database holds."""
        plan = Plan(
            telegram=Telegram(TOKEN, self.standin.url, self.standin.file_url),
            database=self.database,
            terms=self.terms,
            full=self._full,
            language=self._language,
            hook=self._hook,
            tick_seconds=None,
            clock=self.clock,
            pulse=PULSE,
        )
        self.app = App(plan)
        await self.app.start()
        loop = asyncio.get_running_loop()
        self.app.intake.on_rest = self._stirred.set
        self.app.sender.on_rest = self._stirred.set
        self.database.after_commit(self._stir(loop))

    def _stir(self, loop: asyncio.AbstractEventLoop) -> Callable[[object], None]:
        """Give what wakes those who wait for rest, from the writer's thread."""

        def stir(_posted: object) -> None:
            if not loop.is_closed():
                loop.call_soon_threadsafe(self._stirred.set)

        return stir

    async def stop_bot(self) -> None:
        """Stop the bot and open its database anew for the next start."""
        if self.app is not None:
            await self.app.stop()
            self.app = None
            self.database = self.place.open()

    async def stop(self) -> None:
        """Stop everything."""
        if self.app is not None:
            await self.app.stop()
        self.database.close()  # a second time where the bot has closed it, the first where a test has stopped the bot
        await self.standin.stop()
        self.place.drop()

    async def settled(self) -> None:
        """Wait until every update is handled and every letter that may go has gone."""
        async with asyncio.timeout(PATIENCE):
            while not await self._at_rest():
                await self._stirred.wait()
                self._stirred.clear()

    async def _at_rest(self) -> bool:
        """Tell whether nothing is under way."""
        self._stirred.clear()
        app = self.app
        assert app is not None
        if not (app.intake.idle and app.sender.idle):
            return False
        newest = max(self.standin.updates, default=0)
        return (
            await self.database.read(lambda read: _at_rest(read, newest, self.clock()))
            and app.intake.idle
            and app.sender.idle
        )

    async def turns(self, *, days: int = 0, working_days: int = 0, to: datetime | None = None) -> None:
        """Turn the clock; each working morning on the way is held."""
        assert self.app is not None
        tick = self._tick
        if to is not None:
            await self.clock.turn(to if to.tzinfo else to.replace(tzinfo=ZONE), tick)
        if days:
            await self.clock.turn_days(days, tick)
        if working_days:
            await self.clock.turn_working_days(working_days, tick)

    async def at(self, hour: int, minute: int = 0) -> None:
        """Turn the clock to a time of the same day."""
        await self.turns(to=datetime.combine(self.clock.today, time(hour, minute), ZONE))

    async def _tick(self) -> None:
        """Tick and let everything that follows come to rest."""
        assert self.app is not None
        await self.app.tick()
        await self.settled()

    def look(self, query: Callable[[Read], T]) -> T:
        """Read the database."""
        return self.database.look(query)

    def acts(self, act: Callable[..., T], *facts: Any, **named: Any) -> T:
        """Run an act of the clock's directly: for what another test is about."""
        return self.database.act_now(lambda read: act(Book(read, self.clock(), self.terms, CLOCK), *facts, **named))

    # people

    async def enrol(self, rows: Sequence[Enrolment]) -> None:
        """Enter people and bind their accounts without the way through codes, which has tests of its own."""
        self.acts(people.enrol, rows)
        for row in rows:
            if not row.is_group and row.name not in self.phones:
                await self._settle_in(row.name)

    async def _settle_in(self, name: str) -> None:
        """Give a person a phone on which he has pressed start."""
        user_id = await self.newcomer(name)

        def bind(read: Read) -> None:
            person = read.exec(select(Person).where(Person.name == name)).one()
            Book(read, self.clock(), self.terms, CLOCK).change(person, account=user_id, bound_at=self.clock())

        await self.database.act(bind)
        self.standin.open_chat(user_id)

    async def newcomer(self, name: str, language: str | None = "zh-hans") -> int:
        """Give somebody a phone that nobody is bound to yet."""
        user_id = FIRST_ACCOUNT + len(self.phones)
        await self.standin.join(user_id, name, language_code=language)
        self.phones[name] = Phone(self, name, user_id)
        return user_id

    def __getitem__(self, name: str) -> Phone:
        """Give a person's phone."""
        return self.phones[name]

    def log_tells_nothing(self) -> None:
        """Fail where the whole log of the test shows the token or a telephone number."""
        tells_nothing(self.log.getvalue(), TOKEN)

    def everybody_heard(self) -> None:
        """Fail on any message that nobody expected."""
        left = {phone.name: [view.text for view in phone.unheard] for phone in self.phones.values() if phone.unheard}
        assert not left, f"messages nobody expected: {left}"


def _at_rest(read: Read, newest: int, at: datetime) -> bool:
    """Tell whether every update is stored and handled and no letter may go."""
    if (inbox.highest(read) or 0) < newest:
        return False
    open_now = (col(Update.not_before).is_(None)) | (col(Update.not_before) <= at)
    if read.exec(select(Update.id).where(col(Update.handled_at).is_(None), open_now)).first() is not None:
        return False
    waiting = select(Letter.id).where(
        col(Letter.settled_at).is_(None), (col(Letter.not_before).is_(None)) | (col(Letter.not_before) <= at)
    )
    return read.exec(waiting).first() is None


def _people(database: Database, rows: Sequence[Enrolment]) -> None:
    """Fill a database with these people, enrolled and bound."""
    if rows:
        database.act_now(lambda read: _settle(Book(read, START, Terms(), CLOCK), rows))


def _settle(book: Book, rows: Sequence[Enrolment]) -> None:
    """Enrol people and bind their accounts."""
    people.enrol(book, rows)
    for user_id, name in _accounts(rows):
        found = book.read.exec(select(Person).where(Person.name == name)).one()
        book.change(found, account=user_id, bound_at=book.at)


def _accounts(rows: Sequence[Enrolment]) -> list[tuple[int, str]]:
    """Give everybody's account, in the order in which phones are handed out."""
    return list(enumerate(dict.fromkeys(row.name for row in rows if not row.is_group), FIRST_ACCOUNT))


def person(name: str, role: str, unit: str | None = None, position: str = "", **more: Any) -> Enrolment:
    """Shorten a row of the roster."""
    return Enrolment(person=more.pop("key", name), name=name, role=Role(role), unit=unit, position=position, **more)


__all__ = ["START", "ZONE", "Phone", "World", "label", "person"]
