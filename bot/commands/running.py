"""`duban run`: the real bot, until it is told to stop."""

import asyncio
import signal
from collections.abc import Coroutine
from typing import Any

import click
from telegram.error import InvalidToken, TelegramError

from bot import plans
from bot.app import App, CannotListen
from bot.commands.option import configured
from bot.settings import Settings
from bot.sources import ConfigFault


@click.command()
@configured
def run(settings: Settings) -> None:
    """Run the real bot until it is told to stop."""
    try:
        asyncio.run(serve(App(plans.plan(settings))))
    except InvalidToken:
        message = "telegram.token: Telegram does not know this token; @BotFather shows the right one"
        raise ConfigFault(message) from None
    except TelegramError as error:
        where = settings.telegram.base_url
        raise click.ClickException(f"{where}: the server cannot be reached ({error.message})") from None
    except CannotListen as error:
        raise click.ClickException(str(error)) from None


async def serve(app: App) -> None:
    """Run until SIGTERM or SIGINT, then let go of everything in order."""
    told = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, told.set)
    try:
        await app.start()
        await first(told.wait(), app.failed.wait())
    finally:
        await app.stop()
    if app.failed.is_set():
        raise click.ClickException("the bot has stopped by itself; the log says why")


async def first(*waits: Coroutine[Any, Any, Any]) -> None:
    """Wait for the first of several."""
    tasks = [asyncio.ensure_future(wait) for wait in waits]
    await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
    for task in tasks:
        task.cancel()
