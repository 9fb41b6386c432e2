"""工作日历: the year as it is counted, and a new year's notice that is looked over before it counts."""

from collections.abc import Callable
from datetime import date, datetime

import pytest
from sqlmodel import select

from handlers.papers.notice_sheets import read_days
from handlers.papers.tables import write_csv, write_xlsx
from storage import records
from storage.acts import calendars
from storage.book import Book
from storage.queries import standing
from storage.rules.calendar import Day, NoticeError, WorkingCalendar
from storage.rules.years import Holiday, read
from storage.tables import CalendarDay, Person, Posting
from tests.world import World

HEADINGS = ("日期", "是否上班", "名称")
NOTICE = (
    ("2027-01-01", "休", "元旦"),
    *((f"2027-02-{day:02}", "休", "春节") for day in range(4, 11)),
    ("2027-01-31", "班", "春节"),
    ("2027-02-20", "班", "春节"),
    ("2027-04-05", "休", "清明节"),
    ("2027-05-03", "休", "劳动节"),
    ("2027-06-09", "休", "端午节"),
    ("2027-09-15", "休", "中秋节"),
    ("2027-10-01", "休", "国庆节"),
    ("2027-10-04", "休", "国庆节"),
    ("2027-10-05", "休", "国庆节"),
    ("2027-10-09", "班", "国庆节"),
)
NAME = "国务院办公厅关于2027年部分节假日安排的通知.csv"


def notice(rows: tuple[tuple[str, str, str], ...] = NOTICE) -> bytes:
    """Write a notice as an office keeps it."""
    return write_csv(HEADINGS, rows)


def known(world: World) -> WorkingCalendar:
    """Give the calendar as it counts now."""
    return world.look(standing.calendar)


def entered(world: World) -> int:
    """Count the days that have been entered."""
    return len(world.look(lambda read: read.exec(select(CalendarDay)).all()))


@pytest.mark.parametrize("typed", ["/calendar", "日历", "工作日历"])
async def test_the_office_sees_this_year_and_what_the_next_one_lacks(world: World, typed: str) -> None:
    """One message: on whose word, days off, make-up days, the year to come, and how its notice is sent."""
    await world["吕科员"].writes(typed)
    said = world["吕科员"].hears("工作日历").text
    for words in (
        "2026年（正式）：国务院办公厅关于2026年部分节假日安排的通知",
        "元旦 1月1日至1月3日",
        "春节 2月15日至2月23日",
        "国庆节 10月1日至10月7日",
        "调休上班：1月4日、2月14日、2月28日、5月9日、9月20日和10月10日",
        "2027年（暂定）：当年放假通知尚未导入",
        "请把表格（.xlsx 或 .csv）发到这里",
    ):
        assert words in said
    assert len(said) < 700


@pytest.mark.parametrize("write", [write_csv, write_xlsx])
async def test_a_notice_is_looked_over_and_counts_after_the_press(world: World, write: Callable[..., bytes]) -> None:
    """Preview first; nothing is entered before 确认导入; the colleagues are told once."""
    clerk = world["吕科员"]
    await clerk.writes("/calendar")
    clerk.hears("工作日历")
    await clerk.sends(NAME, write(HEADINGS, NOTICE))
    said = clerk.hears("2027年（正式）", "国务院办公厅关于2027年部分节假日安排的通知").text
    assert "春节 2月4日至2月10日" in said
    assert "调休上班：1月31日、2月20日和10月9日" in said
    assert f"新增或变更{len(NOTICE)}天" in said
    assert "已确定的办理期限不变" in said
    assert entered(world) == 0
    assert clerk.buttons(clerk.sees("2027年（正式）")) == ["确认导入", "取消"]
    await clerk.presses("确认导入")
    clerk.sees(f"已导入{len(NOTICE)}天")
    world["何主任"].hears("吕科员已导入2027年的放假和调休安排")
    assert known(world).is_official(2027)
    assert known(world).is_working(date(2027, 1, 31))
    assert world.look(records.verify)[1] is None


async def test_the_same_notice_twice_adds_nothing(world: World) -> None:
    """A second time there is nothing to confirm, and nobody is told."""
    clerk = world["吕科员"]
    for said in ("新增或变更", "无需导入"):
        await clerk.writes("/calendar")
        clerk.hears("工作日历")
        await clerk.sends(NAME, notice())
        clerk.hears(said)
        if said == "新增或变更":
            await clerk.presses("确认导入")
            clerk.sees("已导入")
            world["何主任"].hears("已导入")
    assert "确认导入" not in clerk.buttons(clerk.sees("无需导入"))


async def test_cancelled_enters_nothing(world: World) -> None:
    """取消 after the preview."""
    clerk = world["吕科员"]
    await clerk.writes("/calendar")
    await clerk.sends(NAME, notice())
    await clerk.presses("取消")
    clerk.skims()
    assert entered(world) == 0


async def test_half_a_notice_leaves_the_year_provisional_and_says_what_is_missing(world: World) -> None:
    """It may be entered, but the Spring Festival must not become working days in silence."""
    clerk = world["吕科员"]
    await clerk.writes("/calendar")
    clerk.hears("工作日历")
    await clerk.sends("上半年.csv", notice(NOTICE[-6:]))
    said = clerk.hears("2027年（暂定）", "还缺", "元旦 1月1日").text
    assert "春节" in said
    await clerk.presses("确认导入")
    clerk.sees("已导入6天")
    world["何主任"].hears("已导入")
    assert not known(world).is_official(2027)
    assert not known(world).is_working(date(2027, 2, 8))


async def test_what_contradicts_a_year_in_force_is_pointed_out(world: World) -> None:
    """A day of this year that the sheet has otherwise is named before the press."""
    clerk = world["吕科员"]
    await clerk.writes("/calendar")
    clerk.hears("工作日历")
    await clerk.sends("改.csv", notice((("2026-10-10", "休", "国庆节"), ("2026-10-01", "休", "国庆节"))))
    said = clerk.hears("请核对").text
    assert "变更：10月10日" in said
    assert "新增或变更1天" in said


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("空.csv", b"", ("没有",)),
        ("坏.xlsx", b"PK\x03\x04broken", ("没有导入任何内容",)),
        ("无列.csv", "甲,乙\n1,2".encode(), ("没有“日期”列",)),
        ("错日.csv", notice((("2027-02-30", "休", "春节"),)), ("第 2 行", "2027-02-30", "未导入")),
        ("错字.csv", notice((("2027-02-05", "调休", "春节"),)), ("第 2 行", "调休", "未导入")),
        ("两样.csv", notice((("2027-02-05", "休", ""), ("2027/2/5", "班", ""))), ("第 3 行", "两次")),
        (
            "太多.csv",
            notice(tuple((f"2027-{month:02}-{day:02}", "休", "") for month in range(1, 13) for day in range(1, 29))),
            ("336天", "只发送一年"),
        ),
    ],
)
async def test_a_bad_notice_is_refused_whole_and_the_next_is_taken(
    world: World, name: str, content: bytes, words: tuple[str, ...]
) -> None:
    """Row and reason; nothing is entered, and the question is still open."""
    clerk = world["吕科员"]
    await clerk.writes("/calendar")
    clerk.hears("工作日历")
    await clerk.sends(name, content)
    clerk.hears(*words)
    assert entered(world) == 0
    await clerk.sends(NAME, notice())
    clerk.hears("2027年（正式）")
    await clerk.presses("取消")
    clerk.skims()


async def test_words_are_no_notice(world: World) -> None:
    """What is typed instead of a file is answered."""
    clerk = world["吕科员"]
    await clerk.writes("/calendar")
    clerk.hears("工作日历")
    await clerk.writes("确认导入")
    clerk.hears("请以文件形式发送放假安排")


@pytest.mark.parametrize("name", ["戚联络员", "姜局长", "章副局长", "何代表", "王市长", "施主任"])
async def test_only_the_office_keeps_the_calendar(world: World, name: str) -> None:
    """Units, proposers, leaders and desks are told who does."""
    await world[name].writes("/calendar")
    world[name].hears("工作日历由政府办维护")


async def test_who_leaves_the_office_between_preview_and_press_enters_nothing(world: World) -> None:
    """The right is asked again in the act."""
    clerk = world["吕科员"]
    await clerk.writes("/calendar")
    await clerk.sends(NAME, notice())
    clerk.skims()

    def leaves(book: Book) -> None:
        person = book.one(select(Person).where(Person.name == "吕科员"))
        assert person is not None
        post = book.one(select(Posting).where(Posting.person_id == person.id))
        assert post is not None
        book.change(post, active=False)

    world.acts(leaves)
    assert "由政府办维护" in await clerk.presses("确认导入")
    assert entered(world) == 0


async def test_what_another_has_entered_meanwhile_is_not_entered_twice(world: World) -> None:
    """Two of the office send the same notice; the second press finds nothing left to change."""
    clerk, head = world["吕科员"], world["何主任"]
    for phone in (clerk, head):
        await phone.writes("/calendar")
        await phone.sends(NAME, notice())
        phone.skims()
    await clerk.presses("确认导入")
    clerk.sees(f"已导入{len(NOTICE)}天")
    head.hears("吕科员已导入")
    await head.presses("确认导入")
    head.sees("无需导入")
    clerk.hears_nothing()


async def test_a_reader_of_english(world: World) -> None:
    """The same in English."""

    def speak(book: Book) -> None:
        row = book.one(select(Person).where(Person.name == "吕科员"))
        assert row is not None
        book.change(row, language="en")

    world.acts(speak)
    clerk = world["吕科员"]
    await clerk.writes("/calendar")
    said = clerk.hears("Working calendar", "2026, official", "Worked weekend days: Jan 4").text
    assert "春节 Feb 15 to Feb 23" in said
    assert "2027, provisional" in said
    await clerk.sends("x.csv", notice((("2027-02-30", "休", "春节"),)))
    clerk.hears("line 2", "is no date")
    await clerk.sends(NAME, notice())
    clerk.hears("2027, official")
    await clerk.presses("Confirm the import")
    clerk.sees(f"{len(NOTICE)} days entered")
    world["何主任"].hears("已导入")


# the sheet, and a year, by themselves


def test_a_workbook_s_rows_keep_their_numbers() -> None:
    """A fault of row 3 is the row 3 that the office sees, an empty row before it or not."""
    content = write_xlsx(
        ("2027年放假安排", "", ""),
        [("", "", ""), HEADINGS, (datetime(2027, 1, 1), "休", "元旦"), (20270231, "休", "春节")],  # noqa: DTZ001
    )
    with pytest.raises(NoticeError) as refused:
        read_days(content, "x.xlsx")
    assert refused.value.facts["line"] == 5


def test_a_workbook_and_a_text_of_the_office_s_encoding_are_read_alike() -> None:
    """Excel in China writes GB 18030."""
    text = "日期,是否上班,名称\n2027-01-01,休,元旦\n"
    wanted = [Day(date(2027, 1, 1), False, "元旦", "文号", True)]
    assert read_days(text.encode("gb18030"), "文号") == wanted
    assert read_days(write_xlsx(HEADINGS, [(date(2027, 1, 1), "休", "元旦")]), "文号") == wanted


def test_runs_of_days_off_take_the_weekend_in() -> None:
    """2025: National Day and Mid-Autumn meet; a mere weekend is no holiday."""
    year = read(WorkingCalendar.shipped(), 2025)
    assert Holiday(("国庆节", "中秋节"), date(2025, 10, 1), date(2025, 10, 8)) in year.holidays
    assert len(year.holidays) <= 7
    assert date(2025, 10, 11) in year.made_up


async def test_the_command_line_s_act_tells_nobody(world: World) -> None:
    """Who runs the server has told them himself."""
    world.acts(calendars.enter, [Day(date(2027, 1, 1), False, "元旦", "x", True)])
    await world.settled()
    world["何主任"].hears_nothing()
