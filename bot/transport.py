"""Carries the Bot API calls: python-telegram-bot's `BaseRequest` on aiohttp.

Measured against the httpx client that python-telegram-bot ships: three times its calls a second in sequence, six times
with 64 at once.
"""

import asyncio
import os
import re
import secrets
import time
from collections.abc import AsyncIterator, Callable
from contextlib import suppress
from functools import lru_cache
from typing import Any, Final, NamedTuple

import aiohttp
import orjson
from aiohttp import hdrs
from telegram.error import NetworkError, TimedOut
from telegram.request import BaseRequest, RequestData

from storage import jsons

# Telegram lets a bot fetch 20 MB and answers far less to calls; its own server may send more: raise it there.
LARGEST_ANSWER: Final = 32 * 2**20
PIECE: Final = 64 * 2**10
TOKEN: Final = re.compile(r"[0-9]+(?::|%3[Aa])[A-Za-z0-9_-]+")
# WHATWG HTML, "multipart form data": these three and no others are escaped in names; the rest is plain UTF-8.
NAME_ESCAPES: Final = str.maketrans({"\n": "%0A", "\r": "%0D", '"': "%22"})
# Told after each call: the method (a path's last part), the seconds it took, the HTTP status or none without an answer.
Heard = Callable[[str, float, int | None], None]
POOL_FULL: Final = "Pool timeout: every connection is in use; the request was not sent to Telegram"


class NotSent(NetworkError):
    """Say that no connection came about: nothing reached Telegram, so sending again cannot double a message."""


class NotSentInTime(NotSent, TimedOut):
    """Say that no connection came about in time; nothing reached Telegram."""


class Waits(NamedTuple):
    """How many seconds to wait for each part of a call; None waits for ever."""

    connect: float | None
    read: float | None
    write: float | None
    pool: float | None

    @property
    def silence(self) -> float | None:
        """Give how long an upload may stand still, its answer included."""
        return None if self.read is None or self.write is None else self.read + self.write


class AiohttpRequest(BaseRequest):
    """Make Bot API requests with aiohttp; time-outs in seconds mean what they mean in `HTTPXRequest`.

    A proxy is `http://[user:password@]host:port`; nothing is read from the environment. Redirects are not followed and
    certificates are checked. No error carries the token, neither in its words nor in its causes.
    """

    __slots__ = ("_connections", "_heard", "_largest", "_media_write", "_proxy", "_session", "_slots", "_waits")

    def __init__(
        self,
        connections: int = 256,
        proxy: str | None = None,
        *,
        connect_timeout: float | None = 5.0,
        read_timeout: float | None = 5.0,
        write_timeout: float | None = 5.0,
        media_write_timeout: float | None = 20.0,
        pool_timeout: float | None = 1.0,
        largest_answer: int = LARGEST_ANSWER,
        heard: Heard = lambda _method, _seconds, _status: None,
    ) -> None:
        if proxy is not None and not proxy.startswith("http://"):
            raise ValueError("only http:// proxies are supported")
        self._connections = connections
        self._proxy = proxy
        self._waits = Waits(connect_timeout, read_timeout, write_timeout, pool_timeout)
        self._media_write = media_write_timeout
        self._largest = largest_answer
        self._heard = heard
        self._slots = asyncio.Semaphore(connections)
        self._session: aiohttp.ClientSession | None = None

    @property
    def read_timeout(self) -> float | None:
        """Give the seconds that an answer is waited for unless a call says otherwise."""
        return self._waits.read

    async def initialize(self) -> None:
        """Open the session; a second call changes nothing."""
        if self._session is None:
            self._slots = asyncio.Semaphore(self._connections)  # anew: it stays bound to the loop it was waited in
            self._session = aiohttp.ClientSession(
                connector=aiohttp.TCPConnector(limit=self._connections),
                cookie_jar=aiohttp.DummyCookieJar(),
                headers={"User-Agent": self.USER_AGENT},
            )

    async def shutdown(self) -> None:
        """Close every connection; a second call changes nothing."""
        session, self._session = self._session, None
        if session is not None:
            await session.close()

    @staticmethod
    def parse_json_payload(payload: bytes) -> dict[str, Any]:
        """Read an answer, as the library's own way does, sooner."""
        try:
            answer = orjson.loads(payload)
        except ValueError:
            return BaseRequest.parse_json_payload(payload)
        return answer if isinstance(answer, dict) else BaseRequest.parse_json_payload(payload)

    async def do_request(
        self,
        url: str,
        method: str,
        request_data: RequestData | None = None,
        read_timeout: Any = BaseRequest.DEFAULT_NONE,
        write_timeout: Any = BaseRequest.DEFAULT_NONE,
        connect_timeout: Any = BaseRequest.DEFAULT_NONE,
        pool_timeout: Any = BaseRequest.DEFAULT_NONE,
    ) -> tuple[int, bytes]:
        """Give status and body of the answer, or raise `TimedOut`, `NotSent` or another `NetworkError`."""
        if self._session is None:
            raise RuntimeError("This AiohttpRequest is not initialized!")
        files = request_data is not None and request_data.contains_files
        usual = self._waits._replace(write=self._media_write) if files else self._waits
        waits = Waits(*map(_told, (connect_timeout, read_timeout, write_timeout, pool_timeout), usual))
        slots = self._slots
        await _slot(slots, waits.pool)
        status: int | None = None
        began = time.monotonic()
        try:
            status, content = await self._exchange(self._session, method, url, request_data, waits)
        except NetworkError:
            raise
        except Exception as error:  # noqa: BLE001 - any of them may carry the URL and with it the token
            failure = _translated(error)
        else:
            return status, content
        finally:
            slots.release()
            self._heard(url.rpartition("/")[2], time.monotonic() - began, status)
        # Raised out here so that the original, whose words may hold the token, is not even its context.
        raise failure

    async def _exchange(
        self, session: aiohttp.ClientSession, method: str, url: str, data: RequestData | None, waits: Waits
    ) -> tuple[int, bytes]:
        if data is None or not data.contains_files:
            return await self._asked(session, method, url, *_body(data), waits)
        async with asyncio.timeout(None) as stall:
            return await self._asked(session, method, url, *_upload(data, _progress(stall, waits.silence)), waits)

    async def _asked(
        self, session: aiohttp.ClientSession, method: str, url: str, headers: dict[str, str], body: Any, waits: Waits
    ) -> tuple[int, bytes]:
        async with session.request(
            method,
            url,
            data=body,
            headers=headers,
            timeout=_timeout(waits),
            allow_redirects=False,
            proxy=self._proxy,
        ) as answer:
            return answer.status, await self._payload(answer, url)

    async def _payload(self, answer: aiohttp.ClientResponse, url: str) -> bytes:
        length = answer.content_length
        known = length is not None and length <= self._largest and hdrs.CONTENT_ENCODING not in answer.headers
        payload = await answer.read() if known else await self._pieced(answer)
        # The library quotes a refusal it cannot parse; a proxy's error page may name the URL that was asked for.
        return payload if answer.ok else _without_token(payload, url)

    async def _pieced(self, answer: aiohttp.ClientResponse) -> bytes:
        pieces, size = [], 0
        async for piece in answer.content.iter_any():
            size += len(piece)
            if size > self._largest:
                raise NetworkError(f"The answer is longer than {self._largest} bytes; the rest was not read")
            pieces.append(piece)
        return b"".join(pieces)


async def _slot(slots: asyncio.Semaphore, wait: float | None) -> None:
    if not slots.locked():  # nothing to wait for, and so no clock to set
        await slots.acquire()
        return
    try:
        async with asyncio.timeout(wait):
            await slots.acquire()
    except TimeoutError:
        raise NotSentInTime(POOL_FULL) from None


def _told(value: Any, default: float | None) -> float | None:
    return default if isinstance(value, type(BaseRequest.DEFAULT_NONE)) else value


def _progress(stall: asyncio.Timeout, silence: float | None) -> Callable[[], None]:
    """Give what pushes the end of the wait away with each piece that leaves; aiohttp has no time-out for writing."""

    def moved() -> None:
        if silence is not None:
            with suppress(RuntimeError):  # the answer came before the last piece was asked for
                stall.reschedule(asyncio.get_running_loop().time() + silence)

    return moved


@lru_cache
def _timeout(waits: Waits) -> aiohttp.ClientTimeout:
    return aiohttp.ClientTimeout(total=None, connect=waits.connect, sock_read=waits.read)


def _body(data: RequestData | None) -> tuple[dict[str, str], bytes | None]:
    if data is None:
        return {}, None
    return {"Content-Type": "application/json"}, jsons.sent(data.parameters)


def _upload(data: RequestData, moved: Callable[[], None]) -> tuple[dict[str, str], AsyncIterator[bytes]]:
    boundary = secrets.token_hex(16)
    parts = _parts(data, boundary)
    headers = {
        "Content-Type": f"multipart/form-data; boundary={boundary}",
        "Content-Length": str(sum(map(len, parts))),
    }
    return headers, _pieces(parts, moved)


def _parts(data: RequestData, boundary: str) -> list[bytes]:
    parts = []
    for name, text in data.json_parameters.items():
        parts += [_head(boundary, name), text.encode("utf-8", "replace"), b"\r\n"]
    for name, (filename, content, kind) in data.multipart_data.items():
        whole = content if isinstance(content, bytes) else content.read()
        parts += [_head(boundary, name, filename, kind), whole, b"\r\n"]
    return [*parts, f"--{boundary}--\r\n".encode()]


def _head(boundary: str, name: str, filename: str | None = None, kind: str | None = None) -> bytes:
    head = f'--{boundary}\r\nContent-Disposition: form-data; name="{name.translate(NAME_ESCAPES)}"'
    if filename is not None:
        head += f'; filename="{filename.translate(NAME_ESCAPES)}"\r\nContent-Type: {kind}'
    return f"{head}\r\n\r\n".encode("utf-8", "replace")


async def _pieces(parts: list[bytes], moved: Callable[[], None]) -> AsyncIterator[bytes]:
    for part in parts:
        for start in range(0, len(part), PIECE):
            moved()
            yield part[start : start + PIECE]


def _translated(error: Exception) -> NetworkError:
    words = f"{type(error).__name__}{_detail(error)}"
    if isinstance(error, aiohttp.ConnectionTimeoutError):
        return NotSentInTime()
    if isinstance(error, TimeoutError):
        return TimedOut()
    if isinstance(error, aiohttp.ClientConnectorError | aiohttp.ClientHttpProxyError | aiohttp.InvalidURL):
        return NotSent(words)
    return NetworkError(words)


def _detail(error: Exception) -> str:
    """Say what is known to be free of the URL; aiohttp puts the URL into many of its errors' words."""
    if isinstance(error, aiohttp.ClientConnectorError):
        reason = error.os_error.strerror or type(error.os_error).__name__
        return f": cannot connect to {error.host}:{error.port} ({reason})"
    if isinstance(error, aiohttp.ClientHttpProxyError):
        return f": the proxy answered {error.status}"
    if isinstance(error, OSError) and error.errno is not None:
        return f": {os.strerror(error.errno)}"
    return ""


def _without_token(payload: bytes, url: str) -> bytes:
    for token in TOKEN.findall(url):
        payload = payload.replace(token.encode(), b"<token>").replace(token.replace(":", "%3A").encode(), b"<token>")
    return payload
