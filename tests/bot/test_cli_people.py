"""`duban people …` as a process: who is entered, whose codes are printed, and how those let people in."""

import csv
import io
import sqlite3
from collections.abc import AsyncIterator
from contextlib import closing
from pathlib import Path

import pytest

from bot.sandbox.views import View
from storage.acts.joining import looks_like_code
from tests.processes import TOKEN, Place
from tests.world import label

HEAD = "人员编号,姓名,角色,单位,职务,联系人,备注\n"
SHEET = HEAD + (
    "1,何主任,政府办负责人,市政府办公室,督查室主任,,\n"
    "2,施主任,人大代表工委,市人大常委会,副主任,,\n"
    "3,戚联络员,单位联络员,市住建局,办公室主任,,\n"
    "4,华科员,承办人,市住建局,科员,,\n"
    "5,姜局长,单位主要领导,市住建局,局长,,\n"
    "6,何代表,代表,第一代表团,,,\n"
    "7,云委员,委员,经济界别,,,\n"
)
NEVER = {"何代表", "云委员"}


@pytest.fixture
async def place(tmp_path: Path) -> AsyncIterator[Place]:
    """Give a place with a roster to import."""
    place = await Place.opened(tmp_path)
    (tmp_path / "people.csv").write_text(SHEET, encoding="utf-8-sig")
    yield place
    await place.close()


def codes(place: Place, name: str = "codes.csv") -> dict[str, dict[str, str]]:
    """Read the sheet of codes, by name."""
    content = (place.folder / name).read_bytes().decode("utf-8-sig")
    return {row["姓名"]: row for row in csv.DictReader(io.StringIO(content))}


def names(place: Place) -> list[str]:
    """List who is on the roster."""
    with closing(sqlite3.connect(place.folder / "duban.db")) as book:
        return [name for (name,) in book.execute("SELECT name FROM person ORDER BY id")]


async def test_codes_are_written_for_all_but_those_whom_a_desk_invites(place: Place) -> None:
    """Guard the columns, the links, and that whoever runs the server holds no proposer's code."""
    (place.folder / "codes.csv").write_text("old", encoding="utf-8")
    (place.folder / "codes.csv").chmod(0o644)
    ended = await place.duban("people", "import", "people.csv", "--codes", "codes.csv")
    assert (ended.code, ended.err) == (0, "")
    assert "7 rows read: 7 new people, 7 new roles" in ended.out
    content = (place.folder / "codes.csv").read_bytes().decode("utf-8-sig")
    assert content.splitlines()[0] == "姓名,单位,角色,code,link"
    found = codes(place)
    assert found.keys() == {"何主任", "施主任", "戚联络员", "华科员", "姜局长"}
    for row in found.values():
        assert looks_like_code(row["code"])
        assert row["link"] == f"https://t.me/duban_bot?start={row['code']}"
    assert (found["戚联络员"]["单位"], found["戚联络员"]["角色"]) == ("市住建局", "单位联络员")
    assert (place.folder / "codes.csv").stat().st_mode & 0o077 == 0, "codes are for nobody else on the machine"
    again = await place.duban("people", "import", "people.csv", "--codes", "again.csv")
    assert "0 new people, 0 new roles" in again.out
    assert codes(place, "again.csv") == found, "codes that are printed already stay good"
    with closing(sqlite3.connect(place.folder / "duban.db")) as book:
        assert book.execute("SELECT count(*) FROM invitation").fetchone() == (5,)


async def test_good_rows_go_in_bad_ones_are_named(place: Place) -> None:
    """Guard exit 1 and the row numbers; two people of one name are a question, and never guessed to be one."""
    (place.folder / "people.csv").write_text(
        HEAD
        + "1,何主任,政府办负责人,市政府办公室,督查室主任,,\n"
        + "2,错一,厨师,市住建局,,,\n"
        + ",王伟,代表,第一代表团,,,\n"
        + ",王伟,承办人,市水利局,,,\n",
        encoding="utf-8",
    )
    ended = await place.duban("people", "import", "people.csv")
    assert ended.code == 1
    assert "厨师" in ended.err
    assert "3" in ended.err
    assert "王伟" in ended.err
    assert "Traceback" not in ended.err
    assert names(place) == ["何主任"]


@pytest.mark.parametrize(
    ("name", "content"),
    [("people.csv", b""), ("people.xlsx", b"PK\x03\x04 not a workbook"), ("people.csv", b"a,b\n1,2\n")],
)
async def test_a_file_that_is_no_roster_is_one_line(place: Place, name: str, content: bytes) -> None:
    """Guard the reader's errors from becoming a traceback; nothing is entered."""
    (place.folder / name).write_bytes(content)
    ended = await place.duban("people", "import", name)
    assert ended.code == 1
    assert ended.err.strip()
    assert "Traceback" not in ended.err


async def test_wrong_places_are_said_before_anything_is_entered(place: Place) -> None:
    """Guard the order: where the codes cannot be written, no code is made that nobody would know."""
    ended = await place.duban("people", "import", "people.csv", "--codes", "nowhere/codes.csv")
    assert ended.code == 1
    assert "nowhere" in ended.line
    assert (await place.duban("people", "import", "missing.csv")).code == 2
    assert (await place.duban("people", "import")).code == 2
    assert not (place.folder / "duban.db").exists() or names(place) == []


async def test_without_telegram_codes_have_no_link(place: Place) -> None:
    """Guard the import on a machine that has no token yet, or no way to Telegram: the codes are there all the same."""
    await place.standin.stop()
    ended = await place.duban("people", "import", "people.csv", "--codes", "codes.csv")
    assert ended.code == 0, ended.err
    assert {row["link"] for row in codes(place).values()} == {""}
    place.config["telegram"] = {"token": ""}
    place.configure()
    assert (await place.duban("people", "import", "people.csv", "--codes", "codes.csv")).code == 0
    assert len(codes(place)) == 5


async def test_one_person_is_invited_and_a_proposer_is_not(place: Place) -> None:
    """Guard `invite`: a code and a link, or one line of why not."""
    assert (await place.duban("people", "import", "people.csv")).code == 0
    ended = await place.duban("people", "invite", "华科员")
    code, link = ended.out.split()
    assert ended.code == 0
    assert looks_like_code(code)
    assert link == f"https://t.me/duban_bot?start={code}"
    for name in (*NEVER, "没有此人"):
        refused = await place.duban("people", "invite", name)
        assert refused.code == 1
        assert not refused.out
        assert refused.line
    listed = await place.duban("people", "list")
    assert listed.out.splitlines()[0] == "人员编号,姓名,角色,单位,joined"
    assert "3,戚联络员,单位联络员,市住建局,no" in listed.out


async def test_a_code_lets_in_by_link_by_command_and_bare(place: Place) -> None:
    """Guard the three ways of chat.md 2 on the real bot, and that the office's head is told of each."""
    assert (await place.duban("people", "import", "people.csv", "--codes", "codes.csv")).code == 0
    await place.run()
    found = codes(place)
    await joins(place, 1001, "何主任", f"/start {found['何主任']['code']}")
    assert found["何主任"]["link"].endswith(found["何主任"]["code"])
    await place.standin.join(1002, "戚")
    await place.standin.press_start(1002, found["戚联络员"]["link"].partition("start=")[2])
    await says_yes(place, 1002, "戚联络员")
    bare = found["华科员"]["code"].lower()
    await joins(place, 1003, "华科员", f" {bare[:5]} {bare[5:]} ")
    for name in ("戚联络员", "华科员"):
        await place.sees(lambda name=name: heard(place, 1001, name, "已加入"))  # type: ignore[misc]
    await place.standin.type(1003, found["姜局长"]["code"])
    await place.sees(lambda: len([view for view in place.standin.chat(1003) if view.from_bot]) >= 3)
    again = await place.duban("people", "import", "people.csv", "--codes", "again.csv")
    assert again.code == 0, "the command line writes beside the running bot"
    assert codes(place, "again.csv").keys() == {"施主任", "姜局长"}
    assert "3,戚联络员,单位联络员,市住建局,yes" in (await place.duban("people", "list")).out
    assert not any(code["code"] in place.log for code in found.values()), "a code in the log is a code for all"


async def test_the_record_is_walked_and_an_alteration_is_named(place: Place) -> None:
    """Guard `records verify` from outside: 0 while it holds, 1 and the entry once a byte was changed."""
    assert (await place.duban("people", "import", "people.csv", "--codes", "codes.csv")).code == 0
    ended = await place.duban("records", "verify")
    assert (ended.code, ended.out.split()[1]) == (0, "entries,")
    with closing(sqlite3.connect(place.folder / "duban.db")) as book:
        book.execute("UPDATE record SET body = replace(body, 'invited', 'invitex') WHERE id = 2")
        book.commit()
    broken = await place.duban("records", "verify")
    assert broken.code == 1
    assert "entry 2" in broken.line


async def test_check_tells_what_is_there_and_what_is_not(place: Place) -> None:
    """Guard `check`: every part is looked at even if one is missing, and the token is never shown."""
    ended = await place.duban("check")
    assert "telegram: @duban_bot" in ended.out
    assert "database: sqlite:///duban.db, 0 entries" in ended.out
    place.standin.town.token = "7000000001:BBEhBP0av28s3uLQm1Fh7nKd1pJzWqTestTo"
    ended = await place.duban("check")
    assert ended.code == 1
    assert "FAILED  telegram: Telegram does not know this token" in ended.err
    assert "ok      database" in ended.out
    await place.standin.stop()
    ended = await place.duban("check")
    assert ended.code == 1
    assert "cannot be reached" in ended.err
    assert TOKEN.partition(":")[2] not in ended.err + ended.out


async def joins(place: Place, account: int, name: str, typed: str) -> None:
    """Have somebody open the chat, type a code and say that it is he."""
    await place.standin.join(account, name)
    place.standin.open_chat(account)
    await place.standin.type(account, typed)
    await says_yes(place, account, name)


async def says_yes(place: Place, account: int, name: str) -> None:
    """Answer the question with 是我."""

    def asked() -> tuple[View, str] | None:
        for view in place.standin.chat(account):
            for button in (button for row in view.buttons for button in row):
                if label(button.text) == "是我" and name in view.text:
                    return view, button.data
        return None

    found = await place.sees(asked)
    assert found is not None
    await place.standin.press(account, found[0].message_id, found[1])
    await place.sees(lambda: heard(place, account, "欢迎"))


def heard(place: Place, account: int, *words: str) -> bool:
    """Tell whether one message of the bot in a chat says these words."""
    return any(view.from_bot and all(word in view.text for word in words) for view in place.standin.chat(account))
