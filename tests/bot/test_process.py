"""`duban run` as a process: what it says when something is wrong, how it ends, and what its log never shows."""

import asyncio
import json
import os
import resource
import signal
import socket
import sqlite3
import sys
import tomllib
from collections.abc import AsyncIterator
from contextlib import closing
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import aiohttp
import pytest
from sqlmodel import select

from bot.cli import MODULES
from storage.migrations import head
from storage.tables import Update
from tests import databases
from tests.processes import PATIENCE, TOKEN, Place, free_port

ROOT = str(Path(__file__).parents[2])
WANG = 2001
MOBILE, IDENTITY = "13904291234", "211402199003078512"


@pytest.fixture
async def place(tmp_path: Path) -> AsyncIterator[Place]:
    """Give a place in which nothing runs yet."""
    place = await Place.opened(tmp_path)
    yield place
    await place.close()


async def until_told(place: Place, *how: str) -> bytes:
    """Run the bot by a Python of its own until it asks Telegram, have it end with 0, and give what it printed."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, *how, "run"),
        cwd=place.folder,
        env=os.environ | {"PYTHONPATH": os.pathsep.join(filter(None, (ROOT, os.environ.get("PYTHONPATH"))))},
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    await place.sees(lambda: place.standin.polling)
    process.terminate()
    async with asyncio.timeout(PATIENCE):
        told, said = await process.communicate()
    assert process.returncode == 0, said.decode()
    return told


async def test_python_m_bot_runs_and_ends_with_0_when_it_is_told_to(place: Place) -> None:
    """Guard the way a stranger starts it, without our forking, and a stop that takes no time."""
    await until_told(place, "-m", "bot")


TELLING = """
import atexit, gc, json, sys
from bot.cli import main
atexit.register(lambda: print(json.dumps([gc.isenabled(), gc.get_freeze_count(), *sys.modules])))
main()
"""
# What nobody needs who runs on a SQLite file that is up to date and is sent no workbook.
UNWANTED = {"alembic", "mako", "openpyxl", "psycopg", "sqlalchemy.dialects.postgresql", "babel.messages"} | {
    f"bot.{name}" for name in ("sandbox", "demo", *(f"commands.{name}" for name in set(MODULES.values()) - {"running"}))
}


async def test_a_start_loads_what_a_running_bot_needs(place: Place) -> None:
    """Guard how soon it answers and what it weighs: whoever needs more for one command imports it there.

    What the imports have made is left out of every look for garbage.
    """
    await place.duban("migrate")
    told = await until_told(place, "-c", TELLING)
    collects, frozen, *loaded = json.loads(told)
    assert collects
    assert frozen > 100_000
    assert "bot.commands.running" in loaded
    assert not [name for name in loaded if any(name == other or name.startswith(f"{other}.") for other in UNWANTED)]


async def test_sigterm_ends_a_poll_at_once(place: Place) -> None:
    """Guard a quick stop: the poll that Telegram holds for half a minute is not waited for."""
    running = await place.run()
    loop = asyncio.get_running_loop()
    before = loop.time()
    running.terminate()
    ended = await running.ended()
    assert ended.code == 0, ended.err
    assert loop.time() - before < 3
    assert "Traceback" not in place.log
    assert '"error"' not in place.log


CONFIG_FAULTS: dict[str, tuple[dict[str, Any], str]] = {
    "unknown key": ({"telegram": {"tokn": "x"}}, "there is no key telegram.tokn"),
    "no token": ({"telegram": {"token": ""}}, "telegram.token is not set"),
    "unknown rule": ({"rules": {"sign_reciept": "2wd"}}, "sign_reciept"),
    "a rule of another kind": ({"rules": {"sign_receipt": "soon"}}, "sign_receipt"),
    "an address that is none": ({"database": {"url": "postgresql+psycopg://u:geheim99@h:port/n"}}, "database.url"),
    "a database nowhere": ({"database": {"url": "sqlite:///nowhere/at/all.db"}}, "database.url"),
    "a database that is none": ({"database": {"url": "sqlite:///config.toml"}}, "database.url"),
    "a token file that is missing": ({"telegram": {"token": "", "token_file": "t.txt"}}, "t.txt"),
    "webhook without a secret": (
        {"telegram": {"mode": "webhook"}, "webhook": {"url": "http://127.0.0.1/x", "secret": ""}},
        "webhook.secret",
    ),
}


@pytest.mark.parametrize("name", CONFIG_FAULTS)
async def test_a_wrong_configuration_is_one_line_and_2(place: Place, name: str) -> None:
    """Guard that whoever installs it is told the key and what to do, never shown a traceback or a secret."""
    sections, said = CONFIG_FAULTS[name]
    for section, keys in sections.items():
        place.config[section] = place.config.get(section, {}) | keys
    place.configure()
    ended = await place.duban("run")
    assert ended.code == 2
    assert said in ended.line
    assert "geheim99" not in ended.err


@pytest.mark.both
async def test_migrate_makes_and_keeps_the_tables_also_twice_at_once(place: Place, kind: str, tmp_path: Path) -> None:
    """Guard several machines that are brought up to date together, and what it says: the place, no password."""
    book = databases.Place(tmp_path, kind)
    if kind == databases.POSTGRESQL:
        databases.empty(book.name)
        place.config["database"] = {"url": book.url.replace("postgres@", "postgres:geheim99@")}
        place.configure()
    for ended in [*await asyncio.gather(*(place.duban("migrate") for _ in range(2))), await place.duban("migrate")]:
        assert ended.code == 0, ended.err
        assert f"tables of version {head.newest()}" in ended.out
        assert "geheim99" not in ended.out + ended.err
    checked = await place.duban("records", "verify")
    assert (checked.code, checked.out.split()[0]) == (0, "0")
    book.drop()


@pytest.mark.parametrize("text", ["[telegram\ntoken=1", 'x = "', "\x00"])
async def test_a_file_that_is_no_toml_is_one_line_and_2(place: Place, text: str) -> None:
    """Guard the parser's own words from becoming a traceback."""
    with pytest.raises(tomllib.TOMLDecodeError):
        tomllib.loads(text)
    place.configure(text)
    ended = await place.duban("run")
    assert ended.code == 2
    assert "not valid TOML" in ended.line


async def test_wrong_usage_is_2(place: Place) -> None:
    """Guard the exit codes of the contract for options that do not exist and files that are missing."""
    assert (await place.duban("run", "--no-such-option")).code == 2
    ended = await place.duban("run", "--config", "elsewhere.toml")
    assert ended.code == 2
    assert "elsewhere.toml" in ended.line


async def test_a_token_that_telegram_does_not_know_is_one_line_and_2(place: Place) -> None:
    """Guard 401: the token is wrong, not the network, and it is not shown."""
    place.config["telegram"]["token"] = wrong = TOKEN[:-3] + "xyz"
    place.configure()
    ended = await place.duban("run")
    assert ended.code == 2
    assert "telegram.token" in ended.err.splitlines()[-1]
    assert wrong.partition(":")[2] not in ended.err
    assert "Traceback" not in ended.err


async def test_a_telegram_that_is_not_there_is_said_at_once_and_waited_for(place: Place) -> None:
    """Guard a start before the network: a supervisor that gives up after so many starts would leave it down."""
    port = urlsplit(place.standin.origin).port
    assert port is not None
    await place.standin.stop()
    running = place.starts("run")
    await place.says("cannot connect to 127.0.0.1")
    assert running.alive
    await place.standin.start(port=port)
    await place.sees(lambda: running.up and place.standin.polling)
    assert "Traceback" not in place.log


async def test_a_postgresql_that_is_away_is_waited_for_and_a_command_says_so(place: Place, tmp_path: Path) -> None:
    """Guard a start before the database server's: the bot waits, a command ends with one line and 1, neither with 2."""
    book = databases.Place(tmp_path, databases.POSTGRESQL)
    databases.empty(book.name)
    databases.sql(f"ALTER DATABASE {book.name} ALLOW_CONNECTIONS false")
    place.config["database"] = {"url": book.url.replace("postgres@", "postgres:geheim99@")}
    place.configure()
    running = place.starts("run")
    await place.says("not currently accepting connections")
    ended = await place.duban("migrate")
    assert (ended.code, "cannot be opened" in ended.line) == (1, True)
    assert running.alive
    databases.sql(f"ALTER DATABASE {book.name} ALLOW_CONNECTIONS true")
    await place.sees(lambda: running.up and place.standin.polling)
    running.terminate()
    assert (await running.ended()).code == 0
    assert "geheim99" not in place.log
    book.drop()


async def test_sigterm_ends_a_wait_for_the_database(place: Place) -> None:
    """Guard a supervisor that changes its mind: a server that is nowhere does not hold the process."""
    place.config["database"] = {"url": "postgresql+psycopg://u:geheim99@127.0.0.1:1/n"}
    place.configure()
    running = place.starts("run")
    await place.says("out of reach")
    running.terminate()
    ended = await running.ended()
    assert (ended.code, "Traceback" in ended.err) == (0, False)
    assert "geheim99" not in ended.err


@pytest.mark.parametrize("user", ["postgres@/nowhere", "nobody_here@/postgres"])
async def test_a_database_or_a_role_that_does_not_exist_is_one_line_and_2(place: Place, user: str) -> None:
    """Guard what no waiting mends: the server answers, and says that the address is wrong."""
    place.config["database"] = {"url": f"postgresql+psycopg://{user}?host={databases.server()}"}
    place.configure()
    ended = await place.duban("run")
    assert ended.code == 2
    assert "does not exist" in ended.line


async def test_a_port_in_use_is_one_line_and_1(place: Place) -> None:
    """Guard the second start by mistake: it names the address, and nothing was sent or asked."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        place.config["web"] = {"listen": f"127.0.0.1:{taken.getsockname()[1]}"}
        place.configure()
        ended = await place.duban("run")
    assert ended.code == 1
    last = ended.err.splitlines()[-1]
    assert "web.listen" in last
    assert "in use" in last
    assert "Traceback" not in ended.err
    assert "getUpdates" not in {call.method for call in place.standin.calls}


async def test_health_is_told_while_it_runs(place: Place) -> None:
    """Guard /healthz and /readyz in polling mode; a stranger's method or path gets nothing."""
    port = free_port()
    place.config["web"] = {"listen": f"127.0.0.1:{port}"}
    place.configure()
    await place.run()
    async with aiohttp.ClientSession(f"http://127.0.0.1:{port}") as session:
        for path, status in (("/healthz", 200), ("/readyz", 200), ("/", 404), ("/telegram", 404)):
            async with session.get(path) as answer:
                assert answer.status == status, path
        async with session.post("/healthz") as answer:
            assert answer.status == 405


async def test_another_program_with_the_same_token_is_noticed(place: Place, tmp_path: Path) -> None:
    """Guard 409: both say in their log what is wrong, and neither ends by it."""
    await place.run()
    other = await Place.opened(tmp_path / "other")
    other.config["telegram"] = place.config["telegram"]
    other.configure()
    other.starts("run")
    try:
        await place.sees(lambda: any(not call.ok and call.method == "getUpdates" for call in place.standin.calls))
        await place.sees(lambda: "another program is asking" in place.log + other.log)
        assert place.running[-1].alive
        assert other.running[-1].alive
    finally:
        await other.close()


async def test_a_second_bot_on_one_file_is_one_line_and_1(place: Place) -> None:
    """Guard the second start by mistake, by whatever name it finds the file; the first goes on."""
    await place.run()
    calls = len(place.standin.calls)
    (place.folder / "linked").symlink_to(place.folder)
    for url in ("sqlite:///duban.db", "sqlite:///linked/duban.db"):
        ended = await place.duban("run", DUBAN_DATABASE__URL=url)
        assert ended.code == 1
        assert "another duban runs on this database" in ended.line
    assert {call.method for call in list(place.standin.calls)[calls:]} <= {"getUpdates"}
    assert place.running[0].alive


async def test_a_killed_bot_leaves_no_lock(place: Place) -> None:
    """Guard the restart after a crash: the kernel lets go of what a dead process held."""
    running = await place.run()
    running.kill()
    await running.ended()
    await place.run()


async def test_sigterm_waits_for_the_call_in_hand(place: Place) -> None:
    """Guard a message that Telegram is slow to take: it is waited for and marked, and the code is 0."""
    await place.standin.join(WANG, "王")
    place.standin.open_chat(WANG)
    held, go_on = _slow(place, "sendMessage")
    running = await place.run()
    await place.standin.type(WANG, "你好")
    await held.wait()
    running.terminate()
    await place.says("told to stop")
    assert running.alive
    go_on.set()
    ended = await running.ended()
    assert ended.code == 0, ended.err
    assert "Traceback" not in place.log
    assert place.look(lambda read: read.exec(select(Update.outcome)).one()) is not None


async def test_a_second_sigterm_ends_at_once(place: Place) -> None:
    """Guard the impatient: what is on the line is let go, and taken up at the next start."""
    await place.standin.join(WANG, "王")
    place.standin.open_chat(WANG)
    held, go_on = _slow(place, "sendMessage")
    running = await place.run()
    await place.standin.type(WANG, "你好")
    await held.wait()
    running.terminate()
    await place.says("told to stop")
    running.terminate()
    loop = asyncio.get_running_loop()
    before = loop.time()
    ended = await running.ended()
    assert loop.time() - before < 2
    assert ended.code == -signal.SIGTERM
    go_on.set()
    await place.run()
    await place.sees(lambda: [view for view in place.standin.chat(WANG) if view.from_bot])


async def test_sigterm_during_a_start_that_hangs_ends_it(place: Place) -> None:
    """Guard a supervisor that changes its mind while Telegram does not answer: no traceback, code 0."""
    held, _ = _slow(place, "getMe")
    running = place.starts("run")
    await held.wait()
    running.terminate()
    ended = await running.ended()
    assert ended.code == 0, ended.err
    assert "Traceback" not in place.log


def _slow(place: Place, method: str) -> tuple[asyncio.Event, asyncio.Event]:
    """Have Telegram hold the calls of a method; give what tells that one has come, and what lets them go on."""
    server = place.standin.server
    assert server is not None
    came, go_on = asyncio.Event(), asyncio.Event()
    perform = server._perform

    async def slowly(asked: Any, fault: Any) -> Any:
        if asked.method == method:
            came.set()
            await go_on.wait()
        return await perform(asked, fault)

    server._perform = slowly  # type: ignore[method-assign]
    return came, go_on


async def test_a_token_taken_back_ends_the_process_with_1(place: Place) -> None:
    """Guard against polling for ever with a dead token: the supervisor sees that it has ended, and the log says why."""
    running = await place.run()
    place.standin.town.token = "7000000001:BBEhBP0av28s3uLQm1Fh7nKd1pJzWqTestTo"
    place.standin.town.deliveries.end_polls("the token was revoked")
    ended = await running.ended()
    assert ended.code == 1
    assert "stopped by itself" in ended.err.splitlines()[-1]


@pytest.mark.long
async def test_a_disk_that_is_full_for_a_minute_ends_nothing(place: Place) -> None:
    """Guard the real thing, by the kernel's own limit on files: the process lives, and then answers what was asked."""
    await place.standin.join(WANG, "王")
    place.standin.open_chat(WANG)
    running = await place.run()
    await place.standin.type(WANG, "你好")
    await place.sees(lambda: [view for view in place.standin.chat(WANG) if view.from_bot])
    pid = running._process.pid
    assert pid is not None
    resource.prlimit(pid, resource.RLIMIT_FSIZE, ((place.folder / "duban.db-wal").stat().st_size, -1))
    for number in range(5):
        await place.standin.type(WANG, f"还在吗 {number}")
    await asyncio.sleep(60)  # the leases of several kinds come to their end meanwhile
    assert running.alive
    assert "out of reach" in place.log
    heard = len([view for view in place.standin.chat(WANG) if view.from_bot])
    resource.prlimit(pid, resource.RLIMIT_FSIZE, (-1, -1))
    await place.standin.wait_for(lambda: not place.standin.pending, 90)
    await place.standin.wait_for(lambda: len([v for v in place.standin.chat(WANG) if v.from_bot]) >= heard + 5, 90)
    assert running.alive
    running.terminate()
    assert (await running.ended()).code == 0


UNREADABLE: tuple[dict[str, Any], ...] = (
    {"message": 5},
    {"message": {}},
    {"message": {"message_id": 1, "date": 1, "chat": {"id": "here", "type": "private"}}},
    {"message": {"message_id": 1, "date": "now", "chat": {"id": WANG, "type": "private"}}},
    {"callback_query": {"id": "1"}},
    {"callback_query": {"id": "1", "from": {"id": WANG, "is_bot": False, "first_name": "王"}, "chat_instance": "1"}},
    {"my_chat_member": []},
    {"edited_message": None},
    {"a kind of update that nobody knows yet": {"deep": [1, {"x": None}]}},
    {},
)


async def test_an_update_that_nobody_can_read_holds_up_none_after_it(place: Place) -> None:
    """Guard against one update that stops the bot at every start: it is kept, marked, and the next is answered."""
    await place.standin.join(WANG, "王")
    place.standin.open_chat(WANG)
    for update in UNREADABLE:
        await place.standin.raw_update(update)
    await place.standin.type(WANG, "还在吗")
    running = await place.run()
    await place.sees(lambda: [view for view in place.standin.chat(WANG) if view.from_bot])
    await place.rests()
    assert running.alive
    marked = place.look(lambda read: {row.id: row.outcome or row.attempts for row in read.exec(select(Update))})
    assert set(marked) == set(place.standin.updates)
    assert all(marked.values()), "handled, or noted as failed and tried again later"


async def test_the_log_tells_no_secret_and_no_number(place: Place) -> None:
    """Guard everything the process writes, at the most talkative level and in tracebacks provoked on purpose.

    The token in Telegram's own errors, numbers that people type, a book that fails in the middle of an update.
    """
    place.config["log"] = {"level": "DEBUG"}
    place.config["content"] = {"mode": "full"}
    place.configure()
    await place.standin.join(WANG, "王")
    place.standin.open_chat(WANG)
    place.standin.fault("getUpdates", kind="drop")
    place.standin.fault("sendMessage", kind="accepted")
    await place.run()
    await place.standin.type(WANG, f"我的电话是{MOBILE}，身份证{IDENTITY}")
    await place.standin.type(WANG, f"/start {MOBILE}")
    await place.sees(lambda: [view for view in place.standin.chat(WANG) if view.from_bot])
    with closing(sqlite3.connect(place.folder / "duban.db")) as book:
        book.execute("DROP TABLE invitation")
        book.commit()
    await place.standin.type(WANG, "/start ABCDEFGHJK")
    await place.sees(lambda: "Traceback" in place.log)
    place.standin.town.token = f"{TOKEN[:-4]}zzzz"
    place.standin.town.deliveries.end_polls("the token was revoked")
    assert (await place.running[-1].ended()).code == 1
    assert "update failed" in place.log
    for hidden in (IDENTITY, MOBILE[3:], IDENTITY[:-2]):
        assert hidden not in place.log, hidden
