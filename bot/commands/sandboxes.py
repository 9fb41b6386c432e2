"""`duban sandbox`: everything on this machine, with no token and no internet."""

import asyncio
import socket
import sys
import webbrowser
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import click
from sqlalchemy.exc import DatabaseError

from bot import log
from bot.app import App, Plan, Telegram
from bot.clock import Tick, TurnedClock
from bot.commands.running import serve
from bot.demo import town
from bot.hold import Held, held
from bot.sandbox.console import Console
from bot.sandbox.facts import Message, Query, User
from bot.sandbox.keeping import Unreadable
from bot.sandbox.telegram import StandIn
from storage import settings as memory
from storage.book import CLOCK, Book
from storage.database import Database
from storage.migrations.head import TooNew
from storage.reading import Read
from storage.rules.terms import Terms

FOLDER = Path("duban-sandbox")
TOKEN = "1000000001:sandbox-token-of-no-use-anywhere-else"  # noqa: S105 (the stand-in's own, worth nothing)
_ZONE = ZoneInfo("Asia/Shanghai")
_START = datetime(2026, 3, 2, 9, 0, tzinfo=_ZONE)  # a Monday (chat.md 5)
_CLOCK = "sandbox_clock"
_KEEP_SECONDS = 5
_HOST = "127.0.0.1"
_DATABASE, _CHATS, _LOCK = "duban.db", "telegram.db", "lock"
_URL = f"sqlite:///{FOLDER / _DATABASE}"
_LEAP = 10_000


@click.command()
@click.option("--fresh", is_flag=True, help="Start over: forget everything that was done in the sandbox.")
@click.option("--port", type=click.IntRange(0, 65535), default=8765, show_default=True, help="0 takes a free one.")
@click.option("--no-browser", is_flag=True, help="Do not open the console in a browser.")
def sandbox(*, fresh: bool, port: int, no_browser: bool) -> None:
    """Play a whole town in the browser: a stand-in for Telegram, demo people, a clock that can be turned."""
    log.configure("WARNING", [TOKEN], sys.stderr)
    try:
        FOLDER.mkdir(exist_ok=True)
        with _alone():
            _free(port)  # asked first: --fresh throws nothing away for a start that cannot be
            if fresh:
                _forget()
            asyncio.run(_play(port, browser=not no_browser))
    except Unreadable as error:
        raise click.ClickException(f"{error} (--fresh)") from None
    except (TooNew, DatabaseError) as error:
        why = error.orig if isinstance(error, DatabaseError) else error
        message = f"{FOLDER / _DATABASE} cannot be gone on with ({why}); it was left as it is; --fresh starts over"
        raise click.ClickException(message) from None
    except OSError as error:
        raise click.ClickException(f"{FOLDER}/ cannot be used ({error.strerror or error})") from None
    except KeyboardInterrupt:
        raise click.ClickException("stopped while starting") from None


@contextmanager
def _alone() -> Iterator[None]:
    """Hold the folder: two sandboxes in one would be two bots on one database."""
    try:
        with held(FOLDER / _LOCK):
            yield
    except Held:
        message = f"another sandbox is being played in {FOLDER}/; stop it first, or start this one in another folder"
        raise click.ClickException(message) from None


def _free(port: int) -> None:
    """Refuse a port that cannot be listened on."""
    with closing(socket.socket()) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((_HOST, port))
        except OSError as error:
            message = f"port {port} cannot be used ({error.strerror}); choose another with --port, or --port 0"
            raise click.ClickException(message) from None


def _forget() -> None:
    """Throw away what was done, and nothing else that may lie in the folder."""
    for name in (_DATABASE, _CHATS):
        for each in FOLDER.glob(f"{name}*"):
            each.unlink()


async def _play(port: int, *, browser: bool) -> None:
    """Run stand-in, console and bot until told to stop; what was done stays for the next start."""
    standin = StandIn(TOKEN, now=lambda: clock().astimezone(_ZONE))
    if standin.load(FOLDER / _CHATS):
        _leap(standin)
    clock = _entered()
    database = Database(_URL)

    async def tick() -> None:
        await app.tick()
        await database.act(lambda read: memory.put(read, _CLOCK, clock().isoformat()))

    async def turn(wish: dict[str, Any]) -> dict[str, Any]:
        await _turn(clock, tick, wish)
        return {"now": clock().isoformat()}

    Console(standin, turn)
    standin.town.watchers.append(lambda what, subject: _count_as_read(standin, what, subject))
    await _people(database, standin, clock)
    await standin.start(_HOST, port)
    app = App(_plan(database, standin, clock))
    keeping = asyncio.create_task(_keep(standin))
    try:
        click.echo(standin.origin)
        if browser:
            webbrowser.open(standin.origin)
        await serve(app)
    finally:
        keeping.cancel()
        standin.save(FOLDER / _CHATS)
        await standin.stop()


async def _keep(standin: StandIn) -> None:
    """Keep the chats every few seconds, so that a crash of the machine loses little of the play."""
    while True:
        await asyncio.sleep(_KEEP_SECONDS)
        standin.save(FOLDER / _CHATS)


def _leap(standin: StandIn) -> None:
    """Count on far ahead: after a crash the bot knows numbers that the chats, kept seconds before, have not given yet.

    An update with a number that was there before would be taken for a repetition and dropped in silence.
    """
    standin.town.last_id += _LEAP
    standin.town.serial += _LEAP
    standin.town.deliveries.next_id += _LEAP
    standin.save(FOLDER / _CHATS)  # at once: a crash right after this start must not lead to the same numbers again


def _count_as_read(standin: StandIn, what: str, subject: Message | Query | User) -> None:
    """Have the first letter to each, his welcome, lie there read: unread marks show whose turn it is."""
    town_ = standin.town
    if what != "new" or not isinstance(subject, Message) or len(town_.messages[subject.chat_id]) > 1:
        return
    if subject.sender == town_.bot.user_id and town_.unread.pop((subject.chat_id, subject.chat_id), 0):
        town_.changed("person", town_.users[subject.chat_id])


def _plan(database: Database, standin: StandIn, clock: TurnedClock) -> Plan:
    """Plan the same bot as the real one, pointed at the stand-in."""
    return Plan(
        telegram=Telegram(TOKEN, standin.url, standin.file_url),
        database=database,
        terms=Terms(),
        full=True,
        tick_seconds=30,
        audits=False,
        clock=clock,
    )


def _entered() -> TurnedClock:
    """Enter the demo town in one transaction the first time; give the clock as it was left."""

    def enter(read: Read) -> str:
        known = memory.get(read, _CLOCK)
        if known is None:
            book = Book(read, _START.astimezone(UTC), Terms(), CLOCK)
            town.settle(book, town.rows())
            town.enter(book)
            memory.put(read, _CLOCK, known := _START.isoformat())
        return str(known)

    database = Database(_URL)
    try:
        database.create()
        return TurnedClock(datetime.fromisoformat(database.act_now(enter)), _ZONE)
    finally:
        database.close()


async def _people(database: Database, standin: StandIn, clock: TurnedClock) -> None:
    """Tell the console who is who; whoever is new there has his chat open from before."""
    known = set(standin.town.users)
    book = partial(Book, at=clock(), terms=Terms(), by=CLOCK)
    for resident in database.look(lambda read: town.residents(book(read))):
        await standin.join(resident.account, resident.name)
        standin.describe(resident.account, resident.post, resident.unit, resident.section)
        if resident.account not in known:
            standin.open_chat(resident.account)


async def _turn(clock: TurnedClock, tick: Tick, wish: dict[str, Any]) -> None:
    """Turn the clock as the console wishes."""
    if "to" in wish:
        to = datetime.fromisoformat(wish["to"])
        await clock.turn(to if to.tzinfo else to.replace(tzinfo=_ZONE), tick)
    elif "days" in wish:
        await clock.turn_days(int(wish["days"]), tick)
    else:
        await clock.turn_working_days(int(wish["working_days"]), tick)
