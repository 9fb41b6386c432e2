"""The browser console on the stand-in: choose a person, read, press, type, send files, turn the clock."""

import asyncio
import json
from collections.abc import Awaitable, Callable
from importlib import resources
from typing import Final
from urllib.parse import quote

from aiohttp import web

from bot.sandbox import screens, wishes
from bot.sandbox.facts import PRESENT, Json, Message, Query, User
from bot.sandbox.feed import Feed
from bot.sandbox.refusals import NotOnPhone
from bot.sandbox.telegram import StandIn

LOOPBACK: Final = frozenset({"127.0.0.1", "localhost", "::1", "[::1]"})
SHOWN_PICTURES: Final = frozenset({"image/png", "image/jpeg", "image/gif", "image/webp"})
_KINDS: Final = {".html": "text/html", ".js": "text/javascript", ".css": "text/css", ".svg": "image/svg+xml"}
_GUARDS: Final = {
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; "
        "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-store",
}

Turn = Callable[[Json], Awaitable[Json]]
Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


class Console:
    """The console's pages and their JSON; `turn` turns the office's clock, without it the clock only shows."""

    def __init__(self, standin: StandIn, turn: Turn | None = None) -> None:
        self._standin = standin
        self._town = standin.town
        self._turn = turn
        self._turning = asyncio.Lock()
        self._turned: Json | None = None
        self._letters: list[Message] = []
        self._counting = False
        self.feed = Feed()
        self._town.watchers.append(self._watch)
        standin.extend(self.add_to)

    def add_to(self, app: web.Application, host: str) -> None:
        """Add the routes; raise `ValueError` on a host that others could reach: the console asks for no password."""
        if host not in LOOPBACK:
            msg = f"the console is for this machine alone and does not listen on {host}; use 127.0.0.1"
            raise ValueError(msg)
        get, post = app.router.add_get, app.router.add_post
        get("/", self._guarded(self._page))
        get("/console/static/{name}", self._guarded(self._page))
        get("/console/state", self._guarded(self._state))
        get("/console/chat", self._guarded(self._chat))
        get("/console/events", self._guarded(self._events))
        get("/console/file/{file_id}", self._guarded(self._file))
        get("/console/turned", self._guarded(self._what_the_clock_did))
        post("/console/upload", self._guarded(self._upload))
        post("/console/clock", self._guarded(self._clock))
        post("/console/{verb}", self._guarded(self._act))
        app.on_shutdown.append(self._close)

    async def _close(self, _app: web.Application) -> None:
        self.feed.close()

    def _watch(self, what: str, subject: Message | Query | User) -> None:
        event: Json = {"kind": what, "now": self._now()}
        if isinstance(subject, Message):
            event |= {"chat": subject.chat_id, "message": screens.message(self._town, subject)}
            event["readers"] = [
                member for member, status in self._town.chats[subject.chat_id].members.items() if status in PRESENT
            ]
            if self._counting and what == "new" and subject.sender == self._town.bot.user_id:
                self._letters.append(subject)
        elif isinstance(subject, Query):
            event["answer"] = screens.toast(subject)
        else:
            event["person"] = screens.person(self._town, subject)
        self.feed.put(event)

    def _now(self) -> str:
        return self._town.now().isoformat(timespec="minutes")

    def _guarded(self, handler: Handler) -> Handler:
        """Let only this machine's own pages in: a foreign Host is DNS rebinding, a foreign Origin a foreign page."""

        async def guarded(request: web.Request) -> web.StreamResponse:
            host = request.host.rpartition(":")[0] if request.host.rpartition(":")[2].isdecimal() else request.host
            if host not in LOOPBACK or request.remote not in LOOPBACK:
                return _no(403, "this console answers only on this machine")
            if request.method == "POST" and request.headers.get("Origin") != f"http://{request.host}":
                return _no(403, "this request did not come from the console's own page")
            try:
                return await handler(request)
            except (NotOnPhone, ValueError) as error:
                return _no(400, str(error))
            except KeyError as error:
                return _no(400, f"missing or unknown: {error.args[0] if error.args else '?'}")

        return guarded

    async def _page(self, request: web.Request) -> web.StreamResponse:
        name = request.match_info.get("name", "index.html")
        kind = _KINDS.get("." + name.rpartition(".")[2])
        page = resources.files("bot.sandbox") / "console" / name
        if kind is None or "/" in name or "\\" in name or not page.is_file():
            return _no(404, "no such page")
        return web.Response(body=page.read_bytes(), content_type=kind, charset="utf-8", headers=_GUARDS)

    async def _state(self, _request: web.Request) -> web.StreamResponse:
        return _json(
            {
                "bot": {
                    "id": self._town.bot.user_id,
                    "name": self._town.bot.first_name,
                    "username": self._town.bot.username,
                },
                "now": self._now(),
                "serial": self.feed.serial,
                "can_turn": self._turn is not None,
                "turning": self._turning.locked(),
                "people": screens.people(self._town),
            }
        )

    async def _chat(self, request: web.Request) -> web.StreamResponse:
        user_id, chat_id = int(request.query["user"]), int(request.query["chat"])
        place = self._town.chats.get(chat_id)
        if chat_id != user_id and (place is None or place.members.get(user_id) not in PRESENT):
            return _no(404, "this person is not in that chat")
        before = request.query.get("before")
        return _json(screens.chat(self._town, user_id, chat_id, int(before) if before else None))

    async def _events(self, request: web.Request) -> web.StreamResponse:
        after = int(request.headers.get("Last-Event-ID") or request.query.get("after") or -1)
        response = web.StreamResponse(headers={**_GUARDS, "Content-Type": "text/event-stream"})
        await response.prepare(request)
        async for line in self.feed.lines(after, lambda: request.transport is None or request.transport.is_closing()):
            await response.write(line.encode())
        return response

    async def _file(self, request: web.Request) -> web.StreamResponse:
        file = self._town.files[request.match_info["file_id"]]
        shown = file.kind == "photo" and file.mime in SHOWN_PICTURES
        headers = dict(_GUARDS)
        if not shown:
            headers["Content-Disposition"] = f"attachment; filename*=UTF-8''{quote(file.name, safe='')}"
        kind = file.mime if shown else "application/octet-stream"
        return web.Response(body=file.content, content_type=kind, headers=headers)

    async def _act(self, request: web.Request) -> web.StreamResponse:
        act = wishes.ACTS.get(request.match_info["verb"])
        if act is None:
            return _no(404, "no such act")
        self._counting &= request.match_info["verb"] == "read"
        try:
            body = await request.json()
        except json.JSONDecodeError:
            return _no(400, "the request is no JSON")
        if not isinstance(body, dict):
            return _no(400, "a JSON object is expected")
        return _json({"ok": True, "result": await act(self._standin, body)})

    async def _upload(self, request: web.Request) -> web.StreamResponse:
        form = await request.post()
        file, reply = form["file"], str(form.get("reply_to") or "")
        if not isinstance(file, web.FileField):
            return _no(400, "there is no file in the request")
        content = file.file.read()
        if not content:
            return _no(400, f"{file.filename} is empty")
        self._counting = False
        user_id, chat_id = int(str(form["user"])), int(str(form["chat"]))
        message_id = await self._standin.send_file(
            user_id,
            file.filename,
            content,
            "" if file.content_type == "application/octet-stream" else file.content_type,
            str(form.get("caption") or ""),
            int(reply) if reply else None,
            as_photo=form.get("as_photo") == "true",
            chat_id=chat_id,
        )
        return _json({"ok": True, "result": message_id})

    async def _clock(self, request: web.Request) -> web.StreamResponse:
        wish = wishes.turn(await request.json(), self._town.now())
        if self._turn is None:
            return _no(409, "this clock cannot be turned")
        if self._turning.locked():
            return _no(409, "the clock is being turned already")
        async with self._turning:
            before = self._now()
            self._turned, self._letters, self._counting = {"from": before, "to": before}, [], True
            self.feed.put({"kind": "clock", "now": before, "turning": True})
            try:
                result = await self._turn(wish)
            finally:
                self._turned["to"] = self._now()
                self.feed.put({"kind": "clock", "now": self._now(), "turning": False})
        return _json({"ok": True, "result": result, "now": self._now()})

    async def _what_the_clock_did(self, _request: web.Request) -> web.StreamResponse:
        """Tell, chat by chat, what the bot wrote from the last turn of the clock until somebody did something."""
        chats: dict[int, list[Json]] = {}
        for letter in self._letters:
            if not letter.deleted:
                chats.setdefault(letter.chat_id, []).append(screens.summary(self._town, letter))
        told = [{"chat": chat_id, "letters": letters} for chat_id, letters in chats.items()]
        return _json((self._turned or {}) | {"chats": told})


def _json(body: Json, status: int = 200) -> web.Response:
    return web.json_response(body, status=status, headers=_GUARDS)


def _no(status: int, words: str) -> web.Response:
    return _json({"ok": False, "error": words}, status)
