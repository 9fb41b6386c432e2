"""不是我的真实意见: the desk hears at once, the office where the proposer chose, the unit with the finding alone."""

import json
from datetime import date
from pathlib import Path

import pytest
from sqlmodel import select

from storage.acts import disputing, surveying
from storage.book import Book
from storage.queries import forms
from storage.rules.refusals import Refused
from storage.rules.stages import Stage
from storage.rules.words import AlertCause, Closing, DisputeReason, DisputeTelling, Verdict
from storage.tables import Alert, Case, Due, Entry, Part, Person, Unit
from tests import casework_forms as placed
from tests import casework_replies
from tests.casework_replies import acts_as, person_id
from tests.world import World, label

UNIT = ("姜局长", "章副局长", "戚联络员", "华科员")
OFFICE = ("何主任", "吕科员")
STRANGERS = (*UNIT, "李副市长", "王市长", "尤局长", "金代表", "张主任")


async def disputes(world: World, *words: str, own: str = "") -> str:
    """Walk the dispute by its buttons; give the last toast."""
    deputy, toast = world["何代表"], ""
    await deputy.presses("不是我的真实意见")
    for word in words:
        toast = await deputy.presses(word)
        if word == "自己说明":
            await deputy.writes(own)
    deputy.skims()
    return toast


async def test_the_desk_hears_at_once_and_nobody_else(world: World) -> None:
    """只告诉人大(政协): no office, no unit; his chat keeps no word of it; the alarm is set for the desk."""
    case = await placed.submitted(world)
    deputy = world["何代表"]
    before = [view.text for view in deputy.messages]
    assert "人大" in await disputes(world, "有人打招呼", "只告诉人大政协")
    notice = world["施主任"].hears("市住建局", "不是本人的真实意见", "有人打招呼")
    assert "核实结论" in world["施主任"].buttons(notice)
    assert [view.text for view in deputy.messages] == before
    for name in (*OFFICE, *STRANGERS):
        world[name].hears_nothing()
    (row,) = placed.disputes(world, case)
    assert (row.reason, row.telling, row.closed_at) == ("pressed", "desk_only", None)
    due = world.look(lambda read: read.exec(select(Due).where(Due.kind == "dispute_alert")).one())
    assert (due.subject_id, due.key) == (row.id, f"dispute:{row.id}")
    deputy.skims()


async def test_the_office_hears_where_the_proposer_wants_it(world: World) -> None:
    """也告诉督查室, in his own words; the unit still knows nothing, nor of the open form."""
    case = await placed.submitted(world)
    await disputes(world, "自己说明", "也告诉督查室", own="局长坐在旁边看着我填的。")
    for name in ("施主任", *OFFICE):
        assert "局长坐在旁边" in world[name].hears("不是本人的真实意见").text
    assert "核实结论" not in world["何主任"].buttons()
    for name in STRANGERS:
        world[name].hears_nothing()
    assert placed.disputes(world, case)[0].words == "局长坐在旁边看着我填的。"


async def test_filled_in_wrongly_simply_opens_the_form_anew(world: World) -> None:
    """Until the window closes 填错了 is no dispute: the form stands open again and nobody hears."""
    case = await placed.submitted(world)
    deputy = world["何代表"]
    await deputy.presses("不是我的真实意见")
    assert "重新打开" in await deputy.presses("填错了")
    deputy.sees("办理态度的评价")
    for word in ("基本满意", "满意", "已解决", "走访或面商", "针对", "不写", "可以告诉承办单位", "提交"):
        await deputy.presses(word)
    assert placed.disputes(world, case) == []
    assert [answer.attitude for answer in placed.answers(world, case)] == ["satisfied", "basically"]
    deputy.skims()


async def test_after_the_window_filled_in_wrongly_is_a_dispute(world: World) -> None:
    """What stands can still be disputed, from the card and the receipt, until archive."""
    case = await placed.closed(world)
    await disputes(world, "填错了", "只告诉人大政协")
    world["施主任"].hears("填错了")
    assert [row.reason for row in placed.disputes(world, case)] == ["mistake"]


@pytest.mark.long
async def test_a_second_dispute_waits_for_the_finding(world: World) -> None:
    """One word is with the desk; a second press says so."""
    await placed.submitted(world)
    await disputes(world, "有人代填", "只告诉人大政协")
    world["施主任"].skims()
    assert "已在核实" in await world["何代表"].presses("不是我的真实意见")


async def test_the_finding_closes_it_and_everybody_concerned_hears(world: World) -> None:
    """No finding before the window closes; then proposer, desk, office and unit hear it, leaders and others do not."""
    case = await placed.submitted(world)
    await disputes(world, "有人打招呼", "只告诉人大政协")
    desk = world["施主任"]
    desk.skims()
    (row,) = placed.disputes(world, case)
    assert "还可以自己修改" in await desk.presses("核实结论")
    await placed.close(world, case)
    for name in (*UNIT, *OFFICE):
        assert "真实意见" not in world[name].hears("“满意”").text
    desk.skims()
    world.acts(
        lambda book: book.add(
            Alert(
                cause=AlertCause.DISPUTED,
                case_id=case,
                subject_id=row.id,
                desk_from=book.today,
                opened_at=book.at,
            )
        )
    )
    await desk.presses("核实结论")
    await desk.writes("经与代表当面核实，确有人打招呼。")
    await desk.presses("不是本人真实意见")
    desk.skims()
    for name in ("何代表", *UNIT, *OFFICE):
        world[name].hears("核实结论", "不再计入", "确有人打招呼")
    (row,) = placed.disputes(world, case)
    assert row.upheld is True
    assert row.finding == "经与代表当面核实，确有人打招呼。"
    assert world.look(lambda read: read.exec(select(Alert.closed_by)).one()) == Closing.FINDING
    closed = world.look(
        lambda read: [json.loads(entry.body) for entry in read.exec(select(Entry)) if entry.kind == "alert_closed"]
    )
    assert [entry["facts"]["by"] for entry in closed] == [Closing.FINDING], "the record says so as well"
    assert "已有核实结论" in await desk.presses("核实结论")
    head = person_id(world, "姜局长")
    (seen,) = world.look(lambda read: forms.of_case(read, case, head, world.clock.today))
    assert seen.dispute is not None
    assert (seen.dispute.reason, seen.dispute.words, seen.dispute.upheld) == (None, "", True)


async def test_a_dispute_does_not_show_in_the_cases_stage(world: World) -> None:
    """A case rated 满意 that stayed 已答复 would tell unit and office of the dispute: it is concluded all the same."""
    case = await placed.submitted(world)
    await disputes(world, "碍于情面", "只告诉人大政协")
    await placed.close(world, case)
    world.acts(surveying.conclude, case)
    await world.settled()
    assert world.look(lambda read: read.get_one(Case, case).stage) == Stage.CONCLUDED
    for phone in world.phones.values():
        phone.skims()


async def test_where_the_office_itself_handles_it_hears_nothing_early(world: World) -> None:
    """The desk takes the office's place: no choice is offered, none that is forged counts, and it looks as a unit."""
    case = await placed.submitted(world)
    world.acts(_office_handles, placed.form(world, case).part_id)
    deputy = world["何代表"]
    await deputy.presses("不是我的真实意见")
    await deputy.presses("有人打招呼")
    assert deputy.buttons(deputy.sees("告诉谁"))[0] == "只告诉人大政协"
    assert "也告诉督查室" not in deputy.buttons()
    await deputy.presses("取消", within="告诉谁")
    deputy.skims()
    acts_as(
        world,
        "何代表",
        disputing.dispute,
        placed.form(world, case).id,
        DisputeReason.PRESSED,
        "",
        DisputeTelling.OFFICE_TOO,
    )
    await world.settled()
    world["施主任"].hears("有人打招呼")
    for name in (*OFFICE, *UNIT):
        world[name].hears_nothing()


def _office_handles(book: Book, part_id: int) -> None:
    office = book.one(select(Unit).where(Unit.name == "市政府办公室"))
    assert office is not None
    book.change(book.get(Part, part_id), unit_id=office.id)


@pytest.mark.parametrize("name", ["何主任", "吕科员", "张主任", "姜局长", "戚联络员", "李副市长", "金代表", "何代表"])
@pytest.mark.long
async def test_only_its_desk_states_a_finding(world: World, name: str) -> None:
    """Neither office, unit, leader, the other desk nor the proposer himself: the same words whatever there is."""
    case = await placed.submitted(world)
    acts_as(
        world,
        "何代表",
        disputing.dispute,
        placed.form(world, case).id,
        DisputeReason.PRESSED,
        "",
        DisputeTelling.OFFICE_TOO,
    )
    await placed.close(world, case)
    (row,) = placed.disputes(world, case)
    said = set()
    for dispute_id in (row.id, 4711):
        with pytest.raises(Refused) as refusal:
            acts_as(world, name, disputing.find, dispute_id, "没有问题", upheld=False)
        said.add(refusal.value.msgid)
    assert len(said) == 1
    assert placed.disputes(world, case)[0].closed_at is None
    for phone in world.phones.values():
        phone.skims()


async def test_bad_words_are_refused_and_light_mode_passes_them_to_the_desk_alone(tmp_path: Path) -> None:
    """Own words are typed by himself, a thousand characters at most; in light mode the desk alone reads them."""
    async with casework_replies.light(tmp_path) as world:
        case = await placed.submitted(world)
        deputy = world["何代表"]
        await deputy.presses("不是我的真实意见")
        await deputy.presses("自己说明")
        await deputy.writes("长" * 1001)
        deputy.hears("1001字")
        await world.standin.send_voice(deputy.user_id)
        await world.settled()
        deputy.hears("不能用语音")
        await world.standin.forward(deputy.user_id, "都是局长说的", origin=world["姜局长"].user_id)
        await world.settled()
        deputy.hears("转发")
        assert placed.disputes(world, case) == []
        await deputy.writes("是办公室替我填的。")
        await deputy.presses("也告诉督查室")
        for name in ("施主任", *OFFICE):
            notice = world[name].hears("不是本人的真实意见")
            assert ("替我填的" in notice.text) is (name == "施主任")
            assert "何代表" not in notice.text or name == "施主任"
        deputy.skims()


async def test_a_dispute_speaks_english(world: World) -> None:
    """The reasons and who hears, once in English."""
    case = await placed.submitted(world)
    world.acts(lambda book: book.change(book.get(Person, person_id(world, "何代表")), language="en"))
    deputy = world["何代表"]
    view, button = deputy.find("不是我的真实意见")
    await deputy.presses_data(view, button.data)
    deputy.hears("What happened?")
    await deputy.presses("It was hard to refuse")
    assert await deputy.presses("Tell congress (CPPCC) only") == "Your desk has been told"
    world["施主任"].hears("碍于情面")
    assert len(placed.disputes(world, case)) == 1
    assert all(label(word) for word in deputy.buttons())


async def test_a_dissatisfied_form_can_be_disputed_too(world: World) -> None:
    """Pressing works both ways: a rating may be worse than meant; the last day is the office's own."""
    case = await placed.closed(world, verdict=Verdict.DISSATISFIED)
    assert placed.closes_on(world, case) < date(2026, 3, 2)
    await disputes(world, "有人代填", "也告诉督查室")
    for name in ("施主任", *OFFICE):
        world[name].hears("有人代填")
