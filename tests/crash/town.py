"""People at their phones in a town whose bot may die: each waits for what he needs, and does it once."""

import asyncio
from dataclasses import dataclass, field

from bot.sandbox.views import View
from storage.inbox import RETRIES
from tests.crash.mortal import Mortal
from tests.world import label

SORRY = "错误编号"
DONE = "已办"  # what a press that took long is told in words


@dataclass
class Town(Mortal):
    """A town whose bot may die, and its people's accounts by name."""

    accounts: dict[str, int] = field(default_factory=dict)
    _typed: dict[int, asyncio.Task[None]] = field(default_factory=dict)

    async def presses(self, name: str, wanted: str, within: str = "") -> None:
        """Press a button as soon as it is there; after an apology wait, as one is told to."""
        account = self.accounts[name]
        found = await self.sees(lambda: self._found(account, wanted, within))
        assert found is not None
        query = await self.standin.press(account, found[0].message_id, found[1])
        self._tasks.append(asyncio.create_task(self._waits(query)))

    async def _waits(self, query: str) -> None:
        answer = await self.standin.wait_for(lambda: self.standin.answers.get(query), 3600)
        if answer is not None and SORRY in answer.text:
            self.later()

    def later(self) -> None:
        """Let the time pass after which the bot tries again what failed by its fault."""
        self.moment += RETRIES[0]
        self.turn(0)

    def _found(self, account: int, wanted: str, within: str) -> tuple[View, str] | None:
        for view in reversed(self.standin.chat(account)):
            for button in (button for row in view.buttons for button in row):
                if within in view.text and label(button.text) == wanted:
                    return view, button.data
        return None

    async def types(self, name: str, words: str, within: str) -> None:
        """Type words as soon as a question asks for them; after an apology wait, as one is told to."""
        account = self.accounts[name]
        await self.hears(name, within)
        if account in self._typed:
            self._typed.pop(account).cancel()  # an apology from now on is for these words
        again = asyncio.create_task(self._waits_for_words(account, self._sorries(account)))
        self._typed[account] = again
        self._tasks.append(again)
        await self.standin.type(account, words)

    async def _waits_for_words(self, account: int, sorries: int) -> None:
        await self.standin.wait_for(lambda: self._sorries(account) > sorries, 3600)
        self.later()

    def _sorries(self, account: int) -> int:
        return sum(SORRY in view.text for view in self.standin.chat(account) if view.from_bot)

    async def hears(self, name: str, *words: str) -> None:
        """Wait until the bot has said these words to somebody."""
        account = self.accounts[name]
        await self.sees(
            lambda: any(
                view.from_bot and all(word in view.text for word in words) for view in self.standin.chat(account)
            )
        )
