"""导入: a sheet goes in whole with one press or not at all; what stays out is named by its row."""

from collections.abc import Callable, Sequence
from datetime import date
from pathlib import Path

import pytest
from sqlalchemy import event
from sqlmodel import col, select

from handlers.papers.tables import write_csv, write_xlsx
from storage import records
from storage.acts import people, registering
from storage.book import Book
from storage.rules.entry import NewCase
from storage.rules.stages import Stage
from storage.rules.terms import Terms
from storage.rules.words import CaseKind, PartKind
from storage.tables import Case, Due, File, Part, Person, Seconder
from tests.conftest import CAST
from tests.world import World, person

HEADINGS = ("类型", "编号", "标题", "正文", "提出人", "联名人", "主办", "会办", "届次")
ROWS = [
    (
        "建议",
        "001",
        "关于改造河东小区排水管网的建议",
        "雨季积水严重。",
        "何代表",
        "金代表",
        "市住建局",
        "市水利局",
        "第九届第四次",
    ),
    ("建议", "2", "关于开通村村通公交的建议", "至今没有公交。", "金代表", "", "市住建局", "", "第九届第四次"),
    ("提案", "001", "关于提高村医待遇的提案", "留不住年轻人。", "云委员", "", "市水利局、市住建局", "", "第九届第四次"),
]


def sheet(rows: Sequence[tuple[str, ...]] = ROWS, headings: tuple[str, ...] = HEADINGS) -> bytes:
    """Write a sheet as an office would."""
    return write_csv(headings, rows)


async def sends(world: World, name: str, content: bytes, file: str = "来件.csv") -> str:
    """Have somebody send a sheet; give what the bot says of it."""
    await world[name].writes("/import")
    world[name].hears("请发送表格")
    await world[name].sends(file, content)
    return world[name].hears(file.removesuffix(".csv")).text


def numbers(world: World) -> list[tuple[str, str]]:
    """List the cases that stand."""
    return world.look(lambda read: list(read.exec(select(Case.kind, Case.number).order_by(col(Case.id)))))


@pytest.mark.parametrize("write", [write_csv, write_xlsx])
async def test_a_clerk_imports_a_sheet_and_the_office_hears_once(world: World, write: Callable[..., bytes]) -> None:
    """How it was read comes first; nothing stands before 确认导入; hosts of the sheet are proposed."""
    clerk = world["吕科员"]
    name = "来件.csv" if write is write_csv else "来件.xlsx"
    await clerk.writes("导入")
    clerk.hears("请发送表格")
    await clerk.sends(name, write(HEADINGS, ROWS))
    said = clerk.hears("可以导入3件").text
    assert "“编号”" in said
    assert "“主办”" in said
    assert numbers(world) == []
    await clerk.presses("确认导入")
    clerk.sees("已导入3件")
    notice = world["何主任"].hears("导入3件，待拟办3件", "吕科员")
    assert world["何主任"].buttons(notice) == ["待办"]
    assert numbers(world) == [("suggestion", "001"), ("suggestion", "002"), ("proposal", "001")]
    cases = world.look(lambda read: read.exec(select(Case).order_by(col(Case.id))).all())
    assert [case.lead_id is not None for case in cases] == [True, True, True]
    assert {case.stage for case in cases} == {Stage.REGISTERED}
    parts = world.look(lambda read: list(read.exec(select(Part.case_id, Part.kind).order_by(col(Part.id)))))
    assert [kind for _case, kind in parts] == [
        PartKind.HOST, PartKind.CO_HANDLER, PartKind.SOLE, PartKind.SEPARATE, PartKind.SEPARATE
    ]  # fmt: skip
    seconders = world.look(lambda read: [row.name for row in read.exec(select(Seconder))])
    assert seconders == ["金代表"]
    assert world.look(records.verify)[1] is None


async def test_the_same_sheet_twice_adds_nothing(world: World) -> None:
    """A second time there is nothing to confirm; what stands is not touched."""
    clerk = world["吕科员"]
    await sends(world, "吕科员", sheet())
    await clerk.presses("确认导入")
    clerk.sees("已导入3件")
    world["何主任"].skims()
    said = await sends(world, "吕科员", sheet())
    assert "已登记过3件" in said
    assert "无需导入" in said
    assert "确认导入" not in clerk.buttons(clerk.sees("无需导入"))
    assert len(numbers(world)) == 3


async def test_other_content_under_a_known_number_is_told_and_left(world: World) -> None:
    """In chat a change is reported, never written; the new row beside it goes in."""
    clerk = world["吕科员"]
    await sends(world, "吕科员", sheet())
    await clerk.presses("确认导入")
    clerk.skims()
    world["何主任"].skims()
    changed = [
        (*ROWS[0][:2], "关于别的事的建议", *ROWS[0][3:]),
        ("建议", "3", "关于助餐点的建议", "", "何代表", *[""] * 3, ROWS[0][8]),
    ]
    said = await sends(world, "吕科员", sheet(changed))
    assert "第 2 行：建议001号已登记，但内容不同（" in said
    await clerk.presses("确认导入")
    clerk.sees("已导入1件", "保持原样1件")
    world["何主任"].hears("导入1件")
    titles = world.look(lambda read: [case.title for case in read.exec(select(Case))])
    assert "关于别的事的建议" not in titles


async def test_bad_rows_are_named_and_the_good_ones_go_in(world: World) -> None:
    """Number and reason for each; a stranger among the proposers is kept and told."""
    rows = [
        ROWS[0],
        ("建议", "", "没有编号的建议", "", "何代表", "", "", "", ""),
        ("建议", "004", "单位写错的建议", "", "何代表", "", "住建局", "", "第九届第四次"),
        ("建议", "005", "没有这个单位的建议", "", "何代表", "", "不存在的单位", "", "第九届第四次"),
        ("建议", "006", "名单外的提出人", "", "赵不在", "", "市住建局", "", "第九届第四次"),
    ]
    said = await sends(world, "吕科员", sheet(rows))
    for words in (
        "可以导入2件",
        "不能导入3行",
        "第 3 行",
        "第 4 行",
        "市住建局",
        "第 5 行：名单中没有承办单位“不存在的单位”",
        "第 6 行",
        "赵不在",
    ):
        assert words in said
    clerk = world["吕科员"]
    await clerk.presses("确认导入")
    clerk.sees("已导入2件", "未导入3行")
    world["何主任"].hears("导入2件")
    assert [number for _kind, number in numbers(world)] == ["001", "006"]
    lead = world.look(lambda read: read.exec(select(Case).where(Case.number == "006")).one())
    assert (lead.lead_name, lead.lead_id) == ("赵不在", None)


async def test_a_long_list_of_bad_rows_goes_along_as_a_file(world: World) -> None:
    """Ten lines in the message, all of them in the file; no button where nothing is good."""
    rows = [("建议", str(at), "没有提出人", "", "", "", "", "", "") for at in range(1, 31)]
    said = await sends(world, "吕科员", sheet(rows))
    assert "第 11 行" in said
    assert "第 12 行" not in said
    assert "另有20条" in said
    clerk = world["吕科员"]
    table = clerk.hears(file="明细.csv").file
    assert table is not None
    assert len(table.content.decode("utf-8-sig").splitlines()) == 31
    assert clerk.buttons(clerk.sees("另有20条")) == ["取消"]


async def test_the_corrected_sheet_takes_the_first_ones_place(world: World) -> None:
    """Another file may be sent at once; the older preview can no longer be confirmed."""
    clerk = world["吕科员"]
    await sends(world, "吕科员", sheet(ROWS[:1]))
    view, button = clerk.find("确认导入")
    await clerk.sends("更正.csv", sheet(ROWS))
    clerk.hears("更正", "可以导入3件")
    assert "已" in await clerk.presses_data(view, button.data, forged=True)
    assert numbers(world) == []
    await clerk.presses("确认导入")
    clerk.sees("已导入3件")
    world["何主任"].hears("导入3件")
    assert not world.look(lambda read: read.exec(select(File)).all()), "nothing of the sheet is left behind"


async def test_a_sheet_without_types_asks_for_them(world: World) -> None:
    """The type is a choice; the long list comes with the answer to it."""
    clerk = world["吕科员"]
    headings = HEADINGS[1:]
    rows = [row[1:] for row in ROWS[:2]]
    said = await sends(world, "吕科员", write_csv(headings, rows), "名单.csv")
    assert "表中没有写明类型" in said
    await clerk.presses("提案")
    clerk.hears("可以导入2件", "提出人名单中没有何代表")
    await clerk.presses("确认导入")
    clerk.sees("已导入2件")
    world["何主任"].hears("导入2件")
    assert {kind for kind, _number in numbers(world)} == {"proposal"}


async def test_a_desk_imports_its_own_kind_alone(world: World) -> None:
    """What belongs to the other body stays out and is named; the desk is not asked for a type it cannot choose."""
    said = await sends(world, "施主任", sheet())
    assert "可以导入2件" in said
    assert "第 4 行：提案由政府办或其所属工作机构录入" in said
    await world["施主任"].presses("确认导入")
    world["施主任"].sees("已导入2件")
    for name in ("何主任", "吕科员"):
        world[name].hears("导入2件", "施主任")
    await sends(world, "张主任", write_csv(HEADINGS[1:], [ROWS[2][1:]]))
    await world["张主任"].presses("确认导入")
    world["张主任"].sees("已导入1件")
    for name in ("何主任", "吕科员"):
        world[name].hears("导入1件", "张主任")


@pytest.mark.parametrize("name", ["王市长", "戚联络员", "何代表", "姜局长"])
async def test_nobody_else_imports(world: World, name: str) -> None:
    """Leaders, units and proposers are told who does."""
    await world[name].writes("/import")
    world[name].hears("由政府办和人大代表工委、提案办公室录入")


async def test_classified_rows_are_refused_whole_and_leave_nothing(world: World) -> None:
    """Neither message nor database repeats a word of the row; the sheet itself is not kept."""
    headings = (*HEADINGS, "是否涉密", "联系电话")
    rows = [
        (*ROWS[0], "否", "13900000000"),
        ("建议", "009", "某军用码头的建议", "", "何代表", "", "", "", "", "是", ""),
    ]
    said = await sends(world, "吕科员", write_csv(headings, rows))
    assert "第 3 行" in said
    assert "码头" not in said
    kept = world.look(lambda read: b"".join(file.content for file in read.exec(select(File))))
    assert "码头".encode() not in kept
    assert b"13900000000" not in kept
    clerk = world["吕科员"]
    await clerk.presses("确认导入")
    clerk.sees("已导入1件", "未导入1行")
    world["何主任"].hears("导入1件")


async def test_what_is_no_sheet_is_refused_and_the_question_stays_open(world: World) -> None:
    """Empty, broken, old, a photo, words, a voice: each is answered, and the next file is taken."""
    clerk = world["吕科员"]
    await clerk.writes("/import")
    clerk.hears("请发送表格")
    for name, content in (
        ("空.csv", b""),
        ("坏.xlsx", b"PK\x03\x04broken"),
        ("旧.xls", b"\xd0\xcf\x11\xe0" + bytes(600)),
    ):
        await clerk.sends(name, content)
        clerk.hears("没有导入任何内容")
    await clerk.writes("请导入")
    clerk.hears("请以文件形式发送")
    await clerk.writes("字" * 4000)
    clerk.hears("请以文件形式发送")
    await world.standin.send_voice(clerk.user_id, b"OggS")
    await world.settled()
    clerk.hears("不能用语音")
    await clerk.sends("来件.csv", sheet())
    clerk.hears("可以导入3件")
    await clerk.presses("取消")
    clerk.sees("已取消")
    assert numbers(world) == []


async def test_a_number_entered_meanwhile_is_not_entered_twice(world: World) -> None:
    """Between preview and press another sheet came: the press enters only what is still new."""
    clerk, head = world["吕科员"], world["何主任"]
    await sends(world, "吕科员", sheet())
    await sends(world, "何主任", sheet(ROWS[:2]), "另一份.csv")
    await head.presses("确认导入")
    head.sees("已导入2件")
    clerk.hears("导入2件")
    await clerk.presses("确认导入")
    clerk.sees("已导入1件", "已登记过2件")
    head.hears("导入1件")
    assert len(numbers(world)) == 3


async def test_namesakes_are_told_and_a_delegation_tells_them_apart(world: World) -> None:
    """Two deputies of one name: nobody is taken for the other."""
    world.acts(_namesakes)
    headings = ("类型", "编号", "标题", "提出人", "代表团")
    said = await sends(
        world,
        "吕科员",
        write_csv(headings, [("建议", "1", "甲", "重名", "第二代表团"), ("建议", "2", "乙", "重名", "")]),
    )
    assert "第 3 行：有多位提出人叫重名" in said
    assert "第 2 行" not in said
    await world["吕科员"].presses("确认导入")
    world["吕科员"].sees("已导入2件")
    world["何主任"].skims()
    leads = world.look(lambda read: [case.lead_id for case in read.exec(select(Case).order_by(col(Case.id)))])
    assert leads[0] is not None
    assert leads[1] is None


def _namesakes(book: Book) -> None:
    rows = [person("重名", "deputy", f"第{place}代表团", key=f"k{place}", number=f"9{place}") for place in ("一", "二")]
    people.enrol(book, rows)


async def test_light_mode_shows_proposers_names_to_the_desk_alone(tmp_path: Path) -> None:
    """The office sees that a proposer is not on the roster, and in which row; the desk sees who."""
    world = World(tmp_path, Terms(), full=False)
    await world.start()
    try:
        await world.enrol(CAST)
        rows = [("建议", "001", "名单外", "", "赵不在", "", "", "", "")]
        assert "赵不在" not in await sends(world, "吕科员", sheet(rows))
        assert "赵不在" in await sends(world, "施主任", sheet(rows))
        world.everybody_heard()
    finally:
        await world.stop()


async def test_english_all_through(world: World) -> None:
    """A reader of English is asked and answered in English."""
    clerk = world["吕科员"]

    def speak(book: Book) -> None:
        row = book.one(select(Person).where(Person.name == "吕科员"))
        assert row is not None
        book.change(row, language="en")

    world.acts(speak)
    await clerk.writes("/import")
    clerk.hears("Please send the sheet as a file")
    await clerk.sends("in.csv", sheet())
    clerk.hears("3 rows can go in")
    await clerk.presses("Confirm the import")
    clerk.sees("3 cases imported")
    world["何主任"].hears("导入3件")


def new(number: str = "001", **more: object) -> NewCase:
    """Make a case as a sheet gives it."""
    facts: dict[str, object] = {
        "row": 2,
        "kind": CaseKind.SUGGESTION,
        "number": number,
        "title": "某事",
        "lead": "何代表",
    }
    return NewCase(**{**facts, **more})  # type: ignore[arg-type]


async def test_a_year_under_way_keeps_what_it_has_behind_it(world: World) -> None:
    """Assigned: the unit is at work until the sheet's date. Answered: concluded, the old rating outside every rate."""
    under_way = new("001", hosts=("市住建局",), level=2, lead_leader="李副市长", assigned_on=date(2026, 2, 9),
                    due_on=date(2026, 4, 30))  # fmt: skip
    answered = new("002", hosts=("市住建局",), level=4, assigned_on=date(2026, 1, 5), replied_on=date(2026, 2, 6),
                   former_verdict="satisfied")  # fmt: skip
    levelled = new("003", hosts=("市住建局",), level=1)
    done = world.acts(registering.enter, [under_way, answered, levelled])
    await world.settled()
    for name in ("何主任", "吕科员"):
        world[name].hears("导入3件，待拟办1件")
    rows = world.look(lambda read: {case.number: case for case in read.exec(select(Case))})
    first = rows["001"]
    assert (first.stage, first.level, first.reply_due) == (Stage.ASSIGNED, 2, date(2026, 4, 30))
    assert first.lead_leader_id is not None
    part = world.look(lambda read: read.exec(select(Part).where(Part.case_id == first.id)).one())
    assert (part.stage, part.due, part.assigned_on) == (Stage.HANDLING, date(2026, 4, 30), date(2026, 2, 9))
    assert (rows["002"].stage, rows["002"].former_verdict) == (Stage.CONCLUDED, "satisfied")
    assert (rows["003"].stage, rows["003"].level, rows["003"].sheet["level"]) == (Stage.REGISTERED, None, 1)
    assert len(done.new) == 3


async def test_a_day_of_assignment_without_a_level_assigns_nothing(world: World) -> None:
    """It goes in as registered, the day with its sheet; it is said once for all such rows, and no clock runs."""
    rows = [
        new("001", hosts=("市住建局",), assigned_on=date(2026, 2, 9), due_on=date(2026, 4, 30)),
        new("002", row=3, assigned_on=date(2026, 2, 9)),
        new("003", row=4, hosts=("市住建局",), assigned_on=date(2026, 1, 5), replied_on=date(2026, 2, 6)),
    ]
    done = world.acts(registering.enter, rows)
    await world.settled()
    for name in ("何主任", "吕科员"):
        world[name].hears("导入3件，待拟办2件")
    assert [note.facts["count"] for note in done.notes if "no level" in note.msgid] == [2]
    first, second, third = world.look(lambda read: read.exec(select(Case).order_by(col(Case.id))).all())
    assert (first.stage, first.assigned_on, first.reply_due) == (Stage.REGISTERED, None, None)
    assert (first.sheet["assigned_on"], first.sheet["due_on"]) == ("2026-02-09", "2026-04-30")
    part = world.look(lambda read: read.exec(select(Part).where(Part.case_id == first.id)).one())
    assert (part.stage, part.assigned_on, part.due) == (Stage.PROPOSED, None, None)
    assert (second.stage, third.stage, third.assigned_on) == (
        Stage.REGISTERED, Stage.CONCLUDED, date(2026, 1, 5)
    )  # fmt: skip
    assert not world.look(lambda read: read.exec(select(Due).where(Due.case_id == first.id)).all())
    assert world.look(records.verify)[1] is None


async def test_in_chat_the_note_stands_before_the_press(world: World) -> None:
    """The list of proposals as the desk keeps it: dates, no levels."""
    rows = [("提案", "001", "关于提高村医待遇的提案", "云委员", "市住建局", "2026-02-27")]
    headings = ("类型", "编号", "标题", "提出人", "主办", "交办日期")
    said = await sends(world, "吕科员", write_csv(headings, rows))
    assert "有1行写了交办日期但没有级别" in said
    await world["吕科员"].presses("确认导入")
    world["吕科员"].sees("已导入1件")
    world["何主任"].hears("导入1件，待拟办1件")


async def test_the_command_line_writes_changes_when_it_is_told_to(world: World) -> None:
    """--update puts new words in place of old ones, the old ones on record; an assigned case keeps its proposers."""
    world.acts(
        registering.enter,
        [new("001", hosts=("市住建局",)), new("002", hosts=("市住建局",), level=4, assigned_on=date(2026, 2, 9))],
    )
    day = date(2026, 2, 9)
    changed = [
        new("001", title="改了", lead="金代表", hosts=("市水利局",)),
        new("002", title="也改了", lead="金代表", hosts=("市住建局",), level=4, assigned_on=day),
    ]
    dry = world.acts(registering.enter, changed)
    assert (len(dry.changes), dry.amended) == (2, 0)
    done = world.acts(registering.enter, changed, update=True)
    await world.settled()
    for name in ("何主任", "吕科员"):
        world[name].skims()
    assert done.amended == 2
    rows = world.look(lambda read: {case.number: case for case in read.exec(select(Case))})
    assert [(rows[number].title, rows[number].lead_name) for number in ("001", "002")] == [
        ("改了", "金代表"),
        ("也改了", "何代表"),
    ]
    assert any("proposers stay" in note.msgid for note in done.notes)
    again = world.acts(registering.enter, changed[:1], update=True)
    assert (again.amended, again.known) == (0, 1)
    assert world.look(records.verify)[1] is None


async def test_ten_times_the_rows_take_no_more_questions(world: World) -> None:
    """A list is held against the database as a whole: a province's 10,000 rows are not 10,000 questions to it."""
    counted: list[str] = []
    event.listen(world.database.engine, "before_cursor_execute", lambda *facts: counted.append(facts[2].split()[0]))
    took = []
    for count, session in ((50, "一"), (500, "二")):
        counted.clear()
        rows = [
            new(f"{at:03}", row=at, seconders=("金代表",), hosts=("市住建局",), session=session) for at in range(count)
        ]
        done = world.acts(registering.enter, rows)
        assert len(done.new) == count
        took.append(counted.count("SELECT"))
    await world.settled()
    for name in ("何主任", "吕科员"):
        world[name].skims()
    assert took[1] <= took[0] + 5
