"""What must hold for the bot to be ready: each dependency a check of its own, with figures and no word of anybody's."""

import asyncio
import os
from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

from telegram import Bot

from bot.meters import Meters
from handlers.office import Office
from handlers.tongue import catalog
from storage import settings

Look = Callable[[], Awaitable[Mapping[str, Any]]]
_PATIENCE = 5.0  # seconds a check may take: longer than a slice of a morning holds the writer
_KEPT = 5.0  # seconds a result is told again: whoever asks often must not make the disk work
_HEARD = 60.0  # seconds without a word from Telegram after which it is asked
_POLLED = 100.0  # a poll is held for 30, its answer may take 5, and a pause after failures 30
_MISSED = 5  # ticks, or looks of the auditor
_SLACK = 60.0  # seconds beside them
_LEAST = 256 * 2**20  # bytes free on the disk


class Failing(Exception):
    """A check that does not hold, with its figures."""

    def __init__(self, **facts: Any) -> None:
        super().__init__()
        self.facts = facts


class Readiness:
    """Runs every check, each in its own time; those who ask at once share one answer."""

    def __init__(self, checks: Mapping[str, Look], pulse: Callable[[], float], patience: float = _PATIENCE) -> None:
        self._checks = checks
        self._pulse = pulse
        self._patience = patience
        self._lock = asyncio.Lock()
        self._until = float("-inf")
        self._found: dict[str, dict[str, Any]] = {}

    async def look(self) -> tuple[bool, dict[str, dict[str, Any]]]:
        """Tell whether everything holds, and what each check found."""
        async with self._lock:
            if self._pulse() >= self._until:
                found = await asyncio.gather(*map(self._one, self._checks.values()))
                self._found = dict(zip(self._checks, found, strict=True))
                self._until = self._pulse() + _KEPT
        return all(result["ok"] for result in self._found.values()), self._found

    async def _one(self, look: Look) -> dict[str, Any]:
        """Run one check; a fault is named by its kind alone, for its words may tell addresses."""
        began = self._pulse()
        facts: Mapping[str, Any]
        try:
            async with asyncio.timeout(self._patience):
                ok, facts = True, await look()
        except Failing as failing:
            ok, facts = False, failing.facts
        except Exception as fault:  # noqa: BLE001 (whatever fails, it is not ready)
            ok, facts = False, {"fault": type(fault).__name__}
        return {"ok": ok, "took_seconds": round(self._pulse() - began, 3), **facts}


def database(office: Office) -> Look:
    """Check that the book can be written, to the disk, and read."""

    async def look() -> Mapping[str, Any]:
        at = office.clock().isoformat()
        await office.database.act(lambda read: settings.put(read, "probe", at))
        written = await office.read(settings.get, "probe")
        if not isinstance(written, str) or datetime.fromisoformat(written) < datetime.fromisoformat(at):
            raise Failing(fault="what was written is not read")
        return {}

    return look


def telegram(bot: Bot, meters: Meters, pulse: Callable[[], float]) -> Look:
    """Check that Telegram has answered lately; after a silence it is asked who we are."""

    async def look() -> Mapping[str, Any]:
        if pulse() - meters.heard_at > _HEARD:
            await bot.get_me()
        return {"last_answer_seconds": round(pulse() - meters.heard_at)}

    return look


def updates(meters: Meters, pulse: Callable[[], float]) -> Look:
    """Check that polls are answered: another program with our token would take what is ours.

    A replica that stands by while another one has the lease is as ready: it asks for that lease again and again.
    """

    async def look() -> Mapping[str, Any]:
        stands_by = meters.stood_by_at > meters.polled_at
        told = _lately(pulse() - max(meters.polled_at, meters.stood_by_at), _POLLED)
        return {**told, "standing_by": stands_by}

    return look


def webhook(meters: Meters, pulse: Callable[[], float], seconds: float) -> Look:
    """Check that Telegram has said lately that it calls us and gets through: a dead proxy would only be silent."""

    async def look() -> Mapping[str, Any]:
        hooked = meters.hooked
        facts = {"ours": hooked.ours, "pending": hooked.pending}
        if not hooked.ours or hooked.deaf:
            raise Failing(**facts)
        return {**facts, **_lately(pulse() - meters.hooked_at, 2 * seconds + _SLACK)}

    return look


def ticks(meters: Meters, pulse: Callable[[], float], seconds: float) -> Look:
    """Check that the clock ticks, or works on one."""

    async def look() -> Mapping[str, Any]:
        return _lately(pulse() - meters.ticked_at, _MISSED * seconds + _SLACK)

    return look


def auditor(meters: Meters, pulse: Callable[[], float], seconds: float) -> Look:
    """Check that the auditor is not silent."""

    async def look() -> Mapping[str, Any]:
        return _lately(pulse() - meters.audited_at, _MISSED * seconds + _SLACK)

    return look


def disk(folder: Path) -> Look:
    """Check that the disk under the book has room."""

    async def look() -> Mapping[str, Any]:
        there = await asyncio.to_thread(os.statvfs, folder)
        free = there.f_bavail * there.f_frsize
        if free < _LEAST:
            raise Failing(free_bytes=free, least_bytes=_LEAST)
        return {"free_bytes": free}

    return look


def catalogs(language: str) -> Look:
    """Check that the office's language can be spoken."""

    async def look() -> Mapping[str, Any]:
        sentences = len(catalog(language))
        if language != "en" and not sentences:
            raise Failing(sentences=0)
        return {"sentences": sentences}

    return look


def _lately(age: float, most: float) -> Mapping[str, Any]:
    """Give an age in seconds; fail where it is too great."""
    if age > most:
        raise Failing(last_seconds=round(age), most_seconds=round(most))
    return {"last_seconds": round(age)}
