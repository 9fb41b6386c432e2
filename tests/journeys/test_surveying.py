"""征询意见表: answered by its proposer alone, changed in silence, shown to nobody before its time."""

from datetime import date, datetime, timedelta
from functools import partial
from pathlib import Path

import pytest
from sqlmodel import col, select

from bot.sandbox.views import View
from handlers.reception import Reception
from handlers.surveying import said
from storage.acts import delivering, surveying
from storage.queries import forms
from storage.reading import Read
from storage.records import verify
from storage.rules.stages import Stage
from storage.rules.words import Solved, Telling, Verdict
from storage.tables import Case, Draft, Due, Entry, Form, Letter, Person
from tests import casework, casework_replies
from tests import casework_forms as placed
from tests.casework_replies import person_id
from tests.conftest import CAST
from tests.world import ZONE, World, label, person

OTHERS = tuple(row.name for row in CAST if row.name not in ("何代表", "施主任"))
RATINGS = ("满意", "已解决", "未解决", "部分解决", "没有动工", "针对", "走访")
DISSATISFIED = {"attitude": "不满意", "result": "不满意", "solved": "未解决", "reason": "管网没有动工。"}


def faces(views: list[View]) -> list[tuple[str, tuple[str, ...]]]:
    """Give what a chat looks like: words and buttons."""
    return [(view.text, tuple(label(b.text) for row in view.buttons for b in row)) for view in views]


def dues(world: World, kind: str) -> list[date]:
    """List the days on which the clock is to do something."""
    return world.look(lambda read: sorted(due.due_on for due in read.exec(select(Due).where(Due.kind == kind))))


def kept(world: World) -> list[str]:
    """List every rendered text that the outbox keeps."""
    return world.look(lambda read: [text for text in read.exec(select(Letter.text)) if text])


async def test_the_form_is_filled_step_by_step_and_leaves_a_receipt_alone(world: World) -> None:
    """Nothing is preselected, one receipt says that it was handed in, and neither chat nor outbox keeps what."""
    case = await placed.opened(world)
    deputy = world["何代表"]
    assert {"填写征询意见表", "请工作人员打电话给我"} <= set(deputy.buttons())
    before = len(deputy.messages)
    await deputy.presses("填写征询意见表")
    question = deputy.hears("办理态度")
    assert [label(b.text) for row in question.buttons for b in row] == ["满意", "基本满意", "不满意", "取消"]
    assert all(len(row) == 1 for row in question.buttons[:3]), "one full-width button a row"
    for word in ("不满意", "基本满意", "部分解决", "没有联系过", "基本针对"):
        await deputy.presses(word)
    await deputy.writes("管网没有动工。")
    await deputy.presses("只给人大政协和政府办")
    look = deputy.hears("现在还没有提交", "不满意", "基本满意", "部分解决", "没有动工")
    assert deputy.buttons(look)[0] == "提交"
    assert await deputy.presses("提交") == "已提交"
    receipt = deputy.hears("已提交", "回执编号", "市住建局")
    assert not any(word in receipt.text for word in RATINGS)
    assert len(deputy.messages) == before + 1, "the steps and his own words are taken away"
    assert not any(word in view.text for view in deputy.messages for word in ("没有动工", "部分解决"))
    assert not any(word in text for text in kept(world) for word in ("部分解决", "没有联系过"))
    assert world.look(lambda read: read.exec(select(Draft)).first()) is None
    world["施主任"].hears("不满意", "没有动工", "不告知其他人")
    assert not any(word in text for text in kept(world) for word in ("没有动工", "“不满意”"))
    (answer,) = placed.answers(world, case)
    assert (answer.attitude, answer.result, answer.solved) == ("dissatisfied", "basically", "partly")
    assert (answer.reason, answer.telling, answer.source) == ("管网没有动工。", "desk_and_office", "proposer")
    for name in OTHERS:
        world[name].hears_nothing()


async def test_an_answer_is_changed_in_silence_and_the_last_one_counts(world: World) -> None:
    """Who looks at the chat before and after cannot tell that it was changed; there is one receipt a form."""
    case = await placed.opened(world)
    deputy = world["何代表"]
    await placed.fills(world, **DISSATISFIED)
    await deputy.presses("提交")
    deputy.hears("回执编号")
    world["施主任"].hears("不满意")
    once = faces(deputy.messages)
    await placed.fills(world)
    assert await deputy.presses("提交") == "已提交"
    assert faces(deputy.messages) == once
    await placed.fills(world, result="基本满意")
    assert await deputy.presses("提交") == "已提交"
    assert faces(deputy.messages) == once
    assert [(a.attitude, a.result) for a in placed.answers(world, case)] == [
        ("dissatisfied", "dissatisfied"),
        ("satisfied", "satisfied"),
        ("satisfied", "basically"),
    ]
    deputy.skims()
    for name in ("施主任", *OTHERS):
        world[name].hears_nothing()


async def test_answered_under_eyes_and_changed_at_home(world: World) -> None:
    """满意 with somebody beside him, 不满意 later: the desk hears, the chat shows nothing, the unit only at the end."""
    case = await placed.submitted(world)
    deputy, desk = world["何代表"], world["施主任"]
    seen = faces(deputy.messages)
    await placed.fills(world, **DISSATISFIED, telling="只给人大政协和政府办")
    await deputy.presses("提交")
    assert faces(deputy.messages) == seen
    deputy.skims()
    desk.hears("不满意", "没有动工")
    world["姜局长"].hears_nothing()
    await placed.close(world, case)
    head = world["姜局长"].hears("市住建局", "办理态度“不满意”", "需补充办理")
    assert "没有动工" not in head.text
    world["何主任"].hears("办理态度“不满意”", "没有动工")
    for name in ("施主任", "吕科员", "章副局长", "戚联络员", "华科员"):
        world[name].hears("办理态度“不满意”")
    deputy.hears_nothing()


async def test_the_unit_sees_nothing_of_a_form_until_its_window_has_closed(world: World) -> None:
    """Drawn, opened, recalled, answered, changed: no letter, no edit, no other button for unit and office."""
    case = await casework_replies.delivered(world, received=True)
    watchers = (
        "姜局长",
        "章副局长",
        "戚联络员",
        "华科员",
        "何主任",
        "吕科员",
        "李副市长",
        "王市长",
        "尤局长",
        "金代表",
    )
    standing = {name: faces(world[name].messages) for name in watchers}
    letters = world.look(lambda read: len(list(_letters_to(read, [person_id(world, name) for name in watchers]))))
    row = placed.form(world, case)
    world.acts(surveying.open_form, row.id)
    await world.settled()
    world.acts(surveying.remind, row.id)
    await world.settled()
    placed.submit(world, case, Verdict.DISSATISFIED)
    placed.submit(world, case, Verdict.SATISFIED)
    await world.settled()
    assert {name: faces(world[name].messages) for name in watchers} == standing
    assert world.look(lambda read: len(list(_letters_to(read, [person_id(world, n) for n in watchers])))) == letters
    for name in watchers:
        who = person_id(world, name)
        assert world.look(partial(forms.of_case, case_id=case, person_id=who, today=world.clock.today)) == ()
        assert world.look(partial(forms.events, case_id=case, person_id=who, today=world.clock.today)) == ()
    world["何代表"].skims()
    world["施主任"].skims()


def _letters_to(read: Read, people: list[int]) -> list[int]:
    return list(read.exec(select(Letter.id).where(col(Letter.person_id).in_(people))))


@pytest.mark.parametrize("verdict", [Verdict.SATISFIED, Verdict.BASICALLY, None])
async def test_after_the_window_everybody_hears_what_is_his(world: World, verdict: Verdict | None) -> None:
    """Desk, office and unit are told once; city leaders and other units nothing; the case is concluded."""
    case = await placed.submitted(world, verdict=verdict) if verdict else await placed.opened(world)
    await placed.close(world, case)
    told = {Verdict.SATISFIED: "办理态度“满意”", Verdict.BASICALLY: "“基本满意”", None: "未反馈"}[verdict]
    for name in ("施主任", "何主任", "吕科员", "姜局长", "章副局长", "戚联络员", "华科员"):
        notice = world[name].hears("市住建局", told)
        assert ("答复前联系" in notice.text) is (verdict is not None and name in ("施主任", "何主任", "吕科员"))
    world.acts(surveying.conclude, case)
    await world.settled()
    assert world.look(lambda read: read.get_one(Case, case).stage) == Stage.CONCLUDED
    stage = Stage.CLOSED if verdict else Stage.UNANSWERED
    assert placed.form(world, case).stage == stage
    world.acts(surveying.close_form, placed.form(world, case).id)
    await world.settled()


async def test_a_dissatisfied_case_is_not_concluded(world: World) -> None:
    """It waits for what follows: handled anew, or a conference."""
    case = await placed.closed(world, verdict=Verdict.DISSATISFIED)
    world.acts(surveying.conclude, case)
    assert world.look(lambda read: read.get_one(Case, case).stage) == Stage.REPLIED


async def test_the_desk_sees_that_a_form_was_answered_but_a_good_rating_only_later(world: World) -> None:
    """The desk knows at once that it was sent and answered; 满意 it learns with the others."""
    case = await placed.submitted(world)
    desk, today = person_id(world, "施主任"), world.clock.today
    (seen,) = world.look(lambda read: forms.of_case(read, case, desk, today))
    assert (seen.submitted, seen.rating) == (True, None)
    kinds = [event.kind for event in world.look(lambda read: forms.events(read, case, desk, today))]
    assert kinds == ["opened", "submitted"]
    placed.submit(world, case, Verdict.BASICALLY)
    again = [event.kind for event in world.look(lambda read: forms.events(read, case, desk, today))]
    assert again == kinds, "a history never tells how often an answer was changed"
    world["何代表"].skims()


async def test_reminders_recall_what_is_open_and_the_window_ends_as_the_calendar_says(world: World) -> None:
    """5, 10 and 14 working days; what was answered is left alone; the form closes after its fifteenth working day."""
    case = await placed.opened(world)
    row = placed.form(world, case)
    assert row.closes_on == date(2026, 3, 23)
    days = dues(world, "form_remind")
    assert days == [date(2026, 3, 9), date(2026, 3, 16), date(2026, 3, 20)]
    assert dues(world, "form_close") == [date(2026, 3, 24)]
    deputy = world["何代表"]
    world.acts(surveying.remind, row.id)
    world.acts(surveying.remind, row.id)
    await world.settled()
    reminder = deputy.hears("截止", "由您决定")
    assert deputy.buttons(reminder) == ["填写征询意见表", "请工作人员打电话给我"]
    deputy.hears_nothing()
    placed.submit(world, case)
    await world.settled()
    deputy.skims()
    world.acts(surveying.remind, row.id)
    await world.settled()
    deputy.hears_nothing()


async def test_the_clock_opens_recalls_and_closes_by_itself(world: World) -> None:
    """From 送达 to the conclusion nobody presses anything: mornings do it."""
    case = await casework_replies.delivered(world)
    await world.turns(working_days=5)
    assert placed.form(world, case).stage == Stage.OPEN
    placed.submit(world, case)
    await world.turns(working_days=16)
    for phone in world.phones.values():
        phone.skims()
    assert placed.form(world, case).stage == Stage.CLOSED
    assert world.look(lambda read: read.get_one(Case, case).stage) == Stage.CONCLUDED


async def test_a_form_closes_even_if_the_clock_once_called_too_soon(world: World) -> None:
    """A call before the last day closes nothing and asks to be called again."""
    case = await placed.opened(world)
    row = placed.form(world, case)
    world.acts(surveying.close_form, row.id)
    assert placed.form(world, case).stage == Stage.OPEN
    again = dues(world, "form_close")
    assert again == [date(2026, 3, 24), date(2026, 3, 24)]


async def test_after_the_window_every_way_in_is_refused_in_words(world: World) -> None:
    """Old buttons, an open question and its last look: nothing is taken any more, and the questions go."""
    case = await placed.opened(world)
    deputy = world["何代表"]
    card, fill = deputy.find("填写征询意见表")
    await placed.fills(world)
    look, submit = deputy.find("提交")
    placed.elapse(world, case)
    assert "征询期已截止" in await deputy.presses_data(card, fill.data, forged=True)
    assert "征询期已截止" in await deputy.presses_data(look, submit.data)
    world.acts(surveying.close_form, placed.form(world, case).id)
    await world.settled()
    assert placed.answers(world, case) == []
    assert not any("现在还没有提交" in view.text for view in deputy.messages), "the last look is taken away"
    assert world.look(lambda read: read.exec(select(Draft)).first()) is None
    for phone in world.phones.values():
        phone.skims()


async def test_an_interrupted_form_goes_on_where_it_stood(world: World) -> None:
    """After a restart and another conversation: what was said is there, the old question is gone."""
    case = await placed.opened(world)
    deputy = world["何代表"]
    await deputy.presses("填写征询意见表")
    await deputy.presses("基本满意")
    await deputy.presses("不满意")
    await world.stop_bot()
    await world.start_bot()
    await deputy.presses("填写征询意见表")
    assert len([view for view in deputy.messages if "征询意见表 · 第" in view.text]) == 1
    for word in ("未解决", "电话联系", "未针对"):
        await deputy.presses(word)
    await deputy.writes("还没有答复到点子上。")
    await deputy.presses("可以告诉承办单位")
    await deputy.presses("提交")
    (answer,) = placed.answers(world, case)
    assert (answer.attitude, answer.result, answer.solved) == ("basically", "dissatisfied", "no")
    deputy.skims()
    world["施主任"].skims()


async def test_a_last_look_too_old_to_be_deleted_is_overwritten(world: World) -> None:
    """Telegram deletes within 48 hours only: the words go first, so that no rating is left standing."""
    await placed.opened(world)
    deputy = world["何代表"]
    await placed.fills(world, solved="部分解决")
    await world.turns(to=datetime(2026, 3, 4, 20, 0, tzinfo=ZONE))
    deputy.skims()
    await deputy.presses("提交")
    assert not any("部分解决" in view.text or "满意" in view.text for view in deputy.messages)
    deputy.sees("征询意见表")
    for phone in world.phones.values():
        phone.skims()


async def test_cancelling_leaves_neither_a_question_nor_a_word_of_it(world: World) -> None:
    """A chat in which a form was begun and cancelled looks as if nobody had touched it."""
    await placed.submitted(world)
    deputy = world["何代表"]
    before = faces(deputy.messages)
    await placed.fills(world, attitude="不满意", reason="说来话长。")
    assert await deputy.presses("取消", within="现在还没有提交") == "已取消"
    assert faces(deputy.messages) == before
    deputy.skims()


async def test_the_reason_is_asked_for_and_odd_answers_are_refused(world: World) -> None:
    """不满意 has no way round its reason; a rating, 5000 characters, a picture or somebody else's words are none."""
    case = await placed.opened(world)
    deputy = world["何代表"]
    await deputy.presses("填写征询意见表")
    for word in ("不满意", "满意", "说不清", "其他方式", "针对"):
        await deputy.presses(word)
    assert "不写" not in deputy.buttons(deputy.sees("不满意的原因"))
    await deputy.writes("不满意。")
    deputy.hears("不是原因")
    await deputy.writes("长" * 4000)
    deputy.hears("4000字")
    await deputy.sends("a.png", b"not a picture", "image/png")
    deputy.hears("不能发文件")
    await world.standin.forward(deputy.user_id, "局长说很满意", origin=world["姜局长"].user_id)
    await world.settled()
    deputy.hears("转发的是别人的话")
    await deputy.writes("电话里答应的事没有写进答复。")
    await deputy.presses("可以告诉承办单位")
    await deputy.writes("提交")
    deputy.hears("打字不会提交")
    assert placed.answers(world, case) == []
    await deputy.presses("提交")
    deputy.skims()
    world["施主任"].hears("电话里答应的事")


async def test_back_asks_the_reason_again_when_a_rating_turns(world: World) -> None:
    """满意 turned into 不满意 on the way back needs its reason, though 不写 had been pressed before."""
    case = await placed.opened(world)
    deputy = world["何代表"]
    await placed.fills(world)
    for _ in range(7):
        await deputy.presses("返回")
    deputy.sees("办理态度的评价")
    for word in ("不满意", "满意", "已解决", "走访或面商", "针对"):
        await deputy.presses(word)
    await deputy.writes("来的人态度不好。")
    await deputy.presses("可以告诉承办单位")
    await deputy.presses("提交")
    assert placed.answers(world, case)[0].reason == "来的人态度不好。"
    deputy.skims()
    world["施主任"].skims()


@pytest.fixture
def listening(monkeypatch: pytest.MonkeyPatch) -> None:
    """Have the reception ask the survey first what a typed text is."""
    former = Reception.said

    async def ask(self: Reception, call: object, office: object) -> object:
        return await said(call, office) or await former(self, call, office)  # type: ignore[arg-type]

    monkeypatch.setattr(Reception, "said", ask)


@pytest.mark.parametrize("word", ["不满意", "满意", "基本满意。"])
async def test_a_typed_rating_begins_the_form_and_the_rest_is_asked(world: World, listening: None, word: str) -> None:
    """The bot says how it took the word; nothing counts before the rest is answered and handed in."""
    case = await placed.opened(world)
    deputy = world["何代表"]
    await deputy.writes(word)
    deputy.hears("办理结果", f"“{word.strip('。')}”记作对办理态度的评价")
    assert placed.answers(world, case) == []
    await deputy.presses("返回")
    deputy.sees("办理态度的评价：")
    await deputy.writes("满意")
    await deputy.writes("满意")
    await deputy.presses("已解决")
    deputy.skims()


async def test_a_typed_rating_asks_which_of_several_forms_is_meant(world: World, listening: None) -> None:
    """A reply to a case's message is about that case; otherwise he is asked; a forwarded word is nobody's rating."""
    await placed.opened(world, "001")
    await placed.opened(world, "002")
    deputy = world["何代表"]
    await deputy.writes("满意")
    assert deputy.buttons(deputy.hears("哪一份")) == ["市住建局", "市住建局"]
    await deputy.writes("满意", reply_to=deputy.sees("002号", "填写征询意见表"))
    deputy.hears("记作对办理态度的评价")
    await deputy.presses("取消", within="办理结果")
    await world.standin.forward(deputy.user_id, "满意", origin=world["姜局长"].user_id)
    await world.settled()
    deputy.hears("转发的是别人的话")


async def test_nobody_elses_typed_word_is_a_rating(world: World, listening: None) -> None:
    """满意 typed by unit, office, desk, co-proposers: not understood, and nothing begun."""
    case = await placed.opened(world)
    for name in ("姜局长", "戚联络员", "何主任", "施主任", "金代表", "李副市长"):
        await world[name].writes("满意")
        world[name].skims()
    assert placed.answers(world, case) == []
    assert world.look(lambda read: read.exec(select(Draft)).first()) is None


async def test_a_spoken_reason_goes_to_the_desk_which_writes_it_down(world: World) -> None:
    """The voice is kept; what the desk types becomes the reason, once; his chat keeps neither."""
    case = await placed.opened(world)
    deputy, desk = world["何代表"], world["施主任"]
    await deputy.presses("填写征询意见表")
    for word in ("不满意", "不满意", "未解决", "没有联系过", "未针对"):
        await deputy.presses(word)
    await world.standin.send_voice(deputy.user_id, b"OggS what he said")
    await world.settled()
    await deputy.presses("可以告诉承办单位")
    deputy.hears("语音一条")
    await deputy.presses("提交")
    desk.hears("不满意", "原因是语音")
    desk.hears(file="voice")
    await desk.presses("代记语音")
    view, button = desk.find("代记语音")
    await desk.writes("他说管网根本没有动工。")
    desk.skims()
    assert placed.answers(world, case)[0].reason == "他说管网根本没有动工。"
    assert "没有需要代为记录" in await desk.presses_data(view, button.data, forged=True)
    assert all(view.file is None for view in deputy.messages)
    await placed.close(world, case)
    world["姜局长"].hears("他说管网根本没有动工。")
    for phone in world.phones.values():
        phone.skims()


async def test_he_may_ask_to_be_called_and_the_desk_alone_hears_it_once(world: World) -> None:
    """A second press on the same day rings nobody again."""
    await placed.opened(world)
    deputy = world["何代表"]
    assert "打电话给您" in await deputy.presses("请工作人员打电话给我")
    world["施主任"].hears("何代表请工作人员打电话")
    await deputy.presses("请工作人员打电话给我")
    world["施主任"].hears_nothing()


async def test_a_proposer_who_has_not_joined_is_asked_on_paper(empty_world: World) -> None:
    """The desk alone is told that the form is due, with the button for the paper."""
    world = empty_world
    await world.enrol(CAST)
    case = await casework_replies.delivered(world)
    world.acts(lambda book: book.change(book.get(Person, person_id(world, "何代表")), account=None))
    world.acts(surveying.open_form, placed.form(world, case).id)
    await world.settled()
    desk = world["施主任"].hears("尚未加入")
    assert "纸质表代录" in world["施主任"].buttons(desk)
    assert placed.form(world, case).stage == Stage.OPEN


async def test_who_works_for_the_unit_is_marked_and_counted_apart(empty_world: World) -> None:
    """有利害关系 comes from the roster: a post in the unit, working there, or under it."""
    world = empty_world
    await world.enrol((*CAST, person("樊代表", "deputy", "第一代表团", works_at="市住建局")))
    interested = await casework_replies.delivered(world, "001", lead="樊代表")
    free = await casework_replies.delivered(world, "002")
    assert placed.form(world, interested).interested
    assert not placed.form(world, free).interested
    for phone in world.phones.values():
        phone.skims()


@pytest.mark.parametrize("late", [0, 2, 4])
@pytest.mark.long
async def test_nobody_can_count_the_day_on_which_a_form_opens(world: World, late: int) -> None:
    """One to three working days after the receipt, five after 送达 at the latest; without receipt no fixed day."""
    lots: set[int] = set()
    for number in range(1, 5):
        case = await casework_replies.delivered(world, f"{number:03d}")
        row = placed.form(world, case)
        assert date(2026, 3, 5) <= row.opens_on <= date(2026, 3, 9), "three to five days, drawn"
        lots.add(row.lot)
    assert lots <= {1, 2, 3}
    days = (2, 3, 4, 5, 6)
    await world.turns(to=datetime(2026, 3, days[late], 17, 0, tzinfo=ZONE))
    for phone in world.phones.values():
        phone.skims()
    for number in range(1, 5):
        case = casework.case_id(world, f"{number:03d}")
        drawn = placed.form(world, case)
        if drawn.stage != Stage.DRAWN:
            assert drawn.opened_on == drawn.opens_on
            continue
        casework_replies.acts_as(world, "何代表", delivering.receive, casework_replies.part_id(world, case))
        moved = placed.form(world, case)
        assert moved.opens_on == min(drawn.opens_on, date(2026, 3, days[late]) + _working(moved.lot, days[late]))
        assert moved.opens_on <= date(2026, 3, 9)
    await world.settled()
    for phone in world.phones.values():
        phone.skims()


def _working(lot: int, start: int) -> timedelta:
    """Count working days in the week of 2 March 2026, a Monday."""
    day, left = start, lot
    while left:
        day += 1
        left -= date(2026, 3, day).isoweekday() < 6
    return timedelta(days=day - start)


async def test_the_record_proves_an_answer_without_telling_it(world: World) -> None:
    """No entry holds a rating, a lot or a reason in the open; the whole verifies; one receipt a form."""
    case = await placed.submitted(world, verdict=Verdict.DISSATISFIED)
    placed.submit(world, case, Verdict.SATISFIED, solved=Solved.YES, telling=Telling.DESK_AND_OFFICE)
    bodies = world.look(lambda read: [e.body.decode() for e in read.exec(select(Entry).where(Entry.case_id == case))])
    told = [body for body in bodies if '"form_' in body]
    assert len([body for body in told if '"form_answered"' in body]) == 2
    for body in told:
        assert not any(word in body for word in ("satisfied", "partly", "unit_too", "desk_and_office", "没有动工"))
        assert '"opens_on"' not in body or '"words":{' in body.split('"opens_on"')[0]
    assert len([body for body in told if "receipt" in body]) == 1
    assert world.look(verify)[1] is None
    world["何代表"].skims()


async def test_light_mode_sends_the_reason_to_desk_and_unit_alone(tmp_path: Path) -> None:
    """The rating's words go; the reason goes to the desk, and to the unit where he lets it; the office not."""
    async with casework_replies.light(tmp_path) as world:
        case = await placed.opened(world)
        deputy, desk = world["何代表"], world["施主任"]
        await placed.fills(world, **DISSATISFIED)
        deputy.hears("没有动工")  # his own words, in his own last look
        await deputy.presses("提交")
        notice = desk.hears("不满意")
        assert "没有动工" in notice.text
        await placed.close(world, case)
        assert "没有动工" not in world["何主任"].hears("不满意").text
        assert "没有动工" in world["姜局长"].hears("不满意").text
        for phone in world.phones.values():
            phone.skims()


async def test_the_form_speaks_english(world: World) -> None:
    """Every question and the receipt, for a reader whose language is English."""
    case = await placed.opened(world)
    world.acts(lambda book: book.change(book.get(Person, person_id(world, "何代表")), language="en"))
    deputy = world["何代表"]
    await deputy.presses("填写征询意见表")
    deputy.hears("The attitude in which it was handled", "step 1 of 8")
    for word in ("Satisfied", "Basically satisfied", "Partly solved", "By telephone", "It answers the point"):
        await deputy.presses(word)
    deputy.sees("What is still missing?")
    for word in ("Nothing to add", "Only congress (CPPCC) and the office"):
        await deputy.presses(word)
    assert await deputy.presses("Submit") == "Handed in"
    deputy.hears("has been handed in, receipt")
    assert placed.answers(world, case)[0].result == "basically"
    deputy.skims()


async def test_opening_twice_changes_nothing(world: World) -> None:
    """The due of the first draw finds the form open, and so does a second clock."""
    case = await placed.opened(world)
    first = placed.form(world, case)
    world.acts(surveying.open_form, first.id)
    await world.settled()
    assert placed.form(world, case).version == first.version
    assert world.look(lambda read: len(list(read.exec(select(Form).where(Form.case_id == case))))) == 1
