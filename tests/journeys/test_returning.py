"""退办: the window, the signature of the unit's head, the office's word, the new unit's clock and the old one's end."""

import datetime as dt
from pathlib import Path

import pytest
from sqlmodel import col, select

from storage.book import Book
from storage.rules.stages import Stage
from storage.rules.terms import Terms
from storage.rules.words import Level
from storage.tables import Case, Part, Person, Request, Slip
from tests import casework
from tests.casework_assigning import confirmed
from tests.conftest import CAST
from tests.world import ZONE, World, person

REASON = "排水管网由水利部门管理，不属本单位职责。"


def parts(world: World, case_id: int) -> list[Part]:
    """Read a case's parts."""
    return world.look(lambda read: list(read.exec(select(Part).where(Part.case_id == case_id).order_by(col(Part.id)))))


def case(world: World, case_id: int) -> Case:
    """Read a case."""
    return world.look(lambda read: read.exec(select(Case).where(Case.id == case_id)).one())


def request(world: World) -> Request:
    """Read the newest request."""
    return world.look(lambda read: list(read.exec(select(Request).order_by(col(Request.id)))))[-1]


def skim(world: World) -> None:
    """Take everything as heard."""
    for phone in world.phones.values():
        phone.skims()


async def asked(world: World, name: str = "戚联络员", unit: str = "市水利局") -> None:
    """Have somebody of the unit ask for a return."""
    phone = world[name]
    await phone.presses("申请退办")
    await phone.writes(REASON)
    await phone.presses(unit)
    phone.skims()


async def signed(world: World, unit: str = "市水利局") -> None:
    """Bring a return to the office."""
    await asked(world, unit=unit)
    assert await world["姜局长"].presses("签发") == "已签发退办申请"
    for name in ("戚联络员", "姜局长"):
        world[name].skims()


async def test_liaison_asks_head_signs_office_agrees_and_the_new_unit_begins_its_own_clock(world: World) -> None:
    """The whole way: who hears of each step, and which clock moves."""
    case_id = await casework.assigned(world)
    due = case(world, case_id).reply_due
    liaison, unit_head, office = world["戚联络员"], world["姜局长"], world["何主任"]
    await liaison.presses("申请退办")
    liaison.hears("退办理由")
    await liaison.writes(REASON)
    liaison.hears("改由哪个单位")
    await liaison.writes("水利")
    liaison.hears("主要领导签发")
    unit_head.hears("戚联络员申请退办", "市水利局", "不属本单位职责")
    office.hears_nothing()
    await unit_head.presses("签发")
    liaison.hears("姜局长已签发")
    office.hears("市住建局申请退办", "姜局长", "市水利局", "不属本单位职责")
    await office.presses("同意改办")
    office.hears("市住建局申请退办，改由")
    assert office.buttons(office.sees("改由哪个单位"))[0] == "市水利局", "the suggested unit stands first"
    await office.presses("市水利局")
    office.sees("市住建局 → 市水利局", "从今天起算")
    await office.presses("同意改办")
    office.sees("已改由市水利局办理", "陶副局长")
    for name in ("施联络员", "尤局长"):
        world[name].hears("交办单〔2026〕1号", "独办", "反映强烈")
    world["陶副局长"].hears("请您领办", "市水利局")
    for name in ("戚联络员", "姜局长", "章副局长"):
        view = world[name].hears("已同意退办", "市水利局")
        assert not view.buttons
    world["何代表"].hears("市住建局改为市水利局", "答复期限不变", "陶副局长", "施联络员")
    world["施主任"].hears("市住建局改为市水利局")
    assert "签收" not in liaison.buttons()
    old, new = parts(world, case_id)
    row = case(world, case_id)
    assert (old.stage, new.stage, row.reply_due) == (Stage.HANDED_BACK, Stage.AWAITING_RECEIPT, due)
    assert new.assigned_on == dt.date(2026, 3, 2)
    assert request(world).stage == Stage.GRANTED
    assert await world["施联络员"].presses("签收") == "已签收"


@pytest.mark.long
async def test_the_head_who_asks_himself_has_signed_with_it(world: World) -> None:
    """No second signature of the same hand."""
    await casework.assigned(world)
    await asked(world, "姜局长")
    world["何主任"].hears("市住建局申请退办", "姜局长")
    assert request(world).stage == Stage.AWAITING_OFFICE


@pytest.mark.long
async def test_the_head_sends_it_back_and_it_can_be_asked_anew(world: World) -> None:
    """What the own head did not sign is no refusal of the office's."""
    await casework.assigned(world)
    await asked(world)
    await world["姜局长"].presses("退回修改")
    await world["姜局长"].writes("理由再写具体些")
    world["姜局长"].skims()
    world["戚联络员"].hears("姜局长没有签发", "理由再写具体些")
    await asked(world)
    world["姜局长"].hears("申请退办")


@pytest.mark.long
async def test_the_office_refuses_and_the_unit_goes_on(world: World) -> None:
    """The unit hears why; it does not ask a second time."""
    await casework.assigned(world)
    await signed(world)
    office = world["何主任"]
    await office.presses("不同意退办")
    office.skims()
    await office.writes("属你局三定职责。")
    office.hears("已告知")
    for name in ("戚联络员", "姜局长", "章副局长"):
        world[name].hears("不同意退办", "三定职责")
    assert "继续办理" in await world["戚联络员"].presses("申请退办")


@pytest.mark.long
async def test_a_second_request_waits_for_the_first(world: World) -> None:
    """Two of the unit ask at once: the second is told."""
    await casework.assigned(world)
    await asked(world)
    assert "已有一份申请" in await world["华科员"].presses("申请退办")
    world["姜局长"].skims()


@pytest.mark.long
async def test_after_the_window_there_is_no_button_and_an_old_one_is_refused(world: World) -> None:
    """Five working days; asked in the last hour it counts, and the office may still decide after it."""
    await casework.assigned(world)
    liaison = world["戚联络员"]
    view, button = liaison.find("申请退办")
    await world.turns(to=dt.datetime(2026, 3, 9, 23, 30, tzinfo=ZONE))
    skim(world)
    await signed(world)
    await world.turns(to=dt.datetime(2026, 3, 10, 9, 0, tzinfo=ZONE))
    skim(world)
    assert "已过退办期限" in await liaison.presses_data(view, button.data, forged=True)
    await world["何主任"].presses("同意改办")
    await world["何主任"].presses("市水利局")
    await world["何主任"].presses("同意改办")
    world["何主任"].sees("已改由市水利局")
    skim(world)


@pytest.mark.long
async def test_a_case_is_returned_twice_at_most_and_then_the_leader_settles_it(world: World) -> None:
    """Ping-pong ends: the third unit is told what to do instead."""
    await world.enrol([person("罗局长", "unit_head", "市城管局"), person("戴联络员", "liaison", "市城管局")])
    await casework.assigned(world)
    way = (("戚联络员", "姜局长", "市水利局", "施联络员"), ("施联络员", "尤局长", "市城管局", "戴联络员"))
    for asker, unit_head, unit, taker in way:
        await asked(world, asker, unit)
        await world[unit_head].presses("签发")
        await world["何主任"].presses("同意改办")
        await world["何主任"].presses(unit)
        await world["何主任"].presses("同意改办")
        world[taker].hears("交办单")
    assert "已退办2次" in await world["戴联络员"].presses("申请退办")
    skim(world)


@pytest.mark.parametrize(
    ("level", "leader"), [(Level.FIRST, "王市长"), (Level.SECOND, "李副市长"), (Level.THIRD, "尤局长")]
)
@pytest.mark.long
@pytest.mark.long
async def test_the_lead_leader_follows_the_host_unit(world: World, level: Level, leader: str) -> None:
    """Level 3 passes to the new head; the vice-mayor in charge of both and the mayor stay."""
    case_id = await casework.assigned(world, level=level)
    await signed(world)
    await world["何主任"].presses("同意改办")
    await world["何主任"].presses("市水利局")
    await world["何主任"].presses("同意改办")
    lead = world.look(lambda read: read.get(Person, case(world, case_id).lead_leader_id))
    assert lead is not None
    assert lead.name == leader
    skim(world)


@pytest.mark.long
async def test_the_co_handler_that_takes_over_becomes_the_host(world: World) -> None:
    """One unit has one part: its co-handling part becomes the host's, alone in the case the sole one."""
    case_id = await casework.assigned(world, co_handler=True)
    await signed(world)
    await world["何主任"].presses("同意改办")
    await world["何主任"].presses("市水利局")
    await world["何主任"].presses("同意改办")
    old, new = parts(world, case_id)
    assert (old.stage, new.stage, new.kind) == (Stage.HANDED_BACK, Stage.AWAITING_RECEIPT, "sole")
    assert new.contact_due is not None
    slips = world.look(lambda read: list(read.exec(select(Slip))))
    assert [slip.part_id for slip in slips] == [new.id]
    skim(world)


@pytest.mark.long
async def test_a_returned_co_handling_part_goes_to_another_co_handler_and_the_proposer_is_spared(world: World) -> None:
    """Who gives an opinion inside the government is nothing to ring the proposer for."""
    await world.enrol([person("罗局长", "unit_head", "市城管局"), person("戴联络员", "liaison", "市城管局")])
    case_id = await casework.assigned(world, co_handler=True)
    await asked(world, "施联络员", "市城管局")
    await world["尤局长"].presses("签发")
    office = world["何主任"]
    await office.presses("同意改办")
    await office.writes("住建局")
    await office.presses("同意改办")
    assert "已在承办此件" in office.toast
    office.skims()
    await office.presses("返回")
    await office.presses("市城管局")
    await office.presses("同意改办")
    world["戴联络员"].hears("会办")
    world["何代表"].hears_nothing()
    assert [part.kind for part in parts(world, case_id)] == ["host", "co_handler", "co_handler"]
    skim(world)


@pytest.mark.long
async def test_of_two_separate_handlers_one_returns_and_the_leader_of_the_other_stays(world: World) -> None:
    """Separate handling: each has its own slip and clock; who leads is moved only with the unit he leads in."""
    await world.enrol([person("罗局长", "unit_head", "市城管局"), person("戴联络员", "liaison", "市城管局")])
    case_id = await confirmed(world, level=Level.THIRD, co_handler=True)
    world.acts(lambda book: [book.change(book.get(Part, p.id), kind="separate") for p in parts(world, case_id)])
    await world["何主任"].presses("交办")
    await world["何主任"].presses("确认交办")
    skim(world)
    await asked(world, "施联络员", "市城管局")
    await world["尤局长"].presses("签发")
    await world["何主任"].presses("同意改办")
    await world["何主任"].presses("市城管局")
    await world["何主任"].presses("同意改办")
    world["何主任"].sees("已改由市城管局", "姜局长")
    world["戴联络员"].hears("交办单〔2026〕3号", "分办")
    world["何代表"].hears("市水利局改为市城管局", "姜局长")
    assert [part.kind for part in parts(world, case_id)] == ["separate"] * 3
    assert "签收" in world["戚联络员"].buttons(), "the other unit's card is as it was"
    skim(world)


@pytest.mark.long
async def test_two_heads_decide_and_the_second_is_told(world: World) -> None:
    """One new part, however often it is pressed."""
    await world.enrol([person("宋主任", "office_head", "市政府办公室", "副主任")])
    case_id = await casework.assigned(world)
    await signed(world)
    first, second = world["何主任"], world["宋主任"]
    for phone in (first, second):
        await phone.presses("同意改办")
        await phone.presses("市水利局")
    await first.presses("同意改办")
    said = await second.presses("同意改办")
    assert "现在不能" in said or "已更新" in said
    assert len(parts(world, case_id)) == 2
    skim(world)


@pytest.mark.long
@pytest.mark.parametrize("name", ["吕科员", "施主任", "王市长", "何代表", "章副局长"])
@pytest.mark.long
async def test_those_who_have_no_say_have_no_button(world: World, name: str) -> None:
    """Asking is the unit's, signing its head's, deciding the office head's."""
    await casework.assigned(world)
    await signed(world)
    for label in ("申请退办", "签发", "同意改办", "不同意退办"):
        assert label not in world[name].buttons()
    world["何主任"].skims()


@pytest.mark.long
async def test_bad_input_is_refused_in_words_and_the_question_stays(world: World) -> None:
    """Blank, too long, voice, forwarded, an unknown unit: each is answered, none is lost."""
    await casework.assigned(world)
    liaison = world["戚联络员"]
    await liaison.presses("申请退办")
    liaison.hears("理由")
    await liaison.writes("长" * 3000)
    liaison.hears("最多500字")
    await liaison.writes(REASON)
    liaison.hears("改由哪个单位")
    await liaison.writes("市航天局")
    liaison.hears("市航天局")
    await liaison.presses("不提建议")
    liaison.sees("主要领导签发")
    liaison.skims()
    world["姜局长"].hears("申请退办")
    assert request(world).suggested_unit_id is None


@pytest.mark.long
async def test_light_mode_keeps_the_reason_off_the_air(tmp_path: Path) -> None:
    """The head signs and the office decides; what was written is read on paper."""
    world = World(tmp_path, Terms(), full=False)
    await world.start()
    try:
        await world.enrol(CAST)
        await casework.assigned(world)
        await signed(world)
        office = world["何主任"].hears("市住建局申请退办")
        await world["何主任"].presses("不同意退办")
        await world["何主任"].writes("属你局三定职责。")
        denied = world["戚联络员"].hears("不同意退办", "纸质件")
        for name in ("姜局长", "何主任", "戚联络员", "章副局长"):
            said = [view.text for view in world[name].messages if view.from_bot]
            assert not [text for text in said if "不属本单位职责" in text or "三定职责" in text]
        assert "纸质件" in office.text
        assert denied
    finally:
        await world.stop()


@pytest.mark.long
async def test_a_head_who_is_not_on_the_roster_cannot_sign_and_the_unit_is_told(world: World) -> None:
    """A request that nobody could sign is not taken."""
    await casework.assigned(world)
    world.acts(_retire, "姜局长")
    assert "没有主要领导" in await world["戚联络员"].presses("申请退办")


def _retire(book: Book, name: str) -> None:
    row = book.one(select(Person).where(Person.name == name))
    assert row is not None
    book.change(row, active=False)
