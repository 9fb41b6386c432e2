"""Plain reminders: who is reminded of what on which morning, and that whoever has done it hears nothing."""

from datetime import date
from pathlib import Path

import pytest
from sqlmodel import select

from storage import watches
from storage.book import Book
from storage.rules.lights import Light
from storage.rules.stages import Stage
from storage.rules.words import CaseKind, Level, ResultClass
from storage.tables import Case, Item, Letter, Part, Person
from tests import casework_mornings, casework_replies
from tests.casework_mornings import moment, part, watched
from tests.casework_replies import contacted, part_id, person_id
from tests.world import World

LEADERS = ("王市长", "李副市长", "秦秘书")


def at_stage(world: World, case_id: int, stage: Stage, **values: object) -> None:
    """Let the replying unit's part stand at a stage."""
    world.acts(lambda book: book.change(book.get(Part, part_id(world, case_id)), stage=stage, **values))


async def test_a_unit_that_does_not_sign_is_reminded_on_the_day_and_after_it(world: World) -> None:
    """The morning of the last day, and the one after: then the light turns and the head has a slip to sign."""
    await watched(world, acknowledged=False)  # due on Wednesday 4 March
    await world.turns(working_days=1)
    world["戚联络员"].hears_nothing()
    await world.turns(working_days=1)
    digest = world["戚联络员"].hears("今日提醒", "建议001号", "市住建局", "请签收", "今天到期")
    assert [button.text for row in digest.buttons for button in row] == ["1"]
    await world.turns(working_days=1)
    world["戚联络员"].hears("请签收", "已超期1天", "黄灯")
    world["何主任"].hears("待签发1份", "催办单", "市住建局", "逾期未签收")
    await world.turns(working_days=3)
    for _morning in range(3):  # a draft is shown every morning until it is signed or dropped
        world["何主任"].hears("待签发1份")


async def test_the_number_opens_the_case(world: World) -> None:
    """A digest leads to the case's card with its buttons."""
    await watched(world, acknowledged=False)
    await world.turns(to=moment(3, 4, 9))
    liaison = world["戚联络员"]
    digest = liaison.hears("请签收")
    await liaison.presses_data(digest, digest.buttons[0][0].data)
    assert "签收" in liaison.buttons(liaison.hears("建议001号", "答复期限"))


async def test_who_has_signed_hears_nothing(world: World) -> None:
    """A reminder of what has been done is none."""
    await watched(world, acknowledged=False)
    await world["戚联络员"].presses("签收")
    await world.turns(working_days=5)


async def test_what_is_done_between_morning_and_sending_is_left_out(world: World) -> None:
    """A digest says what is true when it goes out; where nothing is, it does not go."""
    case = await watched(world, acknowledged=False)
    liaison = person_id(world, "戚联络员")
    world.acts(
        lambda book: book.item(liaison, "late", "sign_receipt", case, part_id(world, case), due=date(2026, 3, 4))
    )
    at_stage(world, case, Stage.HANDLING)
    await world.turns(to=moment(3, 4, 9))
    assert world.look(lambda read: read.exec(select(Letter.outcome).where(Letter.kind == "digest")).all()) == [
        "dropped"
    ]


async def test_the_first_contact_is_recalled_before_its_day_and_on_it(world: World) -> None:
    """The handler is reminded with the liaison once he is named; a contact on record ends it."""
    case = await watched(world)  # 15 working days from 2 March: Monday 23 March
    other = await watched(world, "002")
    contacted(world, other)
    at_stage(world, case, Stage.HANDLING, handler_id=person_id(world, "华科员"))
    await world.turns(to=moment(3, 18, 9))
    for name in ("戚联络员", "华科员"):
        assert "002" not in world[name].hears("001", "请联系提出人并记录沟通", "2026年3月23日").text
    await world.turns(to=moment(3, 23, 9))
    for name in ("戚联络员", "华科员"):
        world[name].hears("请联系提出人并记录沟通", "今天到期")


async def test_two_reminders_come_as_one_message(world: World) -> None:
    """Whatever is due on one morning stands in one digest, numbered, with a button for each case."""
    await watched(world, "001", acknowledged=False)
    await watched(world, "002", acknowledged=False)
    await world.turns(to=moment(3, 4, 8, 30))
    digest = world["戚联络员"].hears("1. 建议001号", "2. 建议002号")
    assert [button.text for row in digest.buttons for button in row] == ["1", "2"]
    world["戚联络员"].hears_nothing()


async def test_a_digest_of_one_case_stands_beside_its_card(world: World) -> None:
    """So that a reply to it is a reply on that case; it rings, being the one message of the morning."""
    await watched(world, acknowledged=False)
    card = world["戚联络员"].sees("建议001号")
    await world.turns(to=moment(3, 4, 8, 30))
    digest = world["戚联络员"].hears("请签收")
    assert digest.reply_to == card.message_id
    assert not digest.silent


async def test_a_co_handler_is_reminded_of_its_opinion(world: World) -> None:
    """Before its own earlier date, on it and after it; the host's people are not."""
    case = await watched(world, co_handler=True)
    contacted(world, case)
    dues = {p.kind: p.due for p in world.look(lambda read: read.exec(select(Part).where(Part.case_id == case)).all())}
    due = dues["co_handler"]
    assert due == date(2026, 4, 2)
    await world.turns(to=moment(3, 26, 9))
    world["施联络员"].hears("蓝灯", "2026年4月2日")
    both = world["施联络员"].hears("市水利局 · 黄灯 · 请提交会办意见 · 2026年4月2日")
    assert "2." not in both.text, "the light stands in the line that says what is to be done"
    await world.turns(to=moment(4, 3, 9))
    for word in ("2026年4月2日", "今天到期", "已超期1天"):
        world["施联络员"].hears("市水利局", word)
    for name in ("尤局长", "陶副局长", "吕科员", "何主任"):
        world[name].skims()
    world["戚联络员"].hears_nothing()


async def test_the_reply_is_recalled_by_whoever_holds_it(world: World) -> None:
    """The head is reminded of what lies before him for his signature, the office of what it reviews itself."""
    case = await watched(world)  # reply due on Tuesday 2 June
    contacted(world, case)
    at_stage(world, case, Stage.HEAD_SIGNATURE)
    await world.turns(to=moment(5, 14, 9))
    world["姜局长"].hears("请将答复稿报政府办审核", "2026年5月19日")
    at_stage(world, case, Stage.OFFICE_REVIEW)
    await world.turns(to=moment(6, 1, 9))
    for name in ("何主任", "吕科员"):
        for word in ("蓝灯", "黄灯", "请完成答复并送达"):
            assert "待签发" not in world[name].hears(word).text, "what the office holds is no unit's delay"
    world["戚联络员"].skims()
    world["姜局长"].hears_nothing()


async def test_the_lights_turn_at_their_days_and_leaders_hear_of_none(world: World) -> None:
    """Blue 15 days ahead, yellow 5 working days ahead, red the day after; city leaders and proposers never."""
    case = await watched(world, level=Level.SECOND)
    contacted(world, case)
    seen = {}
    for day in (17, 18, 25, 26):
        await world.turns(to=moment(5, day, 9))
        seen[day] = part(world, case).light
    await world.turns(to=moment(6, 2, 9))
    assert part(world, case).light == Light.YELLOW, "the last day is not late"
    await world.turns(to=moment(6, 3, 9))
    assert part(world, case).light == Light.RED
    assert seen == {17: Light.GREEN, 18: Light.BLUE, 25: Light.YELLOW, 26: Light.YELLOW}
    world["戚联络员"].hears("蓝灯")
    world["戚联络员"].hears("黄灯")
    for name in ("戚联络员", "姜局长", "章副局长", "吕科员"):
        world[name].hears("红灯", "已超期1天")
    await world.turns(to=moment(6, 17, 9))
    assert part(world, case).light == Light.BRIEFING
    world["吕科员"].hears("红灯，严重超期", "已超期14天")
    for name in ("戚联络员", "姜局长", "章副局长", "何主任"):
        world[name].skims()
    for name in (*LEADERS, "何代表", "施主任"):
        world[name].hears_nothing()


@pytest.mark.long
async def test_an_extension_moves_what_is_watched(world: World) -> None:
    """What was set for the former date says nothing; the light that burned goes out on the next morning."""
    case = await watched(world)
    contacted(world, case)
    await world.turns(to=moment(5, 26, 9))
    assert part(world, case).light == Light.YELLOW
    for name in ("戚联络员", "何主任"):
        world[name].skims()
    later = date(2026, 8, 3)

    def extend(book: Book) -> None:
        row = book.get(Part, part_id(world, case))
        book.change(row, due=later, due_raw=later, draft_due=date(2026, 7, 20))
        watches.assigned(book, book.get(Case, case), row)

    world.acts(extend)
    await world.turns(working_days=1)
    assert part(world, case).light == Light.GREEN
    world["何主任"].skims()
    await world.turns(to=moment(7, 14, 9))
    world["戚联络员"].hears_nothing()
    await world.turns(to=moment(7, 15, 9))
    world["戚联络员"].hears("请将答复稿报政府办审核", "2026年7月20日")
    world["何主任"].skims()


async def test_the_proposer_is_asked_once_to_confirm_the_receipt(world: World) -> None:
    """Two working days after 送达, unless he has pressed 已收到."""
    await casework_replies.delivered(world, "001")
    await casework_replies.delivered(world, "002", received=True)
    await world.turns(working_days=1)
    world["何代表"].skims()  # a form may have opened by now: nobody but the bot knows when
    await world.turns(working_days=1)
    said = [view.text for view in world["何代表"].unheard if "今日提醒" in view.text]
    assert len(said) == 1
    assert "001号" in said[0]
    assert "请打开此件按“已收到”" in said[0]
    assert "002" not in said[0]
    await world.turns(working_days=3)
    assert len([view for view in world["何代表"].messages if "今日提醒" in view.text]) == 1
    for phone in world.phones.values():
        phone.skims()


@pytest.mark.long
async def test_a_promise_is_recalled_when_it_is_due(world: World) -> None:
    """Ten working days ahead and on its day; its words do not travel with the reminder."""
    await casework_replies.delivered(world, result_class=ResultClass.B)  # promised for 31 December
    await world.turns(to=moment(12, 30, 9))
    for phone in world.phones.values():
        phone.skims()
    assert [view for view in world["戚联络员"].messages if "答复中的承诺到期" in view.text and "12月31日" in view.text]
    await world.turns(working_days=1)
    assert "改造" not in world["戚联络员"].hears("答复中的承诺到期", "今天到期").text.replace("关于改造", "")
    for phone in world.phones.values():
        phone.skims()


async def test_whoever_has_not_joined_holds_nothing_up(world: World) -> None:
    """The digest of one without an account is written once and settled; the morning ends."""
    await watched(world, acknowledged=False)

    def leave(book: Book) -> None:
        book.change(book.get(Person, person_id(world, "戚联络员")), account=None)

    world.acts(leave)
    await world.turns(to=moment(3, 4, 9))
    assert casework_mornings.mornings(world)[-1] == date(2026, 3, 4)
    assert world.look(lambda read: read.exec(select(Item.id).where(Item.letter_id.is_(None))).all()) == []  # type: ignore[union-attr]
    world["华科员"].hears("请签收")  # who signs for a unit whose liaison cannot be reached


@pytest.mark.parametrize("full", [True, False])
async def test_a_digest_says_the_same_in_both_modes(tmp_path: Path, *, full: bool) -> None:
    """Number, title, unit and dates travel in light mode too."""
    async with casework_mornings.town(tmp_path, full=full) as world:
        await watched(world, kind=CaseKind.PROPOSAL, acknowledged=False)
        await world.turns(to=moment(3, 4, 9))
        world["戚联络员"].hears("提案001号 · 关于提高村医待遇的提案 · 市住建局 · 请签收 · 今天到期")


async def test_a_digest_in_english(world: World) -> None:
    """Each reader is reminded in his own language."""
    await watched(world, acknowledged=False)
    world.acts(lambda book: book.change(book.get(Person, person_id(world, "戚联络员")), language="en"))
    await world.turns(to=moment(3, 4, 9))
    world["戚联络员"].hears("Reminders of", "suggestion 001", "please acknowledge it", "due today")


async def test_a_line_that_somebody_else_wrote_is_said(world: World) -> None:
    """Another act's item carries its own sentence."""
    case = await watched(world)
    clerk = person_id(world, "吕科员")
    world.acts(lambda book: book.item(clerk, "own", "other", case, msgid="until %(day)s", day=date(2026, 3, 9)))
    await world.turns(working_days=1)
    world["吕科员"].hears("建议001号", "2026年3月9日")


@pytest.mark.long
async def test_delivered_parts_are_no_longer_watched(world: World) -> None:
    """After 送达 the unit's light goes out and no slip is drafted, however late it becomes."""
    case = await casework_replies.delivered(world)
    world.acts(lambda book: watches.assigned(book, book.get(Case, case), book.get(Part, part_id(world, case))))
    world.acts(lambda book: book.change(book.get(Part, part_id(world, case)), light=Light.RED))
    await world.turns(to=moment(6, 3, 9))
    assert part(world, case).light == Light.GREEN
    assert not casework_mornings.slips(world, case)
    for phone in world.phones.values():
        phone.skims()
