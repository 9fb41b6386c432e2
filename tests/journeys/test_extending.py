"""延期: before the date, never past the hard limit, once; both clocks move and the proposer hears it."""

import datetime as dt
from pathlib import Path

import pytest
from sqlmodel import select

from storage.rules.stages import Stage
from storage.rules.terms import Terms
from storage.tables import Case, Due, Part, Request
from tests import casework
from tests.conftest import CAST
from tests.world import ZONE, World

REASON = "需等省里专项资金下达。"


def case(world: World, case_id: int) -> Case:
    """Read a case."""
    return world.look(lambda read: read.exec(select(Case).where(Case.id == case_id)).one())


def part(world: World, case_id: int) -> Part:
    """Read the replying part of a case."""
    return world.look(lambda read: read.exec(select(Part).where(Part.case_id == case_id).order_by(Part.id)).first())  # type: ignore[arg-type, return-value]


async def asked(world: World, name: str = "戚联络员", day: str = "2026-07-15") -> None:
    """Have somebody of the unit ask for an extension."""
    phone = world[name]
    await phone.presses("申请延期")
    await phone.writes(REASON)
    await phone.writes(day)
    phone.skims()


async def signed(world: World) -> None:
    """Bring an extension to the office."""
    await asked(world)
    assert await world["姜局长"].presses("签发") == "已签发延期申请"
    for name in ("戚联络员", "姜局长"):
        world[name].skims()


def everybody_skims(world: World) -> None:
    """Take everything as heard."""
    for phone in world.phones.values():
        phone.skims()


async def test_asked_signed_agreed_and_both_clocks_move(world: World) -> None:
    """The proposer is told the date and the reason, the desk too; the reminders follow the new date."""
    case_id = await casework.assigned(world)
    liaison, office = world["戚联络员"], world["何主任"]
    await liaison.presses("申请延期")
    liaison.hears("延期理由")
    await liaison.writes(REASON)
    liaison.hears("延到哪一天")
    await liaison.writes("6月30日")
    liaison.hears("主要领导签发")
    world["姜局长"].hears("戚联络员申请延期", "6月2日", "6月30日", "专项资金")
    await world["姜局长"].presses("签发")
    liaison.hears("姜局长已签发")
    office.hears("市住建局申请延期", "6月30日", "专项资金")
    assert "2026年6月30日" in await office.presses("同意延期")
    for name in ("戚联络员", "姜局长", "章副局长"):
        world[name].hears("同意延期", "6月30日")
    for name in ("何代表", "施主任"):
        world[name].hears("市住建局", "已延至2026年6月30日", "专项资金")
    row, own = case(world, case_id), part(world, case_id)
    assert (row.reply_due, row.hard_due) == (dt.date(2026, 6, 30), dt.date(2026, 9, 2))
    assert (own.due, own.draft_due) == (dt.date(2026, 6, 30), dt.date(2026, 6, 15))
    watched = world.look(lambda read: list(read.exec(select(Due).where(Due.case_id == case_id))))
    assert any("2026-06-30" in due.key for due in watched), "the clock looks at the new date"
    assert "延期" not in "".join(label for label in liaison.buttons() if label == "同意延期")
    assert "已延期一次" in await liaison.presses("申请延期")


@pytest.mark.long
async def test_an_extension_reaches_to_the_hard_limit_and_not_a_day_further(world: World) -> None:
    """Six months from assignment is the law's last day."""
    case_id = await casework.assigned(world)
    liaison = world["戚联络员"]
    await liaison.presses("申请延期")
    await liaison.writes(REASON)
    for day, told in (("2026-09-03", "不能晚于2026年9月2日"), ("2026-06-02", "不能早于2026年6月3日")):
        await liaison.writes(day)
        liaison.hears(told)
    await liaison.writes("9月2日")
    liaison.skims()
    await world["姜局长"].presses("签发")
    await world["何主任"].presses("同意延期")
    assert case(world, case_id).reply_due == dt.date(2026, 9, 2)
    everybody_skims(world)


@pytest.mark.long
async def test_a_date_on_a_feast_rolls_on_but_stays_within_the_limit(world: World) -> None:
    """As counted it is kept; lateness is judged by the working day after it."""
    case_id = await casework.assigned(world)
    await asked(world, day="2026-06-20")
    await world["姜局长"].presses("签发")
    await world["何主任"].presses("同意延期")
    own = part(world, case_id)
    assert (own.due_raw, own.due) == (dt.date(2026, 6, 20), dt.date(2026, 6, 22))
    everybody_skims(world)


@pytest.mark.long
async def test_the_office_refuses_and_says_why(world: World) -> None:
    """The dates stay and the proposer hears nothing."""
    case_id = await casework.assigned(world)
    await signed(world)
    office = world["何主任"]
    await office.presses("不同意延期")
    await office.writes("群众反映强烈，不宜再拖。")
    office.skims()
    for name in ("戚联络员", "姜局长", "章副局长"):
        world[name].hears("不同意延期", "不宜再拖", "6月2日")
    world["何代表"].hears_nothing()
    assert case(world, case_id).reply_due == dt.date(2026, 6, 2)


@pytest.mark.long
async def test_asked_late_it_is_marked_for_those_who_decide(world: World) -> None:
    """The rule's ten working days are no wall, but nobody decides without knowing."""
    await casework.assigned(world)
    await world.turns(to=dt.datetime(2026, 5, 29, 10, tzinfo=ZONE))
    everybody_skims(world)
    await asked(world)
    world["姜局长"].hears("申请延期", "本次申请已晚", "5月19日")


@pytest.mark.long
async def test_after_the_date_nothing_is_asked_and_nothing_agreed(world: World) -> None:
    """An overdue mark is never wiped out by a late agreement (domain.md 10.4)."""
    case_id = await casework.assigned(world)
    await signed(world)
    await world.turns(to=dt.datetime(2026, 6, 3, 10, tzinfo=ZONE))
    everybody_skims(world)
    assert "不能再同意延期" in await world["何主任"].presses("同意延期")
    assert case(world, case_id).reply_due == dt.date(2026, 6, 2)
    await world["何主任"].presses("不同意延期")
    await world["何主任"].writes("期限已过。")
    everybody_skims(world)
    assert "须在期限前申请" in await world["戚联络员"].presses("申请延期")


@pytest.mark.long
async def test_the_head_asks_himself_and_a_second_press_of_the_office_is_told(world: World) -> None:
    """No second signature; one agreement."""
    await casework.assigned(world)
    await asked(world, "姜局长")
    office = world["何主任"]
    view, button = office.find("同意延期")
    await office.presses("同意延期")
    assert "已更新" in await office.presses_data(view, button.data, forged=True) or "现在不能" in office.toast
    stages = world.look(lambda read: [row.stage for row in read.exec(select(Request))])
    assert stages == [Stage.GRANTED]
    everybody_skims(world)


@pytest.mark.long
@pytest.mark.parametrize("name", ["施联络员", "章副局长", "吕科员", "何代表", "施主任", "李副市长"])
@pytest.mark.long
@pytest.mark.long
async def test_only_the_replying_unit_asks(world: World, name: str) -> None:
    """A co-handler has no reply to extend; nobody else has a button."""
    await casework.assigned(world, co_handler=True)
    assert "申请延期" not in world[name].buttons()


@pytest.mark.long
async def test_light_mode_tells_the_proposer_the_date_without_the_reason(tmp_path: Path) -> None:
    """The date travels; what was written stays on paper."""
    world = World(tmp_path, Terms(), full=False)
    await world.start()
    try:
        await world.enrol(CAST)
        await casework.assigned(world)
        await signed(world)
        await world["何主任"].presses("同意延期")
        view = world["何代表"].hears("已延至2026年7月15日", "纸质件")
        assert "专项资金" not in view.text
    finally:
        await world.stop()
