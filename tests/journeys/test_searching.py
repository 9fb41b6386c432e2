"""搜索, /why and 总览: found only by those who may see it, dates counted day by day, numbers alone in a group."""

from datetime import date, datetime

import pytest
from sqlmodel import select

from storage.book import Book
from storage.queries.board import board
from storage.queries.explain import explain
from storage.rules.words import CaseKind, Level
from storage.tables import Case, Part, Person
from tests import casework
from tests.world import ZONE, World


@pytest.mark.both
async def test_the_office_finds_by_number_title_unit_and_name(world: World) -> None:
    """Each word narrows; LIKE's own characters mean nothing."""
    await casework.assigned(world, "001", cards=False)
    await casework.registered(world, "002", CaseKind.PROPOSAL)
    clerk = world["吕科员"]
    for words in ("排水", "1", "001号", "建议001", "市住建局", "何代表", "排水 住建局 何代表"):
        await clerk.writes(f"/search {words}")
        clerk.hears("找到1件", "建议001号")
    await clerk.writes("搜索 村医")
    clerk.hears("找到1件", "提案002号")
    for words in ("%", "_", "\\", "排水 村医", "99", "提案001", "市水利局"):
        await clerk.writes(f"/search {words}")
        clerk.hears("没有找到")


async def test_a_person_finds_only_what_is_his(world: World) -> None:
    """Nor does a unit find what has not been assigned to it yet."""
    await casework.assigned(world, "001", cards=False)
    await casework.registered(world, "002")
    for name, found in (("何代表", 2), ("金代表", 0), ("戚联络员", 1), ("施联络员", 0), ("张主任", 0), ("施主任", 2)):
        await world[name].writes("/search 排水")
        world[name].hears(f"找到{found}件" if found else "没有找到")


async def test_the_word_alone_asks_for_what_and_pages_keep_their_words(world: World) -> None:
    """The list's pages are turned by the words that it was asked with, also after another search."""
    for number in range(1, 11):
        await casework.registered(world, f"{number:03d}")
    clerk = world["吕科员"]
    await clerk.writes("搜索")
    clerk.hears("要找什么")
    await clerk.writes("排水")
    clerk.hears("搜索：排水")
    clerk.hears("“排水”：找到10件", "1. 建议010号")
    await clerk.writes("/search 010")
    clerk.hears("找到1件")
    await clerk.presses("▶", "“排水”")
    assert "9. 建议002号" in clerk.sees("“排水”").text


async def test_what_cannot_be_searched_for_is_said(world: World) -> None:
    """Too long, or nothing but blanks."""
    await world["吕科员"].writes("/search " + "水" * 61)
    world["吕科员"].hears("最多60个字")
    await world["吕科员"].writes("/search   ")
    world["吕科员"].hears("要找什么")
    await world["吕科员"].presses("取消")
    world["吕科员"].sees("已取消")


async def test_why_counts_a_reply_by_months_and_moves_it_off_a_holiday(world: World) -> None:
    """Three months from 2 March 2026 end on 2 June; the rest is counted day by day with its feasts named."""
    await casework.assigned(world)
    await world["何代表"].writes("/why 001")
    said = world["何代表"].hears("答复期限：2026年6月2日", "民法典第201条", "3个月", "第202条").text
    assert "2026-05-01 — 劳动节" in said
    assert "2026-05-09" in said
    assert "调休上班" in said
    assert "从今天起还剩" in said
    await world["金代表"].writes("/why 001")
    world["金代表"].hears("没有找到")
    await world["何代表"].writes("/why")
    world["何代表"].hears("请带上编号")


async def test_why_explains_the_receipt_day_by_day(world: World) -> None:
    """Working days are numbered from the day after the assignment."""
    await casework.assigned(world, acknowledged=False, co_handler=True)
    await world["戚联络员"].writes("/why 001")
    said = world["戚联络员"].hears("签收期限2026年3月4日", "2个工作日").text
    assert "2026-03-02 当日不计入" in said
    assert "2026-03-04 2" in said
    assert "会办意见期限" in said


async def test_a_date_that_was_set_is_not_explained_as_counted(world: World) -> None:
    """A common date, an extension or a second round is said to be one; before assignment no date runs."""
    case = await casework.assigned(world)
    await casework.registered(world, "002")

    def extend(book: Book) -> None:
        row = book.get(Case, case)
        book.change(row, reply_due_raw=date(2026, 7, 11), reply_due=date(2026, 7, 13))

    world.acts(extend)
    await world["何主任"].writes("/why 001")
    said = world["何主任"].hears("另行确定的日期", "期限顺延至2026年7月13日", "2026-07-11 周末").text
    assert "第202条" not in said
    await world["何主任"].writes("/why 002")
    world["何主任"].hears("尚未交办")


async def test_a_year_without_its_notice_is_provisional(world: World) -> None:
    """Nobody is promised a date that a notice may still move."""
    await world.turns(to=None)
    case = await casework.assigned(world)

    def late(book: Book) -> None:
        book.change(book.get(Case, case), reply_due_raw=date(2035, 1, 5), reply_due=date(2035, 1, 5))

    world.acts(late)
    found = world.look(lambda read: explain(read, case, date(2034, 12, 28)))
    assert found[0].provisional
    assert any(day.provisional for day in found[0].days)


async def test_the_board_is_the_offices_and_counts_what_is_late(world: World) -> None:
    """Numbers and units only, so that the office's group may see it."""
    await casework.assigned(world, "001", acknowledged=False, cards=False)
    case = await casework.assigned(world, "002", level=Level.SECOND, cards=False)
    await casework.registered(world, "003")

    def overdue(book: Book) -> None:
        part = book.read.exec(select(Part).where(Part.case_id == case)).one()
        book.change(part, due=date(2026, 2, 20), light="red")

    world.acts(overdue)
    head = world["何主任"]
    await head.writes("总览")
    said = head.hears(
        "共3件", "已登记 1", "二级 1", "四级 1", "红灯 1", "绿灯 1", "超期：1", "建议002号 · 市住建局"
    ).text
    assert "未签收：1，其中已逾期：0" in said
    assert "超期10天" in said
    await world["戚联络员"].writes("/board")
    world["戚联络员"].hears("总览由政府办使用")
    group = await world.standin.group(-100, "督查室", [head.user_id, world["戚联络员"].user_id])
    await world.standin.add_bot(group, head.user_id)
    await world.settled()
    await head.writes("/board@duban_bot", chat_id=group)
    told = world.standin.chat(group)[-1].text
    assert "共3件" in told
    assert "排水" not in told
    assert "何代表" not in told


async def test_an_empty_town_has_an_empty_board(world: World) -> None:
    """Nothing is counted where there is nothing."""
    found = world.look(lambda read: board(read, date(2026, 3, 2), datetime(2026, 1, 1, tzinfo=ZONE)))
    assert (found.count, found.late, found.unacknowledged) == (0, (), 0)
    await world["何主任"].writes("/board")
    world["何主任"].hears("共0件")


async def test_searching_in_a_group_answers_in_private(world: World) -> None:
    """What somebody finds depends on who he is."""
    await casework.assigned(world, cards=False)
    clerk = world["吕科员"]
    group = await world.standin.group(-100, "督查室", [clerk.user_id])
    await world.standin.add_bot(group, clerk.user_id)
    await world.settled()
    await clerk.writes("/search@duban_bot 排水", chat_id=group)
    clerk.hears("找到1件")
    await clerk.writes("/why@duban_bot 001", chat_id=group)
    clerk.hears("答复期限")
    said = {view.text for view in world.standin.chat(group) if view.from_bot}
    assert said == {"已发到您的私聊"}


async def test_it_is_said_in_english(world: World) -> None:
    """One journey in the other language."""
    await casework.assigned(world, cards=False)
    person = world.look(lambda read: read.exec(select(Person).where(Person.name == "吕科员")).one())
    world.acts(lambda book: book.change(book.get(Person, person.id), language="en"))
    clerk = world["吕科员"]
    await clerk.writes("/search 排水")
    clerk.hears("1 found", "suggestion 001")
    await clerk.writes("/why 001")
    clerk.hears("The reply is due on", "Civil Code, art. 201", "working days are left")
    await clerk.writes("/board")
    clerk.hears("Board", "By stage: assigned 1")
