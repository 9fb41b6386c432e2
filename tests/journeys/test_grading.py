"""定级, 确认, 同意 and 不同意, 呈阅件, 重点, 登记批件: who may, who is asked, who hears of it."""

from pathlib import Path
from typing import Any

import pytest
from sqlmodel import col, select

from handlers import buttons
from storage import records, settings
from storage.book import Book
from storage.rules.stages import Stage
from storage.rules.terms import Terms
from storage.rules.words import CaseKind, PartKind
from storage.tables import Case, Entry, Part, Person, Posting
from tests import casework
from tests.conftest import CAST
from tests.world import World

SUGGESTION, PROPOSAL = CaseKind.SUGGESTION, CaseKind.PROPOSAL


def _id(book: Book, name: str) -> int:
    return book.read.exec(select(Person.id).where(Person.name == name)).one()


async def proposed(world: World, kind: CaseKind = SUGGESTION, *, co_handler: bool = False, card: str = "吕科员") -> int:
    """Place a case whose handling has been proposed, its card before somebody of the office."""
    case = await casework.registered(world, kind=kind)

    def propose(book: Book) -> None:
        row = book.get(Case, case)
        if co_handler:
            part = book.one(select(Part).where(Part.case_id == case))
            assert part is not None
            book.change(part, kind=PartKind.HOST)
            water = casework._unit(book, "市水利局")
            book.add(Part(case_id=case, unit_id=water, kind=PartKind.CO_HANDLER))
        book.change(row, stage=Stage.PROPOSED)
        book.turn([_id(book, card)], case, "card")

    world.acts(propose)
    await world.settled()
    world[card].skims()
    return case


async def levelled(world: World, level: str, kind: CaseKind = SUGGESTION) -> int:
    """Have the clerk set a level; the office's head has been asked to confirm it."""
    case = await proposed(world, kind)
    clerk = world["吕科员"]
    await clerk.presses("定级")
    await clerk.presses(level)
    clerk.skims()
    world["何主任"].hears("请确认")
    return case


async def forces(world: World, name: str, verb: str, case: int) -> str:
    """Press a button that the bot would sign for this very chat, but has never shown there."""
    phone = world[name]
    world.acts(lambda book: book.send("said", _id(book, name), facts={"msgid": "…", "facts": {}}))
    await world.settled()
    phone.skims()
    button = buttons.Button(verb, case, row(world, case).version)
    data = buttons.pack(button, phone.user_id, world.look(settings.button_key))
    return await phone.presses_data(phone.messages[-1], data, forged=True)


def row(world: World, case: int) -> Case:
    """Read a case."""
    return world.look(lambda read: read.get_one(Case, case))


def leader(world: World, case: int) -> str:
    """Give the name of a case's lead leader."""
    found = row(world, case).lead_leader_id
    return world.look(lambda read: read.get_one(Person, found).name) if found is not None else ""


@pytest.mark.parametrize(
    ("level", "named"), [("一级", "王市长"), ("二级", "李副市长"), ("三级", "姜局长"), ("四级", "章副局长")]
)
async def test_each_level_proposes_the_leader_of_article_2(world: World, level: str, named: str) -> None:
    """One press sets level and leader; criterion and leader of each stand in the question; the head is asked."""
    case = await proposed(world)
    clerk = world["吕科员"]
    await clerk.presses("定级")
    asked = clerk.hears("一级：重大项目", "二级：多部门", "三级：需强力推进", "四级：其它", "分管副市长 李副市长")
    assert clerk.buttons(asked)[:4] == ["一级", "二级", "三级", "四级"]
    await clerk.presses(level)
    clerk.sees(f"已定{level}，领办领导：{named}")
    card = world["何主任"].hears("请确认", level, named)
    assert "确认" in world["何主任"].buttons(card)
    assert (row(world, case).stage, leader(world, case)) == (Stage.LEVELLED, named)
    assert world.look(records.verify)[1] is None


async def test_one_unit_alone_speaks_against_level_2(world: World) -> None:
    """Clerk and head are both told, and nobody is stopped; with a co-handler nothing is said."""
    await proposed(world)
    clerk = world["吕科员"]
    await clerk.presses("定级")
    clerk.hears("此件只有一个承办单位", "按拟办情况建议：四级")
    await clerk.presses("二级")
    world["何主任"].hears("此件只有一个承办单位")
    await world["何主任"].presses("确认")
    clerk.hears("已确认为二级")
    world["李副市长"].hears("呈阅")
    world["秦秘书"].hears("已呈李副市长阅示")


async def test_several_units_speak_for_level_2(world: World) -> None:
    """The facts propose, the office decides."""
    await proposed(world, co_handler=True)
    clerk = world["吕科员"]
    await clerk.presses("定级")
    asked = clerk.hears("按拟办情况建议：二级")
    assert "只有一个" not in asked.text
    await clerk.presses("取消")


async def test_what_the_sheet_gave_is_shown_and_differing_from_it_is_said(world: World) -> None:
    """级别 of a sheet is a proposal."""
    case = await proposed(world)
    world.acts(lambda book: book.change(book.get(Case, case), sheet={"level": 1}))
    clerk = world["吕科员"]
    await clerk.writes("/case 001")
    clerk.skims()
    await clerk.presses("定级")
    clerk.hears("来件表中为：一级")
    await clerk.presses("三级")
    world["何主任"].hears("与来件表中的级别不同")


async def test_the_clerk_chooses_another_leader(world: World) -> None:
    """The rule's leader stands first; any city leader or head of the host may lead; a typed name works."""
    case = await proposed(world)
    clerk = world["吕科员"]
    await clerk.presses("定级")
    clerk.hears("就高定级")
    await clerk.presses("另选领办领导")
    await clerk.presses("二级")
    assert clerk.buttons(clerk.sees("由哪位领导领办"))[:2] == ["李副市长", "王市长"]
    await clerk.writes("尤局长")
    clerk.hears("列表中没有“尤局长”")
    await clerk.writes("姜局长")
    clerk.hears("领办领导：姜局长")
    world["何主任"].hears("请确认")
    assert leader(world, case) == "姜局长"


async def test_without_a_vice_mayor_the_office_head_picks(world: World) -> None:
    """Nobody is in charge of the unit: the clerk's level waits without a leader, and 确认 asks for one."""

    def bare(book: Book) -> None:
        for posting in book.all(select(Posting).where(Posting.role == "leader")):
            book.change(posting, portfolio=[])

    world.acts(bare)
    case = await levelled(world, "二级")
    assert leader(world, case) == ""
    head = world["何主任"]
    await head.presses("确认")
    head.hears("由哪位领导领办")
    await head.presses("李副市长")
    world["吕科员"].hears("已确认为二级", "李副市长")
    world["李副市长"].hears("呈阅")
    world["秦秘书"].hears("已呈")
    assert (row(world, case).stage, leader(world, case)) == (Stage.CONFIRMED, "李副市长")


async def test_a_level_1_goes_to_the_mayor_and_counts_once_he_has_pressed(world: World) -> None:
    """呈阅件 with the text and 已阅领办; before that press there is no 交办."""
    case = await levelled(world, "一级")
    head, mayor = world["何主任"], world["王市长"]
    assert await head.presses("确认") == "已确认"
    world["吕科员"].hears("已确认为一级", "王市长")
    read = mayor.hears("呈阅", "一级", "反映强烈")
    assert "已阅领办" in mayor.buttons(read)
    assert "交办" not in head.buttons()
    assert await mayor.presses("已阅领办") == "已领办"
    for name in ("何主任", "吕科员"):
        world[name].hears("王市长", "领办")
    assert "交办" in head.buttons()
    assert row(world, case).taken_on_at is not None


async def test_the_signed_paper_counts_as_well(world: World) -> None:
    """Date and number; not a day to come; twice is not possible."""
    case = await levelled(world, "一级")
    head, clerk = world["何主任"], world["吕科员"]
    await head.presses("确认")
    clerk.skims()
    world["王市长"].hears("呈阅")
    await clerk.presses("登记批件")
    clerk.hears("哪天签批")
    await clerk.writes("2026-03-09")
    clerk.hears("日期不能晚于")
    await clerk.writes("昨天")
    clerk.hears("不是日期")
    await clerk.writes("3月1日")
    clerk.hears("文号")
    await clerk.writes("兴政批〔2026〕3号")
    clerk.hears("已登记：2026年3月1日", "兴政批〔2026〕3号")
    for name in ("何主任", "王市长"):
        world[name].hears("已登记签批件", "兴政批〔2026〕3号")
    assert row(world, case).paper_note == "2026-03-01 兴政批〔2026〕3号"
    assert "交办" in head.buttons()
    assert "登记批件" not in head.buttons()
    assert "已阅领办" not in world["王市长"].buttons()


async def test_a_leader_who_has_not_joined_is_told_of_at_the_confirmation(world: World) -> None:
    """A letter that reaches nobody is no letter: the head is told to bring the paper."""
    world.acts(lambda book: book.change(book.get(Person, _id(book, "王市长")), account=None))
    await levelled(world, "一级")
    await world["何主任"].presses("确认")
    world["何主任"].hears("王市长尚未加入，请送纸质呈阅件")
    world["吕科员"].hears("已确认为一级")


async def test_a_proposal_waits_for_its_desk(world: World) -> None:
    """政府办会同提案办公室分级: 确认, then 同意, and only then 交办; the congress desk has no part in it."""
    case = await levelled(world, "四级", PROPOSAL)
    head, desk = world["何主任"], world["张主任"]
    assert "已送提案办公室会签" in await head.presses("确认")
    world["吕科员"].hears("已确认为四级")
    asked = desk.hears("四级", "章副局长", "请会签")
    assert {"同意", "不同意"} <= set(desk.buttons(asked))
    assert row(world, case).stage == Stage.AWAITING_CONSENT
    assert "交办" not in head.buttons()
    for name in ("施主任", "何主任", "吕科员", "云委员", "王市长", "戚联络员"):
        for verb in ("c.consent", "c.object"):
            assert "只有" in await forces(world, name, verb, case)
    assert row(world, case).stage == Stage.AWAITING_CONSENT
    assert await desk.presses("同意") == "已同意，政府办可以交办"
    card = head.hears("张主任同意定四级")
    world["吕科员"].hears("张主任同意定四级")
    assert "交办" in head.buttons(card)
    assert row(world, case).stage == Stage.CONFIRMED
    assert "现在不能" in await forces(world, "张主任", "c.consent", case)


async def test_the_desk_disagrees_with_a_reason_and_the_level_is_set_anew(world: World) -> None:
    """The reason reaches the office; a leader who had it to read is told that he need do nothing."""
    case = await levelled(world, "二级", PROPOSAL)
    head, desk, clerk = world["何主任"], world["张主任"], world["吕科员"]
    await head.presses("确认")
    clerk.skims()
    world["李副市长"].hears("呈阅")
    world["秦秘书"].skims()
    desk.hears("请会签")
    await desk.presses("不同意")
    desk.hears("不同意的理由")
    await desk.writes("理" * 501)
    desk.hears("最多500字")
    await desk.writes("涉及面不广，建议定四级。")
    desk.hears("已转政府办")
    for phone in (head, clerk):
        card = phone.hears("张主任不同意定二级", "涉及面不广")
        assert "定级" in phone.buttons(card)
    for name in ("李副市长", "秦秘书"):
        world[name].hears("正在重新定级")
    assert (row(world, case).stage, row(world, case).level) == (Stage.PROPOSED, None)
    assert "已阅领办" not in world["李副市长"].buttons()


@pytest.mark.parametrize("name", ["施主任", "王市长", "姜局长", "戚联络员", "何代表"])
async def test_nobody_but_the_office_sets_a_level_and_only_its_head_confirms(world: World, name: str) -> None:
    """A forged press of another's button is told who may."""
    case = await proposed(world)
    for verb in ("c.level", "c.propose", "c.key"):
        assert "只有" in await forces(world, name, verb, case)
    clerk = world["吕科员"]
    await clerk.presses("定级")
    await clerk.presses("一级")
    clerk.skims()
    world["何主任"].skims()
    for who in (name, "吕科员"):
        assert "只有" in await forces(world, who, "c.confirm", case)
    assert row(world, case).stage == Stage.LEVELLED
    await world["何主任"].presses("确认")
    clerk.skims()
    world["王市长"].skims()
    assert "只有" in await forces(world, name, "c.note_paper", case)
    if name != "王市长":
        assert "只有" in await forces(world, name, "c.take_on", case)


async def test_an_old_card_and_a_second_press_are_refused(world: World) -> None:
    """The level was set anew after the head's card went out: the old 确认 confirms nothing he has not seen."""
    case = await levelled(world, "四级")
    head, clerk = world["何主任"], world["吕科员"]
    view, old = head.find("确认")
    await clerk.presses("定级")
    clerk.skims()
    await clerk.presses("三级")
    head.hears("请确认", "三级")
    assert "已更新" in await head.presses_data(view, old.data, forged=True)
    assert row(world, case).stage == Stage.LEVELLED
    view, new = head.find("确认")
    await head.presses("确认")
    clerk.hears("已确认为三级")
    assert "现在不能" in await head.presses_data(view, new.data, forged=True)
    assert row(world, case).stage == Stage.CONFIRMED


async def test_a_key_case_is_told_to_those_whom_it_concerns(world: World) -> None:
    """重点 with its 督办领导 and committee; units hear of it once the case is theirs, proposers do not."""
    case = await casework.assigned(world)
    clerk = world["吕科员"]
    await clerk.presses("重点")
    clerk.hears("请选择督办领导")
    await clerk.presses("李副市长")
    await clerk.writes("城建环资委")
    clerk.hears("已列为重点件")
    for name in ("何主任", "施主任", "李副市长", "章副局长", "戚联络员"):
        world[name].hears("此件已列为重点件", "督办领导：李副市长", "城建环资委")
    found = row(world, case)
    assert (found.key_case, found.key_committee, found.stage) == (True, "城建环资委", Stage.ASSIGNED)
    assert "重点" not in clerk.buttons()


async def test_a_key_case_may_have_neither_leader_nor_committee_yet(world: World) -> None:
    """Before it is assigned only office and desk hear of it."""
    case = await proposed(world)
    clerk = world["吕科员"]
    await clerk.presses("重点")
    clerk.hears("请选择督办领导")
    await clerk.presses("暂不确定")
    await clerk.presses("暂无专委会")
    for name in ("何主任", "施主任"):
        said = world[name].hears("此件已列为重点件").text
        assert "督办" not in said
    assert row(world, case).key_case


async def test_light_mode_sends_neither_text_nor_reason(tmp_path: Path) -> None:
    """呈阅件 and the desk's question carry title and level; text and reason are read on paper."""
    world = World(tmp_path, Terms(), full=False)
    await world.start()
    try:
        await world.enrol(CAST)
        await levelled(world, "二级", PROPOSAL)
        await world["何主任"].presses("确认")
        for name in ("李副市长", "张主任"):
            said = world[name].hears("二级", "正文不在此发送").text
            assert "反映强烈" not in said
        assert "云委员" not in world["李副市长"].messages[-1].text
        desk = world["张主任"]
        await desk.presses("不同意")
        desk.hears("不同意的理由")
        await desk.writes("涉及面不广。")
        desk.skims()
        assert "涉及面不广" not in world["何主任"].hears("不同意定二级").text
        for name in ("吕科员", "秦秘书", "李副市长"):
            world[name].skims()
        world.everybody_heard()
    finally:
        await world.stop()


async def test_english_all_through(world: World) -> None:
    """A reader of English sets a level in English; the labels are the msgids."""
    world.acts(lambda book: book.change(book.get(Person, _id(book, "吕科员")), language="en"))
    await proposed(world)
    clerk = world["吕科员"]
    await clerk.presses("Set the level")
    clerk.hears("Level 2: several departments", "the vice-mayor in charge 李副市长")
    view = clerk.sees("Level 2: several departments")
    await clerk.presses_data(view, view.buttons[1][1].data)
    clerk.sees("Level 4 is set, lead leader 章副局长")
    world["何主任"].hears("请确认")


async def test_the_whole_way_from_a_sheet_to_the_head(world: World) -> None:
    """拟办 → 定级 → 确认, each press under the message that the one before brought; the record holds it all."""
    case = await casework.registered(world)
    world.acts(lambda book: book.turn([_id(book, "吕科员")], case, "card"))
    await world.settled()
    clerk, head = world["吕科员"], world["何主任"]
    for label in ("拟办", "选好了", "无会办单位", "定级", "三级"):
        await clerk.presses(label)
    clerk.skims()
    head.hears("三级", "姜局长")
    await head.presses("确认")
    clerk.hears("已确认为三级")
    kinds = world.look(lambda read: [entry.kind for entry in _entries(read, case)])
    assert kinds == ["handling_proposed", "level_set", "level_confirmed"]


def _entries(read: Any, case: int) -> list[Any]:
    return list(read.exec(select(Entry).where(Entry.case_id == case).order_by(col(Entry.id))))
