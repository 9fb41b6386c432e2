"""`duban backup` and `duban restore`: a sound copy while the bot runs, and what holds after it was put back."""

import asyncio
import os
import sqlite3
import stat
import threading
from collections.abc import AsyncIterator
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlmodel import col, select

from storage import backups, records, settings
from storage.acts import people, restoring
from storage.book import CLOCK, Book
from storage.database import Database
from storage.reading import Read
from storage.rules.terms import Terms
from storage.tables import Draft, Entry, Letter, Unit
from storage.writing import add
from tests import casework, databases
from tests.bot.test_crash import ACCOUNTS, ROSTER, _card, _heard, _presses, _settle_in
from tests.processes import Place
from tests.world import World, person

COPY = "copy.db"
FOREVER = 100  # steps; the book of the test takes about ten


@pytest.fixture
async def place(tmp_path: Path) -> AsyncIterator[Place]:
    """Give a place in which nothing runs yet."""
    place = await Place.opened(tmp_path, content={"mode": "full"})
    yield place
    await place.close()


def entries(book: Path) -> int:
    """Count the entries that hold in a book; one that is broken fails."""
    database = Database(f"sqlite:///{book}")
    try:
        held, broken = database.look(records.verify)
    finally:
        database.close()
    assert broken is None
    return held


def sidekicks(folder: Path) -> set[str]:
    """Name what lies beside the book and its log."""
    return {path.name for path in folder.iterdir() if path.name.startswith(("duban.db.part", COPY))}


# backup


async def test_a_copy_is_made_while_the_bot_writes(place: Place, tmp_path: Path) -> None:
    """Guard the whole of it: one file that only its owner reads, sound, and no word of it in the running bot's log."""
    await _settle_in(place)
    await place.run()
    ended = await place.duban("backup", COPY)
    assert ended.code == 0, ended.err
    copy = tmp_path / COPY
    assert stat.S_IMODE(copy.stat().st_mode) == 0o600
    assert sidekicks(tmp_path) == {COPY}
    assert f"{entries(copy)} entries" in ended.out
    assert "Traceback" not in place.log


def test_a_copy_is_one_moment_however_much_is_written_meanwhile(tmp_path: Path) -> None:
    """Guard against a copy that begins anew with each commit, or holds half of one: every unit writes two rows."""

    def fill(read: Read) -> None:
        for number in range(10_000, 15_000):
            add(read, Unit(name=f"{number}" * 200))

    book, copy = tmp_path / "duban.db", tmp_path / COPY
    database = Database(f"sqlite:///{book}")
    database.create()
    database.act_now(fill)
    over = threading.Event()
    written = 0

    def pair(read: Read) -> None:
        moment = Book(read, datetime.now(UTC), Terms(), CLOCK)
        moment.record("one")
        moment.record("two")

    def write() -> None:
        nonlocal written
        while not over.is_set():
            database.act_now(pair)
            written += 1

    steps: list[tuple[int, int]] = []

    def progress(done: int, pages: int) -> None:
        before = written
        steps.append((done, pages))
        if len(steps) > FOREVER:
            raise RuntimeError("it begins anew with each commit")
        while written < before + 3:  # something is committed between any two steps
            threading.Event().wait(0.001)

    writer = threading.Thread(target=write)
    writer.start()
    try:
        held = backups.back_up(book, copy, progress)
    finally:
        over.set()
        writer.join()
        database.close()
    assert len(steps) > 3
    assert [done for done, _ in steps] == sorted({done for done, _ in steps}), "it went back to the beginning"
    assert held.entries == entries(copy)
    assert held.entries % 2 == 0
    assert held.entries < entries(book)


async def test_a_copy_s_name_must_be_new(place: Place, tmp_path: Path) -> None:
    """Guard yesterday's copy, and the book itself."""
    place.enrol(person("何主任", "office_head", "市政府办公室"))
    (tmp_path / COPY).write_text("yesterday")
    for name in (COPY, "duban.db"):
        ended = await place.duban("backup", name)
        assert ended.code == 1
        assert "exists already" in ended.line
    assert (tmp_path / COPY).read_text() == "yesterday"
    assert entries(tmp_path / "duban.db")


@pytest.mark.parametrize("name", ["nowhere/copy.db", "duban.db.d"])
async def test_where_no_copy_can_be_written_is_one_line(place: Place, tmp_path: Path, name: str) -> None:
    """Guard the folder that is missing, and a folder for a name."""
    place.enrol()
    (tmp_path / "duban.db.d").mkdir()
    ended = await place.duban("backup", name)
    assert ended.code in {1, 2}
    assert name in ended.err
    assert "Traceback" not in ended.err


async def test_no_book_is_one_line_and_makes_none(place: Place, tmp_path: Path) -> None:
    """Guard a mistyped address: backing up an empty book would look like success."""
    ended = await place.duban("backup", COPY)
    assert ended.code == 1
    assert "no database" in ended.line
    assert not (tmp_path / "duban.db").exists()


async def test_an_altered_record_is_not_backed_up_in_silence(place: Place, tmp_path: Path) -> None:
    """Guard the copy's worth: the entry is named, no file is left."""
    place.enrol(person("何主任", "office_head", "市政府办公室"))
    with closing(sqlite3.connect(tmp_path / "duban.db")) as book:
        book.execute("UPDATE record SET kind = 'other' WHERE id = 1")
        book.commit()
    ended = await place.duban("backup", COPY)
    assert ended.code == 1
    assert "entry 1" in ended.line
    assert not sidekicks(tmp_path)


@pytest.mark.parametrize("command", ["backup", "restore"])
async def test_for_postgresql_its_own_tool_is_named(place: Place, tmp_path: Path, command: str) -> None:
    """Guard the operator of a server: the command that does it, without the password."""
    (tmp_path / COPY).touch()
    place.config["database"] = {"url": "postgresql+psycopg://duban:geheim99@db.example:5433/book"}
    place.configure()
    ended = await place.duban(command, COPY)
    assert ended.code == 2
    assert {"backup": "pg_dump", "restore": "pg_restore"}[command] in ended.line
    assert "postgresql://duban@db.example:5433/book" in ended.line
    assert "geheim99" not in ended.err
    assert ("then duban restore --begin-anew" in ended.line) == (command == "restore")


# restore


async def test_the_whole_way_back(place: Place, tmp_path: Path) -> None:
    """A copy, a day's work lost with it, and what people then find: their cards, not their old buttons' power."""
    await _settle_in(place)
    place.acts(lambda book: _card(book, "戚联络员", "华科员", acknowledged=False))
    running = await place.run()
    await place.sees(lambda: _heard(place, ACCOUNTS["戚联络员"], "001"))
    await place.rests()
    assert (await place.duban("backup", COPY)).code == 0
    held = entries(tmp_path / COPY)
    await _presses(place, ACCOUNTS["戚联络员"], "签收")
    await place.sees(lambda: not place.standin.pending)
    await place.rests()
    running.terminate()
    await running.ended()
    lost = entries(tmp_path / "duban.db")
    ended = await place.duban("restore", COPY)
    assert ended.code == 0, ended.err
    assert f"entry {held}" in ended.out
    assert entries(tmp_path / "duban.db.before-restore") == lost > held
    assert entries(tmp_path / COPY) == held, "the copy itself stays as it was"
    said = place.look(lambda read: read.exec(select(Entry).where(Entry.kind == "restored")).one())
    assert f'"last_entry":{held}' in said.body.decode()
    assert (mark := place.look(settings.restored)) is not None
    assert mark.entry_id == held
    await place.run()
    await place.sees(lambda: _heard(place, ACCOUNTS["何主任"], "从备份恢复"))
    await place.sees(lambda: _heard(place, ACCOUNTS["施主任"], "从备份恢复"))
    await place.rests()
    # What he did is asked anew, by a button that was signed anew on the card that he has.
    await _presses(place, ACCOUNTS["戚联络员"], "签收")
    await place.sees(lambda: not place.standin.pending)
    await place.rests()
    kinds = place.look(lambda read: list(read.exec(select(Entry.kind))))
    assert kinds.count("acknowledged") == 1
    assert not place.standin.pending, "nothing that Telegram has ticked off comes again"


async def test_a_button_of_what_was_lost_has_no_power(place: Place) -> None:
    """Guard numbers that are given twice: a press from before the restore must not act on another thing."""
    await _settle_in(place)
    place.acts(lambda book: _card(book, "戚联络员", "华科员", acknowledged=False))
    running = await place.run()
    await place.sees(lambda: _heard(place, ACCOUNTS["戚联络员"], "001"))
    await place.rests()
    old = next(
        (view.message_id, button.data)
        for view in reversed(place.standin.chat(ACCOUNTS["戚联络员"]))
        for row in view.buttons
        for button in row
        if "签收" in button.text
    )
    running.terminate()
    await running.ended()
    assert (await place.duban("backup", COPY)).code == 0
    assert (await place.duban("restore", COPY)).code == 0
    await place.run()
    query = await place.standin.press(ACCOUNTS["戚联络员"], *old, forged=True)
    await place.sees(lambda: query in place.standin.answers)
    assert "无法识别" in place.standin.answers[query].text
    await place.rests()
    assert "acknowledged" not in place.look(lambda read: list(read.exec(select(Entry.kind))))


async def test_a_running_bot_is_not_restored_under(place: Place, tmp_path: Path) -> None:
    """Guard the two writers: refused in one line, and nothing has moved."""
    await _settle_in(place)
    assert (await place.duban("backup", COPY)).code == 0
    await place.run()
    ended = await place.duban("restore", COPY)
    assert ended.code == 1
    assert "stop it first" in ended.line
    assert not (tmp_path / "duban.db.before-restore").exists()


async def test_a_book_in_use_by_another_program_is_not_replaced_under_it(place: Place, tmp_path: Path) -> None:
    """Guard an import that runs beside: its rows would go into a file that nobody reads any more."""
    await _settle_in(place)
    assert (await place.duban("backup", COPY)).code == 0
    with closing(sqlite3.connect(tmp_path / "duban.db", isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        other.execute("INSERT INTO unit (name, active) VALUES ('x', 1)")
        ended = await place.duban("restore", COPY)
        other.execute("COMMIT")
    assert ended.code == 1
    assert "in use by another program" in ended.line
    assert not (tmp_path / "duban.db.before-restore").exists()


def test_a_power_cut_in_the_middle_of_a_restore_leaves_a_book(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Guard the last moment: the old book stands until the new one does; it can be repeated."""
    for name in ("duban.db", COPY):
        database = Database(f"sqlite:///{tmp_path / name}")
        database.create()
        database.act_now(lambda read: people.enrol(Book(read, datetime.now(UTC), Terms(), CLOCK), ROSTER))
        database.close()

    def cut(_part: Path, _target: Path) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(backups, "_rename", cut)
        with pytest.raises(KeyboardInterrupt), backups.replacement(tmp_path / COPY, tmp_path / "duban.db", _quiet):
            pass
    assert entries(tmp_path / "duban.db")
    assert entries(tmp_path / "duban.db.before-restore")
    with backups.replacement(tmp_path / COPY, tmp_path / "duban.db", _quiet):
        pass
    assert entries(tmp_path / "duban.db")
    assert entries(tmp_path / "duban.db.before-restore-2")


def _quiet(_done: int, _pages: int) -> None:
    """Show nothing."""


def _cut(copy: Path) -> None:
    copy.write_bytes(copy.read_bytes()[: copy.stat().st_size // 2])


def _scratch(copy: Path) -> None:
    content = bytearray(copy.read_bytes())
    middle = len(content) // 2
    content[middle : middle + 8192] = os.urandom(8192)
    copy.write_bytes(content)


def _alter(copy: Path) -> None:
    _execute(copy, "UPDATE record SET body = CAST('{}' AS BLOB) WHERE id = 1")


def _age(copy: Path) -> None:
    _execute(copy, "UPDATE alembic_version SET version_num = '9999'")


def _lose_a_row(copy: Path) -> None:
    _execute(copy, "DELETE FROM person WHERE id = 1")


def _foreign(copy: Path) -> None:
    copy.unlink()
    _execute(copy, "CREATE TABLE other (id)")


def _execute(copy: Path, statement: str) -> None:
    with closing(sqlite3.connect(copy)) as book:
        book.execute(statement)
        book.commit()


UNFIT = {
    "cut short": (_cut, ""),
    "scratched": (_scratch, ""),
    "altered": (_alter, "entry 1"),
    "newer": (_age, "newer version"),
    "a row is missing": (_lose_a_row, "missing"),
    "another program's": (_foreign, "no database of duban"),
    "no database": (lambda copy: copy.write_text("hello"), ""),
    "empty": (lambda copy: copy.write_text(""), "no database of duban"),
}


@pytest.mark.parametrize("name", UNFIT)
async def test_an_unfit_file_changes_nothing(place: Place, tmp_path: Path, name: str) -> None:
    """Guard the book from a copy that is worse than it."""
    place.enrol(*ROSTER)
    copy, book = tmp_path / COPY, tmp_path / "duban.db"
    assert (await place.duban("backup", COPY)).code == 0
    spoil, said = UNFIT[name]
    spoil(copy)
    before = book.read_bytes(), copy.read_bytes()
    ended = await place.duban("restore", COPY)
    assert ended.code == 1
    assert "nothing was changed" in ended.line
    assert said in ended.line
    assert (book.read_bytes(), copy.read_bytes()) == before
    assert not sidekicks(tmp_path) - {COPY}


async def test_a_damaged_book_is_put_aside_whole(place: Place, tmp_path: Path) -> None:
    """Guard why one restores at all: the damaged file is kept with its log, and none of it is read into the new one."""
    place.enrol(*ROSTER)
    assert (await place.duban("backup", COPY)).code == 0
    book = tmp_path / "duban.db"
    book.write_bytes(b"ruined" * 1000)
    (tmp_path / "duban.db-wal").write_bytes(b"ruined too")
    for number in ("", "-2"):
        assert (await place.duban("restore", COPY)).code == 0
        assert (tmp_path / f"duban.db.before-restore{number}").exists()
        assert not (tmp_path / "duban.db-wal").exists()
    assert (tmp_path / "duban.db.before-restore").read_bytes() == b"ruined" * 1000
    assert (tmp_path / "duban.db.before-restore-wal").read_bytes() == b"ruined too"
    assert entries(book)


async def test_a_copy_founds_a_new_machine(place: Place, tmp_path: Path) -> None:
    """Guard the fire: where there is no book at all, the copy becomes it."""
    place.enrol(*ROSTER)
    assert (await place.duban("backup", COPY)).code == 0
    (tmp_path / "duban.db").unlink()
    ended = await place.duban("restore", COPY)
    assert ended.code == 0, ended.err
    assert "before-restore" not in ended.out
    assert entries(tmp_path / "duban.db")


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give files away")
async def test_what_root_restores_is_still_the_bot_s(place: Place, tmp_path: Path) -> None:
    """Guard the service's user: neither the book nor the lock that root has made may be root's alone."""
    place.enrol(*ROSTER)
    assert (await place.duban("backup", COPY)).code == 0
    os.chown(tmp_path, 4711, 4712)
    assert (await place.duban("restore", COPY)).code == 0
    for name in ("duban.db", "duban.db.lock"):
        there = (tmp_path / name).stat()
        assert (there.st_uid, there.st_gid) == (4711, 4712), name


async def test_an_open_question_is_not_answered_by_what_is_typed_next(place: Place) -> None:
    """Guard words that were meant for something else: what was open when the copy was made waits to be asked again."""
    await _settle_in(place)
    place.acts(lambda book: _card(book, "章副局长", acknowledged=True))
    running = await place.run()
    await _presses(place, ACCOUNTS["章副局长"], "批示")
    await place.sees(lambda: _heard(place, ACCOUNTS["章副局长"], "批示", "取消"))
    await place.rests()
    running.terminate()
    await running.ended()
    assert place.look(lambda read: read.exec(select(Draft).where(col(Draft.active))).first()) is not None
    assert (await place.duban("backup", COPY)).code == 0
    assert (await place.duban("restore", COPY)).code == 0
    assert place.look(lambda read: read.exec(select(Draft).where(col(Draft.active))).first()) is None


def test_letters_of_the_copy_can_be_told_from_those_that_came_after(tmp_path: Path) -> None:
    """Guard the mark by which the sender sees what may have gone out already."""
    database = Database(f"sqlite:///{tmp_path / 'duban.db'}")
    database.create()
    database.act_now(lambda read: people.enrol(Book(read, datetime.now(UTC), Terms(), CLOCK), ROSTER))
    database.act_now(lambda read: Book(read, datetime.now(UTC), Terms(), CLOCK).send("welcome", chat_id=5))
    database.close()
    with backups.replacement(tmp_path / "duban.db", tmp_path / "new.db", lambda *_: None) as part:
        copied = Database(f"sqlite:///{part}")
        copied.act_now(lambda read: restoring.restored(Book(read, datetime.now(UTC), Terms(), CLOCK)))
        copied.close()
    new = Database(f"sqlite:///{tmp_path / 'new.db'}")
    try:
        mark = new.look(settings.restored)
        assert mark is not None
        letters = new.look(lambda read: list(read.exec(select(Letter.id, Letter.kind))))
        assert {kind for number, kind in letters if number <= mark.letter_id} == {"welcome"}
        assert {kind for number, kind in letters if number > mark.letter_id} <= {"restored"}
    finally:
        new.close()


async def test_a_backup_cut_off_leaves_nothing(place: Place, tmp_path: Path) -> None:
    """Guard a full disk or an impatient operator: no half copy under the name that was wished for."""
    place.enrol(*ROSTER)
    with pytest.raises(KeyboardInterrupt):
        backups.back_up(tmp_path / "duban.db", tmp_path / COPY, _impatient)
    assert not sidekicks(tmp_path)
    await asyncio.sleep(0)


def _impatient(_done: int, _pages: int) -> None:
    raise KeyboardInterrupt


# PostgreSQL: its own tool puts the copy back, and then


@pytest.fixture
async def beside(place: Place, world: World) -> Place:
    """Give a place whose commands work on the world's database."""
    place.config["database"] = {"url": world.place.url}
    place.configure()
    return place


SERVER = pytest.mark.parametrize("kind", [databases.POSTGRESQL], indirect=True)


@SERVER
async def test_after_pg_restore_a_book_begins_anew(world: World, beside: Place) -> None:
    """Guard the same things there: old buttons without power, questions closed, cards signed anew, the office told."""
    await casework.assigned(world, acknowledged=False)
    liaison, name, copy = world["戚联络员"], world.place.name, f"{world.place.name}_copy"
    await world["章副局长"].presses("批示")
    await world.stop_bot()
    databases.sql(f"CREATE DATABASE {copy} TEMPLATE {name}")
    held = world.look(lambda read: read.exec(select(Entry.id).order_by(col(Entry.id).desc())).first())
    await world.start_bot()
    view, button = liaison.find("签收")
    await liaison.presses("签收")
    await world.stop_bot()
    databases.sql(f"DROP DATABASE {name} WITH (FORCE)")
    databases.sql(f"ALTER DATABASE {copy} RENAME TO {name}")
    ended = await beside.duban("restore", "--begin-anew")
    assert ended.code == 0, ended.err
    assert f"entry {held}" in ended.out
    assert world.look(lambda read: read.exec(select(Draft).where(col(Draft.active))).first()) is None
    for phone in world.phones.values():
        phone.skims()
    await world.start_bot()
    await liaison.writes("待办")  # a younger update than the one that the copy does not know
    for told in ("何主任", "施主任"):
        world[told].hears("从备份恢复")
    assert "无法识别" in await liaison.presses_data(view, button.data, forged=True)
    assert await liaison.presses("签收") == "已签收"
    kinds = world.look(lambda read: list(read.exec(select(Entry.kind))))
    assert (kinds.count("restored"), kinds.count("acknowledged")) == (1, 1)
    for phone in world.phones.values():
        phone.skims()


@SERVER
async def test_a_server_s_book_does_not_begin_anew_under_a_bot_nor_broken(world: World, beside: Place) -> None:
    """Guard a running town from an operator's slip, and the record from a copy that was altered."""
    await casework.assigned(world)
    ended = await beside.duban("restore", "--begin-anew")
    assert ended.code == 1
    assert "stop it first" in ended.line
    await world.stop_bot()
    databases.sql("UPDATE record SET kind = 'other' WHERE id = 1", name=world.place.name)
    ended = await beside.duban("restore", "--begin-anew")
    assert ended.code == 1
    assert "entry 1" in ended.line
    assert "restored" not in world.look(lambda read: list(read.exec(select(Entry.kind))))
    for phone in world.phones.values():
        phone.skims()


@pytest.mark.parametrize("arguments", [(), ("--begin-anew",), (COPY, "--begin-anew")])
async def test_a_file_is_restored_from_a_file(place: Place, tmp_path: Path, arguments: tuple[str, ...]) -> None:
    """Guard a SQLite book from beginning anew where no copy was put back."""
    place.enrol(*ROSTER)
    (tmp_path / COPY).touch()
    ended = await place.duban("restore", *arguments)
    assert ended.code == 2
    assert "duban restore FILE" in ended.line
    assert "restored" not in place.look(lambda read: list(read.exec(select(Entry.kind))))
