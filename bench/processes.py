"""The processes that are compared: started on one core, measured by the kernel's own accounts, ended by their ids."""

import asyncio
import json
import os
import signal
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, Self

ROOT: Final = Path(__file__).parent.parent
_TICK: Final = os.sysconf("SC_CLK_TCK")
_PATIENCE: Final = 30.0


@dataclass(frozen=True)
class Cores:
    """Which core the bot has for itself, and which the server with the generator."""

    bot: int
    server: int

    @classmethod
    def chosen(cls) -> Self:
        """Take two cores of those we may use; raise `RuntimeError` where there is only one."""
        ours = sorted(os.sched_getaffinity(0))
        if len(ours) < 2:
            raise RuntimeError("the bench needs two cores: one for the bot, one for the server and the generator")
        return cls(ours[0], ours[1])

    def step_aside(self) -> None:
        """Have the bench itself leave the bot's core alone."""
        os.sched_setaffinity(0, {self.server})


@contextmanager
def on(core: int) -> Iterator[None]:
    """Have what is started within run on one core, from its first instruction on."""
    before = os.sched_getaffinity(0)
    os.sched_setaffinity(0, {core})
    try:
        yield
    finally:
        os.sched_setaffinity(0, before)


@dataclass(frozen=True)
class Use:
    """What a process and a core have used so far, in seconds; `foreign` is what others took of that core."""

    at: float
    cpu: float
    core_busy: float
    steal: float

    def since(self, before: "Use") -> dict[str, float]:
        """Give the shares of the wall time between two looks, and the seconds of CPU."""
        wall = max(self.at - before.at, 1e-9)
        cpu = self.cpu - before.cpu
        foreign = max(0.0, self.core_busy - before.core_busy - cpu)
        return {
            "wall": wall,
            "cpu": cpu,
            "busy": cpu / wall,
            "foreign": foreign / wall,
            "steal": (self.steal - before.steal) / wall,
        }


def use(pid: int, core: int) -> Use:
    """Look at what a process has run, over all its threads, and at its core."""
    run = 0
    for task in Path(f"/proc/{pid}/task").iterdir():
        with suppress(OSError):  # a thread that has just ended
            run += int((task / "schedstat").read_text(encoding="ascii").split()[0])
    for line in Path("/proc/stat").read_text(encoding="ascii").splitlines():
        name, *ticks = line.split()
        if name == f"cpu{core}":
            user, nice, system, _idle, _iowait, irq, softirq, steal = map(int, ticks[:8])
            busy = (user + nice + system + irq + softirq) / _TICK
            return Use(time.monotonic(), run / 1e9, busy, steal / _TICK)
    raise RuntimeError(f"core {core} is not in /proc/stat")


def rss_mib(pid: int | str) -> float:
    """Give the resident memory of a process (its id, or "self") in MiB."""
    for line in Path(f"/proc/{pid}/status").read_text(encoding="ascii").splitlines():
        if line.startswith("VmRSS:"):
            return int(line.split()[1]) / 1024
    return 0.0


class Child:
    """A process of the bench."""

    def __init__(self, process: asyncio.subprocess.Process, core: int, log: Path) -> None:
        self.process = process
        self.core = core
        self.log = log
        self.begun = time.monotonic()

    @property
    def pid(self) -> int:
        """Its id."""
        return self.process.pid

    def use(self) -> Use:
        """Look at what it has used so far."""
        return use(self.pid, self.core)

    def check(self) -> None:
        """Raise `RuntimeError` with the end of its log if it has ended by itself."""
        if self.process.returncode is not None:
            tail = self.log.read_text(encoding="utf-8", errors="replace")[-2000:]
            raise RuntimeError(f"a process ended with {self.process.returncode}:\n{tail}")

    async def quiet(self, seconds: float = 5.0) -> None:
        """Wait until it hardly runs any more: what follows a press belongs to its cost."""
        end = time.monotonic() + seconds
        before = self.use()
        while time.monotonic() < end:
            await asyncio.sleep(0.15)
            now = self.use()
            if now.cpu - before.cpu < 0.005:
                return
            before = now

    async def stop(self) -> None:
        """End it: politely, then by force."""
        if self.process.returncode is None:
            with suppress(ProcessLookupError):
                self.process.send_signal(signal.SIGTERM)
            try:
                await asyncio.wait_for(self.process.wait(), 12)
            except TimeoutError:
                with suppress(ProcessLookupError):
                    self.process.kill()
                await self.process.wait()


async def start(
    arguments: Sequence[str], core: int, log: Path, *, pipe: bool = False, environ: Mapping[str, str] | None = None
) -> Child:
    """Start a process on a core, its error output (and, without `pipe`, all output) in a file."""
    # What is installed has been compiled; a shell that forbids it would have every start compile the bot anew.
    left_out = ("DUBAN_", "PYTHONDONTWRITEBYTECODE")
    there = {name: value for name, value in os.environ.items() if not name.startswith(left_out)}
    there |= {"PYTHONPATH": str(ROOT), "PTB_TIMEDELTA": "1", "PYTHONWARNINGS": "ignore", **(environ or {})}
    with on(core), log.open("ab") as output:
        process = await asyncio.create_subprocess_exec(
            *arguments,
            stdin=asyncio.subprocess.PIPE if pipe else asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE if pipe else output,
            stderr=output,
            env=there,
            cwd=log.parent,
            limit=1 << 26,
        )
    return Child(process, core, log)


class Telegram:
    """The fake server, in its process."""

    def __init__(self, child: Child, port: int) -> None:
        self.child = child
        self.base_url = f"http://127.0.0.1:{port}/bot"

    @classmethod
    async def started(cls, core: int, folder: Path) -> Self:
        """Start it and wait until it listens."""
        child = await start([sys.executable, "-m", "bench.server"], core, folder / "server.log", pipe=True)
        return cls(child, (await _line(child, _PATIENCE))["port"])

    async def order(self, do: str, patience: float = _PATIENCE, **facts: Any) -> dict[str, Any]:
        """Have it do something and give what it says."""
        assert self.child.process.stdin is not None
        self.child.process.stdin.write(json.dumps({"do": do, **facts}).encode() + b"\n")
        return await _line(self.child, patience)

    async def polled(self, bot: Child, times: int = 1) -> None:
        """Wait until a bot asks for updates, or so many have asked to be brought them."""
        end = time.monotonic() + _PATIENCE
        while (await self.order("state"))["polled"] < times:
            bot.check()
            if time.monotonic() > end:
                raise RuntimeError(f"no bot has asked for updates within {_PATIENCE} s; see {bot.log}")
            await asyncio.sleep(0.02)


async def _line(child: Child, seconds: float) -> dict[str, Any]:
    assert child.process.stdout is not None
    line = await asyncio.wait_for(child.process.stdout.readline(), seconds)
    if not line:
        await child.process.wait()
        child.check()
    found: dict[str, Any] = json.loads(line)
    return found
