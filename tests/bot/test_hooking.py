"""Webhook mode watches itself: a webhook taken away is set again, one that Telegram cannot reach is told of."""

import json
from typing import Any

import pytest

from bot.hooking import Hook
from bot.meters import Hooked, Meters
from bot.web import checks, site
from bot.web.checks import Failing
from tests.processes import free_port
from tests.world import World

SECRET, PATH = "a-secret_of-the-webhook-0815", "/telegram"
OTHERS = "https://example.org/their-own-secret"


@pytest.fixture
async def hooked(world: World) -> World:
    """Run the bot in webhook mode behind a proxy that is away: Telegram does not call where the bot listens."""
    await world.stop_bot()
    world._hook = Hook(f"http://127.0.0.1:{free_port()}{PATH}", SECRET, ("127.0.0.1", free_port()), PATH)
    await world.start_bot()
    return world


def said(world: World, event: str) -> list[dict[str, Any]]:
    """List what the log says of something."""
    lines = (json.loads(line) for line in world.log.getvalue().splitlines() if line.startswith("{"))
    return [line for line in lines if line["event"] == event]


def ours(world: World) -> bool:
    """Tell whether Telegram calls the bot's own address, with its secret."""
    webhook = world.standin.town.deliveries.webhook
    assert world._hook is not None
    return webhook is not None and (webhook.url, webhook.secret) == (world._hook.url, SECRET)


def figure(world: World, name: str) -> float | None:
    """Read a figure of /metrics."""
    assert world.app is not None
    return world.app.meters.registry.get_sample_value(f"duban_webhook_{name}")


async def updates(world: World) -> dict[str, Any]:
    """Give what /readyz says of updates."""
    assert world.app is not None
    _, found = await world.app._readiness().look()
    return found["updates"]


@pytest.mark.parametrize("url", ["", OTHERS], ids=["deleted", "overtaken"])
async def test_a_webhook_that_is_not_ours_is_set_again_and_told_of(hooked: World, url: str) -> None:
    """Guard against deafness that nobody notices; the address of whoever took it may be a secret of his."""
    await hooked.standin.wait_for(lambda: figure(hooked, "ours") == 1)
    told = await updates(hooked)
    assert (told["ok"], told["ours"], told["pending"]) == (True, True, 0)
    hooked.standin.town.deliveries.hook(url, "", 40)
    await hooked.standin.wait_for(lambda: ours(hooked))
    (line,) = said(hooked, "the webhook was not ours and is set again")
    assert (line["level"], line["was"]) == ("error", "another" if url else "none")
    assert OTHERS not in hooked.log.getvalue()


async def test_updates_that_telegram_cannot_bring_are_told_of_until_it_can(hooked: World) -> None:
    """Guard against a dead proxy, an expired certificate: the webhook is ours, and nothing comes in."""
    hook, phone = hooked._hook, hooked["何主任"]
    assert hook is not None
    assert hooked.app is not None
    await hooked.standin.type(phone.user_id, "帮助")
    await hooked.standin.wait_for(lambda: said(hooked, "Telegram cannot bring updates"))
    told = await updates(hooked)
    assert (told["ok"], told["ours"], told["pending"]) == (False, True, 1)
    assert figure(hooked, "pending_updates") == 1
    assert figure(hooked, "last_error_timestamp_seconds") == hooked.clock().timestamp()
    proxy = site.webhook(hooked.app.intake, SECRET, PATH)
    await proxy.start("127.0.0.1", int(hook.url.rpartition(":")[2].partition("/")[0]))
    await hooked.standin.wait_for(lambda: said(hooked, "Telegram brings updates again"))
    assert (await updates(hooked))["ok"]
    await hooked.settled()
    await proxy.stop()
    phone.hears("")


async def test_what_telegram_does_not_say_of_the_webhook_is_waited_for(hooked: World) -> None:
    """A look that fails ends nothing: the next one is made all the same."""
    hooked.standin.fault("getWebhookInfo", kind="500")
    await hooked.standin.wait_for(lambda: said(hooked, "the webhook could not be looked at"))
    looks = len([call for call in hooked.standin.calls if call.method == "getWebhookInfo"])
    await hooked.standin.wait_for(
        lambda: len([call for call in hooked.standin.calls if call.method == "getWebhookInfo"]) > looks
    )


async def test_a_webhook_that_is_not_ours_or_deaf_is_not_ready() -> None:
    """Guard the supervisor's view; updates on their way, and an error that is over, are no fault."""
    meters = Meters()
    look = checks.webhook(meters, lambda: meters.hooked_at, 60)
    meters.hooked_as(Hooked(pending=7))
    assert await look() == {"ours": True, "pending": 7, "last_seconds": 0}
    for state in (Hooked(ours=False), Hooked(pending=7, deaf=True)):
        meters.hooked_as(state)
        with pytest.raises(Failing):
            await look()
