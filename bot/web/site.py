"""The bot's own small web site: the webhook and its health."""

import hmac
import json

import structlog
from aiohttp import web

from bot.intake import Intake
from handlers.office import Office
from storage import records

_log = structlog.get_logger(__name__)
_LARGEST = 1024 * 1024  # an update is far smaller; files come by their id
_SECRET = "X-Telegram-Bot-Api-Secret-Token"  # noqa: S105 (the header's name, not a secret)
HOOK = "/telegram"


class Site:
    """Serves `/telegram` (webhook), `/healthz` and `/readyz`."""

    def __init__(self, office: Office, intake: Intake, secret: str | None) -> None:
        self._office = office
        self._intake = intake
        self._secret = secret
        app = web.Application(client_max_size=_LARGEST)
        app.add_routes([web.get("/healthz", self._health), web.get("/readyz", self._ready)])
        if secret:
            app.router.add_post(HOOK, self._take)
        self._runner = web.AppRunner(app, access_log=None)

    async def start(self, host: str, port: int) -> None:
        """Listen."""
        await self._runner.setup()
        await web.TCPSite(self._runner, host, port).start()

    async def stop(self) -> None:
        """Finish what is in hand and listen no more."""
        await self._runner.cleanup()

    async def _take(self, request: web.Request) -> web.Response:
        """Take an update: 200 only after it is stored; without the right secret nothing is stored."""
        told = request.headers.get(_SECRET, "")
        if not self._secret or not hmac.compare_digest(told.encode(), self._secret.encode()):
            return web.Response(status=403)
        try:
            body = json.loads(await request.read())
            int(body["update_id"])
        except (ValueError, KeyError, TypeError):
            return web.Response(status=400)
        await self._intake.take([body])
        return web.Response()

    async def _health(self, _request: web.Request) -> web.Response:
        """Tell that the process answers."""
        return web.json_response({"alive": True})

    async def _ready(self, _request: web.Request) -> web.Response:
        """Tell that the record book can be read."""
        await self._office.read(records.count)
        return web.json_response({"database": True})
