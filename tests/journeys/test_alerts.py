"""预警: who is alarmed and from when, what closes an alert, how often it may be put off."""

from datetime import date, timedelta
from pathlib import Path

import pytest
from sqlmodel import col, select

from handlers import buttons
from handlers.buttons import Button
from storage.acts import disputing, papering
from storage.book import Book
from storage.records import verify
from storage.rules.words import CaseKind, Closing, DisputeReason, DisputeTelling, Verdict
from storage.tables import Alert, Dispute, Part, Person, Posting
from tests import casework_forms as placed
from tests import casework_mornings
from tests.casework_mornings import moment
from tests.casework_replies import acts_as, part_id, person_id
from tests.conftest import CAST
from tests.world import World, label

OFFICE = ("何主任", "吕科员")
NEVER = tuple(row.name for row in CAST if row.name not in (*OFFICE, "施主任", "何代表"))


def skim(world: World) -> None:
    """Take everything as heard."""
    for phone in world.phones.values():
        phone.skims()


def alert(world: World) -> Alert:
    """Give the newest alert."""
    newest = select(Alert).order_by(col(Alert.id).desc())
    found = world.look(lambda read: read.exec(newest).first())
    assert found is not None
    return found


def alarmed(world: World, name: str) -> list[str]:
    """List the digests in a chat that carry an alert."""
    return [view.text for view in world[name].messages if "预警" in view.text and "今日提醒" in view.text]


async def dissatisfied(world: World, number: str = "001") -> int:
    """Place a case whose proposer has answered 不满意 today."""
    return await placed.submitted(world, number, Verdict.DISSATISFIED)


async def known(world: World, number: str = "001") -> int:
    """Place one whose window is over, on the morning on which the office knows too."""
    case = await placed.closed(world, number, Verdict.DISSATISFIED)
    await world.turns(working_days=1)
    for name in world.phones:
        if name not in (*OFFICE, "施主任"):
            world[name].skims()
    return case


async def test_the_desk_is_alarmed_every_morning_and_the_office_after_the_window(world: World) -> None:
    """Units, leaders and the proposer never; the office from the morning after the window's last day."""
    case = await dissatisfied(world)
    closes = placed.closes_on(world, case)
    await world.turns(working_days=1)
    digest = world["施主任"].hears("预警1件", "建议001号", "不满意", "2026年3月3日")
    assert [label(b.text) for row in digest.buttons for b in row] == ["已处置", "延后提醒"]
    assert [b.text for row in digest.buttons for b in row] == ["001 已处置", "001 延后提醒"]
    await world.turns(to=moment(closes.month, closes.day))
    assert not alarmed(world, "吕科员")
    mornings = casework_mornings.mornings(world)
    assert len(alarmed(world, "施主任")) == len(mornings)
    await world.turns(working_days=1)
    for name in OFFICE:
        assert len(alarmed(world, name)) == 1
    for name in (*NEVER, "何代表"):
        assert not [view for view in world[name].messages if "预警" in view.text], name
    assert alert(world).office_from == closes + timedelta(days=1)
    skim(world)


async def test_the_desk_s_word_closes_it(world: World) -> None:
    """What was done is asked and kept; the next morning is silent."""
    await dissatisfied(world)
    await world.turns(working_days=1)
    desk = world["施主任"]
    desk.hears("预警1件")
    await desk.presses("已处置")
    desk.hears("处置情况如何")
    await desk.writes("已会同承办单位当面说明，代表同意年内再看。")
    desk.hears("此件不再预警")
    row = alert(world)
    assert (row.closed_by, row.handled) == (Closing.DESK_CONFIRMED, "已会同承办单位当面说明，代表同意年内再看。")
    await world.turns(working_days=3)
    assert len(alarmed(world, "施主任")) == 1
    assert world.look(verify)[1] is None
    skim(world)


async def test_the_office_s_word_closes_nothing_until_the_desk_confirms(world: World) -> None:
    """The desk is asked to confirm; until it does the desk is alarmed on, and then the office hears that it is over."""
    await known(world)
    desk, clerk = world["施主任"], world["吕科员"]
    skim(world)
    await clerk.presses("已处置")
    clerk.hears("处置情况如何")
    await clerk.writes("已约谈单位，三日内补充答复。")
    clerk.hears("请人大（政协）确认")
    asked = desk.hears("吕科员报告已处置", "不满意", "三日内补充答复")
    assert desk.buttons(asked)[0] == "确认"
    assert alert(world).closed_at is None
    await world.turns(working_days=1)
    desk.hears("预警1件", "吕科员报已处置")
    digest = clerk.hears("预警1件")
    assert "已处置" not in clerk.buttons(digest)
    assert await desk.presses("确认") == "已确认"
    assert alert(world).closed_by == Closing.DESK_CONFIRMED
    for name in OFFICE:
        world[name].hears("施主任已确认处置")
    await world.turns(working_days=2)
    assert len(alarmed(world, "施主任")) == 1, "the digest in which it was confirmed says so, none came after it"
    skim(world)


async def test_it_can_be_put_off_twice_each_time_until_a_day_with_a_reason(world: World) -> None:
    """A third time is refused in words, and no button offers it."""
    await dissatisfied(world)
    await world.turns(working_days=1)
    desk = world["施主任"]
    for until in ("2026-03-06", "2026-03-10"):
        desk.skims()
        await desk.presses("延后提醒")
        desk.hears("延后到哪一天")
        await desk.writes(until)
        desk.hears("原因")
        await desk.writes("承办单位正在补充办理。")
        desk.hears("早上再次提醒")
        before = len(alarmed(world, "施主任"))
        day = date.fromisoformat(until)
        await world.turns(to=moment(day.month, day.day, 8))
        assert len(alarmed(world, "施主任")) == before
        await world.turns(to=moment(day.month, day.day))
        assert len(alarmed(world, "施主任")) == before + 1
    digest = desk.hears("预警1件", "3月10日")
    assert desk.buttons(digest) == ["已处置"]
    old, button = desk.find("延后提醒")
    assert "已延后两次" in await desk.presses_data(old, button.data)
    skim(world)


@pytest.mark.parametrize(
    ("typed", "said"), [("2026-03-03", "不能早于"), ("2026-05-30", "不能晚于"), ("改天", "不是日期")]
)
async def test_a_bad_day_is_refused_and_the_question_stays(world: World, typed: str, said: str) -> None:
    """Not today, not beyond a month, not a word."""
    await dissatisfied(world)
    await world.turns(working_days=1)
    desk = world["施主任"]
    await desk.presses("延后提醒")
    await desk.writes(typed)
    desk.sees(said)
    assert alert(world).postponed == 0
    skim(world)


@pytest.mark.long
async def test_the_office_silences_itself_alone(world: World) -> None:
    """The handling side's postponement never keeps the desk's alarm from coming."""
    await known(world)
    clerk = world["吕科员"]
    skim(world)
    await clerk.presses("延后提醒")
    await clerk.writes("2026-03-20")
    await clerk.writes("待会商。")
    skim(world)
    await world.turns(working_days=3)
    assert len(alarmed(world, "施主任")) == 4
    assert len(alarmed(world, "吕科员")) == len(alarmed(world, "何主任")) == 1
    row = alert(world)
    assert (row.postponed, row.office_postponed, row.office_from) == (0, 1, date(2026, 3, 20))
    skim(world)


async def test_a_newer_answer_closes_it_and_a_still_newer_one_opens_it(world: World) -> None:
    """Only the proposer's own word: no longer 不满意, and then again."""
    case = await dissatisfied(world)
    await world.turns(working_days=1)
    skim(world)
    placed.submit(world, case, Verdict.BASICALLY)
    await world.turns(working_days=2)
    assert alert(world).closed_by == Closing.NEW_FORM
    assert len(alarmed(world, "施主任")) == 1
    placed.submit(world, case, Verdict.DISSATISFIED)
    await world.turns(working_days=1)
    assert alert(world).closed_at is None
    assert len(alarmed(world, "施主任")) == 2
    skim(world)


async def test_what_is_no_longer_so_cannot_be_handled(world: World) -> None:
    """The answer was changed between the digest and the press."""
    case = await dissatisfied(world)
    await world.turns(working_days=1)
    skim(world)
    placed.submit(world, case, Verdict.SATISFIED)
    assert "已经办结" in await world["施主任"].presses("已处置")
    skim(world)


async def test_a_dispute_alarms_the_desk_and_the_office_only_where_the_proposer_chose_so(world: World) -> None:
    """Each dispute by its own choice; the finding closes the alert."""
    for number, telling in (("001", DisputeTelling.DESK_ONLY), ("002", DisputeTelling.OFFICE_TOO)):
        case = await placed.closed(world, number)
        acts_as(world, "何代表", disputing.dispute, placed.form(world, case).id, DisputeReason.PRESSED, "", telling)
    skim(world)
    await world.turns(working_days=1)
    text = world["施主任"].hears("预警2件").text
    assert "001号" in text
    assert "002号" in text
    for name in OFFICE:
        digest = world[name].hears("预警1件", "002号")
        assert "001号" not in digest.text
    for name in NEVER:
        assert not [view for view in world[name].messages if "预警" in view.text], name
    for row in world.look(lambda read: read.exec(select(Dispute)).all()):
        acts_as(world, "施主任", disputing.find, row.id, "经回访，评价并非本人意愿。", upheld=True)
    await world.turns(working_days=1)
    assert {row.closed_by for row in world.look(lambda read: read.exec(select(Alert)).all())} == {Closing.FINDING}
    assert len(alarmed(world, "施主任")) == 1
    skim(world)


async def test_the_desk_s_word_closes_a_disputed_one_the_office_s_does_not(world: World) -> None:
    """已处置 by the desk settles it; by the office it asks the desk."""
    case = await placed.closed(world)
    acts_as(
        world,
        "何代表",
        disputing.dispute,
        placed.form(world, case).id,
        DisputeReason.PRESSED,
        "",
        DisputeTelling.OFFICE_TOO,
    )
    await world.turns(working_days=1)
    skim(world)
    await world["何主任"].presses("已处置")
    await world["何主任"].writes("已核查。")
    assert alert(world).closed_at is None
    await world["施主任"].presses("已处置")
    await world["施主任"].writes("已与代表见面核实。")
    assert alert(world).closed_by == Closing.HANDLED
    skim(world)


async def test_a_denied_paper_form_alarms_the_desk_alone(world: World) -> None:
    """Until the proposer answers himself or owns a paper form."""
    case = await placed.paper(world)
    acts_as(world, "何代表", papering.deny, placed.form(world, case).id)
    await world.turns(working_days=1)
    world["施主任"].hears("预警1件", "001号")
    assert not alarmed(world, "吕科员")
    placed.submit(world, case, Verdict.SATISFIED)
    skim(world)
    await world.turns(working_days=1)
    assert alert(world).closed_by == Closing.VERIFIED
    assert len(alarmed(world, "施主任")) == 1
    skim(world)


async def test_where_the_government_office_is_host_it_is_not_alarmed(world: World) -> None:
    """The desk takes its place in everything about the survey (chat.md 1)."""
    case = await dissatisfied(world)
    office_unit = world.look(
        lambda read: read.exec(select(Posting.unit_id).where(Posting.person_id == person_id(world, "吕科员"))).first()
    )

    def host(book: Book) -> None:
        book.change(book.get(Part, part_id(world, case)), unit_id=office_unit)

    world.acts(host)
    placed.elapse(world, case)
    await world.turns(working_days=2)
    assert alert(world).office_from is None
    assert not alarmed(world, "吕科员")
    assert alarmed(world, "施主任")
    skim(world)


@pytest.mark.long
async def test_many_alerts_come_eight_at_a_time(world: World) -> None:
    """The digest shows eight with their buttons and leads to the list, which can be turned."""
    for number in range(1, 10):
        await dissatisfied(world, f"{number:03d}")
    await world.turns(working_days=1)
    desk = world["施主任"]
    digest = desk.hears("预警9件")
    found = desk.buttons(digest)
    assert found.count("已处置") == found.count("延后提醒") == 8
    assert found[-1] == "全部预警"
    await desk.presses("全部预警")
    page = desk.hears("预警：9件", "1. 建议001号", "8. 建议008号")
    assert "009号" not in page.text
    await desk.presses("▶")
    assert desk.sees("预警：9件", "9. 建议009号")
    skim(world)


async def test_the_list_of_alerts(world: World) -> None:
    """/alerts or 预警: the desk's own kind, the office what it may know; others are refused."""
    await dissatisfied(world)
    for typed in ("/alerts", "预警"):
        await world["施主任"].writes(typed)
        world["施主任"].hears("没有待处置的预警")
    await world.turns(working_days=1)
    skim(world)
    await world["施主任"].writes("预警")
    world["施主任"].hears("预警：1件", "001号")
    for name in ("张主任", "吕科员"):
        await world[name].writes("/alerts")
        world[name].hears("没有待处置的预警")
    for name in ("戚联络员", "姜局长", "王市长", "何代表"):
        await world[name].writes("/alerts")
        world[name].hears("预警只发")


async def test_in_a_group_no_alert_is_shown(world: World) -> None:
    """The list goes to the private chat."""
    await dissatisfied(world)
    await world.turns(working_days=1)
    desk = world["施主任"]
    desk.skims()
    group = await world.standin.group(-100_7, "代表工委群", [desk.user_id])
    await world.standin.add_bot(group, desk.user_id)
    await world.settled()
    await desk.writes("/alerts@duban_bot", chat_id=group)
    desk.hears("预警：1件")
    assert not any("不满意" in view.text or "001" in view.text for view in world.standin.chat(group))


@pytest.mark.parametrize("press", ["alert.done", "alert.later", "alert.ok"])
async def test_nobody_else_acts_on_an_alert(world: World, press: str) -> None:
    """Before its time the office neither; a button made by whatever way is refused, and nothing is told by it."""
    await dissatisfied(world)
    await world.turns(working_days=1)
    skim(world)
    row = alert(world)
    assert world.app is not None
    for name in ("吕科员", "何主任", "张主任", "戚联络员", "姜局长", "王市长", "何代表"):
        await world[name].writes("在吗")
        data = buttons.pack(Button(press, row.id, row.version), world[name].user_id, world.app.office.key)
        said = await world[name].presses_data(world[name].messages[-1], data, forged=True)
        assert said == "这条预警不由您处置，没有任何变动", name
        world[name].skims()
    assert alert(world).version == row.version


async def test_the_second_press_on_a_settled_alert_is_told_so(world: World) -> None:
    """Two of one desk: the slower finds it closed."""
    await dissatisfied(world)
    await world.turns(working_days=1)
    desk = world["施主任"]
    view, button = desk.find("已处置")
    await desk.presses("已处置")
    await desk.writes("已处置完毕。")
    assert "已经办结" in await desk.presses_data(view, button.data, forged=True)
    skim(world)


async def test_too_many_words_are_refused_and_the_question_stays(world: World) -> None:
    """A thousand characters are enough; nothing was changed."""
    await dissatisfied(world)
    await world.turns(working_days=1)
    desk = world["施主任"]
    await desk.presses("已处置")
    await desk.writes("长" * 1001)
    desk.sees("最多1000字")
    assert alert(world).handled_at is None
    skim(world)


async def test_light_mode_sends_no_words(tmp_path: Path) -> None:
    """What the office says it has done is read elsewhere; number, title and cause travel."""
    async with casework_mornings.town(tmp_path, full=False) as world:
        await known(world)
        skim(world)
        await world["吕科员"].presses("已处置")
        await world["吕科员"].writes("已约谈。")
        asked = world["施主任"].hears("吕科员报告已处置", "正文不在此发送")
        assert "约谈" not in asked.text
        skim(world)


async def test_alerts_of_proposals_go_to_their_own_desk(world: World) -> None:
    """The congress desk hears of suggestions, the proposal desk of proposals."""
    case = await placed.opened(world, kind=CaseKind.PROPOSAL)
    placed.submit(world, case, Verdict.DISSATISFIED, by="云委员")
    await world.turns(working_days=1)
    skim(world)
    assert alarmed(world, "张主任")
    assert not alarmed(world, "施主任")


async def test_an_alert_in_english(world: World) -> None:
    """Each reader in his own language."""
    await dissatisfied(world)
    world.acts(lambda book: book.change(book.get(Person, person_id(world, "施主任")), language="en"))
    await world.turns(working_days=1)
    digest = world["施主任"].hears("1 alerts", "suggestion 001", "dissatisfied")
    assert [b.text for row in digest.buttons for b in row] == ["001 Handled", "001 Remind later"]
    skim(world)
