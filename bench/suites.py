"""The suites: which are compared, how long, how often, and which goals are judged."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final

from bench import paces, probes, replicas
from bench.bots import KINDS, Kind
from bench.counts import counted
from bench.meta import meta
from bench.presses import Stretch, measured
from bench.processes import Cores, Telegram
from bench.sweep import swept
from bench.town import Town, fill

Say = Callable[[str], None]
_SLOW: Final = ("delayed", "killed", "troubled", "broadcast", "refused", "start", "grown", "enqueue", "import",
                "replicas")  # fmt: skip


@dataclass(frozen=True)
class Suite:
    """What a suite measures; spans in seconds, `presses` at the most in one stretch, `parts` beside the rounds."""

    kinds: tuple[str, ...]
    rounds: int
    presses: int
    span: float
    goals: tuple[str, ...]
    parts: tuple[str, ...] = ()
    others: int = 0
    steady: float = 100.0
    updates: int = 20_000  # over which memory is watched


_PRESSES: Final = ("G1", "G2", "G3a", "G12")
_COUNTS: Final = ("G5a", "G5b", "G5g")
_SWEEP: Final = ("G6a", "G6b", "G6c", "G6d")
SUITES: Final = {
    "small": Suite(
        ("duban", "ptb", "ptb-aiohttp-64", "aiogram"), 2, 500, 1.2, (*_PRESSES, *_COUNTS, *_SWEEP), ("counts", "sweep")
    ),
    "whole": Suite(
        ("duban", "duban-webhook", "ptb", "ptb-aiohttp-64", "ptb-httpx-64", "aiogram"),
        5,
        3000,
        4.0,
        (*_PRESSES, "G3b", *_COUNTS, "G5c", "G5d", *_SWEEP, "G4a", "G4b", "G4c", "G7a", "G7b", "G7c", "G7d", "G8a",
         "G8b", "G8c", "G8d", "G5e", "G5f", "G9a", "G9b", "G10a", "G10b", "G11a", "G11b", "I1", "M1", "R1"),
        ("counts", "sweep", "steady", "memory", *_SLOW),
    ),
    "press": Suite(("duban", "ptb", "ptb-aiohttp-64", "aiogram"), 3, 1000, 2.0, _PRESSES),
    "replicas": Suite((), 0, 10, 0.0, ("R1",), ("replicas",)),
    "memory": Suite((), 0, 300, 0.0, ("M1",), ("memory",), updates=100_000),
}  # fmt: skip


@dataclass
class Bench:
    """One run: its folder, its server, its town."""

    suite: Suite
    folder: Path
    cores: Cores
    telegram: Telegram
    town: Town
    say: Say

    async def rounds(self) -> list[dict[str, Any]]:
        """Measure everybody in each round, in an order that is turned round each time."""
        found = []
        stretch = Stretch(self.suite.presses, span=self.suite.span)
        for turn in range(self.suite.rounds):
            kinds = [KINDS[name] for name in self.suite.kinds]
            figures = {}
            for kind in kinds if turn % 2 == 0 else kinds[::-1]:
                figures[kind.name] = await self._one(kind, stretch)
                self.say(f"round {turn + 1}: {_line(figures[kind.name])}")
            found.append(figures)
        return found

    async def _one(self, kind: Kind, stretch: Stretch) -> dict[str, Any]:
        return await measured(kind, stretch, self.telegram, self.cores, self.folder, self.town)

    async def steady(self) -> dict[str, Any]:
        """Take latencies at a steady rate and at seven tenths of what the real bot can do, without a round trip."""
        full = await self._one(KINDS["duban"], Stretch(self.suite.presses, span=self.suite.span))
        found: dict[str, Any] = {}
        for rate in (self.suite.steady, 0.7 * full["rate"]):
            for name in ("duban", "ptb", "aiogram"):
                count = min(self.suite.presses, int(rate * 5))
                found[f"{name} at {rate:.0f}/s"] = figures = await self._one(KINDS[name], Stretch(count, rate=rate))
                self.say(f"{rate:5.0f}/s: {_line(figures)}, p99 {figures['edit_ms']['0.99']:.0f} ms")
        return found

    async def part(self, name: str) -> dict[str, Any]:
        """Measure one thing beside the rounds."""
        there = (self.telegram, self.cores, self.folder, self.town)
        small = self.suite is SUITES["small"]
        parts: dict[str, Callable[[], Awaitable[dict[str, Any]]]] = {
            "counts": lambda: counted(*there, stretches=self._stretches(small=small)),
            "steady": self.steady,
            "sweep": lambda: asyncio.to_thread(swept, self.folder, 3 if small else 5, whole=not small),
            "delayed": lambda: probes.delayed(*there, rate=self.suite.steady),
            "broadcast": lambda: paces.broadcast(*there),
            "refused": lambda: paces.refused(*there),
            "start": lambda: probes.starts(*there, rounds=5),
            "grown": lambda: probes.grown(*there[:3]),
            "enqueue": lambda: probes.enqueued(self.town, self.folder),
            "import": lambda: probes.imported(self.cores, self.folder),
            "memory": lambda: probes.remembered(*there, updates=self.suite.updates),
            "troubled": lambda: probes.troubled(*there),
            "killed": lambda: probes.killed(*there),
            "replicas": lambda: self._replicas(*there[:3]),
        }
        return await parts[name]()

    async def _replicas(self, *there: Any) -> dict[str, Any]:
        """Say what one and two replicas do as well as their ratio: it is stated, not striven for."""
        found = await replicas.compared(*there)
        self.say(f"on PostgreSQL {found['one']:.0f} presses/s by one replica, {found['two']:.0f} by two on its core")
        return found

    def _stretches(self, *, small: bool) -> dict[str, Stretch]:
        """Give the stretches in which commits are counted."""
        burst = Stretch(256)
        if small:
            return {"burst": burst}
        slow = Stretch(256, delay=probes.RTT)
        return {"burst": burst, "delayed": slow, "steady": Stretch(300, rate=self.suite.steady, seconds=60)}


async def run(name: str, say: Say) -> dict[str, Any]:
    """Run a suite and give its result; everything it starts has ended by then and its files are gone."""
    suite = SUITES[name]
    cores = Cores.chosen()
    cores.step_aside()
    with TemporaryDirectory(prefix="duban-bench-") as made:
        folder = Path(made)
        result: dict[str, Any] = {
            "suite": name,
            "goals": list(suite.goals),
            "meta": await asyncio.to_thread(meta, folder),
        }
        telegram = await Telegram.started(cores.server, folder)
        try:
            say(f"filling a town with {suite.presses + 100} buttons to press")
            letters = 3000 if "broadcast" in suite.parts else 0
            others = max(0, letters - suite.presses - 100)
            town = await asyncio.to_thread(fill, folder / "town.db", suite.presses + 100, others)
            bench = Bench(suite, folder, cores, telegram, town, say)
            result["rounds"] = await bench.rounds()
            for part in suite.parts:
                say(f"measuring: {part}")
                result[part] = await _tried(bench, part)
        finally:
            await telegram.child.stop()
    return result


async def _tried(bench: Bench, part: str) -> dict[str, Any]:
    """Measure a part; one that fails leaves its goals without a figure, and the others with theirs."""
    try:
        return await bench.part(part)
    except (RuntimeError, ValueError, TimeoutError, OSError) as fault:
        bench.say(f"{part} failed: {fault}")
        return {"failed": str(fault)}


def _line(figures: dict[str, Any]) -> str:
    """Say what a run has found in one line."""
    noisy = "  (others used the cores)" if figures["noisy"] else ""
    refused = f"  REFUSED: {'; '.join(figures['refused'])}" if figures["refused"] else ""
    return (
        f"{figures['kind']:<15} {figures['rate']:7.1f} presses/s {figures['calls_rate']:7.1f} calls/s "
        f"{figures['cpu_ms']:7.3f} ms CPU/press  edit p50 {figures['edit_ms']['0.5']:.0f} ms{noisy}{refused}"
    )
