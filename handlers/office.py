"""The frozen bundle that conversations are given: database, clock, tongue, terms in force."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from typing import Any, Concatenate, ParamSpec, Protocol, TypeVar

from handlers import tongue
from handlers.buttons import Button
from handlers.pages import Page, text
from handlers.tongue import Tongue
from storage import inbox, turns
from storage.book import Actor, Book
from storage.database import Database
from storage.queries.roster import PersonView
from storage.reading import Read
from storage.rules.terms import Terms
from storage.turns import Hold

P = ParamSpec("P")
T = TypeVar("T")


@dataclass(frozen=True)
class Sent:
    """A file that came with a message, still at Telegram's: `size` in bytes."""

    telegram_id: str
    name: str
    mime: str
    size: int
    kind: str  # document · photo · voice · video · audio · other


@dataclass(frozen=True)
class Call:
    """One update in plain words: who, where, and what was pressed, typed or sent."""

    update_id: int
    chat_id: int
    private: bool
    account: int
    language: str
    person: PersonView | None
    tongue: Tongue
    command: str | None = None
    words: str = ""
    files: tuple[Sent, ...] = ()
    button: Button | None = None
    message_id: int | None = None
    replies_to: int | None = None
    forwarded: bool = False
    chat_title: str = ""
    event: str = ""  # blocked · unblocked · edited · migrated · other; none for what somebody says or presses
    moved_to: int | None = None  # the id of the supergroup that a group has become
    marks: list[str] = field(default_factory=list)  # the acts that have marked the update handled
    letters: list[int] = field(default_factory=list)  # that its act has written, by id
    hold: Hold | None = None  # under which its chat is in this replica's hand

    @property
    def person_id(self) -> int:
        """The id of the person; the gate lets nobody unbound further than joining."""
        assert self.person is not None
        return self.person.id

    def say(self, msgid: str, **facts: object) -> str:
        """Say a sentence in the caller's language."""
        return self.tongue.fill(msgid, facts)


@dataclass(frozen=True)
class Opening:
    """A dialogue to begin, with what is known already."""

    dialogue: str
    facts: Mapping[str, Any] = field(default_factory=dict)
    case_id: int | None = None


@dataclass(frozen=True)
class Answer:
    """What a conversation gives back: a word to the press, pages, or a new face for the message pressed."""

    toast: str = ""
    alert: bool = False
    pages: tuple[Page, ...] = ()
    edit: Page | None = None
    aside: tuple[Page, ...] = ()  # for the private chat of who called from a group
    opening: Opening | None = None
    refused: bool = False
    answered: bool = False  # the press has been answered already, because this took long

    @property
    def is_read(self) -> bool:
        """Tell whether there is anything to read, which goes out at the chat's pace."""
        return bool(self.pages or self.aside or self.edit)

    @property
    def is_brief(self) -> bool:
        """Tell whether what there is to read is one message in the chat itself."""
        return not self.aside and len(self.pages) + bool(self.edit) == 1 and not any(page.files for page in self.pages)

    def in_words(self) -> "Answer":
        """Say as a message what was to be a word to the press, which waits for none any more."""
        if not self.toast:
            return self
        return replace(self, toast="", alert=False, pages=(*self.pages, text(self.toast)), answered=True)


@dataclass(frozen=True)
class Reader:
    """Whom a page is for: language, what may travel by Telegram, and the office's day."""

    tongue: Tongue
    full: bool
    now: datetime
    terms: Terms
    person: PersonView | None = None

    @property
    def today(self) -> date:
        """The office's day."""
        return self.terms.today(self.now)

    def say(self, msgid: str, **facts: object) -> str:
        """Say a sentence in the reader's language."""
        return self.tongue.fill(msgid, facts)


class Post(Protocol):
    """How a page goes out at once, without a letter: for reads, which may be repeated."""

    def __call__(self, chat_id: int, page: Page, edits: int | None = None) -> Awaitable[None]:
        """Send a page to a chat, or put it in the place of a message."""
        ...


class Toast(Protocol):
    """How a press is answered: its number, a few words (none: the client's wheel just stops), in a window or not."""

    def __call__(self, query_id: str, words: str, *, alert: bool) -> Awaitable[None]:
        """Answer a press."""
        ...


@dataclass(frozen=True)
class Office:
    """What every conversation needs; nothing in it changes while the bot runs."""

    database: Database
    clock: Callable[[], datetime]
    terms: Terms
    full: bool
    language: str
    key: bytes
    bot_name: str
    fetch: Callable[[str], Awaitable[bytes]]
    post: Post

    async def act(self, call: Call, act: Callable[Concatenate[Book, P], T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Run an act in one transaction that also marks the update handled; at most one an update."""
        return await self._act(call, act, lambda book: act(book, *args, **kwargs), brief=False)

    async def press(self, call: Call, act: Callable[Concatenate[Book, P], T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Run an act as `act` does that touches one case only: where the database is a file, in the event loop."""
        return await self._act(call, act, lambda book: act(book, *args, **kwargs), brief=True)

    async def _act(self, call: Call, act: object, done: Callable[[Book], T], *, brief: bool) -> T:
        """Run an act with its values."""

        def unit(read: Read) -> tuple[T, bool, list[int]]:
            person_id = call.person.id if call.person else None
            book = Book(read, self.clock(), self.terms, Actor(person_id, call.update_id))
            result = done(book)
            inbox.settle(read, call.update_id, inbox.DONE, book.at)
            return result, _passed(read, call.hold), [letter.id for letter in read.posted if letter is not None]

        result, left, letters = await self.database.act(unit, brief=brief)
        call.letters.extend(letters)
        call.marks.append(getattr(act, "__name__", inbox.DONE))
        _note(call.hold, left=left)
        return result

    async def close(self, update_id: int, hold: Hold | None, outcome: str) -> None:
        """Mark an update that had no act of its own."""

        def unit(read: Read) -> bool:
            inbox.close(read, update_id, outcome, self.clock())
            return _passed(read, hold)

        _note(hold, left=await self.database.act(unit, guarded=True, brief=True))

    async def fail(self, update_id: int, hold: Hold | None, fault: str) -> bool:
        """Note a failure of ours; tell whether the update will be tried again."""

        def unit(read: Read) -> tuple[timedelta | None, bool]:
            again = inbox.fail(read, update_id, self.clock(), fault)
            return again, _passed(read, hold)

        again, left = await self.database.act(unit, guarded=True, brief=True)
        _note(hold, left=left)
        if hold is not None and again is not None:
            hold.again = again.total_seconds()
        return again is not None

    async def leave(self, hold: Hold) -> None:
        """Leave a chat of which nothing waits, unless something was stored meanwhile; raise `Overtaken`."""
        _note(hold, left=await self.database.act(lambda read: turns.passed(read, hold), guarded=True, brief=True))

    async def read(self, query: Callable[Concatenate[Read, P], T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Run a query beside the writer."""
        return await self.database.read(lambda read: query(read, *args, **kwargs))

    async def glance(self, query: Callable[Concatenate[Read, P], T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Run a query that finds a handful of rows by their keys."""
        return await self.database.glance(lambda read: query(read, *args, **kwargs))

    def reader(self, person: PersonView | None, client: str | None = None) -> Reader:
        """Give the reader that a person is: his own language, else his client's, else the office's."""
        wishes = (person.language, person.client_language) if person else (None, None)
        spoken = tongue.choose(wishes[0], wishes[1] or client, self.language, zone=self.terms.zone)
        return Reader(spoken, self.full, self.clock(), self.terms, person)


def _passed(read: Read, hold: Hold | None) -> bool:
    """Go on after an update in the transaction that marks it; tell whether its chat was left."""
    return hold is not None and turns.passed(read, hold)


def _note(hold: Hold | None, *, left: bool) -> None:
    """Tell the lane what was committed."""
    if hold is not None:
        hold.left = left
