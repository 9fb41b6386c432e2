"""会商: the way out after the second 不满意, recorded by one side and agreed to by the other; no rating moves."""

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlmodel import col, select

from storage.acts import conferring
from storage.book import Book
from storage.records import verify
from storage.rules.refusals import Refused, Stale
from storage.rules.stages import Stage
from storage.rules.words import CaseKind, Closing, Telling, Verdict
from storage.tables import Alert, Answer, Case, Form, Person
from tests import casework_conferring as conf
from tests import casework_forms as placed
from tests import casework_replies
from tests.casework_conferring import CONCLUSION, DESKS, POINTS, PROPOSERS, spent
from tests.casework_replies import acts_as
from tests.world import Phone, World, label

UNIT = ("姜局长", "章副局长", "戚联络员", "华科员")
NEVER = ("王市长", "李副市长", "秦秘书", "尤局长", "陶副局长", "施联络员", "卫科员", "金代表", "韩委员")
REASON = "管网没有动工。"


def stage(world: World, case: int) -> str:
    """Give where the case stands."""
    return world.look(lambda read: read.get_one(Case, case).stage)


def given(world: World, case: int) -> list[tuple[object, ...]]:
    """List every answer to every form of a case, as it stands."""
    rows = select(Answer).join(Form).where(Form.case_id == case).order_by(col(Answer.id))
    return world.look(lambda read: [(a.id, a.attitude, a.result, a.reason, a.denied_at) for a in read.exec(rows)])


def alerts(world: World, case: int) -> list[Alert]:
    """List a case's alerts, the newest last."""
    rows = select(Alert).where(Alert.case_id == case).order_by(col(Alert.id))
    return world.look(lambda read: list(read.exec(rows)))


def alarmed(world: World, name: str) -> int:
    """Count the digests in a chat that carry an alert."""
    return sum("预警1件" in view.text for view in world[name].messages)


def version(world: World, case: int) -> int:
    """Give the version of the newest conference."""
    return conf.conference(world, case).version


@pytest.mark.parametrize("kind", [CaseKind.SUGGESTION, pytest.param(CaseKind.PROPOSAL, marks=pytest.mark.long)])
async def test_the_office_records_and_the_desk_agrees(world: World, kind: CaseKind) -> None:
    """The whole way: who hears what, and who nothing; alert and case close by the fact, both ratings stay."""
    case = await spent(world, kind=kind)
    chief, desk = world["何主任"], world[DESKS[kind]]
    before = given(world, case)
    await world.turns(working_days=1)
    for phone in (chief, desk):
        digest = phone.hears("预警1件", "请于2026年4月1日", "前会商")
        assert [label(b.text) for row in digest.buttons for b in row] == ["已处置", "延后提醒", "会商"]
    assert "会商" not in world["吕科员"].buttons(world["吕科员"].hears("预警1件"))
    await conf.records(world, "何主任")
    look = chief.sees("对方同意后生效", "市政府三楼会议室", "提出人参加", CONCLUSION, "2026年6月30日", POINTS)
    assert "不满意" not in look.text
    chief.skims()
    await chief.presses("提交")
    chief.sees("张主任同意后生效" if kind is CaseKind.PROPOSAL else "施主任同意后生效")
    asked = desk.hears("何主任填报了此件的会商记录", "参加单位：市住建局", CONCLUSION, POINTS)
    assert desk.buttons(asked)[:2] == ["同意", "不同意"]
    world["吕科员"].hears("何主任已填报会商记录", "预警照常")
    for name in (*UNIT, *NEVER, PROPOSERS[kind]):
        world[name].hears_nothing()
    assert stage(world, case) == Stage.REPLIED
    await desk.presses("同意")
    desk.hears("会商记录", CONCLUSION, "此件办结", "评价保持不变")
    await desk.presses("同意", within="您同意后，预警解除")
    desk.sees("会商生效")
    for name in ("何主任", "吕科员"):
        world[name].hears("已同意会商记录", "各次评价保持不变")
    told = world[PROPOSERS[kind]].hears("已经会商", "会商日期", CONCLUSION, "均按您提交的内容保留", "只转人大（政协）")
    assert POINTS not in told.text
    for name in UNIT:
        heard = world[name].hears("补充办理", "2026年6月30日", POINTS)
        assert CONCLUSION not in heard.text
        assert REASON not in heard.text
    for name in NEVER:
        world[name].hears_nothing()
    assert stage(world, case) == Stage.CONCLUDED
    assert given(world, case) == before
    assert [row.closed_by for row in alerts(world, case)] == [Closing.NEW_FORM, Closing.CONFERENCE]
    assert world.look(verify)[1] is None
    await conf.quiet(world, case)
    await world.turns(working_days=2)
    for name in ("何主任", DESKS[kind]):
        assert alarmed(world, name) == 1, name
    await conf.quiet(world, case)


async def test_the_desk_records_and_the_office_agrees(world: World) -> None:
    """The other way round, from the card; where nothing is to be made up the unit hears nothing."""
    case = await spent(world)
    desk, chief = world["施主任"], world["何主任"]
    await desk.writes("/case 001")
    desk.skims()
    await conf.records(world, "施主任", proposer="提出人未参加", points="")
    await desk.presses("提交")
    desk.sees("何主任同意后生效")
    desk.skims()
    assert "同意" not in desk.buttons()
    asked = chief.hears("施主任填报了此件的会商记录", "提出人未参加", "提出人在外地开会")
    assert chief.buttons(asked)[:2] == ["同意", "不同意"]
    world["吕科员"].skims()
    await chief.writes("/todo")
    chief.hears("001号", "请确认会商记录")
    await desk.writes("/todo")
    assert "会商记录" not in desk.messages[-1].text
    desk.skims()
    await chief.presses("同意")
    await chief.presses("同意", within="您同意后，预警解除")
    assert stage(world, case) == Stage.CONCLUDED
    world["何代表"].hears("提出人未参加", "提出人在外地开会", CONCLUSION)
    for name in UNIT:
        world[name].hears_nothing()
    await conf.quiet(world, case)


async def test_the_alert_goes_on_until_it_is_agreed(world: World) -> None:
    """A record alone silences nobody; nor does one that the other side does not agree to, who says why."""
    case = await conf.recorded(world)
    desk, chief = world["施主任"], world["何主任"]
    for _ in range(2):
        await world.turns(working_days=1)
        for phone in (desk, chief):
            digest = phone.hears("预警1件", "会商记录待对方同意")
            assert "会商" not in phone.buttons(digest)
        world["吕科员"].skims()
    await desk.presses("不同意")
    desk.hears("哪里不符")
    await desk.writes("结论没有写明责任单位。")
    desk.hears("理由已告知对方", "预警照常")
    back = chief.hears("施主任不同意会商记录", "结论没有写明责任单位")
    assert "会商" in chief.buttons(back)
    assert not [view for view in world["何代表"].messages if "会商" in view.text]
    assert conf.conference(world, case).stage == Stage.NOT_AGREED
    await world.turns(working_days=1)
    for phone in (desk, chief):
        assert "会商" in phone.buttons(phone.hears("预警1件", "前会商"))
    conf.record(world, case, "施主任")
    acts_as(world, "何主任", conferring.consent, conf.conference(world, case).id)
    assert (stage(world, case), conf.conferences(world, case)) == (Stage.CONCLUDED, 2)
    await conf.quiet(world, case)
    await world.turns(working_days=1)
    assert (alarmed(world, "施主任"), alarmed(world, "何主任")) == (3, 3)
    await conf.quiet(world, case)


# refusals


async def test_there_is_none_before_the_second_dissatisfied(world: World) -> None:
    """After the first the case is handled anew; a forged button is told so, and nothing is recorded."""
    case = await placed.closed(world, verdict=Verdict.DISSATISFIED)
    await world.turns(working_days=1)
    for name in ("何主任", "施主任"):
        digest = world[name].hears("预警1件")
        assert "会商" not in world[name].buttons(digest)
        assert "请先重新办理" in await casework_replies.presses_blindly(world[name], "c.confer", case, 1)
    assert "重新办理" in world["何主任"].buttons()
    with pytest.raises(Refused, match="handled anew as often"):
        conf.record(world, case)
    await conf.quiet(world, case)


@pytest.mark.long
async def test_there_is_none_before_the_last_window_is_over(world: World) -> None:
    """As long as the proposer may still change his answer nobody confers about it."""
    case = await spent(world)
    world.acts(lambda book: _reopen(book, placed.form(world, case).id))
    with pytest.raises(Refused, match="dissatisfied"):
        conf.record(world, case)


def _reopen(book: Book, form_id: int) -> None:
    book.change(book.get(Form, form_id), closes_on=book.today)


@pytest.mark.long
async def test_there_is_none_where_he_is_satisfied_in_the_end(world: World) -> None:
    """Nobody confers against what the proposer says."""
    case = await spent(world)
    world.acts(lambda book: _satisfy(book, placed.form(world, case).id))
    with pytest.raises(Refused, match="dissatisfied"):
        conf.record(world, case)


def _satisfy(book: Book, form_id: int) -> None:
    for answer in book.all(select(Answer).where(Answer.form_id == form_id)):
        book.change(answer, attitude=Verdict.SATISFIED, result=Verdict.SATISFIED)


@pytest.mark.long
async def test_nobody_else_records_or_agrees(world: World) -> None:
    """Neither clerk nor the other desk, unit, leader or proposer; nobody agrees for his own side."""
    case = await spent(world)
    for name in world.phones:
        if name not in ("何主任", "施主任"):
            with pytest.raises(Refused, match="Only"):
                conf.record(world, case, name)
            assert await casework_replies.presses_blindly(await _awake(world, name), "c.confer", case, 1)
    assert conf.conferences(world, case) == 0
    conf.record(world, case)
    await conf.quiet(world, case)
    meeting = conf.conference(world, case).id
    for name in world.phones:
        if name != "施主任":
            with pytest.raises(Refused):
                acts_as(world, name, conferring.consent, meeting)
            with pytest.raises(Refused):
                acts_as(world, name, conferring.object_to, meeting, "不同意")
            said = await casework_replies.presses_blindly(world[name], "h.consent", meeting, 1)
            assert "没有任何变动" in said or "请人大（政协）确认" in said, name
    assert (stage(world, case), conf.conference(world, case).stage) == (Stage.REPLIED, Stage.TO_AGREE)
    await conf.quiet(world, case)


async def _awake(world: World, name: str) -> Phone:
    await world[name].writes("在吗")
    world[name].skims()
    return world[name]


@pytest.mark.long
async def test_it_is_recorded_once_and_decided_once(world: World) -> None:
    """The slower of two is told so, on an old card as in the act; the first record stays as it is."""
    case = await spent(world)
    await world.turns(working_days=1)
    await conf.quiet(world, case)
    old, button = world["施主任"].find("会商")
    conf.record(world, case)
    await world.settled()
    assert "正等待对方确认" in await world["施主任"].presses_data(old, button.data, forged=True)
    with pytest.raises(Refused, match="recorded already"):
        conf.record(world, case, "施主任")
    asked, consent = world["施主任"].find("同意")
    meeting = conf.conference(world, case)
    with pytest.raises(Stale):
        acts_as(world, "施主任", conferring.consent, meeting.id, meeting.version + 1)
    acts_as(world, "施主任", conferring.consent, meeting.id, meeting.version)
    with pytest.raises(Stale):
        acts_as(world, "施主任", conferring.consent, meeting.id)
    with pytest.raises(Stale):
        acts_as(world, "施主任", conferring.object_to, meeting.id, "不同意")
    with pytest.raises(Stale):
        conf.record(world, case)
    await world.settled()
    assert "没有任何变动" in await world["施主任"].presses_data(asked, consent.data, forged=True)
    assert conf.conferences(world, case) == 1
    assert version(world, case) == meeting.version + 1
    await conf.quiet(world, case)


@pytest.mark.long
async def test_what_is_typed_wrongly_is_asked_again(world: World) -> None:
    """A day to come, one before the form, nothing, too much: the question stays, and nothing is recorded."""
    case = await spent(world)
    chief, today = world["何主任"], world.clock.today
    await chief.writes("/case 001")
    await chief.presses("会商")
    for typed, said in (
        ((today + timedelta(days=1)).isoformat(), "不能晚于"),
        ((today - timedelta(days=30)).isoformat(), "不能早于"),
        ("改天", "不是日期"),
    ):
        await chief.writes(typed)
        chief.sees(said)
    await chief.writes(today.isoformat())
    await chief.writes("长" * 101)
    chief.sees("最多100字")
    await chief.writes("市政府三楼会议室")
    await chief.presses("选好了")
    await chief.presses("提出人参加")
    await chief.writes("长" * 2001)
    chief.sees("最多2000字")
    await chief.writes("长" * 4000)
    await chief.writes("长" * 1000)
    assert conf.conferences(world, case) == 0
    await chief.presses("取消")
    chief.sees("没有任何变动")
    await conf.quiet(world, case)


@pytest.mark.long
@pytest.mark.parametrize(
    ("how", "says"),
    [
        (lambda today: {"held_on": today + timedelta(days=1)}, "still to come"),
        (lambda _: {"conclusion": " "}, "what was concluded"),
        (lambda _: {"conclusion": "长" * 5000}, "at most"),
        (lambda _: {"unit_ids": (99_999,)}, "no longer there"),
    ],
)
async def test_the_act_refuses_it_too(world: World, how: Callable[..., dict[str, Any]], says: str) -> None:
    """The question's guard is not the only one."""
    case = await spent(world)
    with pytest.raises(Refused, match=says):
        conf.record(world, case, **how(world.clock.today))
    assert conf.conferences(world, case) == 0


@pytest.mark.long
async def test_words_that_he_kept_from_the_unit_are_refused_as_points(world: World) -> None:
    """What the unit gets is the office's own wording; in the conclusion, which it does not get, they may stand."""
    reason = "打了三次电话也没人接，答复没有写明时限。"
    case = await spent(world, reason=reason, telling=Telling.DESK_AND_OFFICE)
    with pytest.raises(Refused, match="own words"):
        conf.record(world, case, points=f"提出人反映：{reason}")
    chief = world["何主任"]
    await chief.writes("/case 001")
    await conf.records(world, "何主任", points=reason)
    assert any("提出人的原话" in view.text for view in chief.messages)
    await conf.quiet(world, case)


# modes, files, reach


@pytest.mark.long
async def test_light_mode_sends_nobody_s_words(tmp_path: Path) -> None:
    """Days, units and who took part travel; place, conclusion, points and reasons are read on paper."""
    async with casework_replies.light(tmp_path) as world:
        case = await spent(world)
        conf.record(world, case, points=POINTS, proposer_joined=False, absence="在外地开会。")
        await world.settled()
        texts = [world["施主任"].hears("会商记录", "会商日期", "市住建局", "请看纸质件").text]
        await world["施主任"].presses("同意")
        texts.append(world["施主任"].hears("会商日期", "请看纸质件").text)
        await world["施主任"].presses("同意", within="您同意后，预警解除")
        texts.append(world["何代表"].hears("已经会商", "请看纸质件", "内容保留").text)
        texts.append(world["戚联络员"].hears("需补充办理", "请看纸质件").text)
        for words in (CONCLUSION, POINTS, "三楼会议室", "在外地开会"):
            assert not [text for text in texts if words in text], words
        await conf.quiet(world, case)


@pytest.mark.long
async def test_a_file_stands_for_the_conclusion(world: World) -> None:
    """The other side and the proposer get it; the unit does not."""
    case = await spent(world)
    chief = world["何主任"]
    await chief.writes("/case 001")
    await chief.presses("会商")
    await chief.writes(world.clock.today.isoformat())
    await chief.writes("视频会议")
    await chief.presses("选好了")
    await chief.presses("提出人参加")
    await chief.sends("会商纪要.pdf", b"%PDF-1.4", "application/pdf")
    await chief.writes(POINTS)
    await chief.presses("不定时限")
    chief.sees("附件：1个")
    await chief.presses("提交")
    assert [view.text for view in world["施主任"].unheard if view.file is not None], "the record's file"
    world["施主任"].skims()
    acts_as(world, "施主任", conferring.consent, conf.conference(world, case).id)
    await world.settled()
    assert "会商纪要.pdf" in [view.file.name for view in world["何代表"].unheard if view.file is not None]
    assert [view for view in world["何代表"].unheard if "已经会商" in view.text]
    assert "会商纪要" not in world["戚联络员"].hears("需补充办理", POINTS).text
    world["戚联络员"].hears_nothing()
    await conf.quiet(world, case)


@pytest.mark.long
async def test_a_proposer_who_has_not_joined_is_told_on_paper(world: World) -> None:
    """Office and desk are asked to."""
    case = await conf.recorded(world)
    proposer = casework_replies.person_id(world, "何代表")
    world.acts(lambda book: book.change(book.get(Person, proposer), account=None))
    acts_as(world, "施主任", conferring.consent, conf.conference(world, case).id)
    await world.settled()
    world["何主任"].hears("请书面告知会商结论")
    world["何代表"].hears_nothing()
    await conf.quiet(world, case)


@pytest.mark.long
async def test_what_is_to_be_made_up_is_watched(world: World) -> None:
    """On its day the unit is reminded, as of any promise; the reply's own promise is shown as it was."""
    case = await conf.recorded(world, points=POINTS, points_due=None)
    acts_as(world, "施主任", conferring.object_to, conf.conference(world, case).id, "请定时限。")
    due = world.clock.today + timedelta(days=21)
    conf.record(world, case, points=POINTS, points_due=due)
    acts_as(world, "施主任", conferring.consent, conf.conference(world, case).id)
    await conf.quiet(world, case)
    await world.turns(days=21)
    assert any("承诺" in view.text and "001号" in view.text for view in world["戚联络员"].messages)
    await conf.quiet(world, case)


@pytest.mark.long
async def test_what_is_done_in_the_open_stands_in_the_history(world: World) -> None:
    """Office and desk read each step, unit and proposer that it was agreed on, a city leader nothing of it."""
    case = await conf.recorded(world)
    acts_as(world, "施主任", conferring.consent, conf.conference(world, case).id)
    await conf.quiet(world, case)
    for name, words in (("吕科员", ("填报会商记录", "已会商")), ("何代表", ("已会商",)), ("戚联络员", ("已会商",))):
        await world[name].writes("/case 001")
        world[name].skims()
        text = "\n".join(view.text for view in world[name].messages[-2:])
        assert [word for word in words if word not in text] == [], (name, text)
        world[name].skims()
    await world["李副市长"].writes("/case 001")
    assert "会商" not in "\n".join(view.text for view in world["李副市长"].messages)
    world["李副市长"].skims()
