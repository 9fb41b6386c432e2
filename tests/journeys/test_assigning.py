"""交办: the preview, the one press, the slips and clocks, who hears of it, and that nothing happens twice."""

import datetime as dt
from pathlib import Path

import pytest
from sqlmodel import col, select

from storage.acts import assigning
from storage.book import Actor, Book
from storage.rules.refusals import Refused
from storage.rules.stages import Stage
from storage.rules.terms import Terms
from storage.rules.words import CaseKind, Level
from storage.tables import Case, Entry, Letter, Part, Person, Seconder, Slip, Unit
from tests import casework_assigning as casework
from tests.conftest import CAST
from tests.world import World, person


def slips(world: World) -> list[Slip]:
    """List every slip in the order of their numbers."""
    return world.look(lambda read: list(read.exec(select(Slip).order_by(col(Slip.serial)))))


def case(world: World, case_id: int) -> Case:
    """Read a case."""
    return world.look(lambda read: read.exec(select(Case).where(Case.id == case_id)).one())


def parts(world: World, case_id: int) -> list[Part]:
    """Read a case's parts."""
    return world.look(lambda read: list(read.exec(select(Part).where(Part.case_id == case_id).order_by(col(Part.id)))))


async def test_one_press_brings_slips_clocks_and_cards_to_everybody_concerned(world: World) -> None:
    """Unit desk, heads and leader get cards, the proposer whom to call, the desk a line, others nothing."""
    case_id = await casework.confirmed(world, co_handler=True)
    head = world["何主任"]
    await head.presses("交办")
    head.hears("市住建局", "市水利局", "章副局长", "3月2日", "6月2日", "3月4日")
    assert await head.presses("确认交办") == "已办"
    head.sees("已交办", "2026-1", "2026-2")
    world["戚联络员"].hears("交办单〔2026〕1号", "主办", "3月4日", "6月2日", "反映强烈")
    world["姜局长"].hears("交办单〔2026〕1号")
    world["章副局长"].hears("请您领办", "市住建局", "6月2日")
    assert "已阅领办" in world["章副局长"].buttons()
    for name in ("施联络员", "尤局长", "陶副局长"):
        world[name].hears("交办单〔2026〕2号", "会办", "4月2日", "向主办单位")
    world["何代表"].hears("市住建局", "章副局长", "6月2日", "戚联络员")
    world["施主任"].hears("已交办市住建局", "6月2日")
    for name in ("华科员", "张主任", "金代表", "王市长"):
        world[name].hears_nothing()
    row = case(world, case_id)
    assert (row.stage, row.assigned_on, row.reply_due, row.hard_due) == (
        Stage.ASSIGNED,
        dt.date(2026, 3, 2),
        dt.date(2026, 6, 2),
        dt.date(2026, 9, 2),
    )
    host, co = parts(world, case_id)
    assert (host.stage, host.sign_due, host.return_until) == (
        Stage.AWAITING_RECEIPT,
        dt.date(2026, 3, 4),
        dt.date(2026, 3, 9),
    )
    assert (host.contact_due, host.due) == (dt.date(2026, 3, 23), dt.date(2026, 6, 2))
    assert (co.due, co.draft_due, co.contact_due) == (dt.date(2026, 4, 2), None, None)
    assert [(slip.year, slip.serial, slip.stage) for slip in slips(world)] == [(2026, 1, "issued"), (2026, 2, "issued")]
    assert await world["戚联络员"].presses("签收") == "已签收"


async def test_the_card_of_the_unit_has_one_acknowledgement_not_one_more_for_the_slip(world: World) -> None:
    """The assignment slip is acknowledged with the part; a second 签收 or a 回复 would leave people guessing."""
    await casework.confirmed(world)
    await world["何主任"].presses("交办")
    await world["何主任"].presses("确认交办")
    labels = world["戚联络员"].buttons()
    assert labels.count("签收") == 1
    assert "回复" not in labels
    for phone in world.phones.values():
        phone.skims()


async def test_the_day_of_the_meeting_and_a_common_date_can_be_set_before_the_press(world: World) -> None:
    """Dates count from the meeting; the common date binds where it is earlier and can be taken back."""
    case_id = await casework.confirmed(world)
    head = world["何主任"]
    await head.presses("交办")
    head.hears("6月2日")
    await head.presses("交办日期")
    head.sees("哪一天")
    await head.writes("2026-03-01")
    head.hears("交办日期：2026年3月1日", "2026年6月1日")
    await head.presses("统一时限")
    await head.writes("5月16日")
    head.hears("以早的为准", "5月16日", "5月18日")
    await head.presses("取消统一时限")
    assert "5月16日" not in head.sees("答复期限").text
    await head.presses("统一时限")
    await head.presses("返回预览")
    await head.presses("统一时限")
    await head.presses("2026年4月30日（周四）")
    await head.presses("确认交办")
    head.skims()
    row = case(world, case_id)
    assert (row.assigned_on, row.reply_due) == (dt.date(2026, 3, 1), dt.date(2026, 4, 30))
    for phone in world.phones.values():
        phone.skims()


@pytest.mark.parametrize(
    ("button", "typed", "told"),
    [
        ("交办日期", "明天", "不是日期"),
        ("交办日期", "2025-12-01", "不能早于"),
        ("交办日期", "2026-05-01", "不能晚于"),
        ("统一时限", "2026-03-02", "不能早于"),
        ("统一时限", "2099-01-01", "不能晚于"),
        ("统一时限", "5" * 4000, "不是日期"),
    ],
)
async def test_a_day_that_makes_no_sense_is_refused_and_the_question_stays(
    world: World, button: str, typed: str, told: str
) -> None:
    """A slip of the pen changes nothing and can be corrected."""
    case_id = await casework.confirmed(world)
    head = world["何主任"]
    await head.presses("交办")
    await head.presses(button)
    await head.writes(typed)
    head.hears(told)
    await head.presses("返回预览")
    head.skims()
    assert case(world, case_id).assigned_on is None


async def test_two_heads_confirm_and_the_second_is_told_who_was_first(world: World) -> None:
    """Exactly once: one set of slips, whoever presses again."""
    await world.enrol([person("宋主任", "office_head", "市政府办公室", "副主任")])
    case_id = await casework.confirmed(world, cards=("何主任", "宋主任"))
    first, second = world["何主任"], world["宋主任"]
    await first.presses("交办")
    await second.presses("交办")
    view, button = first.find("确认交办")
    await first.presses("确认交办")
    assert "何主任" in await second.presses("确认交办")
    assert "已经答过" in await first.presses_data(view, button.data, forged=True)
    assert len(slips(world)) == 1
    assigned = world.look(lambda read: list(read.exec(select(Entry).where(Entry.kind == "assigned"))))
    assert [entry.case_id for entry in assigned] == [case_id]
    for phone in world.phones.values():
        phone.skims()


async def test_a_case_of_level_1_waits_for_the_mayor_and_asks_him_no_second_time(world: World) -> None:
    """Without 已阅领办 there is no 交办; after it the mayor hears that the case is on its way, and is asked nothing."""
    await casework.confirmed(world, level=Level.FIRST, cards=("何主任", "王市长"))
    head = world["何主任"]
    assert "交办" not in head.buttons()
    await head.writes("交办")
    head.hears("没有可交办", "建议001号", "市长")
    assert await world["王市长"].presses("已阅领办") == "已领办"
    head.hears("王市长")
    world["吕科员"].hears("王市长")
    await head.presses("交办")
    await head.presses("确认交办")
    told = world["王市长"].hears("已交办市住建局", "6月2日")
    assert "已阅领办" not in world["王市长"].buttons(told)
    world["王市长"].hears_nothing()
    for phone in world.phones.values():
        phone.skims()


async def test_all_ready_cases_are_assigned_by_one_press_and_each_desk_hears_one_line(world: World) -> None:
    """More than a slice of cases: none twice, none forgotten, level 1 without the mayor named and left out."""
    for number in range(1, assigning.SLICE + 4):
        await casework.confirmed(world, f"{number:03}", cards=())
    await casework.confirmed(world, "001", CaseKind.PROPOSAL, cards=())
    await casework.confirmed(world, "090", level=Level.FIRST, cards=())
    head = world["何主任"]
    await head.writes("/assign")
    count = assigning.SLICE + 4
    head.hears(f"可交办{count}件", "建议13件", "提案1件", "012", "市长尚未领办", "建议090号")
    await head.presses("确认交办")
    head.sees(f"已交办{count}件")
    head.skims()
    world["施主任"].hears("建议13件")
    world["张主任"].hears("提案1件")
    working = world.look(lambda read: list(read.exec(select(Letter).where(col(Letter.key).startswith("working:")))))
    assert [letter.text for letter in working] == ["正在办理，结果稍后在此显示。"]
    assert [slip.serial for slip in slips(world)] == list(range(1, count + 1))
    liaison = world["戚联络员"]
    for _ in range(count):
        liaison.hears("交办单〔2026〕")
    liaison.hears_nothing()
    for _ in range(13):
        world["何代表"].hears("市住建局")
    world["云委员"].hears("市住建局")
    for name in ("姜局长", "章副局长"):
        world[name].skims()
    world["王市长"].hears_nothing()
    await head.writes("交办")
    head.hears("建议090号")


async def test_a_case_that_changed_after_the_preview_is_left_and_named(world: World) -> None:
    """What was shown is what is confirmed."""
    kept = await casework.confirmed(world, "001", cards=())
    await casework.confirmed(world, "002", cards=())
    head = world["何主任"]
    await head.writes("/assign")
    world.acts(lambda book: book.change(book.get(Case, kept), category="交通"))
    await casework.confirmed(world, "003", cards=())
    await head.presses("确认交办")
    head.sees("已交办1件", "001")
    assert case(world, kept).assigned_on is None
    assert len(slips(world)) == 1
    for phone in world.phones.values():
        phone.skims()


async def test_what_a_crash_left_undone_is_done_by_the_same_press_and_nothing_twice(world: World) -> None:
    """A slice that was committed before the crash is not written again; its letters neither."""
    ids = [await casework.confirmed(world, f"{number:03}", cards=()) for number in range(1, 4)]
    head = world["何主任"]
    await head.writes("/assign")
    view, button = head.find("确认交办")
    wanted = [(case_id, case(world, case_id).version) for case_id in ids]
    order = assigning.Order(dt.date(2026, 3, 2))
    by = Actor(casework.person_id(world, "何主任"), max(world.standin.updates) + 1)

    more = world.database.act_now(
        lambda read: assigning.some(Book(read, world.clock(), world.terms, by), wanted[:2], order)
    )
    assert not more
    await head.presses_data(view, button.data)
    head.sees("已交办3件")
    assert [slip.serial for slip in slips(world)] == [1, 2, 3]
    keys = world.look(lambda read: list(read.exec(select(Letter.key).where(Letter.kind == "assigned"))))
    assert len(keys) == len(set(keys)) == 3 * 2
    for phone in world.phones.values():
        phone.skims()


@pytest.mark.parametrize("name", ["吕科员", "施主任", "李副市长", "秦秘书", "姜局长", "戚联络员", "华科员", "何代表"])
async def test_nobody_but_the_office_head_assigns(world: World, name: str) -> None:
    """A forged press of each role is refused, and the command too."""
    case_id = await casework.confirmed(world, level=Level.SECOND, cards=(name,))
    phone = world[name]
    assert "交办" not in phone.buttons()
    await phone.writes("/assign")
    phone.hears("只有政府办负责人")
    by, order = Actor(casework.person_id(world, name)), assigning.Order(dt.date(2026, 3, 2))
    with pytest.raises(Refused, match="Only"):
        world.database.act_now(
            lambda read: assigning.assign(Book(read, world.clock(), world.terms, by), case_id, None, order)
        )
    assert case(world, case_id).assigned_on is None


async def test_units_and_people_who_have_not_joined_are_named_before_the_press(world: World) -> None:
    """The office learns in time that paper must go out; a proposer is counted, not named."""
    case_id = await casework.confirmed(world, lead="何代表")
    world.acts(_leave, ("戚联络员", "华科员", "姜局长", "章副局长", "何代表"))
    await world["何主任"].presses("交办")
    page = world["何主任"].hears("市住建局", "纸质", "章副局长", "提出人：1人")
    assert "何代表" not in page.text
    await world["何主任"].presses("确认交办")
    world["施主任"].hears("市住建局")
    world["何主任"].skims()
    assert case(world, case_id).stage == Stage.ASSIGNED


def _leave(book: Book, names: tuple[str, ...]) -> None:
    for row in book.all(select(Person).where(col(Person.name).in_(names))):
        book.change(row, account=None)


async def test_co_proposers_hear_it_too_and_for_a_group_its_contact(world: World) -> None:
    """Everybody who put his name to it is told whom to call."""
    await world.enrol([person("侨联界", "member", "市政协", is_group=True, contact="韩委员")])
    case_id = await casework.confirmed(world)
    for place, name in enumerate(("金代表", "侨联界")):
        row = Seconder(case_id=case_id, place=place, name=name, person_id=casework.person_id(world, name))
        world.acts(lambda book, row=row: book.add(row))
    await world["何主任"].presses("交办")
    await world["何主任"].presses("确认交办")
    for name in ("何代表", "金代表", "韩委员"):
        world[name].hears("市住建局", "戚联络员")
    for phone in world.phones.values():
        phone.skims()


async def test_a_case_without_a_host_cannot_be_assigned(world: World) -> None:
    """A slip needs somebody who answers."""
    case_id = await casework.confirmed(world)
    unit = world.look(lambda read: read.exec(select(Unit.id).where(Unit.name == "市水利局")).one())
    world.acts(lambda book: book.change(parts(world, case_id)[0], kind="co_handler", unit_id=unit))
    await world["何主任"].presses("交办")
    world["何主任"].skims()
    assert "主办单位" in await world["何主任"].presses("确认交办")
    assert case(world, case_id).assigned_on is None


async def test_light_mode_sends_no_text_of_the_case(tmp_path: Path) -> None:
    """Number, title, unit and dates travel; the text does not, and the proposer's name only to his unit and desk."""
    world = World(tmp_path, Terms(), full=False)
    await world.start()
    try:
        await world.enrol(CAST)
        await casework.confirmed(world, level=Level.SECOND)
        await world["何主任"].presses("交办")
        await world["何主任"].presses("确认交办")
        for name in ("戚联络员", "李副市长"):
            assert "反映强烈" not in world[name].hears("市住建局", "纸质件").text
        texts = [view.text for name in ("何主任", "李副市长") for view in world[name].messages]
        assert not [text for text in texts if "何代表" in text]
    finally:
        await world.stop()


async def test_it_all_reads_in_english(world: World) -> None:
    """Every sentence of the way has its English."""
    await casework.confirmed(world)
    world.acts(_speak_english)
    head = world["何主任"]
    await head.writes("/assign")
    page = head.hears("1 cases are ready to be assigned", "Assigned: ")
    assert "%(" not in page.text
    await head.presses("Confirm the assignment")
    head.sees("1 cases assigned")
    head.skims()
    world["戚联络员"].hears("Assignment slip 2026-1", "sole handling")
    world["章副局长"].hears("for you to lead in person")
    world["何代表"].hears("For any question please turn to")
    for phone in world.phones.values():
        phone.skims()


def _speak_english(book: Book) -> None:
    for row in book.all(select(Person)):
        book.change(row, language="en")
