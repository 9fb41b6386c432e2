"""The Bot API over HTTP: reads a call, lets a planned fault happen, performs it, answers."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

from aiohttp import web

from bot.sandbox import deliveries, desk, editing, reading, sending
from bot.sandbox.facts import Json
from bot.sandbox.faults import Fault
from bot.sandbox.reading import Asked
from bot.sandbox.refusals import BAD_GATEWAY, NOT_FOUND, SERVER_ERROR, UNAUTHORIZED, Refused, too_many
from bot.sandbox.town import Town

# Multipart brings headers beside the 50 MB of a file.
BODY_LIMIT: Final = reading.UPLOAD_LIMIT + (1 << 20)
POLL_LIMIT: Final = 50

SERVED: Final[dict[str, Callable[[Town, Asked], Any]]] = {
    "getMe": desk.get_me,
    "sendMessage": sending.send_message,
    "sendDocument": sending.send_file,
    "sendPhoto": sending.send_file,
    "sendMediaGroup": sending.send_media_group,
    "copyMessage": sending.copy_message,
    "forwardMessage": sending.forward_message,
    "editMessageText": editing.edit_text,
    "editMessageCaption": editing.edit_caption,
    "editMessageReplyMarkup": editing.edit_markup,
    "deleteMessage": editing.delete_message,
    "answerCallbackQuery": editing.answer_query,
    "setMessageReaction": editing.set_reaction,
    "sendChatAction": editing.chat_action,
    "getFile": desk.get_file,
    "setMyCommands": desk.set_commands,
    "getMyCommands": desk.get_commands,
    "deleteMyCommands": desk.delete_commands,
    "setMyDescription": desk.set_description,
    "setMyShortDescription": desk.set_description,
    "getChat": desk.get_chat,
    "getChatMember": desk.get_member,
}


@dataclass(frozen=True)
class Call:
    """One call the bot made, with the answer it got or, after a `drop` or `timeout`, did not get."""

    method: str
    values: Json
    ok: bool
    answer: Any
    fault: str = ""
    at: float = 0.0


class _Lost(Exception):
    """The connection is to break without an answer."""


class Server:
    """The routes of the Bot API on an aiohttp application."""

    def __init__(self, town: Town) -> None:
        self._town = town
        self._closing = asyncio.Event()
        self.app = web.Application(client_max_size=BODY_LIMIT)
        self.app.router.add_route("*", "/bot{token:[^/]+}/{method}", self._call)
        self.app.router.add_get("/file/bot{token:[^/]+}/{path:.+}", self._download)
        self.app.cleanup_ctx.append(self._posting)

    def close(self) -> None:
        """End whatever still waits: polls and calls that a fault holds."""
        self._closing.set()
        self._town.deliveries.end_polls("the stand-in is stopping")

    async def _posting(self, _app: web.Application) -> Any:
        task = asyncio.create_task(self._town.deliveries.post_forever(self._town.now))
        yield
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)

    async def _call(self, request: web.Request) -> web.StreamResponse:
        if request.match_info["token"] != self._town.token:
            return _json(Refused(UNAUTHORIZED, "Unauthorized").body(), UNAUTHORIZED)
        asked = Asked(request.match_info["method"])
        fault: Fault | None = None
        try:
            asked = await reading.read(request)
            fault = self._town.faults.take(asked.method, asked.chat_id)
            result = await self._perform(asked, fault)
        except _Lost:
            return self._lose(request, asked, fault)
        except Refused as refused:
            self._note(asked, refused.body(), fault, ok=False)
            if fault is not None and fault.kind == "accepted":
                return self._lose(request, asked, None)
            return _json(refused.body(), refused.code)
        self._note(asked, result, fault, ok=True)
        if fault is not None:
            return self._lose(request, asked, None)
        return _json({"ok": True, "result": result})

    async def _perform(self, asked: Asked, fault: Fault | None) -> Any:
        if fault is not None:
            await self._before(fault)
        if asked.method in _OF_DELIVERIES:
            return await _OF_DELIVERIES[asked.method](self._town.deliveries, asked)
        return SERVED[asked.method](self._town, asked)

    async def _before(self, fault: Fault) -> None:
        if fault.kind == "429":
            raise too_many(fault.retry_after)
        if fault.kind in {"400", "403"}:
            raise Refused(int(fault.kind), fault.words)
        if fault.kind == "500":
            raise Refused(SERVER_ERROR, "Internal Server Error")
        if fault.kind == "502":
            raise Refused(BAD_GATEWAY, "Bad Gateway")
        if fault.kind == "timeout":
            await self._closing.wait()
        if fault.kind in {"timeout", "drop"}:
            raise _Lost

    def _lose(self, request: web.Request, asked: Asked, fault: Fault | None) -> web.StreamResponse:
        if fault is not None:
            self._note(asked, None, fault, ok=False)
        if request.transport is not None:
            request.transport.abort()
        return web.Response(status=SERVER_ERROR)

    def _note(self, asked: Asked, answer: Any, fault: Fault | None, *, ok: bool) -> None:
        town = self._town
        town.calls.append(Call(asked.method, asked.values, ok, answer, fault.kind if fault else "", town.pulse()))
        town.bell.ring()

    async def _download(self, request: web.Request) -> web.StreamResponse:
        if request.match_info["token"] != self._town.token:
            return _json(Refused(UNAUTHORIZED, "Unauthorized").body(), UNAUTHORIZED)
        path = request.match_info["path"]
        file = next((file for file in self._town.files.values() if file.path == path), None)
        if file is None:
            return _json(Refused(NOT_FOUND, "Not Found").body(), NOT_FOUND)
        return web.Response(body=file.content, content_type="application/octet-stream")


def _json(body: Json, status: int = 200) -> web.Response:
    return web.json_response(body, status=status)


async def _get_updates(queue: deliveries.Deliveries, asked: Asked) -> list[Json]:
    queue.allow(asked.get("allowed_updates"))
    limit = min(max(asked.get("limit", deliveries.BATCH), 1), deliveries.BATCH)
    return await queue.poll(asked.get("offset", 0), limit, min(max(asked.get("timeout", 0), 0), POLL_LIMIT))


async def _set_webhook(queue: deliveries.Deliveries, asked: Asked) -> bool:
    queue.hook(asked.get("url", ""), asked.get("secret_token", ""), asked.get("max_connections", 40))
    queue.allow(asked.get("allowed_updates"))
    if asked.get("drop_pending_updates"):
        queue.drop()
    return True


async def _get_info(queue: deliveries.Deliveries, _asked: Asked) -> Json:
    return queue.info()


_OF_DELIVERIES: Final = {
    "getUpdates": _get_updates,
    "setWebhook": _set_webhook,
    "deleteWebhook": _set_webhook,
    "getWebhookInfo": _get_info,
}
