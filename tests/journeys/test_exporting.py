"""台账: the record book as a file; who has it, what of it, and that a province's list holds nobody up."""

import asyncio
import io
import threading
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from sqlalchemy import event, insert
from sqlmodel import col, select

from handlers import exporting
from handlers.papers import ledgers
from handlers.papers.case_sheets import read_cases
from handlers.papers.tables import write_xlsx
from storage.book import Book
from storage.queries import ledger
from storage.rules.words import CaseKind, Verdict
from storage.tables import Case, Person, Posting
from tests import casework, casework_forms, casework_mornings
from tests.world import World

Table = list[dict[str, Any]]


async def asks(world: World, name: str, typed: str = "/export") -> Table:
    """Ask for the record book and read the file that comes."""
    await world[name].writes(typed)
    file = world[name].hears(file=".xlsx").file
    assert file is not None
    page: Any = openpyxl.load_workbook(io.BytesIO(file.content)).active
    headings, *rows = page.values
    return [dict(zip(headings, row, strict=True)) for row in rows]


async def both(world: World) -> None:
    """Place a case of each kind."""
    await casework.assigned(world, "001")
    await casework.assigned(world, "002", CaseKind.PROPOSAL)


@pytest.mark.parametrize("typed", ["/export", "台账"])
async def test_the_office_has_every_case(world: World, typed: str) -> None:
    """One file with the columns that an import reads again, one line that says how much it is."""
    await both(world)
    rows = await asks(world, "吕科员", typed)
    world["吕科员"].hears("台账", "共2件", "不含任何评价")
    assert [(row["类型"], row["编号"], row["提出人"], row["主办"]) for row in rows] == [
        ("提案", "002", "云委员", "市住建局"),
        ("建议", "001", "何代表", "市住建局"),
    ]


@pytest.mark.parametrize(("desk", "kind"), [("施主任", "建议"), ("张主任", "提案")])
async def test_a_desk_has_its_own_kind_alone(world: World, desk: str, kind: str) -> None:
    """What the other body's members put forward is not its affair."""
    await both(world)
    rows = await asks(world, desk)
    world[desk].hears("共1件")
    assert [row["类型"] for row in rows] == [kind]


@pytest.mark.parametrize("name", ["姜局长", "戚联络员", "何代表", "王市长", "秦秘书", "章副局长"])
async def test_nobody_else_has_it(world: World, name: str) -> None:
    """A unit, a proposer and a leader are told who has; no file goes out."""
    await both(world)
    await world[name].writes("/export")
    assert world[name].hears("由政府办导出").file is None
    world[name].hears_nothing()


async def test_who_has_left_the_office_has_it_no_more(world: World) -> None:
    """The right is asked of the roster at every press."""
    await both(world)

    def leaves(book: Book) -> None:
        post = select(Posting).join(Person, col(Person.id) == col(Posting.person_id)).where(Person.name == "吕科员")
        row = book.one(post)
        assert row is not None
        book.change(row, active=False)

    world.acts(leaves)
    await world["吕科员"].writes("/export")
    assert world["吕科员"].hears("由政府办导出").file is None


async def test_in_a_group_it_is_refused(world: World) -> None:
    """A file with everybody's names does not go where others read along."""
    clerk, head = world["吕科员"], world["何主任"]
    group = -100_7
    await world.standin.group(group, "督查室", [clerk.user_id, head.user_id])
    await world.standin.add_bot(group, clerk.user_id)
    await world.settled()
    await clerk.writes("/export@duban_bot", chat_id=group)
    assert [view.text for view in world.standin.chat(group) if view.from_bot] == ["台账请在与助手的私聊中导出"]


async def test_an_empty_town_has_nothing_to_export(world: World) -> None:
    """No empty file, a sentence."""
    await world["何主任"].writes("/export")
    assert world["何主任"].hears("尚未登记任何件").file is None


async def test_nobody_s_rating_is_in_it(world: World) -> None:
    """Neither before the window closes nor after it: what a form said is no column, not even to the desk."""
    await casework_forms.submitted(world, "001", Verdict.DISSATISFIED)
    await casework_forms.closed(world, "002", Verdict.DISSATISFIED)
    for name in ("吕科员", "施主任"):
        rows = await asks(world, name)
        world[name].hears("共2件")
        said = " ".join(str(cell) for row in rows for cell in row.values())
        assert "满意" not in said
        assert "管网没有动工" not in said
        assert rows[0]["状态"] == rows[1]["状态"], "that one form is answered must not show"


async def test_light_keeps_bodies_and_proposers_names_back(tmp_path: Path) -> None:
    """The office has neither names nor the remarks that may hold one; the desk has those of its own."""
    async with casework_mornings.town(tmp_path, full=False) as world:
        found = await casework.registered(world, "001")
        world.acts(lambda book: book.change(book.get(Case, found), remark="何代表当面提出"))
        [row] = await asks(world, "吕科员")
        world["吕科员"].hears("共1件", "提出人姓名不在此发送")
        assert (row["编号"], row["提出人"], row["联名人"], row["备注"]) == ("001", None, None, None)
        assert not any("反映强烈" in str(cell) for cell in row.values())
        [row] = await asks(world, "施主任")
        assert "姓名" not in world["施主任"].hears("共1件").text
        assert (row["提出人"], row["备注"]) == ("何代表", "何代表当面提出")


async def test_a_reader_of_english_is_told_in_english_and_has_the_same_file(world: World) -> None:
    """The words around it are his, the file is the office's: an import reads it again."""
    await casework.assigned(world, "001")

    def speak(book: Book) -> None:
        row = book.one(select(Person).where(Person.name == "吕科员"))
        assert row is not None
        book.change(row, language="en")

    world.acts(speak)
    clerk = world["吕科员"]
    await clerk.writes("/export")
    clerk.hears("1 cases as they stand now")
    file = clerk.hears(file="record-book-2026-03-02.xlsx").file
    assert file is not None
    [row] = read_cases(file.content, file.name).rows
    assert (row.kind, row.number, row.lead, row.hosts) == ("suggestion", "001", "何代表", ("市住建局",))


# a province's list

MANY = 10_000


def plant(book: Book) -> None:
    """Register ten thousand cases at once."""
    rules = book.rules_id()
    row = {"kind": "suggestion", "title": "关于改造河东小区排水管网的建议", "body": "正文" * 500, "lead_name": "何代表",
           "registered_at": book.at, "rules_id": rules, "session": "第九届第四次", "sheet": {}}  # fmt: skip
    book.read.connection().execute(insert(Case), [row | {"number": f"{at:05}"} for at in range(MANY)])


async def test_the_file_is_written_beside_the_loop(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """While a long table is written, others are answered."""
    await casework.assigned(world, "001")
    begun, go_on, loop = asyncio.Event(), threading.Event(), asyncio.get_running_loop()

    def slow(*facts: Any) -> bytes:
        loop.call_soon_threadsafe(begun.set)
        assert go_on.wait(10)
        return write_xlsx(*facts)

    monkeypatch.setattr(exporting, "write_xlsx", slow)
    await world.standin.type(world["吕科员"].user_id, "/export")
    try:
        await asyncio.wait_for(begun.wait(), 10)
        await world.standin.type(world["戚联络员"].user_id, "/privacy")
        await world.standin.wait_for(
            lambda: [view for view in world["戚联络员"].unheard if "隐私" in view.text] or None
        )
    finally:
        go_on.set()
    await world.settled()
    world["吕科员"].hears(file=".xlsx")
    for name in ("吕科员", "戚联络员"):
        world[name].skims()


async def test_ten_thousand_cases_are_read_in_a_few_questions(world: World) -> None:
    """However many there are, and without the cases' bodies."""
    world.acts(plant)
    asked: list[str] = []

    def note(*facts: Any) -> None:
        asked.append(facts[2])

    engine = world.look(lambda read: read.connection().engine)
    event.listen(engine, "before_cursor_execute", note)
    try:
        lines = world.look(ledger.lines)
    finally:
        event.remove(engine, "before_cursor_execute", note)
    assert len(lines) == MANY
    assert 1 <= len(asked) <= 6
    assert not any("case_file.body" in statement for statement in asked)


@pytest.mark.long
async def test_ten_thousand_cases_never_hold_the_loop_up(world: World) -> None:
    """The longest silence of the loop while the table is made stays far below what a press may wait."""
    world.acts(plant)
    longest, last = 0.0, asyncio.get_running_loop().time()
    await world.standin.type(world["吕科员"].user_id, "/export")
    while not any(view.file for view in world["吕科员"].messages):
        await asyncio.sleep(0.005)
        now = asyncio.get_running_loop().time()
        longest, last = max(longest, now - last), now
    await world.settled()
    world["吕科员"].skims()
    assert longest < 0.5, f"{longest:.3f} s"


def test_the_columns_are_those_of_the_headings() -> None:
    """A column without its heading would shift all that follow."""
    assert len(set(ledgers.HEADINGS)) == len(ledgers.HEADINGS) == 15
