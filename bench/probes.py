"""The slower questions: round trips, starts, broadcasts, refusals, imports, growth. One function an answer."""

import asyncio
import csv
import random
import resource
import shutil
import sys
import time
from collections import defaultdict
from datetime import UTC, datetime
from pathlib import Path
from statistics import median
from typing import Any, Final

from sqlmodel import col, select

from bench.bots import KINDS, begin, config, verified
from bench.presses import Stretch, measured, saturate
from bench.processes import Child, Cores, Telegram, rss_mib, start
from bench.sweep import scaled
from bench.town import Town
from storage import outbox
from storage.database import Database
from storage.outbox import Post, Priority
from storage.reading import Read
from storage.tables import Person

RTT: Final = 0.05
LETTERS: Final = 3000
_SECOND: Final = 1.0


async def delayed(telegram: Telegram, cores: Cores, folder: Path, town: Town, rate: float) -> dict[str, Any]:
    """Compare throughput with a round trip, and take the latencies at a steady rate.

    Latencies are those of the webhook: who polls asks again only once he has the last answer, and what comes meanwhile
    waits for up to a round trip in Telegram's hands.
    """
    fast = await measured(
        KINDS["duban"], Stretch(len(town.presses), 256, delay=RTT, span=6), telegram, cores, folder, town
    )
    slow = await measured(KINDS["ptb"], Stretch(60, 64, delay=RTT, span=4), telegram, cores, folder, town)
    evenly = Stretch(int(rate * 6), rate=rate, delay=RTT)
    steady = await measured(KINDS["duban-webhook"], evenly, telegram, cores, folder, town)
    polled = await measured(KINDS["duban"], evenly, telegram, cores, folder, town)
    refused = fast["refused"] + slow["refused"] + steady["refused"] + polled["refused"]
    return {
        "ratio": None if refused else fast["rate"] / slow["rate"],
        "answer_p99": steady["answer_ms"]["0.99"] - RTT / 2 * 1000,
        "edit_p99": steady["edit_ms"]["0.99"] - RTT * 1000,
        "polled_answer_p99": polled["answer_ms"]["0.99"] - RTT / 2 * 1000,
        "rate": rate,
        "runs": [fast, slow, steady, polled],
    }


# starts and growth


async def _first_answer(name: str, telegram: Telegram, cores: Cores, folder: Path, town: Town) -> tuple[float, float]:
    """Give the seconds from the start of a process to its first answer to a press that waits, and its memory."""
    await telegram.order("reset")
    begun = time.monotonic()
    started = await begin(KINDS[name], telegram.base_url, cores.bot, folder, town)
    try:
        await saturate(telegram, started.presses[:1], 1, 30)
        answered = (await telegram.order("state"))["first_answer"]
        await started.child.quiet()
        return answered - begun, rss_mib(started.child.pid)
    finally:
        await started.child.stop()


async def starts(telegram: Telegram, cores: Cores, folder: Path, town: Town, rounds: int) -> dict[str, Any]:
    """Compare start and memory at rest with the bare bot's, warm."""
    found: defaultdict[str, list[tuple[float, float]]] = defaultdict(list)
    for turn in range(rounds + 1):
        for name in ("duban", "ptb") if turn % 2 else ("ptb", "duban"):
            figures = await _first_answer(name, telegram, cores, folder, town)
            if turn:  # the first warms the disk's cache
                found[name].append(figures)
    pairs = list(zip(found["duban"], found["ptb"], strict=True))
    return {
        "ratio": [ours[0] / bare[0] for ours, bare in pairs],
        "rss_ratio": [ours[1] / bare[1] for ours, bare in pairs],
        "seconds": {name: [figure[0] for figure in figures] for name, figures in found.items()},
        "rss_mib": {name: [figure[1] for figure in figures] for name, figures in found.items()},
    }


async def grown(telegram: Telegram, cores: Cores, folder: Path) -> dict[str, Any]:
    """Compare start and memory at rest with many open cases with those with few: reminders must cost neither."""
    found: dict[int, list[tuple[float, float]]] = {}
    for cases in (10_000, 1_000_000):
        file = folder / "grown.db"
        scaled(file, cases, whole=True)
        found[cases] = [await _polling(telegram, cores, folder, file) for _ in range(3)]
    few, many = ([median(each[place] for each in found[cases]) for place in (0, 1)] for cases in found)
    return {"start_ratio": many[0] / few[0], "rss_mib": many[1] - few[1], "runs": list(found.values())}


async def _polling(telegram: Telegram, cores: Cores, folder: Path, file: Path) -> tuple[float, float]:
    """Give the seconds from the start to the first request for updates, and the memory then."""
    await telegram.order("reset")
    path = folder / "grown.toml"
    path.write_text(config(f"sqlite:///{file}", telegram.base_url), encoding="utf-8")
    begun = time.monotonic()
    arguments = [sys.executable, "-m", "bot", "run", "--config", str(path)]
    child = await start(arguments, cores.bot, folder / "grown.log")
    try:
        await telegram.polled(child)
        seconds = time.monotonic() - begun
        await child.quiet(20)
        return seconds, rss_mib(child.pid)
    finally:
        await child.stop()


async def killed(telegram: Telegram, cores: Cores, folder: Path, town: Town) -> dict[str, Any]:
    """Kill the bot in the midst of a burst, start it again on what its database holds, and look for each press."""
    await telegram.order("reset")
    started = await begin(KINDS["duban"], telegram.base_url, cores.bot, folder, town)
    assert started.file is not None
    try:
        await telegram.polled(started.child)
        pressing = asyncio.create_task(saturate(telegram, town.presses[:300], 64, 60, 60))
        await asyncio.sleep(1)
        started.child.process.kill()
        await started.child.process.wait()
    finally:
        await started.child.stop()
    arguments = [sys.executable, "-m", "bot", "run", "--config", str(folder / "config.toml")]
    again = await start(arguments, cores.bot, folder / "again.log")
    try:
        report = await pressing
        await again.quiet(20)
    finally:
        await again.stop()
    check = verified(started.file, report["presses"])
    left = abs(check["entries"] - report["presses"]) + abs(check["acknowledged"] - report["presses"])
    left += check["open_updates"] + check["open_letters"] + check["dead_letters"]
    return {"wrong": left, "answered_once": report["answered_once"], "presses": report["presses"], "check": check}


async def troubled(telegram: Telegram, cores: Cores, folder: Path, town: Town) -> dict[str, Any]:
    """Hand a third of the updates out twice and answer some calls late; each press must still be done once."""
    faults = {"share_doubled": 0.3, "share_slow": 0.03, "slow_seconds": 0.5}
    found = await measured(KINDS["duban"], Stretch(250, faults=faults), telegram, cores, folder, town)
    amiss = [reason for reason in found["refused"] if "busy" not in reason]  # who waits for late answers may idle
    return {"wrong": len(amiss), "run": found}


async def remembered(telegram: Telegram, cores: Cores, folder: Path, town: Town, updates: int) -> dict[str, Any]:
    """Press the same buttons over and over, which is refused, and see whether memory grows with what was handled."""
    await telegram.order("reset")
    started = await begin(KINDS["duban"], telegram.base_url, cores.bot, folder, town)
    try:
        await telegram.polled(started.child)
        await saturate(telegram, town.presses, 64, 600)
        sizes = []
        for _ in range(10):
            some = [town.presses[place % len(town.presses)] for place in range(updates // 10)]
            report = await saturate(telegram, some, 64, 600, answers_only=True)
            if report["whole"] < len(some):
                raise RuntimeError(f"only {report['whole']} of {len(some)} presses were answered")
            sizes.append(rss_mib(started.child.pid))
        return {"grown_mib": sizes[-1] - sizes[0], "rss_mib": sizes, "updates": updates}
    finally:
        await started.child.stop()


# many rows


def write_letters(read: Read, count: int, at: datetime) -> int:
    """Write a broadcast: one letter a person who has joined, last in the order of what goes out."""
    people = read.exec(select(Person.id).where(col(Person.account).is_not(None)).order_by(col(Person.id).desc()))
    facts = {"count": 3, "waiting": 3, "name": "办公室"}
    posts = [
        Post(f"bench:{person_id}", "cases_imported", person_id, facts=facts, priority=Priority.BROADCAST, silent=True)
        for person_id in list(people)[:count]
    ]
    outbox.broadcast(read, posts, at)
    return len(posts)


async def enqueued(town: Town, folder: Path, letters: int = LETTERS) -> dict[str, Any]:
    """Write a broadcast in this process, on a copy of the town, and watch the event loop meanwhile."""
    file = folder / "enqueue.db"
    shutil.copy(town.file, file)
    database = Database(f"sqlite:///{file}")
    database.open()
    gaps: list[float] = []

    async def beat() -> None:
        last = time.perf_counter()
        while True:
            await asyncio.sleep(0.001)
            now = time.perf_counter()
            gaps.append(now - last)
            last = now

    beating = asyncio.create_task(beat())
    try:
        begun = time.perf_counter()
        written = await database.act(lambda read: write_letters(read, letters, datetime.now(UTC)))
        return {"ms": (time.perf_counter() - begun) * 1000, "stall_ms": max(gaps) * 1000, "letters": written}
    finally:
        beating.cancel()
        database.close()


async def imported(cores: Cores, folder: Path, rows: int = 10_000) -> dict[str, Any]:
    """Import a sheet of so many rows by the command line."""
    file, sheet, path = folder / "import.db", folder / "cases.csv", folder / "import.toml"
    file.unlink(missing_ok=True)
    dice = random.Random(5)
    with sheet.open("w", encoding="utf-8-sig", newline="") as stream:
        writer = csv.writer(stream)
        writer.writerow(["类型", "编号", "标题", "提出人", "联名人", "主办", "会办", "正文", "届次"])
        for row in range(1, rows + 1):
            body = "近年来雨季内涝频发，建议尽快改造排水管网。" * dice.randint(1, 6)
            writer.writerow(
                [
                    "建议",
                    f"{row:05}",
                    f"关于改善第{row}片区排水设施的建议",
                    f"代表{row % 400}",
                    "",
                    "",
                    "",
                    body,
                    "第九届第四次",
                ]
            )
    path.write_text(config(f"sqlite:///{file}", "http://127.0.0.1:9/bot"), encoding="utf-8")
    begun, used = time.monotonic(), resource.getrusage(resource.RUSAGE_CHILDREN)
    arguments = [sys.executable, "-m", "bot", "cases", "import", str(sheet), "--config", str(path)]
    child: Child = await start(arguments, cores.bot, folder / "import.log")
    await asyncio.wait_for(child.process.wait(), 600)
    if child.process.returncode:
        child.check()
    seconds, now = time.monotonic() - begun, resource.getrusage(resource.RUSAGE_CHILDREN)
    cpu = now.ru_utime + now.ru_stime - used.ru_utime - used.ru_stime
    return {"seconds": seconds, "cpu": cpu, "rows": rows, "code": child.process.returncode}
