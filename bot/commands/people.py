"""`duban people …`: the roster and the codes that are not a desk's to give out."""

import asyncio
import csv
import sys
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TypeVar

import click
from telegram import Bot
from telegram.error import TelegramError

from bot import plans
from bot.commands.option import configured
from bot.settings import Settings
from bot.transport import AiohttpRequest
from handlers.enrolling import enrolments
from handlers.joining import code_sheet
from handlers.office import Reader
from handlers.papers.faults import Unreadable
from handlers.papers.roster_sheets import RosterSheet, read_people
from handlers.tongue import Tongue
from storage import settings as memory
from storage.acts import joining
from storage.acts import people as roster
from storage.book import CLOCK, Book
from storage.database import Database
from storage.queries import roster as whois
from storage.rules.refusals import Refused
from storage.rules.words import PROPOSER_ROLES

T = TypeVar("T")


@click.group()
def people() -> None:
    """The roster."""


@people.command("import")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--codes", type=click.Path(dir_okay=False, path_type=Path), help="Write codes for printing to this CSV.")
@configured
def import_(settings: Settings, file: Path, codes: Path | None) -> None:
    """Enter a roster: all good rows in one transaction; exit 1 and name the bad ones if there were any."""
    tongue = Tongue(settings.office.language, settings.office.zone)
    try:
        sheet = _unquestioned(read_people(file.read_bytes(), file.name))
    except Unreadable as error:
        raise click.ClickException(f"{file}: {error.say(tongue.say)}") from None
    if codes is not None and not codes.absolute().parent.is_dir():
        raise click.ClickException(f"{codes}: there is no folder {codes.absolute().parent}; nothing was entered")
    database = plans.database(settings)
    try:
        made = _act(settings, database, lambda book: roster.enrol(book, enrolments(sheet)))
        click.echo(f"{len(sheet.rows)} rows read: {made.people} new people, {made.roles} new roles")
        for name in made.unknown_contacts:
            click.echo(f"contact not on the roster: {name}", err=True)
        if codes is not None:
            _write_codes(settings, database, codes, tongue)
    finally:
        database.close()
    _tell_bad(sheet, tongue)


def _unquestioned(sheet: RosterSheet) -> RosterSheet:
    """Leave out the rows that stand behind an open question: whoever they are, they are not to be guessed."""
    open_rows = {row for question in sheet.questions for row in question.rows}
    return replace(sheet, rows=tuple(row for row in sheet.rows if row.row not in open_rows))


def _tell_bad(sheet: RosterSheet, tongue: Tongue) -> None:
    """Name what could not be read and exit 1, if there was any."""
    for fault in sheet.faults:
        click.echo(fault.say(tongue.say), err=True)
    for question in sheet.questions:
        click.echo(tongue.fill(question.msgid, question.facts), err=True)
    if sheet.faults or sheet.questions:
        raise SystemExit(1)


def _write_codes(settings: Settings, database: Database, out: Path, tongue: Tongue) -> None:
    """Write the codes of everybody whose code is not a desk's to give out and who has not joined."""
    found = _act(settings, database, joining.codes)
    reader = Reader(tongue, full=False, now=datetime.now(UTC), terms=plans.terms(settings))
    content = code_sheet(found, _bot_name(settings, database), reader)
    try:
        out.unlink(missing_ok=True)  # a file that is there keeps its own rights, and who may read it reads codes
        out.touch(mode=0o600)
        out.write_bytes(content)
    except OSError as error:
        raise click.ClickException(
            f"{out}: the roster is entered, the codes are not written ({error.strerror})"
        ) from None
    click.echo(f"{len(found)} codes written to {out}")


@people.command()
@click.argument("name")
@configured
def invite(settings: Settings, name: str) -> None:
    """Print one person's code; deputies and members get theirs from their desk alone."""
    database = plans.database(settings)
    try:
        code = _act(settings, database, lambda book: _invited(book, name))
        bot = _bot_name(settings, database)
    except Refused as refusal:
        tongue = Tongue(settings.office.language, settings.office.zone)
        raise click.ClickException(tongue.fill(refusal.msgid, refusal.facts)) from None
    finally:
        database.close()
    click.echo(code)
    if bot:
        click.echo(f"https://t.me/{bot}?start={code}")


def _invited(book: Book, name: str) -> str:
    """Find the one person of this name and give his code."""
    found = whois.named(book.read, name)
    book.refuse_unless(found, "“%(name)s” is not on the roster", name=name)
    book.refuse_unless(len(found) == 1, "Several people on the roster are called %(name)s; use the sheet", name=name)
    roles = {post.role for post in whois.posts(book.read, found[0])}
    book.refuse_unless(not roles & PROPOSER_ROLES, "Codes of deputies and members are given out by their desk alone")
    return joining.invite(book, found[0])


@people.command("list")
@configured
def listed(settings: Settings) -> None:
    """Print the roster with who has joined, as CSV."""
    tongue = Tongue(settings.office.language, settings.office.zone)
    out = csv.writer(sys.stdout, lineterminator="\n")
    out.writerow(("人员编号", "姓名", "角色", "单位", "joined"))
    database = plans.database(settings)
    for row in database.look(whois.listed):
        out.writerow((row.number, row.name, tongue.term(row.role), row.unit, "yes" if row.joined else "no"))
    database.close()


def _act(settings: Settings, database: Database, act: Callable[[Book], T]) -> T:
    """Run an act of the command line's."""
    terms = plans.terms(settings)
    return database.act_now(lambda read: act(Book(read, datetime.now(UTC), terms, CLOCK)))


def _bot_name(settings: Settings, database: Database) -> str:
    """Give the bot's user name for links: as it was last seen, else as Telegram says now, else none."""
    known: str = database.look(memory.bot_name)
    if known or (settings.telegram.token is None and settings.telegram.token_file is None):
        return known
    try:
        name = asyncio.run(_asked(settings))
    except TelegramError:
        return ""
    database.act_now(lambda read: memory.remember_bot(read, name))
    return name


async def _asked(settings: Settings) -> str:
    """Ask Telegram what the bot is called."""
    there = plans.telegram(settings)
    bot = Bot(there.token, there.base_url, there.base_file_url, request=AiohttpRequest(4, proxy=there.proxy))
    async with bot:
        return bot.username
