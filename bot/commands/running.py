"""`duban run`: the real bot, until it is told to stop."""

import asyncio
import gc
import logging
import signal
from collections.abc import Coroutine
from typing import Any

import click
import structlog
from telegram.error import InvalidToken, TelegramError

from bot import plans
from bot.app import App, CannotListen
from bot.commands.option import configured
from bot.hold import Held
from bot.settings import Settings
from bot.sources import ConfigFault

_log = structlog.get_logger(__name__)
_YOUNG = 25_000  # objects made before the young ones are looked through
_SIGNALS = (signal.SIGTERM, signal.SIGINT)


@click.command()
@configured
def run(settings: Settings) -> None:
    """Run the real bot until it is told to stop."""
    try:
        with plans.opening(), plans.alone(settings):
            asyncio.run(serve(App(plans.plan(settings))))
    except Held:
        message = f"{settings.database.url}: another duban runs on this database; stop it first"
        raise click.ClickException(message) from None
    except InvalidToken:
        message = "telegram.token: Telegram does not know this token; @BotFather shows the right one"
        raise ConfigFault(message) from None
    except TelegramError as error:
        where = settings.telegram.base_url
        raise click.ClickException(f"{where}: the server cannot be reached ({error.message})") from None
    except CannotListen as error:
        raise click.ClickException(str(error)) from None


async def serve(app: App) -> None:
    """Run until SIGTERM or SIGINT, then let go of everything in order; a second signal ends the process at once."""
    told = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in _SIGNALS:
        loop.add_signal_handler(number, _told, loop, told)
    starting = asyncio.create_task(app.start(), name="start")
    try:
        await first(asyncio.wait((starting,)), told.wait())
        if starting.done():
            await starting
            _collect_rarely()
            _spare()
            await first(told.wait(), app.failed.wait())
    finally:
        starting.cancel()
        await asyncio.wait((starting,))
        await app.stop()
    if app.failed.is_set():
        raise click.ClickException("the bot has stopped by itself; the log says why")


def _collect_rarely() -> None:
    """Leave what was made at the start out of every garbage collection: walking it was a tenth of a press."""
    gc.collect()
    gc.freeze()
    # With the rest left out the old are few, and soon looked through; what a refusal leaves behind is a circle.
    gc.set_threshold(_YOUNG, 5, 5)


def _spare() -> None:
    """Have no record of the log look up what no line shows (the standard library's logging HOWTO, "Optimization")."""
    vars(logging).update(_srcfile=None, logThreads=False, logProcesses=False, logMultiprocessing=False)


def _told(loop: asyncio.AbstractEventLoop, told: asyncio.Event) -> None:
    """Begin to stop, and leave the next signal to the kernel: what is in hand is safe in the book at any moment."""
    for number in _SIGNALS:
        loop.remove_signal_handler(number)
        signal.signal(number, signal.SIG_DFL)
    _log.info("told to stop")  # last: who has read it may send the next signal
    told.set()


async def first(*waits: Coroutine[Any, Any, Any]) -> None:
    """Wait for the first of several."""
    tasks = [asyncio.ensure_future(wait) for wait in waits]
    await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
    for task in tasks:
        task.cancel()
