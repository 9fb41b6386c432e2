"""`duban records verify`: walk the record."""

import click

from bot import plans
from bot.commands.option import configured
from bot.settings import Settings
from storage import records as book


@click.group()
def records() -> None:
    """The record: every fact, append-only."""


@records.command()
@configured
def verify(settings: Settings) -> None:
    """Walk the record; exit 1 and name the first broken entry if anything was altered."""
    held, broken = plans.database(settings).look(book.verify)
    if broken is not None:
        click.echo(f"entry {broken.entry_id}: {broken.fault}; {held} entries before it hold", err=True)
        raise SystemExit(1)
    click.echo(f"{held} entries, all as they were written")
