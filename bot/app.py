"""The composition root: opens, wires, starts, and stops in reverse order; it alone sees everything."""

import asyncio
import logging
import os
from collections.abc import Callable
from contextlib import AsyncExitStack, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any

import structlog
from telegram import Bot
from telegram.error import TelegramError
from telegram.ext import Application

from bot.auditor import Auditor
from bot.carrier import Carrier
from bot.courier import Courier
from bot.hooking import EVERY, Hook, Hooking
from bot.intake import Intake
from bot.menus import Menus
from bot.meters import Meters
from bot.outages import line_passes, reached
from bot.polling import Polling
from bot.pulse import Pulse
from bot.schedule import Schedule
from bot.sender import Sender
from bot.transport import AiohttpRequest
from bot.turnstile import Turnstile
from bot.web import checks, site
from bot.web.checks import Readiness
from handlers import handling
from handlers.conversations import LOBBY, ROUTES
from handlers.gate import Gate
from handlers.office import Office
from handlers.pages import Page
from storage import records, settings
from storage.acts import mornings
from storage.book import CLOCK, Book
from storage.database import Database, passes
from storage.outbox import Posted
from storage.reading import Read
from storage.rules.terms import Terms

_log = structlog.get_logger(__name__)
_FILE_SECONDS = 60
os.environ.setdefault("PTB_TIMEDELTA", "1")  # without it python-telegram-bot warns at every 429
_AUDIT_SECONDS = 60.0
_CALLS, _POLLS = 256, 4  # connections


@dataclass(frozen=True)
class Telegram:
    """How Telegram, or what stands in for it, is reached."""

    token: str
    base_url: str = "https://api.telegram.org/bot"
    base_file_url: str = "https://api.telegram.org/file/bot"
    proxy: str | None = None


@dataclass(frozen=True)
class Plan:
    """What the house is built from; checked settings turn into it, and so do the sandbox and the tests."""

    telegram: Telegram
    database: Database
    terms: Terms
    full: bool = False
    language: str = "zh_CN"
    hook: Hook | None = None
    listen: tuple[str, int] | None = None
    folder: Path | None = None  # on whose disk the book lies, where that is ours to watch
    tick_seconds: float | None = 30  # none: only who turns the clock ticks
    audits: bool = True  # a clock that is turned makes late what is not
    clock: Callable[[], datetime] = lambda: datetime.now(UTC)
    pulse: Pulse = field(default_factory=Pulse)


class CannotListen(Exception):
    """An address to listen on that is taken or not this machine's; in words, with its key."""


class App:
    """The running bot."""

    def __init__(self, plan: Plan) -> None:
        self.plan = plan
        self._opened = AsyncExitStack()
        self._ticking = asyncio.Lock()
        self.failed = asyncio.Event()
        self.meters = Meters(plan.pulse)

    async def start(self) -> None:
        """Open the book, reach Telegram, take up what was left, and begin; wait for what is away."""
        plan = self.plan
        logging.getLogger().addHandler(self.meters.tally)
        self._opened.callback(logging.getLogger().removeHandler, self.meters.tally)
        self._opened.callback(plan.database.close)
        key = await reached(plan.pulse, "the database", self._book, passes)
        requests = [
            AiohttpRequest(connections, proxy=plan.telegram.proxy, heard=self.meters.called)
            for connections in (_CALLS, _POLLS)
        ]
        for request in requests:  # the application closes them only if it came to be initialised
            self._opened.push_async_callback(request.shutdown)
        self.application = _application(plan.telegram, *requests)
        self._opened.push_async_callback(self.application.shutdown)
        await reached(plan.pulse, "Telegram", self.application.initialize, line_passes)
        bot = self.application.bot
        await plan.database.act(lambda read: settings.remember_bot(read, bot.username))
        self._wire(bot, key)
        if plan.listen is not None:  # first of all: a second start by mistake ends here and has sent nothing
            await self._listen(site.health(self.office, self._readiness(), self.meters), plan.listen, "web.listen")
        await self.menus.everybody()
        self._run(self.turnstile.run(), "turnstile")
        if plan.database.engine.dialect.name != "sqlite":
            sharing = self.turnstile.share(plan.database, self.sender.owner)
            sharing.on_takeover = partial(self.meters.taken_over, "pace")
            self._run(sharing.run(), "sharing")
        self._opened.push_async_callback(self.sender.finish)
        self._run(self.sender.run(), "sender")
        self._opened.push_async_callback(self.intake.finish)
        await self.intake.resume()
        self._run(self.intake.run(), "intake")
        await self._begin(bot)
        if plan.tick_seconds is not None:
            schedule = Schedule(self.tick, plan.tick_seconds)
            schedule.start()
            self._opened.callback(schedule.stop)
            if plan.audits:
                self._run(self.auditor.run(), "auditor")
        _log.info("the bot is running", bot=bot.username)

    async def _book(self) -> bytes:
        """Open the record book, its tables brought up to date; give the key that signs buttons."""
        await asyncio.to_thread(self.plan.database.create)
        self.plan.database.open()
        return await self.plan.database.act(settings.button_key)

    def _wire(self, bot: Bot, key: bytes) -> None:
        """Put the parts together."""
        plan = self.plan
        loop = asyncio.get_running_loop()
        self.turnstile = Turnstile(plan.pulse)
        self.courier = Courier(bot, self.turnstile, key)
        self.office = Office(
            plan.database,
            plan.clock,
            plan.terms,
            plan.full,
            plan.language,
            key,
            bot.username,
            self._fetch,
            self._post,
        )
        carrier = Carrier(self.office, self.courier, ROUTES.notices, ROUTES.prompts)
        self.sender = Sender(self.office, carrier, self.turnstile, plan.pulse)
        self.intake = Intake(self.office, self.application, plan.pulse)
        self.menus = Menus(bot, self.office)
        carrier.on_menu, self.sender.on_sent = self.menus.show, self._sent
        self.auditor = Auditor(self.office, self.meters, plan.pulse, max(plan.tick_seconds or 0, _AUDIT_SECONDS))
        self.intake.on_arrival, self.intake.on_begin = self.meters.arrived, self.meters.begun
        self.intake.on_takeover = partial(self.meters.taken_over, "updates")
        self.intake.flows = self.turnstile.flows
        self.sender.on_takeover = partial(self.meters.taken_over, "letters")
        for handler in Gate(self.office, ROUTES, LOBBY, self.courier.toast, plan.pulse).handlers():
            self.application.add_handler(handler)
        self.application.add_error_handler(handling.caught)
        plan.database.after_commit(partial(self.sender.told, loop))

    def _readiness(self) -> Readiness:
        """List what must hold for the bot to be ready."""
        plan, meters = self.plan, self.meters
        looks = {
            "database": checks.database(self.office),
            "telegram": checks.telegram(self.application.bot, meters, plan.pulse),
            "catalogs": checks.catalogs(plan.language),
        }
        hooked = checks.webhook(meters, plan.pulse, EVERY)
        looks["updates"] = hooked if plan.hook else checks.updates(meters, plan.pulse)
        if plan.tick_seconds is not None:
            looks["ticks"] = checks.ticks(meters, plan.pulse, plan.tick_seconds)
        if plan.tick_seconds is not None and plan.audits:
            looks["auditor"] = checks.auditor(meters, plan.pulse, self.auditor.seconds)
        if plan.folder is not None:
            looks["disk"] = checks.disk(plan.folder)
        return Readiness(looks, plan.pulse)

    def _sent(self, letter: Posted) -> None:
        """Note that a letter has gone."""
        _log.debug("letter sent", kind=letter.kind)
        self.meters.sent(letter, self.plan.clock())

    async def _begin(self, bot: Bot) -> None:
        """Have updates come in: by webhook, or by asking for them."""
        hook = self.plan.hook
        if hook is not None:
            await self._listen(site.webhook(self.intake, hook.secret, hook.path), hook.listen, "webhook.listen")
            hooking = Hooking(bot, hook, self.plan.pulse, self.plan.clock)
            hooking.on_found = self.meters.hooked_as
            await reached(self.plan.pulse, "Telegram", hooking.set, line_passes)
            self._run(hooking.run(), "hooking")
            return
        with suppress(TelegramError):
            await bot.delete_webhook()
        polling = Polling(self.office, bot, self.intake, self.plan.pulse)
        polling.on_standby, polling.on_takeover = self.meters.stood_by, partial(self.meters.taken_over, "polling")
        self._opened.push_async_callback(polling.finish)
        self._run(polling.run(), "polling")

    async def stop(self) -> None:
        """Let go of everything that was opened, last things first; what is in hand stays in inbox and outbox."""
        await self._opened.aclose()

    async def tick(self) -> None:
        """Do what is due by the office's clock, slice by slice, and give the record's new entries their places."""
        async with self._ticking:
            with self.meters.ticking(self.plan.tick_seconds):
                await self._work_off(self._due, self._slice)
                await self._work_off(records.waiting, records.sequence)
        self.intake.wake()
        self.sender.wake()

    async def _work_off(self, waits: Callable[[Read], bool], do: Callable[[Read], int]) -> None:
        """Do slice after slice as long as something waits."""
        while await self.plan.database.glance(waits):
            if not await self.plan.database.act(do):
                return
            self.meters.progressed()

    def _due(self, read: Read) -> bool:
        """Tell whether a slice has anything to do: mostly not, and to look costs no transaction that writes."""
        return mornings.due(Book(read, self.plan.clock(), self.plan.terms, CLOCK))

    def _slice(self, session: Any) -> bool:
        """Do one bounded slice of what is due; tell whether there may be more."""
        return mornings.tick(Book(session, self.plan.clock(), self.plan.terms, CLOCK))

    async def _listen(self, listening: site.Site, at: tuple[str, int], key: str) -> None:
        """Open a site; raise `CannotListen` with the key that names where."""
        self._opened.push_async_callback(listening.stop)
        try:
            await listening.start(*at)
        except OSError as error:
            why = os.strerror(error.errno) if error.errno and error.errno > 0 else error.strerror
            raise CannotListen(f"{key}: cannot listen on {at[0]}:{at[1]} ({why})") from error

    def _run(self, work: Any, name: str) -> None:
        """Run something for ever; its end is a failure of the whole."""
        task = asyncio.create_task(work, name=name)
        task.add_done_callback(self._ended)
        self._opened.push_async_callback(_cancelled, task)

    def _ended(self, task: asyncio.Task[None]) -> None:
        """Tell that something which never ends has ended."""
        if not task.cancelled():
            _log.error("stopped by itself", task=task.get_name(), why=type(task.exception()).__name__)
            self.failed.set()

    async def _fetch(self, telegram_id: str) -> bytes:
        """Download a file that a person sent."""
        file = await self.application.bot.get_file(telegram_id)
        return bytes(await file.download_as_bytearray(read_timeout=_FILE_SECONDS))

    async def _post(self, chat_id: int, page: Page, edits: int | None = None) -> None:
        """Bring a page out at once, for reads."""
        await self.courier.answer(chat_id, page, edits)


async def _cancelled(task: asyncio.Task[None]) -> None:
    """Cancel a task and wait for its end."""
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)


def _application(telegram: Telegram, *requests: AiohttpRequest) -> Application[Any, Any, Any, Any, Any, Any]:
    """Build python-telegram-bot's application on our own transport, without its updater and its queues."""
    calls, polls = requests
    return (
        Application.builder()
        .token(telegram.token)
        .base_url(telegram.base_url)
        .base_file_url(telegram.base_file_url)
        .request(calls)
        .get_updates_request(polls)
        .updater(None)
        .build()
    )
