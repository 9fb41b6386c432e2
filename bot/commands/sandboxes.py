"""`duban sandbox`: everything on this machine, with no token and no internet."""

import asyncio
import shutil
import sys
import webbrowser
from datetime import datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import click
from sqlmodel import Session

from bot import log
from bot.app import App, Plan, Telegram
from bot.clock import TurnedClock
from bot.commands.running import serve
from bot.demo import town
from bot.sandbox.console import Console
from bot.sandbox.telegram import StandIn
from storage import settings as memory
from storage.book import CLOCK, Book
from storage.database import Database
from storage.rules.terms import Terms

FOLDER = Path("duban-sandbox")
TOKEN = "1000000001:sandbox-token-of-no-use-anywhere-else"  # noqa: S105 (the stand-in's own, worth nothing)
_ZONE = ZoneInfo("Asia/Shanghai")
_START = datetime(2026, 3, 2, 9, 0, tzinfo=_ZONE)  # a Monday (chat.md 5)
_CLOCK = "sandbox_clock"
_KEEP_SECONDS = 5


@click.command()
@click.option("--fresh", is_flag=True, help="Start over: forget everything that was done in the sandbox.")
@click.option("--port", type=click.IntRange(0, 65535), default=8765, show_default=True, help="0 takes a free one.")
@click.option("--no-browser", is_flag=True, help="Do not open the console in a browser.")
def sandbox(*, fresh: bool, port: int, no_browser: bool) -> None:
    """Play a whole town in the browser: a stand-in for Telegram, demo people, a clock that can be turned."""
    if fresh and FOLDER.exists():
        shutil.rmtree(FOLDER)
    FOLDER.mkdir(exist_ok=True)
    log.configure("WARNING", [TOKEN], sys.stderr)
    try:
        asyncio.run(_play(port, browser=not no_browser))
    except OSError as error:
        raise click.ClickException(
            f"port {port} cannot be used ({error.strerror or error}); choose another with --port, or --port 0"
        ) from None


async def _play(port: int, *, browser: bool) -> None:
    """Run stand-in, console and bot until told to stop; what was done stays for the next start."""
    database = Database(f"sqlite:///{FOLDER / 'duban.db'}")
    database.create()
    known = database.look(lambda read: memory.get(read, _CLOCK))
    clock = TurnedClock(datetime.fromisoformat(known) if known else _START, _ZONE)
    standin = StandIn(TOKEN, now=lambda: clock().astimezone(_ZONE))
    saved = FOLDER / "telegram.db"
    standin.load(saved)
    app: App | None = None

    async def turn(wish: dict[str, Any]) -> dict[str, Any]:
        assert app is not None
        await _turn(clock, app, wish)
        database.act_now(lambda session: memory.put(session, _CLOCK, clock().isoformat()))
        return {"now": clock().isoformat()}

    Console(standin, turn)
    await standin.start(port=port)
    try:
        await _settle(database, standin, clock, fresh=not known)
        app = App(_plan(database, standin, clock))
        click.echo(standin.origin)
        if browser:
            webbrowser.open(standin.origin)
        keeping = asyncio.create_task(_keep(standin, saved))
        await serve(app)
        keeping.cancel()
    finally:
        standin.save(saved)
        await standin.stop()


async def _keep(standin: StandIn, path: Path) -> None:
    """Keep the chats every few seconds, so that a crash of the machine loses little of the play."""
    while True:
        await asyncio.sleep(_KEEP_SECONDS)
        standin.save(path)


def _plan(database: Database, standin: StandIn, clock: TurnedClock) -> Plan:
    """Plan the same bot as the real one, pointed at the stand-in."""
    return Plan(
        telegram=Telegram(TOKEN, standin.url, standin.file_url),
        database=database,
        terms=Terms(),
        full=True,
        tick_seconds=30,
        clock=clock,
    )


async def _settle(database: Database, standin: StandIn, clock: TurnedClock, *, fresh: bool) -> None:
    """Enter the demo town the first time, and tell the console who is who."""

    def book(session: Session) -> Book:
        return Book(session, clock(), Terms(), CLOCK)

    if fresh:
        database.act_now(lambda session: town.settle(book(session), town.rows()))
        database.act_now(lambda session: town.enter(book(session)))
        database.act_now(lambda session: memory.put(session, _CLOCK, clock().isoformat()))
    for resident in database.look(lambda session: town.residents(book(session))):
        await standin.join(resident.account, resident.name)
        standin.describe(resident.account, resident.title, "", resident.section)
        if fresh:
            standin.open_chat(resident.account)


async def _turn(clock: TurnedClock, app: App, wish: dict[str, Any]) -> None:
    """Turn the clock as the console wishes."""
    if "to" in wish:
        to = datetime.fromisoformat(wish["to"])
        await clock.turn(to if to.tzinfo else to.replace(tzinfo=_ZONE), app.tick)
    elif "days" in wish:
        await clock.turn_days(int(wish["days"]), app.tick)
    else:
        await clock.turn_working_days(int(wish["working_days"]), app.tick)
