"""The carrier of Bot API calls, against a small server over real HTTP."""

import asyncio
import gc
import io
import json
import traceback
import warnings
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any

import pytest
from aiohttp import (
    ClientOSError,
    ConnectionTimeoutError,
    InvalidURL,
    ServerDisconnectedError,
    TCPConnector,
    web,
)
from aiohttp.test_utils import TestServer
from telegram import Bot, InputFile, InputMediaDocument
from telegram.error import BadRequest, Conflict, Forbidden, InvalidToken, NetworkError, RetryAfter, TimedOut
from telegram.request import BaseRequest, HTTPXRequest, RequestData

from bot.transport import PIECE, AiohttpRequest, NotSent, NotSentInTime, _pieces, _progress, _translated

TOKEN = "7345678901:AAEhBOweik6ad9r_QXMENQjcrGbqCr4K-bc"
ME = {"id": 7345678901, "is_bot": True, "first_name": "督办", "username": "duban_bot"}
MESSAGE = {"message_id": 5, "date": 1764000000, "chat": {"id": 42, "type": "private"}, "text": "好"}
Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


@asynccontextmanager
async def served(handler: Handler) -> AsyncIterator[str]:
    """Give the address of a server that answers every call with the handler, as far as the token in the path."""
    app = web.Application(client_max_size=64 * 2**20)
    app.router.add_route("*", "/{path:.*}", handler)
    async with TestServer(app) as server:
        yield f"{server.make_url('/')}bot"


@asynccontextmanager
async def raw(act: Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]) -> AsyncIterator[str]:
    """Give the address of a server that does with each connection what `act` says, then closes it."""
    tasks = set()

    async def connected(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        tasks.add(task)
        try:
            await act(reader, writer)
        except asyncio.CancelledError:
            pass
        finally:
            writer.close()

    server = await asyncio.start_server(connected, "127.0.0.1", 0)
    try:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/bot"
    finally:
        server.close()
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks)


async def never_answers(reader: asyncio.StreamReader, _writer: asyncio.StreamWriter) -> None:
    while await reader.read(2**16):
        pass


async def hangs_up(reader: asyncio.StreamReader, _writer: asyncio.StreamWriter) -> None:
    await reader.readuntil(b"\r\n\r\n")


def answering(result: Any, status: int = 200, **more: Any) -> Handler:
    async def handler(_request: web.Request) -> web.Response:
        return web.json_response({"ok": status < 300, "result": result, **more}, status=status)

    return handler


def bot_on(base_url: str, carrier: AiohttpRequest) -> Bot:
    return Bot(TOKEN, base_url=base_url, base_file_url=base_url, request=carrier, get_updates_request=carrier)


async def calls(base_url: str, carrier: AiohttpRequest, **waits: float | None) -> Any:
    """Call `getMe` through the library's own door, as every method of `Bot` does."""
    return await carrier.post(f"{base_url}{TOKEN}/getMe", RequestData(), **waits)


def whole_story(error: BaseException) -> str:
    """Everything that any log or any person could be shown of an error, its causes and contexts included."""
    parts, seen = [], error
    while seen is not None:
        parts += [str(seen), repr(seen), repr(seen.args), repr(vars(seen))]
        seen = seen.__cause__ or seen.__context__  # type: ignore[assignment]
    return "\n".join([*parts, *traceback.format_exception(error)])


async def test_parameters_travel_as_json_with_their_own_types() -> None:
    """Guards the saving against form encoding: numbers, lists and objects arrive as such, Chinese as UTF-8."""
    seen: list[web.Request] = []

    async def handler(request: web.Request) -> web.Response:
        seen.append(request)
        body = await request.read()
        assert "督办".encode() in body
        assert json.loads(body) == {
            "chat_id": -1001234567890,
            "text": "督办 <b>072号</b>",
            "parse_mode": "HTML",
            "reply_markup": {"inline_keyboard": [[{"text": "签收", "callback_data": "v1:ack:7:3:x"}]]},
            "entities": [],
            "disable_notification": True,
        }
        return web.json_response({"ok": True, "result": MESSAGE})

    async with served(handler) as url, AiohttpRequest() as carrier:
        markup = {"inline_keyboard": [[{"text": "签收", "callback_data": "v1:ack:7:3:x"}]]}
        bot = bot_on(url, carrier)
        message = await bot.send_message(
            -1001234567890,
            "督办 <b>072号</b>",
            parse_mode="HTML",
            entities=[],
            disable_notification=True,
            api_kwargs={"reply_markup": markup},
        )
    assert message.text == "好"
    assert seen[0].path == f"/bot{TOKEN}/sendMessage"
    assert seen[0].headers["Content-Type"] == "application/json"
    assert seen[0].headers["User-Agent"] == BaseRequest.USER_AGENT


async def test_a_lone_surrogate_becomes_a_question_mark() -> None:
    """Guards the outbox: a letter that cannot be encoded would be tried for ever."""

    async def handler(request: web.Request) -> web.Response:
        assert (await request.json())["text"] == "坏?字"
        return web.json_response({"ok": True, "result": MESSAGE})

    async with served(handler) as url, AiohttpRequest() as carrier:
        await bot_on(url, carrier).send_message(42, "坏\ud83d字")


@pytest.mark.parametrize("as_handle", [False, True])
async def test_files_travel_as_multipart_with_chinese_names(as_handle: bool) -> None:
    """Guards the papers people receive: name, type and every byte, beside the other parameters."""
    content = bytes(range(256)) * 1024
    name = '答复"函"\r\n-072号.docx'

    async def handler(request: web.Request) -> web.Response:
        assert request.headers["Content-Length"].isdigit()
        form = await request.post()
        document = form["document"]
        assert isinstance(document, web.FileField)
        assert document.filename == '答复"函"\r\n-072号.docx'.replace('"', "%22").replace("\r\n", "%0D%0A")
        assert document.content_type == "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
        assert document.file.read() == content
        assert (form["chat_id"], form["caption"]) == ("42", "送达")
        return web.json_response({"ok": True, "result": MESSAGE})

    async with served(handler) as url, AiohttpRequest() as carrier:
        bot = bot_on(url, carrier)
        file: Any = content
        if as_handle:
            file = InputFile(io.BytesIO(content), filename=name, read_file_handle=False)
        await bot.send_document(42, file, filename=name, caption="送达")


async def test_several_files_of_one_message_keep_their_places() -> None:
    """Guards albums: each `attach://` name has its part."""

    async def handler(request: web.Request) -> web.Response:
        form = await request.post()
        media = json.loads(str(form["media"]))
        parts = [form[item["media"].removeprefix("attach://")] for item in media]
        assert [part.filename for part in parts if isinstance(part, web.FileField)] == ["一.txt", "二.txt"]
        assert [part.file.read() for part in parts if isinstance(part, web.FileField)] == [b"1", b"2"]
        return web.json_response({"ok": True, "result": [MESSAGE, MESSAGE]})

    async with served(handler) as url, AiohttpRequest() as carrier:
        media = [InputMediaDocument(b"1", filename="一.txt"), InputMediaDocument(b"2", filename="二.txt")]
        assert len(await bot_on(url, carrier).send_media_group(42, media)) == 2


async def test_a_file_is_fetched_whole() -> None:
    """Guards what people hand in: `retrieve` gives the bytes as they are."""
    content = bytes(range(256)) * 4096

    async def handler(request: web.Request) -> web.Response:
        assert request.method == "GET"
        return web.Response(body=content)

    async with served(handler) as url, AiohttpRequest() as carrier:
        assert await carrier.retrieve(f"{url}{TOKEN}/documents/file_1.docx") == content


@pytest.mark.parametrize(
    ("status", "more", "kind"),
    [
        (400, {"description": "Bad Request: chat not found"}, BadRequest),
        (401, {"description": "Unauthorized"}, InvalidToken),
        (403, {"description": "Forbidden: bot was blocked by the user"}, Forbidden),
        (409, {"description": "Conflict: terminated by other getUpdates request"}, Conflict),
        (429, {"description": "Too Many Requests: retry after 7", "parameters": {"retry_after": 7}}, RetryAfter),
        (502, {"description": "Bad Gateway"}, NetworkError),
    ],
)
async def test_refusals_become_the_library_s_own_errors(
    status: int, more: dict[str, Any], kind: type[Exception], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Guards the sender, which sorts errors by these classes."""
    monkeypatch.setenv("PTB_TIMEDELTA", "1")
    async with served(answering(None, status, **more)) as url, AiohttpRequest() as carrier:
        with pytest.raises(kind) as caught:
            await bot_on(url, carrier).send_message(42, "好")
    assert type(caught.value) is kind
    if isinstance(caught.value, RetryAfter):
        assert caught.value.retry_after.total_seconds() == 7  # type: ignore[union-attr]


async def test_a_server_that_never_answers_times_out_soon() -> None:
    """Guards the slots: a hanging server may hold one for the read time-out, no longer."""
    async with raw(never_answers) as url, AiohttpRequest(read_timeout=0.05) as carrier:
        assert carrier.read_timeout == 0.05
        async with asyncio.timeout(2):
            with pytest.raises(TimedOut) as caught:
                await calls(url, carrier)
    assert not isinstance(caught.value, NotSent), "the call may have been heard"


async def test_a_call_s_own_time_out_stands_above_the_usual_one() -> None:
    """Guards long polling, which asks for more than the usual wait; None waits for ever."""
    waited = asyncio.Event()

    async def handler(_request: web.Request) -> web.Response:
        await waited.wait()
        return web.json_response({"ok": True, "result": ME})

    async with served(handler) as url, AiohttpRequest(read_timeout=0.05) as carrier:
        with pytest.raises(TimedOut):
            await calls(url, carrier)
        patient = [asyncio.create_task(calls(url, carrier, read_timeout=wait)) for wait in (30, None)]
        with pytest.raises(TimedOut):  # while the other two wait on, the usual time-out passes once more
            await calls(url, carrier)
        assert not any(task.done() for task in patient)
        waited.set()
        assert await asyncio.gather(*patient) == [ME, ME]


async def test_an_upload_that_stands_still_times_out() -> None:
    """Guards the slots against a server that stops reading; aiohttp itself would wait for ever."""

    async def reads_a_little(reader: asyncio.StreamReader, _writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        await asyncio.Event().wait()

    carrier = AiohttpRequest(read_timeout=0.05, media_write_timeout=0.05)
    async with raw(reads_a_little) as url, carrier, asyncio.timeout(5):
        with pytest.raises(TimedOut):
            await bot_on(url, carrier).send_document(42, b"x" * 32 * 2**20, filename="大.bin")


async def test_each_piece_of_an_upload_moves_its_end_away() -> None:
    """Guards big files on thin lines: the time-out counts from the last piece that left, not from the first."""
    loop = asyncio.get_running_loop()
    async with asyncio.timeout(None) as stall:
        ends = []
        async for piece in _pieces([b"head", b"x" * 3 * PIECE, b""], _progress(stall, 20.0)):
            assert len(piece) <= PIECE
            end = stall.when()
            assert end is not None
            ends.append(end)
            assert loop.time() + 19 < end <= loop.time() + 20
    assert len(ends) == 4
    assert ends == sorted(set(ends))


async def test_an_upload_without_time_outs_has_no_end() -> None:
    """Guards `write_timeout=None`, which waits for ever."""
    async with asyncio.timeout(None) as stall:
        assert [piece async for piece in _pieces([b"a", b"b"], _progress(stall, None))] == [b"a", b"b"]
        assert stall.when() is None


async def test_a_dropped_connection_is_a_network_error_and_not_tried_again() -> None:
    """Guards against doubled messages: what may have been heard is not said a second time behind our back."""
    heard = 0

    async def drops(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal heard
        heard += 1
        await hangs_up(reader, writer)

    async with raw(drops) as url, AiohttpRequest() as carrier:
        with pytest.raises(NetworkError, match="ServerDisconnectedError") as caught:
            await calls(url, carrier)
    assert type(caught.value) is NetworkError
    assert heard == 1


async def test_nobody_at_the_other_end_is_told_apart() -> None:
    """Guards quick retries: when no connection came about, nothing was said."""
    async with AiohttpRequest() as carrier:
        with pytest.raises(NotSent, match=r"cannot connect to 127\.0\.0\.1"):
            await calls("http://127.0.0.1:1/bot", carrier)


async def test_a_door_that_does_not_open_times_out_unsent() -> None:
    """Guards quick retries: a connection that is not made in time, here for want of TLS, has carried nothing."""
    async with raw(never_answers) as url, AiohttpRequest(connect_timeout=0.05) as carrier:
        with pytest.raises(NotSentInTime) as caught:
            await calls(url.replace("http:", "https:"), carrier)
    assert isinstance(caught.value, TimedOut)


async def test_certificates_are_checked() -> None:
    """Guards the token against whoever answers in Telegram's place: aiohttp's own checks are left on."""
    async with AiohttpRequest() as carrier:
        assert carrier._session is not None
        assert isinstance(carrier._session.connector, TCPConnector)
        assert carrier._session.connector._ssl is True


async def test_a_full_pool_times_out_unsent() -> None:
    """Guards the sender: with every connection in use a call gives up without having been sent."""
    heard = asyncio.Event()

    async def hangs(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        heard.set()
        await never_answers(reader, writer)

    async with raw(hangs) as url, AiohttpRequest(connections=1, pool_timeout=0.02) as carrier:
        first = asyncio.create_task(calls(url, carrier, read_timeout=None))
        await heard.wait()
        with pytest.raises(NotSentInTime, match="not sent"):
            await calls(url, carrier)
        first.cancel()
        with pytest.raises(asyncio.CancelledError):
            await first
        with pytest.raises(TimedOut) as caught:  # the cancelled call gave its place back
            await calls(url, carrier, read_timeout=0.02)
    assert not isinstance(caught.value, NotSent)


async def test_connections_are_kept_and_shared_by_64_at_once() -> None:
    """Guards the speed: 512 calls, 64 at once, on no more connections than that; no answer goes to another's call."""
    ports = set()

    async def handler(request: web.Request) -> web.Response:
        assert request.transport is not None
        ports.add(request.transport.get_extra_info("peername"))
        text = (await request.json())["text"]
        return web.json_response({"ok": True, "result": {**MESSAGE, "text": text}})

    async with served(handler) as url, AiohttpRequest(connections=64, pool_timeout=30) as carrier:
        bot = bot_on(url, carrier)
        texts = [str(number) for number in range(512)]
        messages = await asyncio.gather(*(bot.send_message(42, text) for text in texts))
        assert [message.text for message in messages] == texts
    assert len(ports) <= 64


async def test_redirects_are_not_followed() -> None:
    """Guards the token: it is in the path and would go wherever the answer points."""
    heard = []

    async def handler(request: web.Request) -> web.Response:
        heard.append(request.path)
        return web.Response(status=302, headers={"Location": "/elsewhere"})

    async with served(handler) as url, AiohttpRequest() as carrier:
        with pytest.raises(NetworkError, match="302"):
            await calls(url, carrier)
    assert len(heard) == 1


async def test_cookies_are_not_kept() -> None:
    """Guards the Bot API's statelessness: a proxy's cookie is not sent back."""
    heard = []

    async def handler(request: web.Request) -> web.Response:
        heard.append(dict(request.cookies))
        answer = web.json_response({"ok": True, "result": ME})
        answer.set_cookie("a", "b")
        return answer

    async with served(handler) as address, AiohttpRequest() as carrier:
        url = address.replace("127.0.0.1", "localhost")  # no jar keeps what an address of figures sets
        await calls(url, carrier)
        await calls(url, carrier)
    assert heard == [{}, {}]


@pytest.mark.parametrize("packed", [False, True])
async def test_an_endless_answer_is_cut_off(packed: bool) -> None:
    """Guards the memory against a broken or hostile server, also when the answer unpacks to far more than it weighs."""

    async def handler(_request: web.Request) -> web.Response:
        answer = web.Response(body=b" " * 4 * 2**20)
        if packed:
            answer.enable_compression(web.ContentCoding.gzip)
        return answer

    async with served(handler) as url, AiohttpRequest(largest_answer=2**20) as carrier:
        with pytest.raises(NetworkError, match="longer than 1048576 bytes"):
            await carrier.retrieve(f"{url}{TOKEN}/file")


async def test_an_http_proxy_is_asked_for_the_whole_address() -> None:
    """Guards `telegram.proxy`: calls go there, with its name and password, and not to the address itself."""
    heard = []

    async def proxy(request: web.Request) -> web.Response:
        heard.append((request.raw_path if "://" in request.raw_path else str(request.url), request.headers))
        return web.json_response({"ok": True, "result": ME})

    async with served(proxy) as address:
        door = address.removesuffix("/bot").replace("http://", "http://name:pass@")
        async with AiohttpRequest(proxy=door) as carrier:
            assert await calls("http://telegram.invalid/bot", carrier) == ME
    assert heard[0][0] == f"http://telegram.invalid/bot{TOKEN}/getMe"
    assert heard[0][1]["Proxy-Authorization"] == "Basic bmFtZTpwYXNz"


def test_other_proxies_are_refused() -> None:
    """Guards against a SOCKS address that would silently not be used."""
    with pytest.raises(ValueError, match="http://"):
        AiohttpRequest(proxy="socks5://127.0.0.1:1080")


async def echoes_the_path(request: web.Request) -> web.Response:
    """Answer as the error page of a proxy does, which names what was asked for, plain and escaped."""
    return web.Response(status=502, text=f"<p>{request.raw_path} {request.path.replace(':', '%3A')}</p>")


async def breaks_off(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    await reader.readuntil(b"\r\n\r\n")
    writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf")
    await writer.drain()


async def talks_nonsense(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    head = await reader.readuntil(b"\r\n\r\n")
    writer.write(b"NOT HTTP AT ALL " + head)
    await writer.drain()


async def slams_the_door(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    await reader.readuntil(b"\r\n\r\n")
    writer.transport.abort()


@pytest.mark.parametrize("server", [never_answers, hangs_up, breaks_off, talks_nonsense, slams_the_door])
@pytest.mark.parametrize("upload", [False, True])
async def test_no_broken_exchange_tells_the_token(server: Any, upload: bool) -> None:
    """Guards the token in words, causes, contexts and traceback of every error that a bad line brings about."""
    content = b"x" * 8 * 2**20
    async with raw(server) as url, AiohttpRequest(read_timeout=0.05, media_write_timeout=0.05) as carrier:
        bot = bot_on(url, carrier)
        with pytest.raises(NetworkError) as caught:
            await (bot.send_document(42, content, filename="a") if upload else bot.send_message(42, "好"))
    assert TOKEN.split(":")[1] not in whole_story(caught.value)


@pytest.mark.parametrize(
    "url",
    [
        "http://127.0.0.1:1/bot",
        "http://telegram.invalid/bot",
        "http://[::1/bot",
        "http://127.0.0.1:99999999/bot",
        "ftp://127.0.0.1/bot",
        "no address at all/bot",
    ],
)
async def test_no_wrong_address_tells_the_token(url: str) -> None:
    """Guards the token when `telegram.base_url` is mistyped: aiohttp names the whole URL in such errors."""
    async with AiohttpRequest() as carrier:
        with pytest.raises(NetworkError) as caught:
            await calls(url, carrier)
    assert TOKEN.split(":")[1] not in whole_story(caught.value)


@pytest.mark.parametrize(
    "error",
    [
        ClientOSError(32, f"Can not write request body for https://api.telegram.org/bot{TOKEN}/sendDocument"),
        ConnectionTimeoutError(f"Connection timeout to host https://api.telegram.org/bot{TOKEN}/getMe"),
        InvalidURL(f"https://api.telegram.org/bot{TOKEN}/getMe", "bad"),
        ServerDisconnectedError(f"GET /bot{TOKEN}/getMe"),
        UnicodeError(f"/bot{TOKEN}/getMe"),
        RuntimeError(f"/bot{TOKEN}/getMe"),
    ],
)
def test_aiohttp_s_own_words_are_not_passed_on(error: Exception) -> None:
    """Guards the token where aiohttp writes the URL into the error, in cases that no test server can bring about."""
    assert TOKEN in str(error)
    assert TOKEN not in whole_story(_translated(error))


async def test_no_error_page_tells_the_token() -> None:
    """Guards the token where the library quotes an answer that it cannot parse."""
    async with served(echoes_the_path) as url, AiohttpRequest() as carrier:
        with pytest.raises(NetworkError, match="<token>") as caught:
            await calls(url, carrier)
    assert TOKEN.split(":")[1] not in whole_story(caught.value)


async def test_a_proxy_s_refusal_tells_neither_token_nor_password() -> None:
    """Guards both secrets when the tunnel to Telegram is refused."""

    async def refuses(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 407 Proxy Authentication Required\r\nContent-Length: 0\r\n\r\n")
        await writer.drain()

    async with raw(refuses) as address:
        door = address.removesuffix("/bot").replace("http://", "http://name:geheim@")
        async with AiohttpRequest(proxy=door) as carrier:
            with pytest.raises(NotSent, match="the proxy answered 407") as caught:
                await calls("https://telegram.invalid/bot", carrier)
    story = whole_story(caught.value)
    assert TOKEN.split(":")[1] not in story
    assert "geheim" not in story


async def test_shutdown_closes_everything() -> None:
    """Guards the end of the process: no warning about a session or socket left open, twice is harmless."""
    async with served(answering(ME)) as url:
        carrier = AiohttpRequest()
        await carrier.shutdown()
        with pytest.raises(NetworkError, match="not initialized"):
            await calls(url, carrier)
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            for _ in range(2):
                await carrier.initialize()
                await carrier.initialize()
                assert await asyncio.gather(*(calls(url, carrier) for _ in range(8))) == [ME] * 8
                await carrier.shutdown()
                await carrier.shutdown()
            del carrier
            gc.collect()


async def test_shutdown_ends_what_is_under_way() -> None:
    """Guards a quick stop: a call that waits for its answer ends with an error instead of holding the process."""
    heard = asyncio.Event()

    async def hangs(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        heard.set()
        await never_answers(reader, writer)

    async with raw(hangs) as url:
        carrier = AiohttpRequest()
        await carrier.initialize()
        call = asyncio.create_task(calls(url, carrier, read_timeout=None))
        await heard.wait()
        await carrier.shutdown()
        async with asyncio.timeout(2):
            with pytest.raises(NetworkError):
                await call


def test_waits_are_those_of_the_library() -> None:
    """Guards whoever reads the library's documentation: the same defaults unless told otherwise."""
    assert AiohttpRequest().read_timeout == HTTPXRequest().read_timeout
