"""Broadcasts and refusals: what leaves when, as the server saw it, while people press."""

import asyncio
from collections import defaultdict, deque
from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

from bench.bots import KINDS, begin
from bench.presses import saturate
from bench.probes import LETTERS, RTT, write_letters
from bench.processes import Cores, Telegram
from bench.town import Town
from storage.database import Database

_SECOND: Final = 1.0


async def broadcast(
    telegram: Telegram, cores: Cores, folder: Path, town: Town, letters: int = LETTERS
) -> dict[str, Any]:
    """Send a broadcast by the real bot while people press; what the server saw is what counts."""
    await telegram.order("reset")
    started = await begin(KINDS["duban"], telegram.base_url, cores.bot, folder, town)
    try:
        await telegram.polled(started.child)
        presses = list(started.presses)
        await saturate(telegram, presses[:20], 8, 30)
        await telegram.order("reset", delay=RTT)
        assert started.file is not None
        other = Database(f"sqlite:///{started.file}")  # as the command line writes: from a second process
        try:
            other.act_now(lambda read: write_letters(read, letters, datetime.now(UTC)))
        finally:
            other.close()
        rate = min(1.4, (len(presses) - 20) / (letters / 29.5))
        probes = presses[20 : 20 + int(letters / 29.5 * rate)]
        report = await telegram.order("arrive", letters, presses=probes, rate=rate, seconds=30)
        return await paced(telegram, letters) | {
            "edit_p99": (report["edit"]["0.99"] - RTT) * 1000,
            "answer_p99": (report["answer"]["0.99"] - RTT / 2) * 1000,
            "probes": len(probes),
        }
    finally:
        await started.child.stop()


async def paced(telegram: Telegram, letters: int) -> dict[str, Any]:
    """Wait for the end of a broadcast and give its pace."""
    await _sent_all(telegram, letters)
    return _pace((await telegram.order("sent"))["sent"], letters)


async def _sent_all(telegram: Telegram, letters: int) -> None:
    """Wait until so many messages have been sent, or nothing moves any more."""
    known, still = -1, 0
    while still < 10:
        count = sum(method.startswith("send") for _, _, method in (await telegram.order("sent"))["sent"])
        if count >= letters:
            return
        known, still = count, still + 1 if count == known else 0
        await asyncio.sleep(_SECOND)


def _pace(sent: Iterable[tuple[float, int, str]], letters: int) -> dict[str, Any]:
    """Give the rate as a share of 30 a second, and the fullest second, over all and in any chat."""
    moments = sorted((moment, chat) for moment, chat, method in sent if method.startswith("send"))
    if len(moments) < letters:
        raise ValueError(f"only {len(moments)} of {letters} messages came")
    seconds = moments[-1][0] - moments[0][0]
    chats: defaultdict[int, list[float]] = defaultdict(list)
    for moment, chat in moments:
        chats[chat].append(moment)
    return {
        "share": (len(moments) - 1) / seconds / 30,
        "most_second": fullest([moment for moment, _ in moments]),
        "most_chat": max(fullest(each) for each in chats.values()),
        "seconds": seconds,
    }


def fullest(moments: Iterable[float], width: float = _SECOND) -> int:
    """Give the most moments that lie within any stretch of this width, its end not counted in."""
    within: deque[float] = deque()
    most = 0
    for moment in moments:
        within.append(moment)
        while within[0] <= moment - width:
            within.popleft()
        most = max(most, len(within))
    return most


async def refused(telegram: Telegram, cores: Cores, folder: Path, town: Town) -> dict[str, Any]:
    """Have one chat refused for three seconds in the midst of presses, then all, and look at everybody else."""
    before = await _with_refusal(telegram, cores, folder, town, [])
    chat = town.presses[60][0]
    during = await _with_refusal(telegram, cores, folder, town, [chat])
    everyone = await _with_refusal(telegram, cores, folder, town, [], everyone=True)
    return {
        "others": during["others"] / before["others"],
        "early": max(0, during["faults"].get("429", 0) - 1),
        "came": during["came"] and everyone["came"],
        "calls_to_all": everyone["faults"].get("429", 0),
        "runs": [before, during, everyone],
    }


async def _with_refusal(
    telegram: Telegram, cores: Cores, folder: Path, town: Town, chats: list[int], *, everyone: bool = False
) -> dict[str, Any]:
    await telegram.order("reset")
    started = await begin(KINDS["duban"], telegram.base_url, cores.bot, folder, town)
    try:
        await telegram.polled(started.child)
        presses = list(started.presses)
        await saturate(telegram, presses[:60], 8, 30)
        await telegram.order("reset", delay=RTT)
        await telegram.order("refuse", chats=chats, everyone=everyone, seconds=3.0)
        report = await telegram.order("arrive", 60, presses=presses[60:120], rate=10.0, seconds=15, apart=chats)
        return {
            "others": report["edit"]["0.99"],
            "came": report["whole"] == report["presses"],
            "faults": (await telegram.order("state"))["faults"],
        }
    finally:
        await started.child.stop()
