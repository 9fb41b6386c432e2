"""Who is compared: each a way to start a process that answers presses."""

import shutil
import socket
import sqlite3
import sys
from collections.abc import Callable, Mapping
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from bench import words
from bench.hook import PATH, SECRET
from bench.processes import Child, start
from bench.town import Press, Town
from bench.words import FIRST_ACCOUNT


@dataclass(frozen=True)
class Kind:
    """One of those compared; `real` has a database, `in_turn` handles one update after another by design."""

    name: str
    arguments: tuple[str, ...] = ()
    real: bool = False
    in_turn: bool = False
    hooked: bool = False  # updates are brought, not fetched
    environ: Mapping[str, str] = field(default_factory=dict)


_PTB: Final = "bench.baselines.bare_ptb"
KINDS: Final = {
    kind.name: kind
    for kind in (
        Kind("duban", real=True),
        Kind("duban-webhook", real=True, hooked=True),
        Kind("ptb", (_PTB, "httpx", "1"), in_turn=True),
        Kind("ptb-httpx-64", (_PTB, "httpx", "64")),
        Kind("ptb-aiohttp-64", (_PTB, "aiohttp", "64")),
        Kind("ptb-aiohttp-256", (_PTB, "aiohttp", "256")),
        Kind("aiogram", ("bench.baselines.bare_aiogram",)),
    )
}


@dataclass
class Started:
    """A bot under way, with the presses that it can take and the file of its database."""

    child: Child
    presses: tuple[Press, ...]
    file: Path | None


def config(url: str, base_url: str, **more: str) -> str:
    """Write the configuration of the real bot: as shipped but for the addresses; the clock ticks once.

    No hour is quiet: a broadcast would wait for the morning.
    """
    settings = {
        "telegram.token": words.TOKEN,
        "telegram.base_url": base_url,
        "database.url": url,
        "web.listen": "127.0.0.1:0",
        "schedule.quiet": "",
        **more,
    }
    plain = "schedule.quiet_days_off = false\nschedule.tick_seconds = 3600\n"
    return "".join(f'{key} = "{value}"\n' for key, value in settings.items()) + plain


async def begin(kind: Kind, base_url: str, core: int, folder: Path, town: Town | None, before: tuple[str, ...] = (),
                module: str = "bot",
    port: int = 0) -> Started:  # fmt: skip
    """Start one of those compared; the real bot on a fresh copy of the town."""
    log = folder / f"{kind.name}.log"
    if not kind.real:
        child = await start(
            [*before, sys.executable, "-m", kind.arguments[0], base_url, *kind.arguments[1:]], core, log
        )
        return Started(child, plain_presses(len(town.presses) if town else 0), None)
    assert town is not None
    file = _copy(town, folder, base_url, port)
    arguments = [*before, sys.executable, "-m", module, "run", "--config", str(folder / "config.toml")]
    return Started(await start(arguments, core, log, environ=kind.environ), town.presses, file)


def free_port() -> int:
    """Give a port that nobody listens on."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


def _copy(town: Town, folder: Path, base_url: str, port: int) -> Path:
    """Copy a town, write the configuration for it and give its file."""
    file = folder / "duban.db"
    for old in folder.glob("duban.db*"):
        old.unlink()
    shutil.copy(town.file, file)
    more = hooked(port, port) if port else {}
    (folder / "config.toml").write_text(config(f"sqlite:///{file}", base_url, **more), encoding="utf-8")
    return file


def hooked(told: int, listens: int) -> dict[str, str]:
    """Give the settings of a bot that updates are brought to: the port that Telegram is told, and its own."""
    return {
        "telegram.mode": "webhook",
        "webhook.url": f"http://127.0.0.1:{told}{PATH}",
        "webhook.listen": f"127.0.0.1:{listens}",
        "webhook.secret": SECRET,
    }


def plain_presses(count: int) -> tuple[Press, ...]:
    """Give presses for those who have no database, of the same length."""
    return tuple((FIRST_ACCOUNT + place, 1_000, f"v1:p.ack:{place}:2::{words.TAG}") for place in range(count))


def verified(file: Path, pressed: int) -> dict[str, Any]:
    """Count what a run has left in the database, and what is wrong with it: with any fault there is no figure."""
    with closing(sqlite3.connect(f"file:{file}?mode=ro", uri=True)) as book:
        return checked(lambda sql: int(book.execute(sql).fetchone()[0]), pressed)


def checked(one: Callable[[str], int], pressed: int) -> dict[str, Any]:
    """Count by whatever gives the one figure of a statement."""
    found = {
        "entries": one("SELECT count(*) FROM record WHERE kind = 'acknowledged'"),
        "acknowledged": one("SELECT count(*) FROM part WHERE acknowledged_at IS NOT NULL AND version = 3"),
        "handled": one("SELECT count(*) FROM inbox WHERE outcome = 'done'"),
        "open_updates": one("SELECT count(*) FROM inbox WHERE handled_at IS NULL"),
        "open_letters": one("SELECT count(*) FROM outbox WHERE settled_at IS NULL"),
        "dead_letters": one("SELECT count(*) FROM outbox WHERE outcome = 'dead'"),
        "letters": one("SELECT count(*) FROM outbox WHERE key LIKE 'u%'"),
    }
    wrong = [name for name in ("entries", "acknowledged", "handled") if found[name] != pressed]
    wrong += [name for name in ("open_updates", "open_letters", "dead_letters") if found[name]]
    return {**found, "wrong": wrong}
