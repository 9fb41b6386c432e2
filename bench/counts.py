"""Commits, fsyncs and statements per press: of the real bot with its hands counted, in a run that is not timed."""

import asyncio
import json
import os
import re
import shutil
import signal
import sqlite3
import time
from collections import Counter
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path
from typing import Any, Final

from bench.bots import KINDS, Kind, Started, begin, verified
from bench.presses import Stretch, saturate
from bench.processes import Cores, Telegram
from bench.town import Town

_PATIENCE: Final = 10.0
_WARM: Final = 100
_WALKED: Final = re.compile(r"SCAN (?!CONSTANT)(?!\(subquery)(?!json_each)(?!.*USING)")
_IN_LIST: Final = re.compile(r"\(\?(, \?)+\)")


async def counted(telegram: Telegram, cores: Cores, folder: Path, town: Town, stretches: dict[str, Stretch],
                  group: int | None = None) -> dict[str, Any]:  # fmt: skip
    """Count in several stretches of one run; `group` is the negative control that ties the writer's hands."""
    notes, traced = folder / "counts.jsonl", folder / "fsyncs"
    for old in (notes, traced):
        old.unlink(missing_ok=True)
    tracer = shutil.which("strace")
    before = (tracer, "-f", "--seccomp-bpf", "-ttt", "-e", "trace=fsync,fdatasync", "-o", str(traced)) if tracer else ()
    environ = {"BENCH_COUNTS": str(notes)} | ({"BENCH_GROUP": str(group)} if group else {})
    kind = Kind(KINDS["duban"].name, real=True, environ=environ)
    await telegram.order("reset")
    started = await begin(kind, telegram.base_url, cores.bot, folder, town, before, "bench.counted")
    pid = 0
    try:
        await telegram.polled(started.child)
        pid = _inner(started.child.pid) if tracer else started.child.pid
        return await _stretches(telegram, started, pid, notes, traced if tracer else None, stretches)
    finally:
        if pid:
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGTERM)
            with suppress(TimeoutError):
                await asyncio.wait_for(started.child.process.wait(), _PATIENCE)
        await started.child.stop()


async def _stretches(telegram: Telegram, started: Started, pid: int, notes: Path, traced: Path | None,
                     stretches: dict[str, Stretch]) -> dict[str, Any]:  # fmt: skip
    """Press stretch after stretch and take the difference of the counts."""
    presses = list(started.presses)
    await saturate(telegram, presses[:_WARM], 64, 60)
    used, found = _WARM, {}
    pressed: set[str] = set()
    for name, stretch in stretches.items():
        await telegram.order("reset", delay=stretch.delay)
        await asyncio.sleep(1)  # marks that ride on a later commit
        first, begun = await _told(pid, notes), time.time()
        some = presses[used : used + stretch.count]
        if stretch.rate is None:
            report = await saturate(telegram, some, stretch.window, stretch.span)
        else:
            orders = {"presses": some, "rate": stretch.rate, "seconds": stretch.seconds}
            report = await telegram.order("arrive", 120, **orders)
        await asyncio.sleep(1)
        last, ended = await _told(pid, notes), time.time()
        used += report["presses"]
        pressed |= {text for text, count in last["statements"].items() if count > first["statements"].get(text, 0)}
        found[name] = _per_press(report, first, last, _fsyncs(traced, begun, ended) if traced else None)
    assert started.file is not None
    return {"stretches": found, "pragmas": last["pragmas"], "scans": scans(started.file, pressed),
            "check": verified(started.file, used)}  # fmt: skip


def _per_press(
    report: dict[str, Any], first: dict[str, Any], last: dict[str, Any], fsyncs: int | None
) -> dict[str, Any]:
    """Give what one press has cost of each."""
    count = report["presses"]
    run = Counter(last["statements"])
    run.subtract(first["statements"])
    statements: Counter[str] = Counter()
    for text, number in run.items():
        if number:
            statements[folded(text)] += number
    return {
        "presses": count,
        "commits": (last["commits"] - first["commits"]) / count,
        "fsyncs": None if fsyncs is None else fsyncs / count,
        "statements": sum(statements.values()) / count,
        "most": {text: number / count for text, number in statements.most_common(25)},
    }


def folded(statement: str) -> str:
    """Shorten a statement for reading: lists of values and of columns."""
    return re.sub(r"^SELECT (.{40})[^*]*? FROM ", r"SELECT \1… FROM ", _IN_LIST.sub("(?…)", statement))[:300]


async def _told(pid: int, notes: Path) -> dict[str, Any]:
    """Have the bot write down its counts."""
    before = len(_lines(notes))
    os.kill(pid, signal.SIGUSR1)
    end = time.monotonic() + _PATIENCE
    while time.monotonic() < end:
        if len(lines := _lines(notes)) > before:
            told: dict[str, Any] = json.loads(lines[-1])
            return told
        await asyncio.sleep(0.02)
    raise RuntimeError("the bot has not told its counts")


def _lines(notes: Path) -> list[str]:
    """Give the lines that are whole."""
    return notes.read_text(encoding="utf-8").split("\n")[:-1] if notes.exists() else []


def _fsyncs(traced: Path, begun: float, ended: float) -> int:
    """Count the calls that were begun in a stretch of time."""
    count = 0
    for line in traced.read_text(encoding="utf-8", errors="replace").splitlines():
        parts = line.split(maxsplit=2)
        if len(parts) == 3 and parts[2].startswith(("fsync(", "fdatasync(")):
            count += begun <= float(parts[1]) <= ended
    return count


def _inner(pid: int) -> int:
    """Give the process that a tracer has started."""
    return int(Path(f"/proc/{pid}/task/{pid}/children").read_text(encoding="ascii").split()[0])


def scans(file: Path, statements: Iterable[str]) -> list[str]:
    """Name the tables that some statement of a press walks through from end to end."""
    found: set[str] = set()
    book = sqlite3.connect(f"file:{file}?mode=ro", uri=True)
    try:
        for statement in statements:
            if statement.upper().startswith(("SELECT", "UPDATE", "DELETE")):
                plan = book.execute(f"EXPLAIN QUERY PLAN {statement}", (None,) * statement.count("?")).fetchall()
                found |= {f"{row[3]} ← {folded(statement)}" for row in plan if _WALKED.match(row[3])}  # fmt: skip
    finally:
        book.close()
    return sorted(found)
