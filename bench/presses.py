"""One measured stretch: presses at saturation or at random moments, then the accounts and the check."""

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from bench.bots import Kind, Started, begin, free_port, verified
from bench.processes import Cores, Telegram, rss_mib
from bench.town import Town

WARM: Final = 100
QUIET: Final = 0.10  # above this share of a core taken by others a throughput is that of two programs
_MOST_GENERATOR: Final = 0.60
_LEAST_BOT: Final = 0.95


@dataclass(frozen=True)
class Stretch:
    """How presses come: `window` under way at once, or `rate` a second at random; a round trip of `delay` seconds."""

    count: int
    window: int = 64
    rate: float | None = None
    delay: float = 0.0
    span: float = 30.0
    seconds: float = 60.0  # after which a bot that has not answered is given up
    warm: int = WARM
    faults: dict[str, Any] = field(default_factory=dict)


async def measured(
    kind: Kind, stretch: Stretch, telegram: Telegram, cores: Cores, folder: Path, town: Town
) -> dict[str, Any]:
    """Start a bot, warm it up, press, and give the figures with what speaks against them."""
    port = free_port() if kind.hooked else 0
    await telegram.order("reset")
    await telegram.order("hook", ports=[port] if port else [])
    started = await begin(kind, telegram.base_url, cores.bot, folder, town, port=port)
    try:
        await telegram.polled(started.child)
        return await pressed(kind, stretch, telegram, started)
    finally:
        await started.child.stop()
        await telegram.order("hook")


async def pressed(kind: Kind, stretch: Stretch, telegram: Telegram, started: Started) -> dict[str, Any]:
    """Warm a bot up, press, and give the figures."""
    child, presses = started.child, list(started.presses)
    idle = rss_mib(child.pid)
    warm, rest = presses[: stretch.warm], presses[stretch.warm : stretch.warm + stretch.count]
    await saturate(telegram, warm, min(stretch.window, 64), stretch.seconds, stretch.seconds)
    await child.quiet()
    await telegram.order("reset", delay=stretch.delay, faults=stretch.faults)
    before, before_server = child.use(), telegram.child.use()
    if stretch.rate is None:
        found = await saturate(telegram, rest, stretch.window, stretch.span, stretch.seconds)
    else:
        patience = stretch.seconds + len(rest) / stretch.rate + 10
        orders = {"presses": rest, "rate": stretch.rate, "seconds": stretch.seconds}
        found = await telegram.order("arrive", patience, **orders)
    at_end, server = child.use().since(before), telegram.child.use().since(before_server)
    await child.quiet()
    whole = child.use().since(before)
    check = verified(started.file, len(warm) + found["presses"]) if started.file is not None else {"wrong": []}
    return _figures(kind, stretch, found, at_end, whole, server, check) | {
        "rss_idle": idle,
        "rss": rss_mib(child.pid),
    }


async def saturate(
    telegram: Telegram,
    presses: Sequence[Any],
    window: int,
    span: float,
    seconds: float = 60,
    *,
    answers_only: bool = False,
) -> dict[str, Any]:
    """Keep so many presses under way for a span of time; give the server's report."""
    orders: dict[str, Any] = {"presses": presses, "window": window, "span": span, "seconds": seconds}
    orders["answers_only"] = answers_only
    return await telegram.order("saturate", span + seconds + 10, **orders)


def _figures(
    kind: Kind,
    stretch: Stretch,
    found: dict[str, Any],
    at_end: dict[str, float],
    whole: dict[str, float],
    server: dict[str, float],
    check: dict[str, Any],
) -> dict[str, Any]:
    """Put the accounts together; `refused` says why there is no figure, `noisy` that others used the cores too."""
    count = found["presses"]
    calls = found["answers"] + found["edits"] + found["sends"]
    return {
        "kind": kind.name,
        "rate": count / found["seconds"] if found["seconds"] > 0 else math.nan,
        "calls_rate": calls / found["seconds"] if found["seconds"] > 0 else math.nan,
        "cpu_ms": whole["cpu"] / count * 1000 if count else math.nan,
        "core_rate": count / whole["cpu"] if whole["cpu"] else math.nan,
        "answer_ms": {share: value * 1000 for share, value in found["answer"].items()},
        "edit_ms": {share: value * 1000 for share, value in found["edit"].items()},
        "calls_per_press": calls / count if count else math.nan,
        "edits_per_press": found["edits"] / count if count else math.nan,
        "sends_per_press": found["sends"] / count if count else math.nan,
        "count": count,
        "seconds": found["seconds"],
        "bot": at_end,
        "server": server,
        "check": check,
        "refused": refusals(kind, stretch, found, at_end, server, check),
        "noisy": at_end["foreign"] > QUIET or server["foreign"] > QUIET,
    }


def refusals(
    kind: Kind,
    stretch: Stretch,
    found: dict[str, Any],
    bot: dict[str, float],
    server: dict[str, float],
    check: dict[str, Any],
) -> list[str]:
    """Say why a run has no figure; empty for a good one."""
    said = [f"the record does not agree: {', '.join(check['wrong'])} ({check})"] if check["wrong"] else []
    whole, count = found["whole"], found["presses"]
    if whole < count or found["answered_once"] < count:
        said.append(f"{count} presses, {whole} answered and edited, {found['answered_once']} answered exactly once")
    if stretch.rate is None and not stretch.delay:
        if server["busy"] > _MOST_GENERATOR:
            said.append(f"the generator's core was {server['busy']:.0%} busy: it may have held the bot up")
        if not kind.in_turn and bot["busy"] + bot["foreign"] < _LEAST_BOT:
            said.append(f"the bot's core was only {bot['busy'] + bot['foreign']:.0%} busy: it was not saturated")
    return said
