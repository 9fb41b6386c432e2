"""Webhook mode as a process: who does not know the secret brings nothing, and 200 is said after the commit alone."""

import asyncio
import io
import json
import sqlite3
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, closing
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from sqlalchemy.exc import OperationalError
from structlog.testing import capture_logs

from bot.web import site
from tests.processes import Place, free_port

SECRET = "a-secret_of-the-webhook-0815"
HEADER = "X-Telegram-Bot-Api-Secret-Token"
QIAN = 2001


@pytest.fixture
async def place(tmp_path: Path) -> AsyncIterator[Place]:
    """Give a place whose bot runs in webhook mode."""
    port = free_port()
    place = await Place.opened(
        tmp_path,
        telegram={"mode": "webhook"},
        log={"level": "DEBUG"},
        webhook={"url": f"http://127.0.0.1:{port}/telegram", "listen": f"127.0.0.1:{port}", "secret": SECRET},
    )
    await place.standin.join(QIAN, "钱")
    place.starts("run")
    await place.sees(lambda: place.standin.town.deliveries.webhook)
    yield place
    await place.close()
    assert SECRET not in place.log


def stored(place: Place) -> list[int]:
    """List the updates that the book holds."""
    with closing(sqlite3.connect(place.folder / "duban.db")) as book:
        return [number for (number,) in book.execute("SELECT id FROM inbox ORDER BY id")]


@asynccontextmanager
async def raw(place: Place, *lines: bytes) -> AsyncIterator[asyncio.StreamReader]:
    """Bring lines of HTTP that no client of ours would send, and keep the line open; give what comes back."""
    host, port = place.config["webhook"]["listen"].split(":")
    reader, writer = await asyncio.open_connection(host, int(port))
    writer.write(b"\r\n".join((b"POST /telegram HTTP/1.1", b"Host: bot", *lines)))
    await writer.drain()
    try:
        yield reader
    finally:
        writer.close()


async def posts(place: Place, content: bytes, headers: dict[str, str]) -> int:
    """Bring something to the webhook; give the status."""
    url = place.config["webhook"]["url"]
    async with (
        aiohttp.ClientSession() as session,
        session.post(url, data=io.BytesIO(content), headers=headers) as answer,
    ):
        return answer.status


def typed(number: int, words: str) -> bytes:
    """Make an update in which a stranger types."""
    sender = {"id": QIAN, "is_bot": False, "first_name": "钱"}
    message = {"message_id": 1, "date": 1, "chat": {"id": QIAN, "type": "private"}, "from": sender, "text": words}
    return json.dumps({"update_id": number, "message": message}).encode()


async def test_without_the_secret_nothing_is_taken(place: Place) -> None:
    """Guard the only door: 403, no row, whatever is brought."""
    for told in (None, "", "wrong", SECRET + "x", SECRET[:-1], SECRET.upper()):
        headers = {} if told is None else {HEADER: told}
        assert await posts(place, typed(700_000_001, "你好"), headers) == 403, told
    assert await posts(place, typed(700_000_001, "你好"), {"Authorization": SECRET}) == 403
    update = typed(700_000_001, "你好")
    for odd in (b"\xff\xfe", SECRET.encode() + b"\xff", "密".encode(), b"\xe5\xaf"):
        length = f"Content-Length: {len(update)}".encode()
        async with raw(place, HEADER.encode() + b": " + odd, length, b"", update) as answer:
            assert (await answer.readline()).split()[1] == b"403", odd
    assert stored(place) == []
    assert "Traceback" not in place.log


BAD: dict[str, tuple[bytes, int]] = {
    "too large": (b'{"update_id": 1, "x": "' + b"a" * 1024 * 1024 + b'"}', 413),
    "no JSON": (b"hello", 400),
    "nothing": (b"", 400),
    "not UTF-8": (b"\xff\xfe", 400),
    "a list": (b"[1]", 400),
    "no number": (b'{"message": {}}', 400),
    "a number in words": (b'{"update_id": "1"}', 400),
    "a number beyond all rows": (b'{"update_id": 1' + b"0" * 30 + b"}", 400),
    "a truth for a number": (b'{"update_id": true}', 400),
    "a number that is none": (b'{"update_id": NaN}', 400),
    "deeper than any reader": (b'{"update_id": 1, "x": ' + b"[" * 100_000, 400),
}


async def test_what_is_no_update_is_refused_and_harms_nothing(place: Place) -> None:
    """Guard against a body that breaks the site: each is told 4xx, nothing is stored, the next update is taken."""
    for name, (content, status) in BAD.items():
        assert await posts(place, content, {HEADER: SECRET}) == status, name
    assert stored(place) == []
    async with aiohttp.ClientSession() as session, session.get(place.config["webhook"]["url"]) as answer:
        assert answer.status == 405
    assert await posts(place, typed(5, "你好"), {HEADER: SECRET}) == 200
    assert stored(place) == [5]
    assert "Traceback" not in place.log


async def test_a_body_that_never_ends_does_not_hold_up_the_stop(place: Place) -> None:
    """Guard the stop within a service's patience (30 s), whoever is in the middle of bringing something."""
    secret = f"{HEADER}: {SECRET}".encode()
    async with raw(place, secret, b"Expect: 100-continue", b"Content-Length: 500", b"", b"{") as answer:
        assert b"100" in await answer.readline(), "the site is waiting for the rest"
        begun = time.monotonic()
        place.running[-1].terminate()
        assert (await place.running[-1].ended()).code == 0
        assert time.monotonic() - begun < 8


async def test_the_same_update_three_times_is_handled_once(place: Place) -> None:
    """Guard against Telegram's repeats: three times 200, one row, one answer."""
    update = typed(700_000_007, "你好")
    place.standin.open_chat(QIAN)
    for _ in range(3):
        assert await posts(place, update, {HEADER: SECRET}) == 200
    await place.sees(lambda: [view for view in place.standin.chat(QIAN) if view.from_bot])
    assert await posts(place, typed(700_000_008, "再见"), {HEADER: SECRET}) == 200
    await place.sees(lambda: len([view for view in place.standin.chat(QIAN) if view.from_bot]) >= 2)
    place.running[-1].terminate()
    assert (await place.running[-1].ended()).code == 0
    assert len([view for view in place.standin.chat(QIAN) if view.from_bot]) == 2
    assert stored(place) == [700_000_007, 700_000_008]


async def test_telegram_brings_updates_and_hears_200_when_they_are_stored(place: Place) -> None:
    """Guard the whole way, with Telegram's own poster: what it has ticked off lies in the book."""
    await place.standin.press_start(QIAN)
    await place.sees(lambda: not place.standin.pending)
    assert stored(place) == sorted(place.standin.updates)
    await place.sees(lambda: [view for view in place.standin.chat(QIAN) if view.from_bot])
    assert not [call for call in place.standin.calls if call.method == "getUpdates"]


async def test_while_the_book_is_locked_telegram_does_not_hear_200(place: Place) -> None:
    """Guard the order, commit before 200: an update that cannot be stored yet must be brought again."""
    with closing(sqlite3.connect(place.folder / "duban.db", isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        url = place.config["webhook"]["url"]
        async with aiohttp.ClientSession(headers={HEADER: SECRET}) as session:
            with pytest.raises(TimeoutError):
                await session.post(url, data=typed(9, "你好"), timeout=aiohttp.ClientTimeout(total=0.3))
        assert stored(place) == []
        other.execute("ROLLBACK")
    assert await posts(place, typed(9, "你好"), {HEADER: SECRET}) == 200
    assert stored(place) == [9]


async def test_a_webhook_s_port_in_use_is_one_line_and_1(place: Place, tmp_path: Path) -> None:
    """Guard the second start: the key is named, and the first one's webhook stays set."""
    other: dict[str, Any] = {"listen": "127.0.0.1:0"}
    place.config["web"] = other
    place.configure()
    ended = await place.duban("run", DUBAN_DATABASE__URL="sqlite:///other.db")
    assert ended.code == 1
    assert "webhook.listen" in ended.err.splitlines()[-1]
    assert place.standin.town.deliveries.webhook is not None


async def test_while_the_book_is_away_telegram_is_told_to_come_again() -> None:
    """Guard a full disk in this mode: 503 and one line in the log, not a traceback for each; then 200."""
    faults = [OperationalError("INSERT", {}, sqlite3.OperationalError("database or disk is full")) for _ in range(3)]

    class Book:
        async def take(self, _bodies: object) -> None:
            if faults:
                raise faults.pop()

    port = free_port()
    hook = site.webhook(Book(), SECRET, "/telegram")  # type: ignore[arg-type]
    await hook.start("127.0.0.1", port)
    with capture_logs() as logs:
        async with aiohttp.ClientSession(f"http://127.0.0.1:{port}", headers={HEADER: SECRET}) as session:
            said = []
            for _ in range(4):
                async with session.post("/telegram", json={"update_id": 1}) as answer:
                    said.append(answer.status)
    await hook.stop()
    assert said == [503, 503, 503, 200]
    assert [line["log_level"] for line in logs] == ["error", "info"]
