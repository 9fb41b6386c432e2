"""The bot's own small web sites: its health, and the webhook in that mode."""

import asyncio
import hmac
import json
from typing import Any

import structlog
from aiohttp import web

from bot.intake import Intake
from bot.meters import CONTENT_TYPE_LATEST, Meters
from bot.outages import Outage
from bot.pulse import Pulse
from bot.web.checks import Readiness
from handlers.office import Office
from storage.database import FAILURES
from storage.queries import depths
from storage.queries.depths import Depths

_log = structlog.get_logger(__name__)
_PATIENCE = 5.0  # seconds
_IN_HAND = 2.0  # seconds for requests in hand at a stop; systemd allows 30 for all of it
_NUMBERS = 2**63  # what a row's number may be
_LARGEST = 1024 * 1024  # bytes; an update is far smaller, files come by their id
_SECRET = "X-Telegram-Bot-Api-Secret-Token"  # noqa: S105 (the header's name, not a secret)


class Site:
    """A place that listens."""

    def __init__(self, app: web.Application) -> None:
        # aiohttp's own patience is a minute, and who sends half a request and waits would use it up.
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=_IN_HAND)

    async def start(self, host: str, port: int) -> None:
        """Listen."""
        await self._runner.setup()
        await web.TCPSite(self._runner, host, port).start()

    async def stop(self) -> None:
        """Finish what is in hand and listen no more."""
        await self._runner.cleanup()


def health(office: Office, readiness: Readiness, meters: Meters) -> Site:
    """Make the site of `/healthz` (the loop is alive), `/readyz` (every check) and `/metrics` (Prometheus's text)."""

    async def alive(_request: web.Request) -> web.Response:
        return web.json_response({"alive": True})

    async def ready(_request: web.Request) -> web.Response:
        holds, found = await readiness.look()
        return web.json_response({"ready": holds, "checks": found}, status=200 if holds else 503)

    async def metrics(_request: web.Request) -> web.Response:
        told = meters.exposed(await _depths(office), office.database.commits)
        return web.Response(body=told, headers={"Content-Type": CONTENT_TYPE_LATEST})

    app = web.Application()
    app.add_routes([web.get("/healthz", alive), web.get("/readyz", ready), web.get("/metrics", metrics)])
    return Site(app)


async def _depths(office: Office) -> Depths | None:
    """Count what waits; none where the book cannot be read in time: the other figures are wanted all the more."""
    try:
        async with asyncio.timeout(_PATIENCE):
            return await office.read(depths.depths, office.clock())
    except Exception:  # noqa: BLE001 (whatever it was, it stands in the log)
        _log.exception("depths not read")
        return None


def webhook(intake: Intake, secret: str, path: str) -> Site:
    """Make the site that Telegram calls: 200 only after the update is stored, 403 without the secret.

    While the book is away it is 503, and Telegram brings the update again.

    The secret is compared in constant time (Bot API, setWebhook: `X-Telegram-Bot-Api-Secret-Token`).
    """
    book = Outage(Pulse(), "the webhook")

    async def take(request: web.Request) -> web.Response:
        told = request.headers.get(_SECRET, "").encode("utf-8", "surrogateescape")  # the bytes as they came
        if not secret or not hmac.compare_digest(told, secret.encode()):
            return web.Response(status=403)
        body = _update(await request.read())
        if body is None:
            return web.Response(status=400)
        try:
            await intake.take([body])
        except FAILURES as error:
            book.failed(error)
            return web.Response(status=503)
        book.over()
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
