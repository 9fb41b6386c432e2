"""What the running bot says of itself: alive, ready with each dependency by name, figures; and no word of anybody's."""

import asyncio
import json
import os
import re
import sqlite3
import threading
import time
from collections.abc import AsyncIterator, Callable
from contextlib import closing
from functools import partial
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from prometheus_client.parser import text_string_to_metric_families
from sqlmodel import col, select

from bot.meters import Hooked, Meters
from bot.pulse import Pulse
from bot.web import checks
from bot.web.checks import Failing, Readiness
from storage import leases
from storage.queries.depths import Late
from storage.reading import Read
from storage.tables import Letter
from tests.bot.test_crash import ACCOUNTS, _card, _heard, _presses, _settle_in
from tests.processes import TOKEN, Place, free_port
from tests.world import World

CHECKS = {"database", "telegram", "catalogs", "updates", "ticks", "auditor", "disk"}


@pytest.fixture
async def place(tmp_path: Path) -> AsyncIterator[Place]:
    """Give a place whose web.listen is known."""
    place = await Place.opened(tmp_path, web={"listen": f"127.0.0.1:{free_port()}"}, content={"mode": "full"})
    yield place
    await place.close()


async def asked(place: Place, path: str) -> tuple[int, str]:
    """Ask the bot's site; give status and text."""
    url = f"http://{place.config['web']['listen']}{path}"
    async with aiohttp.ClientSession() as session, session.get(url) as answer:
        return answer.status, await answer.text()


async def figures(place: Place) -> dict[tuple[str, tuple[str, ...]], float]:
    """Read the metrics as Prometheus does: by name and label values."""
    status, text = await asked(place, "/metrics")
    assert status == 200
    return {
        (sample.name, tuple(sample.labels.values())): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }


async def test_every_dependency_has_its_own_check(place: Place) -> None:
    """Guard what a supervisor reads: JSON, a name and a result for each, 200 when all hold."""
    await place.run()
    assert await asked(place, "/healthz") == (200, '{"alive": true}')
    status, text = await asked(place, "/readyz")
    said = json.loads(text)
    assert (status, said["ready"]) == (200, True), text
    assert set(said["checks"]) == CHECKS
    assert all(check["ok"] is True for check in said["checks"].values())


async def test_a_book_that_cannot_be_written_is_not_ready_though_alive(place: Place) -> None:
    """Guard the lock, the full disk: 503 in time, by its name, with no path and no words of the fault."""
    await place.run()
    with closing(sqlite3.connect(place.folder / "duban.db", isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        (status, text), (alive, _), (told, _) = await asyncio.gather(
            *(asked(place, path) for path in ("/readyz", "/healthz", "/metrics"))
        )
        other.execute("ROLLBACK")
    found = json.loads(text)["checks"]
    assert (status, alive, told) == (503, 200, 200)
    assert {name for name, check in found.items() if not check["ok"]} == {"database"}
    assert set(found["database"]) == {"ok", "took_seconds", "fault"}
    assert str(place.folder) not in text


async def test_metrics_follow_a_press_to_its_letters(place: Place) -> None:
    """Guard the figures that the operator watches: press → answer, due → sent, calls, commits, what waits."""
    await _settle_in(place)
    place.acts(lambda book: _card(book, "戚联络员", "华科员", acknowledged=False))
    await place.run()
    await place.sees(lambda: _heard(place, ACCOUNTS["戚联络员"], "001"))
    before = await figures(place)
    await _presses(place, ACCOUNTS["戚联络员"], "签收")
    await place.sees(lambda: not place.standin.pending)
    await place.rests()
    after = await figures(place)
    assert after["duban_press_answer_seconds_count", ()] == before["duban_press_answer_seconds_count", ()] + 1
    assert 0 < after["duban_press_answer_seconds_sum", ()] < 5
    assert after["duban_letter_dwell_seconds_count", ("edit",)] >= 1
    assert after["duban_telegram_call_seconds_count", ("answerCallbackQuery",)] == 1
    assert after["duban_commits_total", ()] > before["duban_commits_total", ()]
    assert after["duban_waiting", ("inbox",)] == after["duban_waiting", ("outbox_due",)] == 0
    assert after["duban_tick_seconds_count", ()] >= 1
    assert after["process_resident_memory_bytes", ()] > 0


async def test_errors_are_counted_by_kind(place: Place) -> None:
    """Guard the alarm on Telegram's refusals: each by what it means."""
    await place.standin.join(2001, "王")
    place.standin.open_chat(2001)
    for kind, method in (("429", "sendMessage"), ("500", "sendMessage"), ("drop", "getUpdates")):
        place.standin.fault(method, kind=kind)
    await place.run()
    await place.standin.type(2001, "你好")
    await place.sees(lambda: [view for view in place.standin.chat(2001) if view.from_bot])
    found = await figures(place)
    assert [found["duban_telegram_errors_total", (kind,)] for kind in ("flood", "server", "network")] == [1, 1, 1]


async def test_no_secret_and_no_person_stands_in_what_is_told(place: Place) -> None:
    """Guard an open port: neither token nor name nor account nor case."""
    await _settle_in(place)
    place.acts(lambda book: _card(book, "戚联络员", acknowledged=False))
    await place.run()
    await place.sees(lambda: _heard(place, ACCOUNTS["戚联络员"], "001"))
    for path in ("/healthz", "/readyz", "/metrics"):
        _, text = await asked(place, path)
        for hidden in (TOKEN, TOKEN.partition(":")[2], "戚", "河东", str(place.folder)):
            assert hidden not in text, (path, hidden)
        assert not re.search(r'"(1001|1002|1003)"', text)


async def test_one_id_leads_from_the_press_to_the_letters_it_caused(place: Place) -> None:
    """Guard what is searched for when somebody asks where his message went: update, act, each letter."""
    await _settle_in(place)
    place.acts(lambda book: _card(book, "戚联络员", "华科员", acknowledged=False))
    await place.run()
    await place.sees(lambda: _heard(place, ACCOUNTS["戚联络员"], "001"))
    await place.rests()  # or the edit would follow from the card's own mark
    await _presses(place, ACCOUNTS["戚联络员"], "签收")
    number = max(place.standin.updates)
    await place.sees(lambda: not place.standin.pending)
    await place.rests()
    lines = [json.loads(line) for line in place.log.splitlines() if line.startswith("{")]
    mine = [line for line in lines if line.get("update") == number]
    (handled,) = (line for line in mine if line["event"] == "update handled")
    assert (handled["outcome"], handled["acts"]) == ("done", ["acknowledge"])
    keys = select(Letter.key, Letter.outcome).where(col(Letter.id).in_(handled["letters"]))
    caused = place.look(lambda read: read.exec(keys).all())
    assert len(caused) == 2, "his own card and his colleague's"
    assert all(key.startswith(f"u{number}:") and outcome == "sent" for key, outcome in caused)


async def test_a_long_slice_is_waited_for(world: World) -> None:
    """Guard a long morning from being taken for a dead book: the check waits its turn behind the slice."""
    assert world.app is not None
    inside, go_on = threading.Event(), threading.Event()

    def slice_(_read: Read) -> None:
        inside.set()
        go_on.wait(5)

    work = asyncio.ensure_future(world.database.act(slice_))
    await asyncio.to_thread(inside.wait)
    readiness = Readiness({"database": checks.database(world.app.office)}, time.monotonic)
    looking = asyncio.ensure_future(readiness.look())
    await asyncio.sleep(0.1)
    assert not looking.done()
    go_on.set()
    await work
    ready, found = await looking
    assert ready, found
    assert found["database"]["took_seconds"] >= 0.1


# the checks alone


class Hand:
    """A pulse that is moved by hand."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        """Give the time."""
        return self.now


async def test_a_check_that_hangs_or_breaks_fails_alone() -> None:
    """Guard the answer itself: every check ends in time, and a fault's words, which may tell secrets, are not told."""

    async def hangs() -> dict[str, Any]:
        await asyncio.Event().wait()
        return {}

    async def breaks() -> dict[str, Any]:
        raise OSError(f"no route to {TOKEN}")

    async def holds() -> dict[str, Any]:
        return {"figure": 1}

    async def fails() -> dict[str, Any]:
        raise Failing(free_bytes=1)

    readiness = Readiness({"hangs": hangs, "breaks": breaks, "holds": holds, "fails": fails}, Pulse(1), patience=0.05)
    ready, found = await readiness.look()
    assert not ready
    assert {name: check["ok"] for name, check in found.items()} == {
        "hangs": False,
        "breaks": False,
        "holds": True,
        "fails": False,
    }
    assert found["hangs"]["fault"] == "TimeoutError"
    assert found["breaks"]["fault"] == "OSError"
    assert TOKEN not in str(found)


async def test_who_asks_often_does_not_make_the_disk_work() -> None:
    """Guard against a flood of probes: a hundred at once are one look, and its result is told for a while."""
    looks = 0

    async def counts() -> dict[str, Any]:
        nonlocal looks
        looks += 1
        await asyncio.sleep(0)
        return {}

    hand = Hand()
    readiness = Readiness({"counts": counts}, hand)
    await asyncio.gather(*(readiness.look() for _ in range(100)))
    assert looks == 1
    hand.now += 6
    await readiness.look()
    assert looks == 2


@pytest.mark.parametrize("kind", ["postgresql"], indirect=True)
async def test_a_replica_that_stands_by_is_ready(world: World) -> None:
    """Guard a standby by lease from a supervisor that restarts it: it asks Telegram for nothing, and that is right."""
    await world.stop_bot()
    assert world.database.act_now(lambda read: leases.take(read, "polling", "another replica"))
    await world.start_bot()
    assert world.app is not None
    meters = world.app.meters
    look = checks.updates(meters, lambda: max(meters.polled_at, meters.stood_by_at) + 90)  # the world's pulse is fast
    async with asyncio.timeout(20):
        while meters.stood_by_at < meters.born:  # noqa: ASYNC110 (there is no event for it)
            await asyncio.sleep(0.01)
    assert await look() == {"last_seconds": 90, "standing_by": True}
    world.database.act_now(lambda read: leases.release(read, "another replica"))
    await world["何代表"].writes("/help")
    assert await look() == {"last_seconds": 90, "standing_by": False}
    world["何代表"].skims()


@pytest.mark.parametrize("name", ["ticks", "auditor", "updates", "standing by", "webhook"])
async def test_silence_fails_and_a_long_morning_does_not(name: str) -> None:
    """Guard the watch over the watchers; a tick that works through a long morning counts as alive at each slice."""
    hand = Hand()
    meters = Meters(hand)
    look = {
        "ticks": checks.ticks(meters, hand, 30),
        "auditor": checks.auditor(meters, hand, 30),
        "updates": checks.updates(meters, hand),
        "webhook": checks.webhook(meters, hand, 60),
        "standing by": checks.updates(meters, hand),
    }[name]
    beats: dict[str, Callable[[], None]] = {
        "ticks": meters.progressed,
        "auditor": partial(meters.audited, Late(), 0),
        "updates": partial(meters.called, "getUpdates", 30, 200),
        "webhook": partial(meters.hooked_as, Hooked()),
        "standing by": meters.stood_by,
    }
    for _ in range(50):
        hand.now += 60
        beats[name]()
        assert (await look())["last_seconds"] == 0
    hand.now += 5 * 30 + 61
    with pytest.raises(Failing) as failing:
        await look()
    assert failing.value.facts["last_seconds"] > failing.value.facts["most_seconds"]


@pytest.mark.parametrize(
    ("status", "heard"), [(200, True), (429, True), (400, True), (401, False), (502, False), (None, False)]
)
async def test_what_counts_as_a_word_from_telegram(status: int | None, *, heard: bool) -> None:
    """Guard against a proxy's error page, or a dead token, that would pass for Telegram."""
    hand = Hand()
    meters = Meters(hand)
    hand.now += 100
    meters.called("sendMessage", 0.1, status)
    assert (meters.heard_at == hand.now) is heard


async def test_a_full_disk_is_not_ready(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Guard the warning before the write that fails."""
    there = os.statvfs(tmp_path)
    assert (await checks.disk(tmp_path)())["free_bytes"] > 0
    full = os.statvfs_result((*there[:4], 10, *there[5:]))
    monkeypatch.setattr(os, "statvfs", lambda _folder: full)
    with pytest.raises(Failing) as failing:
        await checks.disk(tmp_path)()
    assert failing.value.facts["free_bytes"] == 10 * there.f_frsize


def test_updates_that_never_begin_are_not_kept_for_ever() -> None:
    """Guard the memory: what has arrived and is never begun is forgotten."""
    meters = Meters(Hand())
    for number in range(20_000):
        meters.arrived(number)
    assert len(meters._arrived) == 10_000


def test_a_stranger_s_method_makes_no_label() -> None:
    """Guard Prometheus from a set of labels without end: files fetched are one."""
    meters = Meters(Hand())
    for number in range(100):
        meters.called(f"file_{number}.jpg", 0.1, 200)
    told = meters.exposed(None, 0).decode()
    assert 'method="other"' in told
    assert "file_" not in told
