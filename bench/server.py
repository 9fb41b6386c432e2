"""The fake Telegram with the load generator: a process of its own, told what to do by lines of JSON.

Raw protocol and ready-made bodies: whatever it costs is taken from the core that is not the bot's. Latency counts from
the moment an update is offered, fetched or not: a bot that asks late must not look fast.
"""

import asyncio
import json
import random
import sys
from collections import deque
from collections.abc import Callable
from typing import Any, Final

from bench import words
from bench.faults import Faults
from bench.hook import Hook
from bench.tally import Tally, clock
from bench.wire import Wire, field

Press = tuple[int, int, str]  # chat, message, callback data
_BATCH: Final = 100  # Bot API: at most so many updates an answer
_OK: Final = b'{"ok":true,"result":true}'
_EMPTY: Final = b'{"ok":true,"result":[]}'
_ME: Final = json.dumps(
    {
        "ok": True,
        "result": {
            "id": words.BOT_ID,
            "is_bot": True,
            "first_name": "督办助手",
            "username": "duban_bench_bot",
            "can_join_groups": True,
            "can_read_all_group_messages": False,
            "supports_inline_queries": False,
        },
    }
).encode()
_MESSAGE: Final = json.dumps({"ok": True, "result": words.message(-1, -2)}, ensure_ascii=False)
_MESSAGE_PARTS: Final = [
    part.encode() for part in _MESSAGE.replace('"id": -1', "\0").replace("-2", "\1", 1).split("\0")
]
_FILL: Final = tuple(_MESSAGE_PARTS[0].split(b"\1")), _MESSAGE_PARTS[1]


def message_body(chat_id: int, message_id: int) -> bytes:
    """Give the answer to a send or an edit."""
    (first, second), rest = _FILL
    return b'%b%d%b"id": %d%b' % (first, message_id, second, chat_id, rest)


class Server:
    """Bot API as far as the compared bots call it."""

    def __init__(self) -> None:
        self.faults = Faults()
        self.delay = 0.0
        self.tally = Tally()
        self.window = 0
        self.sent: list[tuple[float, int, str]] = []  # when, to whom, by which method: for the pace
        self.first_answer: float | None = None
        self.hook: Hook | None = None
        self._hooked = 0  # bots that have asked to be brought updates
        self._lines: set[Wire] = set()
        self._updates: deque[tuple[int, bytes]] = deque()
        self._to_offer: deque[tuple[int, int, str]] = deque()
        self._poll: tuple[Wire, asyncio.TimerHandle] | None = None
        self._next_update = 1
        self._next_message = 500_000
        self.stirred = asyncio.Event()

    def wire(self) -> Wire:
        """Give the protocol of a new connection."""
        return Wire(self.take, self._lines)

    # calls

    def take(self, wire: Wire, method: str, body: bytes) -> None:
        """Answer one call, after the round trip where there is one."""
        if method == "getUpdates":
            self._get_updates(wire, body)
            return
        self.tally.calls += 1
        if method in ("answerCallbackQuery", "editMessageText", "editMessageReplyMarkup") or method.startswith("send"):
            if self._goes_wrong(wire, method, body):
                return
            wait = self.faults.slow_seconds if self.faults.chance("slow") else self.delay
        else:
            wait = self.delay
        if wait:
            # A call takes effect half-way: what is measured is when it reaches the server.
            asyncio.get_running_loop().call_later(wait / 2, self._effect_later, wire, method, body, wait / 2)
        else:
            wire.say(self._effect(method, body))

    def _effect_later(self, wire: Wire, method: str, body: bytes, wait: float) -> None:
        answer = self._effect(method, body)
        asyncio.get_running_loop().call_later(wait, wire.say, answer)

    def _goes_wrong(self, wire: Wire, method: str, body: bytes) -> bool:
        """Refuse, fail or cut the line as planned; an answer to a press is in no bucket and so never refused."""
        counts = method != "answerCallbackQuery"
        seconds = self.faults.retry_after(field(body, b"chat_id"), clock()) if counts else 0
        if seconds:
            told = {"ok": False, "error_code": 429, "description": f"Too Many Requests: retry after {seconds}"}
            wire.say(json.dumps(told | {"parameters": {"retry_after": seconds}}).encode(), b"429 Too Many Requests")
        elif self.faults.chance("5xx"):
            wire.say(b'{"ok":false,"error_code":502,"description":"Bad Gateway"}', b"502 Bad Gateway")
        elif self.faults.chance("dropped"):
            wire.drop()
        else:
            return False
        return True

    def _effect(self, method: str, body: bytes) -> bytes:
        """Do what a call asks for and give its answer."""
        if method == "answerCallbackQuery":
            query_id = field(body, b"callback_query_id")
            self.first_answer = self.first_answer or clock()
            if query_id is not None and self.tally.answer(words.update_of(query_id)):
                self._one_whole()
            return _OK
        if method.startswith("editMessage"):
            chat_id, message_id = field(body, b"chat_id") or 0, field(body, b"message_id") or 0
            self.sent.append((clock(), chat_id, method))
            if self.tally.edit(chat_id, message_id):
                self._one_whole()
            return message_body(chat_id, message_id)
        if method.startswith("send"):
            chat_id = field(body, b"chat_id") or 0
            self.sent.append((clock(), chat_id, method))
            self.tally.send(chat_id)
            self._next_message += 1
            return message_body(chat_id, self._next_message)
        self._hooked += method == "setWebhook"
        return _ME if method == "getMe" else _OK

    # updates

    def _get_updates(self, wire: Wire, body: bytes) -> None:
        offset = field(body, b"offset")
        while self._updates and offset is not None and self._updates[0][0] < offset:
            self._updates.popleft()
        if self._poll is not None:
            self._poll[1].cancel()
            self._poll[0].say(b'{"ok":false,"error_code":409,"description":"Conflict"}', b"409 Conflict")
            self._poll = None
        if self._updates:
            self._hand_out(wire)
            return
        seconds = field(body, b"timeout") or 0
        if not seconds:
            wire.say(_EMPTY)
            return
        timer = asyncio.get_running_loop().call_later(seconds, self._poll_over)
        self._poll = (wire, timer)

    def _forget_poll(self) -> None:
        """Forget who asked if he has gone: the next bot must not be taken for him."""
        if self._poll is not None and not self._poll[0].there:
            self._poll[1].cancel()
            self._poll = None

    def _poll_over(self) -> None:
        if self._poll is not None:
            (wire, _timer), self._poll = self._poll, None
            wire.say(_EMPTY)

    def _hand_out(self, wire: Wire) -> None:
        now = clock()
        batch = [self._updates[place] for place in range(min(_BATCH, len(self._updates)))]
        for update_id, _ in batch:
            press = self.tally.presses.get(update_id)
            if press is not None and press.handed is None:
                press.handed = now
        twice = [body for _, body in batch if self.faults.chance("doubled")]
        answer = b'{"ok":true,"result":[' + b",".join([body for _, body in batch] + twice) + b"]}"
        if self.delay:
            asyncio.get_running_loop().call_later(self.delay / 2, wire.say, answer)
        else:
            wire.say(answer)

    def offer(self, chat_id: int, message_id: int, data: str) -> None:
        """Have an update be there for whoever asks."""
        update_id, self._next_update = self._next_update, self._next_update + 1
        self.tally.offer(update_id, chat_id, message_id)
        update = words.press(update_id, chat_id, message_id, data)
        if self.hook is not None:
            self.hook.bring(update)
            return
        self._updates.append((update_id, update))
        if self._poll is not None:
            (wire, timer), self._poll = self._poll, None
            timer.cancel()
            # What else is offered in this turn of the loop goes out with it.
            asyncio.get_running_loop().call_soon(self._hand_out, wire)

    def _one_whole(self) -> None:
        """Offer the next one in a saturation run."""
        if self.window and self._to_offer:
            self.offer(*self._to_offer.popleft())
        self.stirred.set()

    # the generator

    async def saturate(self, presses: list[Press], window: int, span: float, seconds: float) -> None:
        """Keep so many presses under way for a span of time, or until there are no more; then let them end."""
        self.window, self._to_offer = window, deque(presses)
        self.tally.begun = clock()
        for _ in range(min(window, len(presses))):
            self.offer(*self._to_offer.popleft())
        await self._until(lambda: self._all_whole() and not self._to_offer, span)
        self.window = 0
        self._to_offer.clear()
        await self._until(self._all_whole, seconds)

    def _all_whole(self) -> bool:
        return self.tally.whole >= len(self.tally.presses)

    async def arrive(self, presses: list[Press], rate: float, seconds: float, seed: int) -> None:
        """Offer presses at random moments, so many a second on the average, whatever becomes of those before."""
        dice = random.Random(seed)
        self.tally.begun = due = clock()
        for press in presses:
            due += dice.expovariate(rate)
            if (wait := due - clock()) > 0:
                await asyncio.sleep(wait)
            self.offer(*press)
            self.tally.presses[self._next_update - 1].offered = due
        await self._until(self._all_whole, seconds)

    async def _until(self, done: Callable[[], bool], seconds: float) -> None:
        end = clock() + seconds
        while not done() and (left := end - clock()) > 0:
            self.stirred.clear()
            try:
                await asyncio.wait_for(self.stirred.wait(), left)
            except TimeoutError:
                return

    # what it is told

    async def told(self, order: dict[str, Any]) -> dict[str, Any]:
        """Do what the bench orders."""
        match order["do"]:
            case "reset":
                self.tally = Tally()
                self.sent.clear()
                self._updates.clear()
                self.first_answer = None
                self._forget_poll()
                self.delay = float(order.get("delay", 0.0))
                self.faults = Faults(**order.get("faults", {}))
            case "saturate":
                self.tally = Tally(answers_only=order["answers_only"])
                presses = [tuple(each) for each in order["presses"]]
                await self.saturate(presses, order["window"], order["span"], order["seconds"])
                return self.tally.report()
            case "arrive":
                self.tally = Tally()
                presses = [tuple(each) for each in order["presses"]]
                await self.arrive(presses, order["rate"], order["seconds"], order.get("seed", 1))
                return self.tally.report(order.get("apart", ()))
            case "refuse":
                now = clock()
                self.faults.refused.update({int(chat): now + order["seconds"] for chat in order["chats"]})
                self.faults.all_until = now + order["seconds"] if order["everyone"] else 0.0
            case "hook":
                if self.hook is not None:
                    await self.hook.close()
                self.hook = Hook(order["ports"]) if order.get("ports") else None
                self._hooked = 0
            case "sent":
                return {"sent": self.sent}
            case "state":
                polling = self._poll is not None and self._poll[0].there
                polled = self._hooked if self.hook is not None else int(polling)
                return {"polled": polled, "first_answer": self.first_answer, "faults": dict(self.faults.done)}
        return {"ok": True}


async def serve() -> None:
    """Serve until the orders end; the first line out names the port."""
    loop = asyncio.get_running_loop()
    server = Server()
    listening = await loop.create_server(server.wire, "127.0.0.1", 0, backlog=1024)
    reader = asyncio.StreamReader(limit=1 << 26)
    await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), sys.stdin)
    print(json.dumps({"port": listening.sockets[0].getsockname()[1]}), flush=True)
    while line := await reader.readline():
        print(json.dumps(await server.told(json.loads(line))), flush=True)
    listening.close()


if __name__ == "__main__":
    asyncio.run(serve())
