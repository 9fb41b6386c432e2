"""纸质表代录: with a scan, told to its proposer at once, 未核实 until he owns it, gone when he denies it."""

import pytest
from sqlmodel import select

from storage import files
from storage.acts import surveying
from storage.queries import forms
from storage.rules.stages import Stage
from storage.rules.words import AlertCause, Verdict
from storage.tables import Case, Draft, Due, Person
from tests import casework_forms as placed
from tests.casework_replies import person_id
from tests.world import World

NOBODY = ("何主任", "吕科员", "姜局长", "章副局长", "戚联络员", "华科员", "李副市长", "张主任", "金代表")
ANSWERS = ("满意", "基本满意", "已解决", "电话联系", "针对")


async def enters(world: World, reason: str = "不写") -> None:
    """Walk the desk's way through a paper form, from the scan on."""
    desk = world["施主任"]
    await desk.sends("纸质表.pdf", b"%PDF-1.4 signed", "application/pdf")
    for word in ANSWERS:
        await desk.presses(word)
    if reason == "不写":
        await desk.presses(reason)
    else:
        await desk.writes(reason)
    await desk.presses("可以告诉承办单位")
    desk.sees("现在还没有提交")
    assert await desk.presses("纸质表代录", within="现在还没有提交") == "纸质表已代录"
    desk.hears("已代录")
    desk.skims()


async def test_a_paper_is_entered_with_its_scan_and_its_proposer_is_asked_at_once(world: World) -> None:
    """/paper NO; same questions; what it says is shown to nobody; office and unit hear nothing."""
    case = await placed.opened(world)
    desk, deputy = world["施主任"], world["何代表"]
    await desk.writes("/paper 001")
    desk.hears("纸质表代录", "扫描件")
    await enters(world)
    asked = deputy.hears("代录", "是您填的吗")
    assert deputy.buttons(asked) == ["是我填的", "不是我填的"]
    assert "满意" not in asked.text
    (answer,) = placed.answers(world, case)
    assert (answer.source, answer.result, answer.verified_at, answer.entered_by_id) == (
        "paper",
        "basically",
        None,
        person_id(world, "施主任"),
    )
    scan = world.look(lambda read: files.of(read, "form_answer", answer.id))
    assert [file.content for file in scan] == [b"%PDF-1.4 signed"]
    assert placed.form(world, case).stage == Stage.SUBMITTED
    for name in NOBODY:
        world[name].hears_nothing()


async def test_owned_it_counts_as_his(world: World) -> None:
    """是我填的 is noted with the desk; a second word changes nothing."""
    case = await placed.paper(world)
    deputy = world["何代表"]
    view, no = deputy.find("不是我填的")
    assert "是您填的" in await deputy.presses("是我填的")
    world["施主任"].hears("本人所填")
    assert placed.answers(world, case)[0].verified_at is not None
    assert "没有等您核实的纸质表" in await deputy.presses_data(view, no.data)
    await placed.close(world, case)
    assert "提出人已确认" in world["何主任"].hears("“满意”").text
    for phone in world.phones.values():
        phone.skims()


async def test_denied_it_counts_no_longer_and_the_form_is_open_again(world: World) -> None:
    """不是我填的: the desk is alarmed, nobody else hears, the window goes on without an answer."""
    case = await placed.paper(world)
    deputy = world["何代表"]
    assert "不再计入" in await deputy.presses("不是我填的")
    world["施主任"].hears("不是本人所填")
    for name in NOBODY:
        world[name].hears_nothing()
    assert placed.answers(world, case)[0].denied_at is not None
    assert placed.form(world, case).stage == Stage.OPEN
    due = world.look(lambda read: read.exec(select(Due).where(Due.kind == "dispute_alert")).one())
    assert due.subject_id == placed.form(world, case).id
    assert AlertCause.PAPER_UNVERIFIED in str(due.facts)
    await placed.close(world, case)
    world["姜局长"].hears("未反馈")
    for phone in world.phones.values():
        phone.skims()


async def test_denied_after_the_window_the_form_stands_unanswered(world: World) -> None:
    """A paper form that its proposer finds out about late is taken out of the ratings all the same."""
    case = await placed.paper(world)
    await placed.close(world, case)
    for name in ("何主任", "姜局长"):
        assert "未核实" in world[name].hears("“满意”").text
    await world["何代表"].presses("不是我填的")
    assert placed.form(world, case).stage == Stage.UNANSWERED
    head = person_id(world, "姜局长")
    (seen,) = world.look(lambda read: forms.of_case(read, case, head, world.clock.today))
    assert seen.rating is None
    for phone in world.phones.values():
        phone.skims()


@pytest.mark.long
async def test_his_own_answer_takes_the_papers_place_and_never_the_other_way(world: World) -> None:
    """A paper cannot overwrite what he said himself; what he says later replaces the paper."""
    case = await placed.paper(world, verdict=Verdict.SATISFIED)
    deputy, desk = world["何代表"], world["施主任"]
    await placed.fills(world, attitude="不满意", result="不满意", reason="我没有填过纸质表。")
    await deputy.presses("提交")
    desk.hears("不满意", "我没有填过")
    assert [answer.source for answer in placed.answers(world, case)] == ["paper", "proposer"]
    await deputy.presses("不是我填的")
    desk.hears("不是本人所填")
    assert placed.form(world, case).stage == Stage.SUBMITTED
    await desk.writes("/paper 001")
    desk.hears("没有可以代录")
    deputy.skims()


async def test_an_unowned_paper_is_recalled_and_stays_unverified(world: World) -> None:
    """Reminders ask again whether it is his; silence owns nothing."""
    case = await placed.paper(world)
    world.acts(surveying.remind, placed.form(world, case).id)
    await world.settled()
    world["何代表"].hears("是您填的吗")
    assert placed.answers(world, case)[0].verified_at is None


@pytest.mark.long
async def test_the_desk_alone_enters_and_only_while_it_is_open(world: World) -> None:
    """Other roles are told the same whether there is a form or not; before opening and after closing there is none."""
    await placed.opened(world, "001")
    for name in NOBODY:
        said = set()
        for number in ("001", "999"):
            await world[name].writes(f"/paper {number}")
            said.add(world[name].unheard[-1].text)
            world[name].skims()
        assert len(said) == 1
    desk = world["施主任"]
    case = await placed.closed(world, "002", verdict=None)
    assert placed.form(world, case).stage == Stage.UNANSWERED
    await desk.writes("/paper 002")
    desk.hears("没有可以代录")
    await desk.writes("/paper")
    desk.hears("写上编号")
    assert world.look(lambda read: read.exec(select(Draft)).first()) is None


async def test_without_a_scan_nothing_is_entered(world: World) -> None:
    """Words, voice and an empty way round are no scan; a paper with 不满意 and no reason is entered as it is."""
    case = await placed.opened(world)
    desk = world["施主任"]
    await desk.writes("纸质表 001")
    await desk.writes("已经看过了")
    desk.hears("必须有扫描件")
    await world.standin.send_voice(desk.user_id)
    await world.settled()
    desk.hears("不能用语音")
    await desk.sends("表.jpg", b"\xff\xd8 photo", "image/jpeg")
    for word in ("不满意", "不满意", "未解决", "没有联系过", "未针对"):
        await desk.presses(word)
    await desk.presses("不写")
    await desk.presses("只给人大政协和政府办")
    await desk.presses("纸质表代录", within="现在还没有提交")
    (answer,) = placed.answers(world, case)
    assert (answer.attitude, answer.reason) == ("dissatisfied", "")
    desk.skims()
    world["何代表"].skims()


@pytest.mark.long
async def test_a_number_that_fits_several_forms_is_asked(world: World) -> None:
    """001 of two kinds: a desk has only its own; two sessions with one number are listed."""
    first = await placed.opened(world, "001")
    second = await placed.opened(world, "002")
    world.acts(lambda book: book.change(book.get(Case, second), number="001", session="第九届第三次"))
    desk = world["施主任"]
    await desk.writes("/paper 001")
    choice = desk.hears("哪一份")
    assert len(desk.buttons(choice)) == 2
    await desk.presses_data(choice, choice.buttons[0][0].data)
    desk.hears("扫描件")
    assert first != second


async def test_a_paper_speaks_english(world: World) -> None:
    """The proposer's question, once in English."""
    case = await placed.opened(world)
    world.acts(lambda book: book.change(book.get(Person, person_id(world, "何代表")), language="en"))
    placed.enter(world, case)
    await world.settled()
    deputy = world["何代表"]
    assert deputy.buttons(deputy.hears("Did you fill it in?")) == ["Ifilleditin", "Ididnotfillitin"]
    await deputy.presses("I did not fill it in")
    world["施主任"].skims()
