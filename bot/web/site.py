"""The bot's own small web sites: its health, and the webhook in that mode."""

import hmac
import json
from typing import Any

from aiohttp import web

from bot.intake import Intake
from handlers.office import Office
from storage import records

_NUMBERS = 2**63  # what a row's number may be
_LARGEST = 1024 * 1024  # bytes; an update is far smaller, files come by their id
_SECRET = "X-Telegram-Bot-Api-Secret-Token"  # noqa: S105 (the header's name, not a secret)


class Site:
    """A place that listens."""

    def __init__(self, app: web.Application) -> None:
        self._runner = web.AppRunner(app, access_log=None)

    async def start(self, host: str, port: int) -> None:
        """Listen."""
        await self._runner.setup()
        await web.TCPSite(self._runner, host, port).start()

    async def stop(self) -> None:
        """Finish what is in hand and listen no more."""
        await self._runner.cleanup()


def health(office: Office) -> Site:
    """Make the site of `/healthz` (the process answers) and `/readyz` (so does the record book)."""

    async def alive(_request: web.Request) -> web.Response:
        return web.json_response({"alive": True})

    async def ready(_request: web.Request) -> web.Response:
        await office.read(records.count)
        return web.json_response({"database": True})

    app = web.Application()
    app.add_routes([web.get("/healthz", alive), web.get("/readyz", ready)])
    return Site(app)


def webhook(intake: Intake, secret: str, path: str) -> Site:
    """Make the site that Telegram calls: 200 only after the update is stored, 403 without the secret.

    The secret is compared in constant time (Bot API, setWebhook: `X-Telegram-Bot-Api-Secret-Token`).
    """

    async def take(request: web.Request) -> web.Response:
        told = request.headers.get(_SECRET, "")
        if not secret or not hmac.compare_digest(told.encode(), secret.encode()):
            return web.Response(status=403)
        body = _update(await request.read())
        if body is None:
            return web.Response(status=400)
        await intake.take([body])
        return web.Response()

    app = web.Application(client_max_size=_LARGEST)
    app.router.add_post(path, take)
    return Site(app)


def _update(content: bytes) -> dict[str, Any] | None:
    """Read an update; none where it is not one."""
    try:
        body = json.loads(content)
    except (ValueError, RecursionError):
        return None
    number = body.get("update_id") if isinstance(body, dict) else None
    return body if type(number) is int and 0 <= number < _NUMBERS else None
