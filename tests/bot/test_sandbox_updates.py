"""How the stand-in delivers updates, by polling and by webhook, and how it fails on order."""

import asyncio
import datetime as dt
from collections.abc import AsyncIterator
from typing import Any

import aiohttp
import pytest
from aiohttp import web
from telegram import Bot
from telegram.error import Conflict, NetworkError, RetryAfter, TimedOut

from bot.sandbox.telegram import StandIn
from tests.standins import TOKEN, WANG

SECRET = "a_Secret-1"


@pytest.fixture
async def standin(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[StandIn]:
    """Give a stand-in without limits in which Wang has pressed start, which is update number one."""
    monkeypatch.setenv("PTB_TIMEDELTA", "1")
    standin = StandIn(TOKEN, now=lambda: dt.datetime(2026, 3, 2, tzinfo=dt.UTC), limits=False)
    await standin.start()
    await standin.join(WANG, "王")
    await standin.press_start(WANG, "abc")
    yield standin
    await standin.stop()


async def test_updates_stay_until_they_are_confirmed(standin: StandIn, bot: Bot) -> None:
    """Guard at-least-once: the same update comes again until a higher offset is asked for."""
    await standin.type(WANG, "二")
    first, second = await bot.get_updates(timeout=0)
    assert [one.update_id for one in await bot.get_updates(timeout=0)] == [first.update_id, second.update_id]
    assert [one.update_id for one in await bot.get_updates(offset=second.update_id, timeout=0)] == [second.update_id]
    assert standin.pending == [second.update_id]
    assert await bot.get_updates(offset=second.update_id + 1, timeout=0) == ()
    for text in "三四五":
        await standin.type(WANG, text)
    assert [one.message.text for one in await bot.get_updates(limit=2, timeout=0) if one.message] == ["三", "四"]
    assert [one.message.text for one in await bot.get_updates(offset=-1, timeout=0) if one.message] == ["五"]


async def test_a_poll_waits_for_what_comes(standin: StandIn, bot: Bot) -> None:
    """Guard the long poll: it holds while there is nothing and answers at once when there is."""
    await bot.get_updates(offset=standin.pending[-1] + 1, timeout=0)
    poll = asyncio.create_task(bot.get_updates(timeout=30))
    await standin.wait_for(lambda: standin.polling)
    assert not poll.done()
    await standin.type(WANG, "来了")
    assert [one.message.text for one in await poll if one.message] == ["来了"]


async def test_two_pollers_conflict(standin: StandIn, bot: Bot) -> None:
    """Guard that the second poll ends the first with 409, as when two processes run."""
    await bot.get_updates(offset=standin.pending[-1] + 1, timeout=0)
    first = asyncio.create_task(bot.get_updates(timeout=30))
    await standin.wait_for(lambda: standin.polling)
    async with Bot(TOKEN, base_url=standin.url) as other:
        await other.get_updates(timeout=0)
    with pytest.raises(Conflict, match="terminated by other getUpdates request"):
        await first


async def test_a_webhook_ends_polling(standin: StandIn, bot: Bot) -> None:
    """Guard both conflicts of polling with a webhook, and WebhookInfo."""
    await bot.get_updates(offset=standin.pending[-1] + 1, timeout=0)
    poll = asyncio.create_task(bot.get_updates(timeout=30))
    await standin.wait_for(lambda: standin.polling)
    await bot.set_webhook("https://127.0.0.1:9/hook", max_connections=3)
    with pytest.raises(Conflict, match="terminated by setWebhook"):
        await poll
    with pytest.raises(Conflict, match="webhook is active"):
        await bot.get_updates(timeout=0)
    info = await bot.get_webhook_info()
    assert (info.url, info.max_connections) == ("https://127.0.0.1:9/hook", 3)
    await bot.delete_webhook()
    assert await bot.get_updates(timeout=0) == ()
    assert (await bot.get_webhook_info()).url == ""


async def test_only_wanted_kinds_are_queued(standin: StandIn, bot: Bot) -> None:
    """Guard `allowed_updates`: what the bot did not ask for is never queued."""
    await bot.get_updates(offset=standin.pending[-1] + 1, allowed_updates=["callback_query"], timeout=0)
    await standin.type(WANG, "没人听")
    assert standin.pending == []
    await bot.get_updates(allowed_updates=[], timeout=0)
    note = await standin.type(WANG, "听到了")
    await standin.edit(WANG, note, "听清了")
    (sent, edited) = await bot.get_updates(timeout=0)
    assert sent.message is not None
    assert edited.edited_message is not None
    assert (sent.message.text, edited.edited_message.text) == ("听到了", "听清了")
    assert edited.edited_message.edit_date is not None


async def test_an_update_can_come_again(standin: StandIn, bot: Bot) -> None:
    """Guard redelivery of what was confirmed, once each time it is asked for, and raw updates."""
    first = standin.pending[0]
    await bot.get_updates(offset=first + 1, timeout=0)
    await standin.redeliver(first)
    assert [one.update_id for one in await bot.get_updates(offset=first + 1, timeout=0)] == [first]
    assert await bot.get_updates(offset=first + 1, timeout=0) == ()
    raw = await standin.raw_update({"poll": {}})
    assert standin.updates[raw] == {"update_id": raw, "poll": {}}
    assert await standin.raw_update({"update_id": raw + 50, "poll": {}}) == raw + 50
    assert await standin.raw_update({"poll": {}}) == raw + 51


class Hook:
    """A bot's webhook that answers with the statuses it is told, then with 200."""

    def __init__(self, *statuses: int) -> None:
        self.statuses = list(statuses)
        self.heard: list[tuple[str | None, dict[str, Any]]] = []
        self.runner: web.AppRunner

    async def hear(self, request: web.Request) -> web.Response:
        """Take one update."""
        self.heard.append((request.headers.get("X-Telegram-Bot-Api-Secret-Token"), await request.json()))
        return web.Response(status=self.statuses.pop(0) if self.statuses else 200)

    async def start(self) -> str:
        """Listen; return the address."""
        app = web.Application()
        app.router.add_post("/hook", self.hear)
        self.runner = web.AppRunner(app, access_log=None)
        await self.runner.setup()
        await web.TCPSite(self.runner, "127.0.0.1", 0).start()
        return f"http://127.0.0.1:{self.runner.addresses[0][1]}/hook"


async def test_a_webhook_is_told_in_order_until_it_answers_well(standin: StandIn, bot: Bot) -> None:
    """Guard delivery by webhook: the secret in its header, the same update again after a failure, none skipped."""
    standin.town.deliveries.retry_seconds = 0.001
    hook = Hook(500, 302, 200, 404)
    await standin.type(WANG, "二")
    await bot.set_webhook(await hook.start(), secret_token=SECRET)
    await standin.wait_for(lambda: not standin.pending)
    first, second = list(standin.updates)
    assert [update["update_id"] for _, update in hook.heard] == [first, first, first, second, second]
    assert {secret for secret, _ in hook.heard} == {SECRET}
    info = await bot.get_webhook_info()
    assert info.last_error_message == "Wrong response from the webhook: 404 Not Found"
    await standin.redeliver(first)
    await standin.wait_for(lambda: len(hook.heard) == 6)
    assert hook.heard[-1][1]["update_id"] == first
    await hook.runner.cleanup()


async def test_an_unreachable_webhook_keeps_updates_waiting(standin: StandIn, bot: Bot) -> None:
    """Guard that nothing is lost while the bot is down, and that pending updates can be dropped."""
    standin.town.deliveries.retry_seconds = 0.001
    hook = Hook()
    address = await hook.start()
    await hook.runner.cleanup()
    await bot.set_webhook(address)
    await standin.wait_for(lambda: standin.town.deliveries.info().get("last_error_message"))
    info = await bot.get_webhook_info()
    assert info.pending_update_count == 1
    assert info.last_error_message is not None
    assert info.last_error_message.startswith("Connection failed")
    await bot.delete_webhook(drop_pending_updates=True)
    assert standin.pending == []


async def test_faults_answer_with_errors_once(standin: StandIn, bot: Bot) -> None:
    """Guard the faults that answer: only the method, chat and number of times that were asked for."""
    standin.fault("sendMessage", 1, "429", retry_after=7)
    standin.fault("*", 1, "500", chat_id=WANG)
    standin.fault("sendMessage", 1, "502")
    await bot.get_me()
    with pytest.raises(RetryAfter) as caught:
        await bot.send_message(WANG, "x")
    assert caught.value.retry_after == dt.timedelta(seconds=7)
    with pytest.raises(NetworkError, match="Internal Server Error"):
        await bot.send_message(WANG, "x")
    with pytest.raises(NetworkError, match="Bad Gateway"):
        await bot.send_message(WANG, "x")
    await bot.send_message(WANG, "到了")
    assert [view.text for view in standin.chat(WANG)] == ["/start abc", "到了"]
    assert [call.fault for call in standin.calls if call.method == "sendMessage"] == ["429", "500", "502", ""]


async def test_lost_calls_and_lost_answers_differ(standin: StandIn, bot: Bot) -> None:
    """Guard the two silences a sender must tell apart: `drop` did nothing, `accepted` took effect."""
    standin.fault("sendMessage", kind="drop")
    with pytest.raises(NetworkError):
        await bot.send_message(WANG, "丢了")
    standin.fault("sendMessage", kind="accepted")
    with pytest.raises(NetworkError):
        await bot.send_message(WANG, "到了")
    standin.fault("sendMessage", kind="accepted")
    with pytest.raises(NetworkError):
        await bot.send_message(5, "拒了")
    assert [view.text for view in standin.chat(WANG)] == ["/start abc", "到了"]
    assert [(call.fault, call.ok) for call in standin.calls][-3:] == [
        ("drop", False),
        ("accepted", True),
        ("accepted", False),
    ]


async def test_a_call_can_hang(standin: StandIn, bot: Bot) -> None:
    """Guard `timeout`: no answer ever, no effect, and stopping is not held up by it."""
    standin.fault("sendMessage", kind="timeout")
    with pytest.raises(TimedOut):
        await bot.send_message(WANG, "x", read_timeout=0.05)
    assert len(standin.chat(WANG)) == 1


def test_an_unknown_fault_is_refused() -> None:
    """Guard against a fault that would never happen because its name is misspelt."""
    standin = StandIn(TOKEN, now=lambda: dt.datetime.now(dt.UTC))
    with pytest.raises(ValueError, match="no such fault"):
        standin.fault("*", kind="flood")


async def test_waiting_tells_what_was_seen_instead(standin: StandIn, bot: Bot) -> None:
    """Guard `wait_for`: it wakes on a call, returns what the predicate gave, and explains a failure."""
    sending = asyncio.create_task(bot.send_message(WANG, "到了"))
    assert await standin.wait_for(lambda: [view for view in standin.chat(WANG) if view.text == "到了"])
    await sending
    with pytest.raises(TimeoutError, match=r"not seen within 0\.01 s.*sendMessage → ok"):
        await standin.wait_for(lambda: False, 0.01)


async def test_stopping_ends_what_waits_and_keeps_the_state(standin: StandIn) -> None:
    """Guard a quick stop under a long poll, and a second start with everything still there."""
    await standin.type(WANG, "二")
    pending = standin.pending
    standin.town.deliveries.confirm(pending[-1] + 1)
    async with aiohttp.ClientSession() as session:
        poll = asyncio.create_task(session.get(f"{standin.url}{TOKEN}/getUpdates?timeout=50"))
        await standin.wait_for(lambda: standin.polling)
        await standin.stop()
        assert (await poll).status == 409
    await standin.start()
    assert [view.text for view in standin.chat(WANG)] == ["/start abc", "二"]
