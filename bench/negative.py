"""Negative controls: what the goals are there to catch, brought about on purpose; the matching goal must turn red.

Each is a switch of the bench: the bot itself has none of them.
"""

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final

from bench import goals, paces, probes
from bench.bots import KINDS, Kind, begin
from bench.counts import counted
from bench.presses import Stretch, measured
from bench.processes import Cores, Telegram
from bench.sweep import swept
from bench.town import Town, fill

_PRESSES: Final = 300
_LETTERS: Final = 150
There = tuple[Telegram, Cores, Path, Town]


async def without_index(there: There) -> dict[str, Any]:
    """Drop the partial index under the sweep."""
    return {"sweep": await asyncio.to_thread(swept, there[2], 1, whole=False, drop_index=True)}


async def without_groups(there: There) -> dict[str, Any]:
    """Have the writer commit each unit alone."""
    return {"counts": await counted(*there, stretches={"burst": Stretch(150)}, group=1)}


async def on_httpx(there: There) -> dict[str, Any]:
    """Put the library's own requests in the place of ours."""
    figures = {}
    for name, kind in (("ptb", KINDS["ptb"]), ("ptb-aiohttp-64", KINDS["ptb-httpx-64"])):
        figures[name] = await measured(kind, Stretch(_PRESSES, span=1.5), *there)
    return {"rounds": [figures]}


async def with_their_limiter(there: There) -> dict[str, Any]:
    """Have the library's limiter pace a broadcast."""
    telegram, cores, folder, town = there
    await telegram.order("reset", delay=probes.RTT)
    kind = Kind("limiter", (KINDS["ptb"].arguments[0], "httpx", "64", str(_LETTERS)))
    started = await begin(kind, telegram.base_url, cores.bot, folder, town)
    try:
        await telegram.polled(started.child)
        return {"broadcast": await paces.paced(telegram, _LETTERS)}
    finally:
        await started.child.stop()


CONTROLS: Final[dict[str, tuple[Callable[[There], Awaitable[dict[str, Any]]], str]]] = {
    "the partial index dropped": (without_index, "G6a"),
    "a commit for each unit": (without_groups, "G5a"),
    "httpx in the place of aiohttp": (on_httpx, "G3a"),
    "AIORateLimiter for the broadcast": (with_their_limiter, "G7b"),
}


async def run(say: Callable[[str], None]) -> bool:
    """Run every control; tell whether each has turned its goal red, by a figure and not for want of one."""
    caught = True
    cores = Cores.chosen()
    cores.step_aside()
    with TemporaryDirectory(prefix="duban-bench-") as made:
        folder = Path(made)
        telegram = await Telegram.started(cores.server, folder)
        try:
            town = await asyncio.to_thread(fill, folder / "town.db", _PRESSES + 100)
            for name, (control, goal) in CONTROLS.items():
                found = await control((telegram, cores, folder, town))
                caught &= _caught(name, {**found, "goals": [goal]}, say)
        finally:
            await telegram.child.stop()
    return caught


def _caught(name: str, result: dict[str, Any], say: Callable[[str], None]) -> bool:
    """Tell whether the goal has seen it."""
    (verdict,) = goals.verdicts(result)
    seen = bool(verdict.figures) and verdict.passed is False
    say(f"{'caught' if seen else 'NOT CAUGHT'}: {name}\n{verdict.line}")
    return seen
