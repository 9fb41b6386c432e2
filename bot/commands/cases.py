"""`duban cases …`: cases from and to a sheet."""

import hashlib
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from pathlib import Path

import click

from bot import plans
from bot.commands.option import configured
from bot.settings import Settings
from handlers.importing import new_cases
from handlers.notices.importing import change_line
from handlers.office import Reader
from handlers.papers import ledgers
from handlers.papers.case_sheets import CaseSheet, read_cases
from handlers.papers.faults import Unreadable
from handlers.papers.tables import write_csv, write_xlsx
from handlers.tongue import Tongue
from storage.acts import registering
from storage.acts.registering import Source
from storage.book import CLOCK, Book
from storage.queries import ledger
from storage.queries.entries import Change, Examined, Finding, examine
from storage.rules.words import CaseKind

_KINDS = {
    "建议": CaseKind.SUGGESTION,
    "提案": CaseKind.PROPOSAL,
    "suggestion": CaseKind.SUGGESTION,
    "proposal": CaseKind.PROPOSAL,
}


@click.group()
def cases() -> None:
    """Suggestions and proposals."""


@cases.command("import")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--kind", type=click.Choice(list(_KINDS)), help="What the rows are where the sheet does not say.")
@click.option("--dry-run", is_flag=True, help="Show how the sheet is read; write nothing.")
@click.option("--update", is_flag=True, help="Write what the sheet says otherwise of known numbers.")
@configured
def import_(settings: Settings, file: Path, kind: str | None, *, dry_run: bool, update: bool) -> None:
    """Enter a sheet: all good rows in one transaction; exit 1 and name the bad ones if there were any."""
    reader = Reader(Tongue(settings.office.language, settings.office.zone), full=True, now=datetime.now(UTC),
                    terms=plans.terms(settings))  # fmt: skip
    content = file.read_bytes()
    try:
        sheet = read_cases(content, file.name, kind and _KINDS[kind].value)
    except Unreadable as error:
        raise click.ClickException(f"{file}: {error.say(reader.say)}") from None
    for column in sheet.reading.columns:
        click.echo(column.say(reader.say))
    if sheet.needs_kind:
        raise click.UsageError(f"{file} does not say whether its cases are 建议 or 提案; please give --kind")
    source = Source(file.name, hashlib.sha256(content).hexdigest())
    found, done = _entered(settings, sheet, source, dry_run=dry_run, update=update)
    click.echo(done)
    _tell(sheet, found, reader, update=update)


def _entered(
    settings: Settings, sheet: CaseSheet, source: Source, *, dry_run: bool, update: bool
) -> tuple[Examined | registering.Entered, str]:
    """Write the good rows, or only look at them; give what was found and one line of it."""
    database, terms, rows = plans.database(settings), plans.terms(settings), new_cases(sheet.rows)
    try:
        if dry_run:
            seen = database.look(lambda read: examine(read, rows))
            return (
                seen,
                f"{len(seen.new)} new, {seen.known} known, {len(seen.changes)} with other content; nothing written",
            )

        made = database.act_now(
            lambda read: registering.enter(Book(read, datetime.now(UTC), terms, CLOCK), rows, source, update=update)
        )
    finally:
        database.close()
    return (
        made,
        f"{len(made.new)} new, {made.known} known, {len(made.changes)} with other content, {made.amended} updated",
    )


def _tell(sheet: CaseSheet, found: Examined | registering.Entered, reader: Reader, *, update: bool) -> None:
    """Name every row that is not as it should be, and exit 1 if one could not go in."""
    _echo((note.say(reader.say) for note in sheet.notes), err=False)
    _echo(_said(found.notes, reader), err=False)
    if not update:
        _echo((change_line(change, reader) for change in _changes(found)), err=True)
    _echo((fault.say(reader.say) for fault in sheet.faults), err=True)
    _echo(_said(found.faults, reader), err=True)
    if sheet.faults or found.faults:
        raise SystemExit(1)


def _changes(found: Examined | registering.Entered) -> Sequence[Change]:
    """Give what differs from what stands."""
    return found.changes


def _said(findings: Iterable[Finding], reader: Reader) -> Iterable[str]:
    """Word findings."""
    return (reader.tongue.fill(finding.msgid, finding.facts) for finding in findings)


def _echo(lines: Iterable[str], *, err: bool) -> None:
    """Print lines."""
    for line in lines:
        click.echo(line, err=err)


@cases.command()
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
@configured
def export(settings: Settings, file: Path) -> None:
    """Write every case to an XLSX or CSV file, without anybody's rating."""
    tongue = Tongue(settings.office.language, settings.office.zone)
    database = plans.database(settings)
    found = database.look(ledger.lines)
    database.close()
    write = write_csv if file.suffix.lower() == ".csv" else write_xlsx
    file.write_bytes(write(ledgers.HEADINGS, ledgers.rows(found, tongue)))
    click.echo(f"{len(found)} cases written to {file}")
