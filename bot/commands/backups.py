"""`duban backup FILE` and `duban restore FILE | --begin-anew`: a sound copy while the bot runs, and a copy put back."""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import click
from sqlalchemy.engine import make_url

from bot import plans
from bot.commands.option import Wrong, configured
from bot.hold import Held
from bot.settings import Settings
from storage import backups
from storage.acts import restoring
from storage.book import CLOCK, Book
from storage.database import Database
from storage.rules.terms import Terms
from storage.tables import Entry

_LOST = "What was done after that is gone: office and desks are told at the start of duban run."


@click.command()
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
@configured
def backup(settings: Settings, file: Path) -> None:
    """Write a sound copy of the database to FILE, a new one, while the bot runs."""
    book = _book(settings, f"pg_dump --format=custom --file={file}")
    if not book.exists():
        raise click.ClickException(f"{book}: there is no database to back up")
    try:
        with _progress("copying") as progress:
            held = backups.back_up(book, file, progress)
    except FileExistsError:
        raise click.ClickException(f"{file} exists already and was left as it is; please choose another name") from None
    except backups.Unfit as fault:
        raise click.ClickException(f"{book}: {fault}; nothing was written") from None
    except OSError as error:
        raise click.ClickException(f"{file}: cannot be written ({error.strerror or error})") from None
    click.echo(f"{file}: {held.entries} entries, all as they were written; {held.size} bytes")


@click.command()
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path), required=False)
@click.option("--begin-anew", is_flag=True, help="For PostgreSQL, after pg_restore: do what a restore must do besides.")
@configured
def restore(settings: Settings, file: Path | None, *, begin_anew: bool) -> None:
    """Put the copy FILE in the database's place while no bot runs; the old database is kept beside."""
    if begin_anew and file is None and plans.file(settings) is None:
        _after_the_server_s_tool(settings)
        return
    book = _book(settings, f"pg_restore --clean --if-exists {file or 'FILE'}", ", and then duban restore --begin-anew")
    if file is None or begin_anew:
        raise Wrong("for a SQLite file it is: duban restore FILE; --begin-anew is for PostgreSQL, after pg_restore")
    terms, old = plans.terms(settings), backups.kept(book) if book.exists() else None
    try:
        with (
            plans.alone(settings),
            _progress("copying") as progress,
            backups.replacement(file, book, progress) as part,
        ):
            last = _begin_anew(part, terms)
    except Held:
        raise click.ClickException("a bot runs on this database; stop it first, nothing was changed") from None
    except backups.Busy:
        raise click.ClickException(f"{book} is in use by another program; nothing was changed") from None
    except backups.Unfit as fault:
        raise click.ClickException(f"{file}: {fault}; nothing was changed") from None
    except OSError as error:
        raise click.ClickException(f"{book}: cannot be replaced ({error.strerror or error})") from None
    click.echo(f"{book} is the copy now: {_upto(last, terms)}" + (f"; the old one is {old}" if old else ""))
    click.echo(_LOST)


def _after_the_server_s_tool(settings: Settings) -> None:
    """Write into a PostgreSQL database that pg_restore has filled what a restore means."""
    terms, book = plans.terms(settings), plans.database(settings)
    place = _shown(settings)
    try:
        last = book.act_now(lambda read: restoring.begun_anew(Book(read, datetime.now(UTC), terms, CLOCK)))
    except backups.Busy:
        message = f"{place}: another duban runs on this database; stop it first, nothing was changed"
        raise click.ClickException(message) from None
    except backups.Unfit as fault:
        raise click.ClickException(f"{place}: {fault}; nothing was changed") from None
    finally:
        book.close()
    click.echo(f"{place} begins anew from its copy: {_upto(last, terms)}")
    click.echo(_LOST)


def _upto(last: Entry | None, terms: Terms) -> str:
    """Say up to when a copy holds everything."""
    return f"up to {last.at.astimezone(terms.zone):%Y-%m-%d %H:%M}, entry {last.id}" if last else "nothing in it yet"


def _book(settings: Settings, instead: str, then: str = "") -> Path:
    """Give the SQLite file; a PostgreSQL database has tools of its own, whose command is told without a password."""
    book = plans.file(settings)
    if book is None:
        raise Wrong(f"a PostgreSQL database has tools of its own: {instead} --dbname={_shown(settings)}{then}")
    return book


def _shown(settings: Settings) -> str:
    """Give a PostgreSQL database's address as its tools read it, without the password."""
    return str(make_url(settings.database.url)._replace(drivername="postgresql", password=None))


def _begin_anew(part: Path, terms: Terms) -> Entry | None:
    """Write into the copy what a restore means."""
    database = Database(f"sqlite:///{part}")
    try:
        return database.act_now(lambda read: restoring.restored(Book(read, datetime.now(UTC), terms, CLOCK)))
    finally:
        database.close()


@contextmanager
def _progress(what: str) -> Iterator[Callable[[int, int], None]]:
    """Show pages as they are copied, on a terminal only."""
    with click.progressbar(length=1, label=what, file=sys.stderr, hidden=not sys.stderr.isatty()) as bar:

        def show(done: int, pages: int) -> None:
            bar.length = max(pages, 1)
            bar.update(done - bar.pos)

        yield show
