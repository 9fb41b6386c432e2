"""`duban …` and `python -m bot …`. Exit codes: 0 done, 1 failed, 2 wrong usage or configuration (one clear line)."""

import click

from bot.commands import (
    backups,
    calendars,
    cases,
    checks,
    inbox,
    letters,
    migrations,
    people,
    records,
    running,
    sandboxes,
)


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="duban")
def main() -> None:
    """督办: the assistant in which a city government handles suggestions and proposals."""


for command in (
    sandboxes.sandbox,
    running.run,
    checks.check,
    migrations.migrate,
    people.people,
    cases.cases,
    letters.outbox,
    records.records,
    calendars.calendar,
    inbox.inbox,
    backups.backup,
    backups.restore,
):
    main.add_command(command)
