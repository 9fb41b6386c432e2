"""What does not arrive: who is told instead, what the keepers see and do, and what whoever comes back finds."""

from datetime import datetime, timedelta

import pytest
from sqlmodel import col, select

from storage import outbox
from storage.book import Book
from storage.outbox import Priority
from storage.rules.words import CaseKind, Level, Role
from storage.tables import Absence, Item, Letter, Person, Posting
from tests import casework, casework_forms
from tests.world import ZONE, World


def _id(world: World, name: str) -> int:
    return world.look(lambda read: read.exec(select(Person.id).where(Person.name == name)).one())


def _outcomes(world: World, kind: str) -> list[str | None]:
    found = select(Letter.outcome).where(Letter.kind == kind).order_by(col(Letter.id))
    return world.look(lambda read: list(read.exec(found)))


async def _blocks(world: World, name: str) -> None:
    await world.standin.block(world[name].user_id)
    await world.settled()


def _skim(world: World) -> None:
    for phone in world.phones.values():
        phone.skims()


async def test_a_proposer_who_cannot_be_reached_is_his_desk_s_task_alone(world: World) -> None:
    """Guard the task in 待办 and in the digest, and its end by a note; the office sees none of it."""
    desk, office = world["施主任"], world["何主任"]
    await _blocks(world, "何代表")
    desk.hears("何代表已无法通过本助手联系")
    await desk.writes("待办")
    desk.hears("没有待办的件，另有以下事项", "联系不上，请电话或书面告知：何代表（共1人）")
    await office.writes("待办")
    office.hears("现在没有待您办理的事项")
    await world["张主任"].writes("待办")
    world["张主任"].hears("现在没有待您办理的事项")
    await world.turns(days=1)
    desk.hears("联系不上，请电话或书面告知：何代表（共1人）")
    await desk.presses("联系不上")
    desk.hears("联系不上的人：1", "何代表", "2026年3月2日")
    await desk.presses("1 已告知")
    desk.hears("通过什么方式告知")
    await desk.writes("3月3日已电话告知。")
    desk.hears("已登记")
    await world.turns(days=1)
    desk.hears_nothing()
    await desk.writes("待办")
    desk.hears("现在没有待您办理的事项")


async def test_a_button_of_the_task_is_for_its_keepers(world: World) -> None:
    """Guard a forged press: whoever does not look after the person is refused, and nothing is noted."""
    await _blocks(world, "何代表")
    _skim(world)
    await world["施主任"].writes("待办")
    await world["施主任"].presses("联系不上")
    view, button = world["施主任"].find("1 已告知")
    stranger = world["华科员"]
    await stranger.writes("待办")
    own = stranger.messages[-1]
    await stranger.presses_data(own, button.data, forged=True)
    assert "按钮" in stranger.toast, "a button of another chat is none of ours"
    assert view.chat_id == world["施主任"].user_id
    assert world.look(lambda read: read.exec(select(Absence.noted_at)).one()) is None
    _skim(world)


async def test_what_waits_for_a_liaison_who_is_away_goes_to_a_colleague(world: World) -> None:
    """Guard the second contact: he gets the card with the button, once; the office has the task."""
    await _blocks(world, "戚联络员")
    world["何主任"].hears("戚联络员已无法通过本助手联系")
    world["吕科员"].hears("戚联络员已无法通过本助手联系")
    case = await casework.assigned(world, acknowledged=False, cards=False)
    world.acts(
        lambda book: book.turn(
            [_id(world, "戚联络员")], case, "handed_on", facts={"unit": "市住建局", "name": "戚联络员", "by": "姜局长"}
        )
    )
    await world.settled()
    colleague = next(name for name in ("华科员", "章副局长", "姜局长") if world[name].unheard)
    world[colleague].hears("001号")
    assert "签收" in world[colleague].buttons()
    assert _outcomes(world, "handed_on") == ["unreachable", "sent"]
    await world[colleague].presses("签收")
    _skim(world)


async def test_nothing_of_a_survey_goes_to_anybody_else(world: World) -> None:
    """Guard the proposer: his form's letter reaches him or nobody; his desk is told that he is not reached."""
    await casework_forms.opened(world)
    _skim(world)
    await _blocks(world, "何代表")
    _skim(world)
    await world.turns(working_days=6)
    assert "unreachable" in _outcomes(world, "form_reminder")
    told = {name for name, phone in world.phones.items() if phone.unheard}
    assert all("何代表" not in view.text or name == "施主任" for name in told for view in world[name].unheard)
    _skim(world)


async def test_who_comes_back_finds_anew_what_waits_for_him_and_no_old_news(world: World) -> None:
    """Guard the return: the task ends, his open turn's card comes once, what he was only told does not."""
    case = await casework.assigned(world, acknowledged=False)
    liaison = world["戚联络员"]
    await _blocks(world, "戚联络员")
    world.acts(lambda book: book.turn([_id(world, "戚联络员")], case, "card"))
    world.acts(lambda book: book.tell([_id(world, "戚联络员")], case, "taken_on", facts={"name": "李副市长"}))
    await world.settled()
    _skim(world)
    await world.standin.unblock(liaison.user_id)
    await world.settled()
    liaison.hears("001号")
    liaison.hears_nothing()
    assert "签收" in liaison.buttons()
    assert world.look(lambda read: read.exec(select(Absence.ended_at)).one()) is not None
    await world["何主任"].writes("待办")
    world["何主任"].hears("现在没有待您办理的事项")
    await liaison.presses("签收")
    _skim(world)


async def test_an_answer_that_arrives_ends_an_absence_too(world: World) -> None:
    """Guard a lost “unblocked”: whoever asks and is answered is there."""
    world.acts(lambda book: book.change(book.get(Person, _id(world, "戚联络员")), unreachable_since=book.at))
    world.acts(lambda book: book.add(Absence(person_id=_id(world, "戚联络员"), since=book.at)))
    await casework.assigned(world, acknowledged=False, cards=False)
    await world["戚联络员"].writes("001")
    world["戚联络员"].hears("001号")
    assert world.look(lambda read: read.exec(select(Absence.ended_at)).one()) is not None
    _skim(world)


async def test_start_ends_an_absence_whose_end_was_never_told(world: World) -> None:
    """Guard /start: the task ends, and what waits comes anew."""
    case = await casework.assigned(world, acknowledged=False)
    world.acts(lambda book: book.change(book.get(Person, _id(world, "戚联络员")), unreachable_since=book.at))
    world.acts(lambda book: book.add(Absence(person_id=_id(world, "戚联络员"), since=book.at)))
    await world["戚联络员"].writes("/start")
    assert world.look(lambda read: read.exec(select(Absence.ended_at)).one()) is not None
    world["戚联络员"].hears("001号")
    assert case
    _skim(world)


async def test_a_dead_letter_is_sent_again_by_its_keeper(world: World) -> None:
    """Guard the list of dead letters: who and what in one line, sent again once, then gone from the list."""
    case = await casework.assigned(world)
    liaison, office = world["戚联络员"], world["何主任"]
    world.standin.fault("sendMessage", kind="400", chat_id=liaison.user_id, words="Bad Request: no such thing")
    world.acts(lambda book: book.tell([_id(world, "戚联络员")], case, "taken_on", facts={"name": "李副市长"}))
    await world.settled()
    office.hears("有一条消息未能送达")
    world["吕科员"].hears("有一条消息未能送达")
    await office.writes("待办")
    office.sees("未送达的消息：1条")
    _skim(world)
    await office.presses("未送达")
    office.hears("戚联络员", "建议001号")
    view, button = office.find("1 重新发送")
    assert await office.presses("1 重新发送") == "已重新发送"
    liaison.hears("李副市长")
    liaison.hears_nothing()
    await office.presses_data(view, button.data, forged=True)
    assert "已不在清单中" in office.toast
    assert _outcomes(world, "taken_on") == ["sent"]
    _skim(world)


async def test_a_dead_letter_can_be_let_go(world: World) -> None:
    """Guard 不再发送: it stays in the outbox with that outcome, and nobody is asked about it again."""
    liaison, office = world["戚联络员"], world["何主任"]
    world.standin.fault("sendMessage", kind="403", chat_id=liaison.user_id, words="Forbidden: never seen before")
    case = await casework.assigned(world, cards=False)
    world.acts(lambda book: book.tell([_id(world, "戚联络员")], case, "taken_on", facts={"name": "李副市长"}))
    await world.settled()
    assert world.look(lambda read: read.exec(select(Person.unreachable_since)).all().count(None)) == 19
    await office.writes("待办")
    await office.presses("未送达")
    assert await office.presses("1 不再发送") == "已设为不再发送"
    assert _outcomes(world, "taken_on") == ["let_go"]
    liaison.hears_nothing()
    _skim(world)


# what is no longer true


async def test_a_turn_that_has_passed_is_not_told(world: World) -> None:
    """Guard a letter that waited: the case has moved on meanwhile, so it is overtaken, not sent."""
    case = await casework.assigned(world, acknowledged=False)
    assert world.app is not None
    await world.stop_bot()
    world.acts(
        lambda book: book.turn(
            [_id(world, "戚联络员")], case, "handed_on", facts={"unit": "市住建局", "name": "戚联络员", "by": "姜局长"}
        )
    )
    world.acts(_acknowledged, case)
    await world.start_bot()
    await world.settled()
    assert _outcomes(world, "handed_on") == ["overtaken"]
    world["戚联络员"].hears_nothing()


def _acknowledged(book: Book, case_id: int) -> None:
    from storage.rules.stages import Stage  # noqa: PLC0415
    from storage.tables import Part  # noqa: PLC0415

    for part in book.all(select(Part).where(Part.case_id == case_id)):
        book.change(part, stage=Stage.OFFICE_REVIEW)


async def test_news_that_are_a_week_old_are_not_poured_out(world: World) -> None:
    """Guard a restore from a backup: what was told then is stale, a card's edit still shows what is true now."""
    case = await casework.assigned(world)
    await world.stop_bot()
    liaison = _id(world, "戚联络员")
    world.acts(lambda book: book.tell([liaison], case, "taken_on", facts={"name": "李副市长"}))
    world.acts(lambda book: book.refresh(case, only=liaison))
    world.clock._now += timedelta(days=7)
    await world.start_bot()
    await world.settled()
    assert _outcomes(world, "taken_on") == ["overtaken"]
    assert _outcomes(world, "card")[-1] == "sent"
    world["戚联络员"].hears_nothing()


async def test_who_has_left_his_post_gets_nothing_more(world: World) -> None:
    """Guard letters about a case to somebody who no longer has to do with it."""
    case = await casework.assigned(world)
    await world.stop_bot()
    world.acts(lambda book: book.tell([_id(world, "戚联络员")], case, "taken_on", facts={"name": "李副市长"}))
    world.acts(_relieved, _id(world, "戚联络员"))
    await world.start_bot()
    await world.settled()
    assert _outcomes(world, "taken_on") == ["overtaken"]
    world["戚联络员"].hears_nothing()


def _relieved(book: Book, person_id: int) -> None:
    for posting in book.all(select(Posting).where(Posting.person_id == person_id, Posting.role == Role.LIAISON)):
        book.change(posting, active=False)


async def test_the_clock_s_letters_wait_out_the_night_though_nothing_ticks(world: World) -> None:
    """Guard quiet hours at the moment of sending: a letter left over at five goes at half past eight."""
    await world.stop_bot()
    case = await casework_case(world)
    world.acts(lambda book: book.send("taken_on", _id(world, "戚联络员"), case_id=case, facts={"name": "李副市长"},
                                      priority=Priority.CLOCK, silent=False))  # fmt: skip
    world.clock._now = datetime(2026, 3, 2, 23, 0, tzinfo=ZONE)
    await world.start_bot()
    await world.settled()
    world["戚联络员"].hears_nothing()
    (row,) = world.look(lambda read: list(read.exec(select(Letter).where(Letter.kind == "taken_on"))))
    assert row.not_before == datetime(2026, 3, 3, 8, 30, tzinfo=ZONE)
    await world.turns(to=datetime(2026, 3, 3, 8, 31, tzinfo=ZONE))
    world["戚联络员"].hears("李副市长")


async def casework_case(world: World) -> int:
    """Place an assigned case while the bot is down."""
    found = world.acts(casework._register, "001", CaseKind.SUGGESTION, "何代表")
    world.acts(casework._assign, found, Level.FOURTH, acknowledged=True, co_handler=False, cards=False)
    return found


@pytest.mark.parametrize("days", [1, 3])
async def test_digests_that_did_not_leave_become_one(world: World, days: int) -> None:
    """Guard a weekend of downtime: the lines of digests that never left are in the next one, once."""
    liaison = _id(world, "戚联络员")
    case = await casework.assigned(world)
    await world.stop_bot()
    for day in range(days):
        world.acts(_left_over, liaison, case, day)
        world.clock._now += timedelta(days=1)
    await world.start_bot()
    await world.turns(to=world.clock().astimezone(ZONE).replace(hour=9, minute=30))
    waiting = select(Item).where(col(Item.letter_id).is_(None), Item.person_id == liaison)
    assert world.look(lambda read: list(read.exec(waiting))) == []
    sent = [outcome for outcome in _outcomes(world, "digest") if outcome == outbox.SENT]
    assert len(sent) <= len(world.phones)
    digests = [view for view in world["戚联络员"].unheard if "提醒" in view.text]
    assert len(digests) <= 1
    _skim(world)


def _left_over(book: Book, person_id: int, case_id: int, day: int) -> None:
    book.item(person_id, f"left:{day}", "light_changed", case_id, msgid="%(name)s", name="x")
    letter = book.send("digest", person_id, key=f"digest:left:{day}", priority=Priority.CLOCK, silent=False)
    for item in book.all(select(Item).where(col(Item.letter_id).is_(None))):
        book.change(item, letter_id=letter)
