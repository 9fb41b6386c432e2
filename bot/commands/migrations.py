"""`duban migrate`: bring the database's tables to this version's."""

import click

from bot import plans
from bot.commands.option import configured
from bot.settings import Settings


@click.command()
@configured
def migrate(settings: Settings) -> None:
    """Bring the database to this version's tables, as every start does; safe to repeat and while others start."""
    database = plans.database(settings)
    try:
        click.echo(f"{settings.database.place}: tables of version {database.version()}")
    finally:
        database.close()
