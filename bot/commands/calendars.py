"""`duban calendar import FILE`: a year's official holidays and make-up working days."""

from datetime import UTC, datetime
from pathlib import Path

import click
from sqlalchemy.exc import IntegrityError

from bot import plans
from bot.commands.option import configured
from bot.settings import Settings
from handlers.papers.faults import Unreadable
from handlers.papers.notice_sheets import read_days
from storage.acts import calendars
from storage.book import CLOCK, Book
from storage.rules.calendar import NoticeError


@click.group()
def calendar() -> None:
    """The working calendar."""


@calendar.command("import")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@configured
def import_(settings: Settings, file: Path) -> None:
    """Enter a year's notice: a sheet (XLSX or CSV) of 日期, 是否上班 (班/休), 名称."""
    try:
        days = read_days(file.read_bytes(), file.name)
    except (NoticeError, Unreadable) as error:
        raise click.ClickException(f"{file}: {error}") from None
    database = plans.database(settings)
    now, terms = datetime.now(UTC), plans.terms(settings)
    try:
        changed = database.act_now(lambda read: calendars.enter(Book(read, now, terms, CLOCK), days))
    except IntegrityError as error:
        raise click.ClickException(f"{file}: a day stands in it twice ({error.orig})") from None
    finally:
        database.close()
    click.echo(f"{len(days)} days read, {changed} new or changed")
