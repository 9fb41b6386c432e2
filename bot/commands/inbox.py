"""`duban inbox`: the updates that failed, and one of them tried again."""

from datetime import UTC, datetime

import click

from bot import plans
from bot.commands.option import configured
from bot.settings import Settings
from storage.acts import reopening
from storage.book import CLOCK, Book
from storage.queries import failures


@click.group(invoke_without_command=True)
@click.pass_context
def inbox(context: click.Context) -> None:
    """Updates that failed: number, when, what, who, fault."""
    if context.invoked_subcommand is None:
        context.invoke(list_)


@inbox.command("list")
@click.option("--limit", type=click.IntRange(1, 10_000), default=50, show_default=True, help="How many, newest first.")
@configured
def list_(settings: Settings, limit: int = 50) -> None:
    """List the updates that failed, newest first; what was said in them is not shown."""
    database, zone = plans.database(settings), plans.terms(settings).zone
    found = database.look(lambda read: failures.failures(read, limit))
    database.close()
    for one in found:
        at = f"{one.at.astimezone(zone):%Y-%m-%d %H:%M}"
        who = one.who or "not on the roster"
        click.echo(f"{one.update_id}  {at}  {one.kind}  {who}  fault {one.fault or '-'}  tried {max(one.attempts, 1)}")
    if not found:
        click.echo("no update has failed")


@inbox.command()
@click.argument("number", type=int)
@configured
def retry(settings: Settings, number: int) -> None:
    """Have the failed update NUMBER handled once more, by the running bot or at its next start."""
    database, terms = plans.database(settings), plans.terms(settings)
    now = datetime.now(UTC)
    try:
        reopened = database.act_now(lambda read: reopening.reopen(Book(read, now, terms, CLOCK), number))
    finally:
        database.close()
    if not reopened:
        raise click.ClickException(f"{number}: no failed update has this number; duban inbox lists them")
    click.echo(f"{number} waits again")
