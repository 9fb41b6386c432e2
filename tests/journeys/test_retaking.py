"""重新办理: a second round after 不满意, with points to be made up and no words that were kept from the unit."""

from datetime import timedelta
from pathlib import Path

import pytest
from sqlmodel import col, select

from storage.acts import replying, retaking, surveying
from storage.book import Book
from storage.rules.refusals import Refused
from storage.rules.stages import Stage
from storage.rules.words import Level, Telling
from storage.tables import Answer, Case, Form, Part, Promise, Reply
from tests import casework_forms, casework_replies
from tests.casework_replies import TEXT, acts_as, part_id, redraft, reply, stage
from tests.world import World

REASON = "答复没有写明时限，打了三次电话也没人接。"
POINTS = "一是明确完工时限；二是加强与代表的联系。"


def rated(world: World, case: int, *, result: str = "dissatisfied", telling: Telling = Telling.DESK_AND_OFFICE) -> None:
    """Place what the proposer answered to the newest form, its window over since yesterday."""
    world.acts(_rate, case, result, telling)


def _rate(book: Book, case_id: int, result: str, telling: Telling) -> None:
    forms = select(Form).where(Form.case_id == case_id).order_by(col(Form.id).desc())
    form = book.one(forms)
    assert form is not None
    assert form.person_id is not None
    over = book.today - timedelta(days=1)
    book.change(form, stage=Stage.CLOSED, opened_on=over, closes_on=over)
    book.add(
        Answer(
            form_id=form.id, place=1, attitude="satisfied", result=result, solved="no", contact="visit",
            relevance="misses", reason=REASON, telling=telling, given_at=book.at, entered_by_id=form.person_id,
        )
    )  # fmt: skip
    book.refresh(case_id)


async def found_wanting(
    world: World, *, telling: Telling = Telling.DESK_AND_OFFICE, level: Level = Level.FOURTH
) -> int:
    """Place a case whose proposer was not satisfied."""
    case = await casework_replies.delivered(world, received=True, level=level)
    rated(world, case, telling=telling)
    await world.settled()
    return case


def row(world: World, case: int) -> Case:
    """Give the case as it stands."""
    return world.look(lambda read: read.get_one(Case, case))


async def test_the_office_head_begins_a_second_round(world: World) -> None:
    """The unit gets the points on a card, with a month; head, lead leader, desk and proposer hear of it."""
    case = await found_wanting(world)
    chief = world["何主任"]
    assert "重新办理" not in world["吕科员"].buttons()
    await chief.presses("重新办理")
    chief.hears("不得告知承办单位", REASON, "需补充办理什么")
    await chief.writes(POINTS)
    chief.hears("将开始新一轮办理", POINTS)
    await chief.presses("重新办理", within="将开始新一轮")
    assert "2026年4月2日" in chief.sees("新的答复期限").text
    after = row(world, case)
    assert (after.round, after.stage, after.reply_due and after.reply_due.isoformat()) == (2, "assigned", "2026-04-02")
    part = world.look(lambda read: read.get_one(Part, part_id(world, case)))
    assert (part.stage, part.due and part.due.isoformat()) == ("handling", "2026-04-02")
    for name in ("戚联络员", "华科员"):
        heard = world[name].hears("请重新办理", "第2轮", POINTS)
        assert REASON not in heard.text
        assert "提交答复" in world[name].buttons(heard)
    for name in ("姜局长", "章副局长"):
        assert REASON not in world[name].hears("请重新办理", POINTS).text
    for name in ("施主任", "吕科员"):
        world[name].hears("重新办理", "第2轮")
    heard = world["何代表"].hears("正在重新办理", "再次答复")
    assert POINTS not in heard.text
    assert world.look(lambda read: len(list(read.exec(select(Form).where(Form.case_id == case))))) == 1


@pytest.mark.long
async def test_words_that_the_proposer_frees_reach_the_unit(world: World) -> None:
    """可以告诉承办单位: the unit reads them beside the points."""
    case = await found_wanting(world, telling=Telling.UNIT_TOO)
    acts_as(world, "何主任", retaking.rehandle, case, POINTS)
    await world.settled()
    world["戚联络员"].hears(POINTS, "本人同意告知", REASON)
    for phone in world.phones.values():
        phone.skims()


@pytest.mark.long
async def test_words_that_he_kept_are_refused_as_points(world: World) -> None:
    """One sentence copied is refused before anybody hears it; the question stays open."""
    case = await found_wanting(world)
    chief = world["何主任"]
    await chief.presses("重新办理")
    chief.skims()
    await chief.writes("代表反映：打了三次电话也没人接，请改。")
    chief.hears("提出人的原话")
    with pytest.raises(Refused, match="own words"):
        acts_as(world, "何主任", retaking.rehandle, case, REASON)
    assert row(world, case).round == 1
    await chief.writes(POINTS)
    chief.hears("将开始新一轮办理")


@pytest.mark.long
async def test_the_second_reply_must_say_something_new(world: World) -> None:
    """The first text with other punctuation is refused while it is typed and in the act; both rounds are kept."""
    case = await found_wanting(world)
    acts_as(world, "何主任", retaking.rehandle, case, POINTS)
    await world.settled()
    for phone in world.phones.values():
        phone.skims()
    handler = world["华科员"]
    await handler.presses("提交答复")
    handler.skims()
    await handler.presses("A类已解决或基本解决")
    assert POINTS in handler.sees("本轮需补充办理").text
    assert "沿用上一稿" not in handler.buttons()
    await handler.writes(TEXT.replace("。", "\n"))
    handler.skims()
    assert "与第1轮答复相同" in await handler.presses("就这些")
    with pytest.raises(Refused, match="says the same"):
        redraft(world, case, text=TEXT)
    await handler.writes("三、五月底完工。")
    handler.skims()
    await handler.presses("就这些")
    await handler.presses("全文公开")
    await handler.presses("提交")
    assert (reply(world, case).round, reply(world, case).edition) == (2, 2)
    world["章副局长"].skims()


@pytest.mark.long
async def test_rounds_end_where_the_rules_say(world: World) -> None:
    """After the second 不满意 there is no third round: a conference follows, and both ratings stay."""
    case = await found_wanting(world)
    chief = world["何主任"]
    view, button = chief.find("重新办理")
    acts_as(world, "何主任", retaking.rehandle, case, POINTS)
    await casework_replies.delivered_again(world, case)
    assert row(world, case).stage == Stage.REPLIED
    rated(world, case)
    await world.settled()
    assert "重新办理" not in chief.buttons()
    assert "会商" in await chief.presses_data(view, button.data, forged=True)
    with pytest.raises(Refused, match="conference"):
        acts_as(world, "何主任", retaking.rehandle, case, POINTS)
    rounds = world.look(lambda read: [f.round for f in read.exec(select(Form).where(Form.case_id == case))])
    assert sorted(rounds) == [1, 2]
    assert world.look(lambda read: len(list(read.exec(select(Reply).where(Reply.case_id == case))))) == 2
    for phone in world.phones.values():
        phone.skims()


@pytest.mark.long
@pytest.mark.parametrize("result", ["satisfied", "basically"])
@pytest.mark.long
async def test_only_dissatisfied_opens_a_round(world: World, result: str) -> None:
    """Nobody is made to begin anew against what the proposer says; before the window closes nobody knows it."""
    case = await casework_replies.delivered(world, received=True)
    with pytest.raises(Refused, match="dissatisfied"):
        acts_as(world, "何主任", retaking.rehandle, case, POINTS)
    rated(world, case, result=result)
    await world.settled()
    assert "重新办理" not in world["何主任"].buttons()
    with pytest.raises(Refused, match="dissatisfied"):
        acts_as(world, "何主任", retaking.rehandle, case, POINTS)


@pytest.mark.long
async def test_only_the_office_head_decides(world: World) -> None:
    """Neither clerk nor desk, unit, leader or proposer has the right."""
    case = await found_wanting(world)
    for name in world.phones:
        if name != "何主任":
            with pytest.raises(Refused, match="Only"):
                acts_as(world, name, retaking.rehandle, case, POINTS)
    assert row(world, case).round == 1


@pytest.mark.long
async def test_a_city_leader_hears_of_the_round_and_of_no_rating(world: World) -> None:
    """Single ratings reach him after release only (chat.md 4): neither the points nor the word 不满意."""
    case = await found_wanting(world, level=Level.SECOND)
    acts_as(world, "何主任", retaking.rehandle, case, POINTS)
    await world.settled()
    heard = world["李副市长"].hears("重新办理", "第2轮")
    assert "不满意" not in heard.text
    assert POINTS not in heard.text
    assert REASON not in heard.text
    world["李副市长"].hears_nothing()
    for phone in world.phones.values():
        phone.skims()


@pytest.mark.long
async def test_light_mode_keeps_reason_and_points(tmp_path: Path) -> None:
    """Nobody's words travel: the office head does not read the reason here, the unit not the points."""
    async with casework_replies.light(tmp_path) as world:
        case = await found_wanting(world, telling=Telling.UNIT_TOO)
        chief = world["何主任"]
        await chief.presses("重新办理")
        assert REASON not in chief.hears("需补充办理什么").text
        await chief.writes(POINTS)
        chief.skims()
        await chief.presses("重新办理", within="将开始新一轮")
        heard = world["戚联络员"].hears("请重新办理", "请看纸质件")
        assert POINTS not in heard.text
        assert REASON not in heard.text
        assert row(world, case).round == 2
        for phone in world.phones.values():
            phone.skims()


@pytest.mark.long
async def test_the_record_keeps_the_former_date(world: World) -> None:
    """What is overwritten in the tables stands in the record: the first round's due date can be told from it."""
    case = await found_wanting(world)
    acts_as(world, "何主任", retaking.rehandle, case, POINTS)
    assert casework_replies.recorded(world, case)[-1] == "rehandled"
    await world.settled()
    for phone in world.phones.values():
        phone.skims()
    assert stage(world, case) is Stage.HANDLING
    assert world.look(lambda read: list(read.exec(select(Promise)))) == []
    with pytest.raises(Refused):
        acts_as(world, "章副局长", replying.approve, part_id(world, case))


@pytest.mark.long
async def test_a_part_that_was_not_handled_anew_does_not_hold_the_case_up(world: World) -> None:
    """Two units reply, one of them twice: its second form and the other's first, both satisfied, conclude the case."""
    case = await casework_forms.closed(world)
    world.acts(_beside, case)
    world.acts(surveying.conclude, case)
    assert row(world, case).stage == Stage.CONCLUDED


def _beside(book: Book, case_id: int) -> None:
    """Make the round the second, with a part beside that was rated well in the first and is not asked again."""
    part = book.read.exec(select(Part).where(Part.case_id == case_id)).one()
    form = book.read.exec(select(Form).where(Form.case_id == case_id)).one()
    book.change(book.get(Case, case_id), round=2)
    book.change(form, round=2)
    other = book.add(Part(case_id=case_id, unit_id=part.unit_id, kind=part.kind, stage=part.stage))
    drafter = book.read.exec(select(Reply.drafted_by_id)).one()
    first = book.add(casework_replies.bare_reply(case_id, other.id, drafter, book.at))
    facts = form.model_dump(exclude={"id", "part_id", "reply_id", "round", "receipt"})
    book.add(Form(**facts, part_id=other.id, reply_id=first.id, round=1))
