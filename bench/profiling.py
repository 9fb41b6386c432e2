"""Where the CPU of one press goes: py-spy's samples of the running bot, put together by layer.

Shares only: sampling slows the bot, and a thread that waits for the interpreter's lock may count as running.
"""

import asyncio
import re
import shutil
import signal
import sys
from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

from bench.bots import KINDS, begin
from bench.counts import counted
from bench.presses import WARM, Stretch, measured, saturate
from bench.processes import Cores, Telegram, start
from bench.town import Town, fill

_FRAME: Final = re.compile(r"(?P<name>.+) \((?P<file>[^()]*):(?P<line>\d+)\)$")
# Seen from the leaf: the first of these that a stack passes through has spent the sample.
PACKAGES: Final = ("sqlalchemy", "sqlmodel", "telegram", "aiohttp", "yarl", "multidict", "asyncio",
                   "apscheduler", "structlog", "babel", "json", "concurrent", "threading", "selectors")  # fmt: skip
OURS: Final = ("bot/", "handlers/", "storage/")


def stacks(raw: str) -> Iterator[tuple[list[tuple[str, str, int]], int]]:
    """Read py-spy's raw format: frames of (function, file, line) from root to leaf, and how many samples."""
    for line in raw.splitlines():
        stack, _, count = line.rpartition(" ")
        frames = [_FRAME.match(frame) for frame in stack.split(";")]
        found = [(each["name"], each["file"], int(each["line"])) for each in frames if each]
        if found and count.isdigit():
            yield found, int(count)


def place(file: str) -> str:
    """Name what a file belongs to: our module, or the package."""
    for ours in OURS:
        at = file.find(ours)
        if at >= 0 and "site-packages" not in file:
            return file[at:].removesuffix(".py")
    parts = Path(file).parts
    if "site-packages" in parts:
        return parts[parts.index("site-packages") + 1].removesuffix(".py")
    return next((part.removesuffix(".py") for part in parts if part.removesuffix(".py") in PACKAGES), "python")


def by_package(found: Iterable[tuple[list[tuple[str, str, int]], int]]) -> Counter[str]:
    """Count samples by the package of the leaf; the standard library counts for who has called it."""
    spent: Counter[str] = Counter()
    for frames, count in found:
        named = (place(file) for _, file, _ in reversed(frames))
        where = next((name for name in named if name not in ("python", "json", "threading", "concurrent")), "python")
        spent[where.split("/")[0] if where.startswith(OURS) else where] += count
    return spent


def inclusive(found: Iterable[tuple[list[tuple[str, str, int]], int]]) -> Counter[str]:
    """Count samples for each function of ours that is anywhere on the stack."""
    spent: Counter[str] = Counter()
    for frames, count in found:
        seen = {f"{place(file)}.{name}" for name, file, _ in frames if place(file).startswith(OURS)}
        for each in seen:
            spent[each] += count
    return spent


def lowest(found: Iterable[tuple[list[tuple[str, str, int]], int]]) -> Counter[str]:
    """Count each sample once, for the lowest function of ours on its stack: what that line has cost, libraries in."""
    spent: Counter[str] = Counter()
    for frames, count in found:
        ours = [(name, file) for name, file, _ in frames if place(file).startswith(OURS)]
        name = f"{place(ours[-1][1])}.{ours[-1][0]}" if ours else f"(none of ours) {place(frames[-1][1])}"
        spent[name] += count
    return spent


PHASES: Final = (
    ("intake: fetch and store", ("intake.Intake.poll", "intake.Intake._updates", "inbox.store", "intake.Intake.take")),
    ("gate: who is it (read)", ("roster.by_account",)),
    ("act: step (rights, facts, rule)", ("book.Book.step",)),
    ("act: record", ("records.append",)),
    ("act: letters (send, refresh)", ("book.Book.refresh", "book.Book.send", "book.Book.tell")),
    ("act: mark of the inbox", ("inbox.settle",)),
    ("act: the rest (rows, checks)", ("office.Office.act.<locals>.unit",)),
    ("intake: is it still open (read)", ("inbox.is_open",)),
    ("tick", ("app.App.tick", "records.sequence", "mornings.tick")),
    ("sender: look for letters", ("outbox.due", "sender.Sender._look")),
    ("sender: dossier of the card", ("cases.dossier",)),
    ("sender: the rest of rendering", ("sender.Sender._rendered",)),
    ("sender: mark", ("outbox.settle", "sender.Sender._settle")),
    ("writer: savepoint, begin, commit", ("database.Database._write", "database.Database._run")),
    ("reader: session, connection", ("database.Database.look", "database.Database.read")),
    ("transport (aiohttp request)", ("transport.AiohttpRequest.do_request",)),
    ("courier and turnstile", ("courier.Courier.edit", "courier.Courier.send", "turnstile.Turnstile.run")),
    ("sender: the rest", ("sender.Sender._lane", "sender.Sender.run")),
    ("gate: toast", ("gate.Gate._toast",)),
    ("gate: the rest, with PTB's handling", ("gate.Gate._through", "intake.Intake._handle", "intake.Intake._lane")),
    ("event loop itself", ("running.run",)),
)


def by_phase(found: Iterable[tuple[list[tuple[str, str, int]], int]]) -> Counter[str]:
    """Count each sample once, for the first phase that its stack shows."""
    spent: Counter[str] = Counter()
    for frames, count in found:
        names = {f"{place(file).rpartition('/')[2]}.{name}" for name, file, _ in frames}
        phase = next((title for title, marks in PHASES if names & set(marks)), "threads' own (pool, queue)")
        spent[phase] += count
    return spent


def table(title: str, spent: Counter[str], per_press_ms: float, total: int, rows: int = 40) -> str:
    """Write a table: share and milliseconds a press."""
    lines = [f"{title}", f"{'share':>7} {'ms/press':>9}"]
    for name, count in spent.most_common(rows):
        lines.append(f"{count / total:>7.1%} {count / total * per_press_ms:>9.3f}  {name}")
    return "\n".join(lines)


async def run(presses: int) -> str:
    """Press the real bot under the sampler; give the tables."""
    sampler = shutil.which("py-spy") or str(Path(sys.executable).with_name("py-spy"))
    cores = Cores.chosen()
    cores.step_aside()
    with TemporaryDirectory(prefix="duban-bench-") as made:
        folder = Path(made)
        telegram = await Telegram.started(cores.server, folder)
        try:
            town = await asyncio.to_thread(fill, folder / "town.db", presses + WARM)
            plain = await measured(KINDS["duban"], Stretch(presses), telegram, cores, folder, town)
            counts = await counted(telegram, cores, folder, town, {"burst": Stretch(presses)})
            raw = await _sampled(sampler, presses, telegram, cores, folder, town)
        finally:
            await telegram.child.stop()
    found = list(stacks(raw))
    total = sum(count for _, count in found) or 1
    cost = plain["cpu_ms"]
    views = {"phase of a press": by_phase, "package of the leaf": by_package, "lowest function of ours": lowest,
             "function of ours, all under it": inclusive}  # fmt: skip
    tables = [table(f"\nBy {title}", view(found), cost, total) for title, view in views.items()]
    burst = counts["stretches"]["burst"]
    lines = [f"{number:8.2f}  {text}" for text, number in burst["most"].items()]
    head = f"{plain['rate']:.1f} presses/s, {cost:.2f} ms CPU a press, {burst['statements']:.1f} statements a press"
    return "\n".join([head, *tables, "\nStatements a press", *lines])


async def _sampled(sampler: str, presses: int, telegram: Telegram, cores: Cores, folder: Path, town: Town) -> str:
    """Sample a run, after its warm-up; give py-spy's raw lines."""
    await telegram.order("reset")
    started = await begin(KINDS["duban"], telegram.base_url, cores.bot, folder, town)
    raw = folder / "samples"
    try:
        await telegram.polled(started.child)
        await saturate(telegram, started.presses[:WARM], 64, 60)
        await started.child.quiet()
        orders = ["record", "-p", str(started.child.pid), "-r", "400", "-d", "600", "-f", "raw", "-F", "--nonblocking"]
        spy = await start([sampler, *orders, "-o", str(raw)], cores.server, folder / "sampler.log")
        await asyncio.sleep(1)
        spy.check()
        await saturate(telegram, started.presses[WARM : WARM + presses], 64, 120)
        spy.process.send_signal(signal.SIGINT)
        await asyncio.wait_for(spy.process.wait(), 60)
        return raw.read_text(encoding="utf-8")
    finally:
        await started.child.stop()
