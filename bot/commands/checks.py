"""`duban check`: configuration, database, catalogs, calendar, reachability; tells what to do."""

import asyncio
from collections.abc import Callable
from datetime import UTC, datetime

import click
from telegram import Bot
from telegram.error import InvalidToken, TelegramError

from bot import plans
from bot.app import Telegram
from bot.commands.option import configured
from bot.settings import Settings
from bot.sources import ConfigFault
from bot.transport import AiohttpRequest
from handlers.tongue import catalog
from storage import records
from storage.queries import standing

_NOVEMBER = 11


@click.command()
@configured
def check(settings: Settings) -> None:
    """Check everything the bot needs; exit 1 and say what to do if something is missing."""
    checks: tuple[tuple[str, Callable[[Settings], str]], ...] = (
        ("rules", _rules),
        ("database", _database),
        ("catalogs", _catalogs),
        ("calendar", _calendar),
        ("telegram", _telegram),
    )
    failed = False
    for name, look in checks:
        try:
            click.echo(f"ok      {name}: {look(settings)}")
        except (ConfigFault, plans.Away, Failed) as fault:
            failed = True
            click.echo(f"FAILED  {name}: {fault}", err=True)
    if failed:
        raise SystemExit(1)


class Failed(Exception):
    """A check that does not hold, with what to do."""


def _rules(settings: Settings) -> str:
    """Check the numbers of the rules."""
    return f"version {plans.terms(settings).rules.fingerprint()[:12]}"


def _database(settings: Settings) -> str:
    """Open the record book and walk the record."""
    database = plans.database(settings)
    held, broken = database.look(records.verify)
    database.close()
    if broken is not None:
        raise Failed(f"the record is broken at entry {broken.entry_id} ({broken.fault}); restore a backup")
    return f"{settings.database.place}, {held} entries in the record"


def _catalogs(_settings: Settings) -> str:
    """Read the catalogs."""
    return f"zh_CN with {len(catalog('zh_CN'))} sentences, en speaks its own"


def _calendar(settings: Settings) -> str:
    """Look whether this year, and from November on the next, is official."""
    database = plans.database(settings)
    calendar = database.look(standing.calendar)
    database.close()
    today = plans.terms(settings).today(datetime.now(UTC))
    years = [today.year] + ([today.year + 1] if today.month >= _NOVEMBER else [])
    missing = [str(year) for year in years if not calendar.is_official(year)]
    if missing:
        raise Failed(
            f"no official holidays for {', '.join(missing)}: duban calendar import FILE when the notice is out"
        )
    return f"official for {', '.join(map(str, years))}"


def _telegram(settings: Settings) -> str:
    """Ask Telegram who we are."""
    there = plans.telegram(settings)
    try:
        return f"@{asyncio.run(_who(there))} at {there.base_url}"
    except InvalidToken:
        raise Failed("Telegram does not know this token; @BotFather shows the right one") from None
    except TelegramError as error:
        raise Failed(
            f"{there.base_url} cannot be reached ({error.message}); check network, base_url and proxy"
        ) from None


async def _who(there: Telegram) -> str:
    """Give the bot's user name."""
    async with Bot(
        there.token, there.base_url, there.base_file_url, request=AiohttpRequest(4, proxy=there.proxy)
    ) as bot:
        return bot.username
