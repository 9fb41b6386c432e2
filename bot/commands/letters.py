"""`duban outbox`: what waits, what died, and sending it once more."""

from datetime import UTC, datetime
from pathlib import Path

import click

from bot import plans
from bot.commands.option import configured
from bot.settings import Settings
from handlers.tongue import Tongue
from storage.acts import delivery
from storage.book import CLOCK, Book
from storage.queries import undelivered
from storage.rules.refusals import Refused


@click.group(invoke_without_command=True)
@click.option("--config", type=click.Path(path_type=Path, dir_okay=False), help="The configuration.")
@click.pass_context
def outbox(context: click.Context, config: Path | None) -> None:
    """Letters: what became of them, and those that Telegram will not take."""
    if context.invoked_subcommand is None:
        context.invoke(listed, config=config)


@outbox.command("list")
@configured
def listed(settings: Settings) -> None:
    """Count the letters by what came of each and list the dead ones; exit 1 if there are any."""
    database = plans.database(settings)
    try:
        counted, dead = database.look(lambda read: (undelivered.counts(read), undelivered.all_dead(read)))
    finally:
        database.close()
    click.echo(", ".join(f"{count} {outcome}" for outcome, count in sorted(counted.items())) or "no letters")
    for letter in dead:
        to = letter.name or f"chat {letter.chat_id}"
        about = f"{letter.number} " if letter.number else ""
        click.echo(f"{letter.id}\t{letter.written_at:%Y-%m-%d %H:%M}Z\t{letter.kind}\t{about}to {to}\t{letter.fault}")
    if dead:
        raise SystemExit(1)


@outbox.command()
@click.argument("letter_id", metavar="ID", type=int)
@configured
def resend(settings: Settings, letter_id: int) -> None:
    """Send a dead letter once more; the running bot takes it up within half a minute."""
    _decide(settings, letter_id, delivery.again)
    click.echo(f"letter {letter_id} is sent again by the running bot")


@outbox.command()
@click.argument("letter_id", metavar="ID", type=int)
@configured
def drop(settings: Settings, letter_id: int) -> None:
    """Send a dead letter no more."""
    _decide(settings, letter_id, delivery.let_go)
    click.echo(f"letter {letter_id} is not sent any more")


def _decide(settings: Settings, letter_id: int, act: delivery.Decision) -> None:
    """Run an act on a dead letter."""
    database, terms = plans.database(settings), plans.terms(settings)
    try:
        database.act_now(lambda read: act(Book(read, datetime.now(UTC), terms, CLOCK), letter_id))
    except Refused as refusal:
        tongue = Tongue(settings.office.language, settings.office.zone)
        raise click.ClickException(tongue.fill(refusal.msgid, refusal.facts)) from None
    finally:
        database.close()
