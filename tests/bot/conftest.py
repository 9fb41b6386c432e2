"""The stand-in for the Bot API as most of its tests want it, and a bot that speaks to it over real HTTP."""

from collections.abc import AsyncIterator

import pytest
from telegram import Bot

from bot.sandbox.telegram import StandIn
from tests.standins import GONE, GROUP, LI, TOKEN, WANG, Hands


@pytest.fixture
def hands(monkeypatch: pytest.MonkeyPatch) -> Hands:
    """Give the clock; python-telegram-bot otherwise warns at each `retry_after` that its type will change."""
    monkeypatch.setenv("PTB_TIMEDELTA", "1")
    return Hands()


@pytest.fixture
async def standin(hands: Hands) -> AsyncIterator[StandIn]:
    """Give a town: Wang started, Li did not, one account is gone, a group has the bot."""
    async with StandIn(TOKEN, now=lambda: hands.time, pulse=lambda: hands.pulse) as standin:
        for user_id, name in ((WANG, "王"), (LI, "李"), (GONE, "赵")):
            await standin.join(user_id, name)
        await standin.press_start(WANG)
        await standin.press_start(GONE)
        await standin.deactivate(GONE)
        await standin.group(GROUP, "督办科", [WANG, LI])
        await standin.add_bot(GROUP, WANG)
        yield standin


@pytest.fixture
async def bot(standin: StandIn) -> AsyncIterator[Bot]:
    """Give python-telegram-bot's bot, speaking to the stand-in."""
    async with Bot(TOKEN, base_url=standin.url, base_file_url=standin.file_url) as bot:
        yield bot
