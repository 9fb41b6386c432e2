"""Two hundred people at their phones: each presses what stands in his chat, types, starts anew, forges."""

import asyncio
from collections import Counter
from random import Random

from bot.sandbox.facts import Message
from bot.sandbox.telegram import StandIn
from tests.world import label

_RECENT = 6  # messages of a chat that a person looks at
_IDLE = ("取消", "返回", "刷新")
# What moves a case on is pressed more often than what only shows something.
_MOVING = (
    "签收",
    "领办",
    "交办",
    "分办",
    "确认",
    "同意",
    "通过",
    "签发",
    "提交",
    "送达",
    "收到",
    "报送",
    "定级",
    "办理",
)
_WORDS = ("待办", "我的件", "/start", "/help", "好的", "/start AAAA-BBBB", "催办 12号", "请问这件到哪一步了？")
_ANSWERS = (
    "一、已摸清底数。二、已列入年度计划。",
    "已与代表当面沟通，意见一致。",
    "需与市财政局会商后再定。",
    "材料不齐，请补充后再报。",
)
_ROUNDS = 3  # how often a doubled press is repeated at most


class Crowd:
    """Everybody, by account; what each does is drawn from the seed."""

    def __init__(self, seed: str, standin: StandIn, accounts: list[int]) -> None:
        self.did: Counter[str] = Counter()
        self._dice = Random(f"{seed}:crowd")
        self._standin = standin
        self._accounts = accounts
        self._seen: dict[int, list[tuple[int, str]]] = {}
        self._blocked: set[int] = set()
        self._pressed: Counter[tuple[int, str]] = Counter()

    async def does(self) -> None:
        """Have somebody do something; those who have something to press do so more often."""
        dice = self._dice
        account = max(dice.sample(self._accounts, 25), key=lambda each: (self._fresh(each), dice.random()))
        if account in self._blocked:
            self._blocked.discard(account)
            await self._standin.unblock(account)
            self._count("unblocks")
            return
        chance = dice.random()
        if chance < 0.004:
            self._blocked.add(account)
            await self._standin.block(account)
            self._count("blocks")
        elif chance < 0.06:
            await self._forges(account)
        elif chance < 0.12:
            await self._presses_old(account)
        elif chance < 0.18:
            await self._types(account, dice.choice(_WORDS))
        else:
            await self._goes_on(account)

    def _count(self, what: str) -> None:
        self.did[what] += 1

    def _recent(self, account: int) -> list[Message]:
        """Give the bot's newest messages in a chat, newest first."""
        every = list(self._standin.town.messages.get(account, {}).values())[-30:]
        return [each for each in reversed(every) if each.sender != account and not each.deleted][:_RECENT]

    def _buttons(self, account: int) -> list[tuple[int, str, str]]:
        """Give message, data and label of what can be pressed; it is remembered for those who press it late."""
        found = [
            (message.message_id, button["callback_data"], label(button["text"]))
            for message in self._recent(account)
            for row in (message.keyboard or {}).get("inline_keyboard", [])
            for button in row
            if "callback_data" in button
        ]
        known = self._seen.setdefault(account, [])
        known += [each[:2] for each in found if each[:2] not in known]
        return found

    def _fresh(self, account: int) -> bool:
        """Tell whether the newest message has a button that was not pressed yet."""
        return any(not self._pressed[account, data] for _, data, _ in self._buttons(account))

    async def _goes_on(self, account: int) -> None:
        """Press one of the newest buttons, or answer the question that was asked."""
        found = self._buttons(account)
        recent = self._recent(account)
        asked = recent[0].text if recent else ""
        if _asks(asked) and self._dice.random() < 0.6:
            await self._types(account, self._answer(asked))
            return
        if not found:
            self._count("looks")
            return
        weights = [
            _weight(words) / (1 + 4 * self._pressed[account, data]) / (1 + place)
            for place, (_, data, words) in enumerate(found)
        ]
        ((message_id, data, _words),) = self._dice.choices(found, weights)
        self._pressed[account, data] += 1
        times = self._dice.randint(2, _ROUNDS) if self._dice.random() < 0.06 else 1
        for _ in range(times):
            self._count("presses")
            await self._standin.press(account, message_id, data)

    async def _presses_old(self, account: int) -> None:
        """Press what stood there once and may be gone."""
        known = self._seen.get(account)
        if not known:
            return
        message_id, data = self._dice.choice(known)
        self._count("old presses")
        await self._standin.press(account, message_id, data, forged=True)

    async def _forges(self, account: int) -> None:
        """Press what no button carries: another's data, or one's own with something changed."""
        recent = self._recent(account)
        others = [data for known in self._seen.values() for _, data in known[-3:]]
        if not recent or not others:
            return
        data = self._dice.choice(others)
        if self._dice.random() < 0.5:
            place = self._dice.randrange(len(data))
            data = data[:place] + self._dice.choice("0123456789:az") + data[place + 1 :]
        self._count("forged presses")
        await self._standin.press(account, recent[0].message_id, data, forged=True)

    async def _types(self, account: int, words: str) -> None:
        self._count("typed words")
        await self._standin.type(account, words)

    def _answer(self, asked: str) -> str:
        """Say something that may fit what was asked."""
        if "文号" in asked:
            return f"兴市建复〔2026〕{self._dice.randint(1, 999)}号"
        if any(word in asked for word in ("哪天", "日期", "哪一天", "期限")):
            return self._dice.choice(("今天", "3月2日", "2026-03-02", "5月20日", "12月31日"))
        return self._dice.choice(_ANSWERS)


def _asks(words: str) -> bool:
    return any(word in words for word in ("请输入", "请写", "是什么", "请说明", "哪天", "日期"))


def _weight(words: str) -> float:
    return 0.1 if words in _IDLE else 4.0 if any(word in words for word in _MOVING) else 1.0


async def reigns(crowd: Crowd, rate: float, seconds: float, room: asyncio.Event) -> None:
    """Have so many things done a second, for so long, while there is room for more."""
    loop = asyncio.get_running_loop()
    until = loop.time() + seconds
    while loop.time() < until:
        await asyncio.sleep(1 / rate)
        if room.is_set():
            await crowd.does()
