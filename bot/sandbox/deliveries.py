"""Updates on their way to the bot: kept until confirmed, by long polling or by webhook, in order."""

import asyncio
import contextlib
import re
from collections import OrderedDict
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Final

import aiohttp

from bot.sandbox.bell import Bell
from bot.sandbox.facts import Json
from bot.sandbox.methods import NOT_BY_DEFAULT, UPDATE_KINDS
from bot.sandbox.refusals import bad_request, conflict

BATCH: Final = 100
HISTORY: Final = 20_000
SECRET_HEADER: Final = "X-Telegram-Bot-Api-Secret-Token"  # noqa: S105 - the name of a header, no secret
_SECRET: Final = re.compile(r"[A-Za-z0-9_-]{0,256}")
_SUCCESS: Final = range(200, 300)
_TWICE: Final = "terminated by other getUpdates request; make sure that only one bot instance is running"
_HOOKED: Final = "can't use getUpdates method while webhook is active; use deleteWebhook to delete the webhook first"


@dataclass
class Webhook:
    """Where updates are posted to, and what came of the last failure."""

    url: str
    secret: str = ""
    max_connections: int = 40
    last_error: str = ""
    last_error_date: int = 0


class Deliveries:
    """The queue of updates of one bot."""

    def __init__(self, watchers: Bell, first_id: int = 700_000_001) -> None:
        self.bell = Bell()
        self.waiting = 0
        self._watchers = watchers
        self.pending: dict[int, Json] = {}
        self.history: OrderedDict[int, Json] = OrderedDict()
        self.allowed = UPDATE_KINDS - NOT_BY_DEFAULT
        self.webhook: Webhook | None = None
        self.next_id = first_id
        self.retry_seconds = 0.2
        self._again: list[Json] = []
        self._poll = 0
        self._why_ended = _TWICE

    def put(self, kind: str, body: Json) -> int | None:
        """Queue an update; return its id, or nothing where the bot did not ask for this kind."""
        if kind not in self.allowed:
            return None
        return self.put_raw({kind: body})

    def put_raw(self, update: Json) -> int:
        """Queue an update as it stands; one without `update_id` is given the next."""
        update = {"update_id": self.next_id, **update}
        update_id = int(update["update_id"])
        self.next_id = max(self.next_id, update_id + 1)
        self.pending[update_id] = update
        self.history[update_id] = update
        while len(self.history) > HISTORY:
            self.history.popitem(last=False)
        self._stir()
        return update_id

    def redeliver(self, update_id: int) -> None:
        """Deliver an update once more, confirmed or not, as Telegram may after a lost answer."""
        self._again.append(self.history[update_id])
        self._stir()

    def _stir(self) -> None:
        self.bell.ring()
        self._watchers.ring()

    def allow(self, kinds: Iterable[str] | None) -> None:
        """Take over `allowed_updates`; an empty list is the default, a missing one changes nothing."""
        if kinds is not None:
            wanted = frozenset(kinds)
            self.allowed = (wanted & UPDATE_KINDS) if wanted else UPDATE_KINDS - NOT_BY_DEFAULT

    def confirm(self, offset: int) -> None:
        """Forget what the offset confirms; a negative one keeps only so many from the end."""
        kept = list(self.pending)
        cut = (kept[offset] if len(kept) >= -offset else 0) if offset < 0 else offset
        for update_id in [update_id for update_id in kept if update_id < cut]:
            del self.pending[update_id]
        self._watchers.ring()

    async def poll(self, offset: int, limit: int, seconds: float) -> list[Json]:
        """Wait for updates at most so many seconds; a second call ends the first with 409."""
        self._poll += 1
        mine, self._why_ended = self._poll, _TWICE
        self.bell.ring()
        self.confirm(offset)
        until = asyncio.get_running_loop().time() + seconds
        while True:
            if self.webhook:
                raise conflict(_HOOKED)
            left = until - asyncio.get_running_loop().time()
            if self.pending or self._again or left <= 0:
                return self._batch(limit)
            await self._wait(left)
            if mine != self._poll:
                raise conflict(self._why_ended)

    async def _wait(self, seconds: float) -> None:
        self.waiting += 1
        self._watchers.ring()
        try:
            await self.bell.wait_at_most(seconds)
        finally:
            self.waiting -= 1

    def _batch(self, limit: int) -> list[Json]:
        updates = (self._again + list(self.pending.values()))[:limit]
        self._again = self._again[limit:]
        return updates

    def end_polls(self, why: str) -> None:
        """End a poll under way with 409 and these words."""
        self._poll, self._why_ended = self._poll + 1, why
        self.bell.ring()

    def drop(self) -> None:
        """Forget all that is pending."""
        self.pending.clear()
        self._again.clear()
        self._watchers.ring()

    def hook(self, url: str, secret: str, max_connections: int) -> None:
        """Set or, without an address, remove the webhook."""
        if not _SECRET.fullmatch(secret):
            raise bad_request("secret token contains unallowed characters")
        if url and not re.match(r"https://|http://(127\.0\.0\.1|localhost|\[::1\])[:/]", url):
            raise bad_request("bad webhook: An HTTPS URL must be provided for webhook")
        self.webhook = Webhook(url, secret, max_connections) if url else None
        self.end_polls("terminated by setWebhook request")

    def info(self) -> Json:
        """Return the object WebhookInfo."""
        hook = self.webhook
        facts: Json = {
            "url": hook.url if hook else "",
            "has_custom_certificate": False,
            "pending_update_count": len(self.pending),
            "allowed_updates": sorted(self.allowed),
        }
        if hook:
            facts["max_connections"] = hook.max_connections
            if hook.last_error:
                facts |= {"last_error_message": hook.last_error, "last_error_date": hook.last_error_date}
        return facts

    async def post_forever(self, now: Callable[[], datetime]) -> None:
        """Post updates to the webhook one by one, each again until it is answered with 2xx."""
        async with aiohttp.ClientSession(cookie_jar=aiohttp.DummyCookieJar()) as session:
            while True:
                hook, update = self.webhook, next(iter((*self._again, *self.pending.values())), None)
                if hook is None or update is None:
                    await self.bell.wait()
                elif await self._post(session, hook, update):
                    self._done(update)
                else:
                    hook.last_error_date = int(now().timestamp())
                    self._watchers.ring()
                    await self.bell.wait_at_most(self.retry_seconds)

    async def _post(self, session: aiohttp.ClientSession, hook: Webhook, update: Json) -> bool:
        headers = {SECRET_HEADER: hook.secret} if hook.secret else {}
        try:
            async with session.post(hook.url, json=update, headers=headers, allow_redirects=False) as answer:
                if answer.status in _SUCCESS:
                    return True
                hook.last_error = f"Wrong response from the webhook: {answer.status} {answer.reason}"
        except (aiohttp.ClientError, TimeoutError, OSError) as error:
            hook.last_error = f"Connection failed: {type(error).__name__}"
        return False

    def _done(self, update: Json) -> None:
        self._watchers.ring()
        if self._again and self._again[0] is update:
            del self._again[0]
            return
        with contextlib.suppress(KeyError):
            del self.pending[update["update_id"]]
