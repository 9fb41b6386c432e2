"""Replying is enough: taken as what the message asks, said in one line, otherwise or back; and what is no reply."""

from datetime import timedelta
from pathlib import Path
from typing import TypeVar

import pytest
from sqlmodel import SQLModel, col, select

from bot.sandbox.views import View
from storage.acts import alerting
from storage.book import Book
from storage.rules.stages import Stage
from storage.rules.terms import Terms
from storage.rules.words import AlertCause, Level
from storage.tables import (
    Alert,
    Answer,
    Attachment,
    Entry,
    File,
    Form,
    Group,
    Instruction,
    Item,
    Letter,
    Note,
    Opening,
    Part,
    Person,
    Reply,
    Report,
    Slip,
    Update,
)
from tests import casework
from tests.conftest import CAST
from tests.world import Phone, World

T = TypeVar("T", bound=SQLModel)


def _id(world: World, name: str) -> int:
    return world.look(lambda read: read.exec(select(Person.id).where(Person.name == name)).one())


def _row(world: World, table: type[T], row_id: int) -> T:
    """Read a row that is there."""
    found = world.look(lambda read: read.get(table, row_id))
    assert found is not None
    return found


def _none(world: World, table: type[SQLModel]) -> bool:
    return world.look(lambda read: read.exec(select(table)).first()) is None


# each as what he is


async def test_a_city_leader_replies_and_has_instructed(world: World) -> None:
    """The reminder rings, he answers it, done; the office and the unit hear it."""
    await casework.assigned(world, level=Level.SECOND)
    leader = world["李副市长"]
    await leader.writes("请住建局一周内拿出方案。", reply_to=leader.sees("001号"))
    leader.hears("建议001号", "已作为批示", "10 分钟内可以撤回")
    assert "改作进展" not in leader.buttons()
    for name in ("何主任", "吕科员", "戚联络员"):
        world[name].hears("李副市长批示", "一周内拿出方案")


async def test_a_secretary_replies_and_the_leader_confirms(world: World) -> None:
    """What he took back before it was confirmed cannot be confirmed any more."""
    case = await casework.assigned(world, level=Level.SECOND)
    secretary, leader = world["秦秘书"], world["李副市长"]
    world.acts(lambda book: book.turn([_id(world, "秦秘书")], case, "card"))
    await world.settled()
    secretary.skims()
    await secretary.writes("请抓紧。", reply_to=secretary.sees("001号"))
    secretary.hears("已作为批示")
    leader.hears("秘书代拟", "请抓紧")
    assert await secretary.presses("撤回") == "已撤回"
    leader.hears("秦秘书撤回")
    assert "撤回" in await leader.presses("确认无误")
    world["戚联络员"].hears_nothing()


async def test_a_handler_replies_with_a_photo_and_has_reported(world: World) -> None:
    """Text, photo or file; to the office and the lead leader."""
    await casework.assigned(world)
    handler = world["华科员"]
    await handler.sends("现场.jpg", b"\xff\xd8\xff", "image/jpeg", reply_to=handler.sees("001号"), caption="已开工")
    handler.hears("已作为进展")
    for name in ("何主任", "吕科员", "章副局长"):
        world[name].hears("市住建局", "已开工")
        world[name].skims()
    world["何代表"].hears_nothing()


async def test_a_unit_head_who_leads_reports_and_may_say_it_was_an_instruction(world: World) -> None:
    """Taken otherwise: the report is back, the instruction goes out, in one press."""
    await casework.assigned(world, level=Level.THIRD)
    head = world["姜局长"]
    await head.writes("下周三前拿出方案。", reply_to=head.sees("001号"))
    head.hears("已作为进展")
    for name in ("何主任", "吕科员"):
        world[name].hears("下周三前")
    assert await head.presses("改作批示") == "已改"
    head.hears("已作为批示")
    head.skims()
    for name in ("何主任", "吕科员"):
        world[name].hears("撤回")
        world[name].hears("姜局长批示", "下周三前")
    world["戚联络员"].hears("姜局长批示")
    report = world.look(lambda read: read.exec(select(Report)).one())
    assert report.withdrawn_at is not None


async def test_the_office_replies_and_a_note_is_kept_that_only_it_reads(world: World) -> None:
    """Neither the unit nor the desk reads the office's note; each has its own."""
    await casework.assigned(world)
    await world["吕科员"].writes("电话催过一次。", reply_to=world["吕科员"].sees("001号"))
    world["吕科员"].hears("已记为办理备注")
    await world["施主任"].writes("代表来电问过。", reply_to=world["施主任"].sees("001号"))
    world["施主任"].hears("已记为办理备注")
    await world["何主任"].writes("/case 001")
    assert "代表工委" not in world["何主任"].hears("政府办备注（吕科员）").text
    await world["施主任"].writes("/case 001")
    assert "政府办备注" not in world["施主任"].hears("代表工委（提案办公室）备注（施主任）").text
    await world["戚联络员"].writes("/case 001")
    assert "备注" not in world["戚联络员"].hears("001号").text


async def test_a_proposers_reply_goes_to_his_desk_and_its_answer_back_never_as_a_rating(world: World) -> None:
    """Also where it says 不满意 among other words; the unit hears nothing."""
    await casework.assigned(world)
    deputy, desk = world["何代表"], world["施主任"]
    await deputy.writes("不满意，没人联系我。", reply_to=deputy.sees("001号"))
    deputy.hears("已作为留言", "不是评价")
    message = desk.hears("何代表的留言", "没人联系我")
    await desk.writes("我们来问。", reply_to=message)
    desk.hears("已作为答复留言")
    back = deputy.hears("施主任答复您", "我们来问")
    await deputy.writes("谢谢。", reply_to=back)
    deputy.hears("已作为留言")
    desk.hears("何代表的留言", "谢谢")
    for name in ("何主任", "戚联络员", "华科员"):
        world[name].hears_nothing()
    assert _none(world, Answer)
    await deputy.writes("/case 001")
    deputy.hears("提出人给代表工委", "答复留言")


async def test_a_slip_is_answered_by_a_reply_and_what_is_taken_back_opens_it_again(world: World) -> None:
    """The slip stands where it stood; the office is told."""
    case = await casework.assigned(world)
    slip_id = await _issued(world, case)
    liaison = world["戚联络员"]
    await liaison.writes("本周内完成。", reply_to=liaison.sees("催办单"))
    liaison.hears("已作为对督办催办单的回复", "建议001号")
    for name in ("何主任", "吕科员"):
        world[name].skims()
    assert _row(world, Slip, slip_id).stage == Stage.SLIP_ANSWERED
    assert await liaison.presses("撤回") == "已撤回"
    slip = _row(world, Slip, slip_id)
    assert (slip.stage, slip.answer) == (Stage.ISSUED, "")
    world["何主任"].hears("戚联络员撤回")
    world["吕科员"].hears("戚联络员撤回")
    for phone in world.phones.values():
        phone.skims()
    await liaison.writes("改为下周。", reply_to=liaison.sees("催办单"))
    liaison.hears("已作为对督办催办单的回复")
    assert await liaison.presses("改作进展") == "已改"
    liaison.hears("已作为进展")
    for phone in world.phones.values():
        phone.skims()
    assert _row(world, Slip, slip_id).stage == Stage.ISSUED
    assert world.look(lambda read: read.exec(select(Report)).one()).text == "改为下周。"


async def _issued(world: World, case: int) -> int:
    """Place an urge slip before the unit."""

    def issue(book: Book) -> int:
        part = book.read.exec(select(Part).where(Part.case_id == case)).one()
        slip = book.add(
            Slip(
                kind="urge",
                case_id=case,
                part_id=part.id,
                reason="请抓紧",
                stage=Stage.ISSUED,
                year=2026,
                serial=1,
                drafted_at=book.at,
                due=book.today,
            )
        )
        for name in ("戚联络员", "华科员"):
            person = book.read.exec(select(Person.id).where(Person.name == name)).one()
            book.send("slip", person, case_id=case, subject_id=slip.id)
        return slip.id

    found = world.acts(issue)
    await world.settled()
    for phone in world.phones.values():
        phone.skims()
    return found


async def test_a_reply_to_an_alert_is_a_note_until_it_is_confirmed_as_what_was_done(world: World) -> None:
    """After a confirming press only; the desk's own word closes it."""
    case = await casework.assigned(world)
    alert = world.acts(_alarmed, case, _id(world, "何代表"))
    desk = world["施主任"]
    world.acts(_digest, _id(world, "施主任"))
    await world.settled()
    await desk.writes("已约代表面谈。", reply_to=_newest(desk))
    desk.hears("已记为办理备注", "如已处置")
    assert _row(world, Alert, alert).closed_at is None
    assert await desk.presses("已处置", "如已处置")
    row = _row(world, Alert, alert)
    assert row.handled == "已约代表面谈。"
    assert row.closed_at is not None
    for phone in world.phones.values():
        phone.skims()


def _newest(phone: Phone) -> View:
    """Give the newest message in a chat, heard by that."""
    phone.skims()
    return phone.messages[-1]


def _alarmed(book: Book, case: int, proposer: int) -> int:
    part = book.read.exec(select(Part).where(Part.case_id == case)).one()
    reply = book.add(
        Reply(
            case_id=case,
            part_id=part.id,
            result_class="A",
            text="答复",
            publicity="full",
            drafted_by_id=proposer,
            drafted_at=book.at,
        )
    )
    form = book.add(
        Form(
            case_id=case,
            part_id=part.id,
            reply_id=reply.id,
            person_id=proposer,
            stage=Stage.SUBMITTED,
            lot=1,
            opens_on=book.today,
            opened_on=book.today,
            closes_on=book.today + timedelta(days=20),
        )
    )
    book.add(
        Answer(
            form_id=form.id,
            place=1,
            attitude="dissatisfied",
            result="dissatisfied",
            solved="no",
            contact="none",
            relevance="misses",
            telling="desk_and_office",
            given_at=book.at,
            entered_by_id=proposer,
        )
    )
    alerting.alarm(book, form.id)
    return book.read.exec(select(Alert.id).where(Alert.cause == AlertCause.DISSATISFIED)).one()


def _digest(book: Book, person_id: int) -> None:
    book.item(person_id, f"alerts:{book.today}", "alerts")
    letter = book.send("digest", person_id)
    for item in book.all(select(Item).where(Item.person_id == person_id, col(Item.letter_id).is_(None))):
        book.change(item, letter_id=letter)


# which case


async def test_a_reply_to_a_digest_of_several_cases_is_asked_which(world: World) -> None:
    """What was sent is kept while it is asked, with its file."""
    cases = [await casework.assigned(world, number, cards=False) for number in ("001", "002")]
    liaison = world["戚联络员"]

    def digest(book: Book) -> None:
        part = {row.case_id: row.id for row in book.all(select(Part))}
        for case in cases:
            book.item(_id(world, "戚联络员"), f"due:{case}", "first_contact", case, part[case], due=book.today)
        letter = book.send("digest", _id(world, "戚联络员"))
        for item in book.all(select(Item)):
            book.change(item, letter_id=letter)

    world.acts(digest)
    await world.settled()
    liaison.skims()
    await liaison.writes("已联系。", reply_to=liaison.messages[-1])
    liaison.hears("是哪一件", "已保留")
    view = liaison.sees("是哪一件")
    second = next(button for row in view.buttons for button in row if "002号" in button.text)
    await liaison.presses_data(view, second.data)
    liaison.sees("已作为进展", "建议002号")
    liaison.skims()
    report = world.look(lambda read: read.exec(select(Report)).one())
    assert (report.case_id, report.text) == (cases[1], "已联系。")
    for phone in world.phones.values():
        phone.skims()


async def test_a_reply_to_an_unknown_message_is_asked_which_the_newest_first(world: World) -> None:
    """A help page names no case; the case whose card came last stands first."""
    await casework.assigned(world, "001")
    await casework.assigned(world, "002")
    handler = world["华科员"]
    await handler.writes("帮助")
    await handler.writes("已完成。", reply_to=handler.hears("您可以在这里办理"))
    asked = handler.hears("是哪一件")
    assert [button.text[:6] for row in asked.buttons for button in row][:2] == ["建议002号", "建议001号"]
    await handler.presses("取消")
    handler.sees("已取消")
    assert _none(world, Report)


async def test_somebody_without_any_card_is_told_how(world: World) -> None:
    """Nothing is guessed."""
    deputy = world["金代表"]
    await deputy.writes("帮助")
    await deputy.writes("你好", reply_to=deputy.hears("您可以在这里办理"))
    deputy.hears("还不知道是哪一件", "072号")


# taking back


async def test_after_ten_minutes_it_stands(world: World) -> None:
    """And the person is told how to correct it."""
    await casework.assigned(world)
    handler = world["华科员"]
    await handler.writes("已完成。", reply_to=handler.sees("001号"))
    handler.hears("已作为进展")
    for name in ("何主任", "吕科员", "章副局长"):
        world[name].skims()
    await world.at(9, 11)
    assert "10分钟" in await handler.presses("撤回")
    assert world.look(lambda read: read.exec(select(Report)).one()).withdrawn_at is None


async def test_it_is_taken_back_once_and_by_its_writer_alone(world: World) -> None:
    """Who heard it is told; the record keeps both."""
    await casework.assigned(world)
    deputy, desk = world["何代表"], world["施主任"]
    await deputy.writes("请转告。", reply_to=deputy.sees("001号"))
    view = deputy.hears("已作为留言")
    desk.hears("请转告")
    button = next(button for row in view.buttons for button in row if "撤回" in button.text)
    assert await deputy.presses_data(view, button.data) == "已撤回"
    desk.hears("何代表撤回")
    assert "已经撤回过" in await deputy.presses_data(view, button.data, forged=True)
    assert "撤回" not in deputy.buttons()
    kinds = world.look(lambda read: list(read.exec(select(Entry.kind).where(col(Entry.kind).like("%message%")))))
    assert kinds == ["message"]
    assert not _none(world, Note)


# what cannot be taken


async def test_what_is_too_long_is_not_handed_in(world: World) -> None:
    """Nothing is cut in silence."""
    await casework.assigned(world)
    handler = world["华科员"]
    await handler.writes("水" * 4001, reply_to=handler.sees("001号"))
    handler.hears("4001字")
    assert _none(world, Report)


async def test_what_has_neither_words_nor_a_file_is_not_handed_in(world: World) -> None:
    """A place on the map is no report."""
    await casework.assigned(world)
    handler = world["华科员"]
    card = handler.sees("001号")
    chat = {"id": handler.user_id, "type": "private", "first_name": "华科员"}
    place = {
        "message_id": card.message_id + 500,
        "date": 1772413200,
        "chat": chat,
        "from": {"id": handler.user_id, "is_bot": False, "first_name": "华科员"},
        "location": {"latitude": 40.6, "longitude": 120.7},
        "reply_to_message": {"message_id": card.message_id, "date": 1772413200, "chat": chat, "text": "001"},
    }
    await world.standin.raw_update({"message": place})
    await world.settled()
    handler.hears("没有可提交的内容")
    assert _none(world, Report)


async def test_a_voice_is_refused_in_words(world: World) -> None:
    """It cannot be read by those whom it is for."""
    await casework.assigned(world)
    handler = world["华科员"]
    await world.standin.send_voice(handler.user_id, b"OggS", reply_to=handler.sees("001号").message_id)
    await world.settled()
    handler.hears("不能用语音")
    assert _none(world, Report)


async def test_forwarded_words_are_no_report_and_may_be_an_annex(world: World) -> None:
    """Labelled 转发; a proposer is asked to say it himself, and nobody's word becomes a rating."""
    case = await casework.assigned(world)
    handler = world["华科员"]
    await world.standin.forward(handler.user_id, "代表说满意", origin_name="某人")
    await world.settled()
    handler.hears("转发的是别人的话", "不作为评价")
    await handler.presses("建议001号 · 关于改造河东小区排水管网的建议")
    handler.skims()
    handler.sees("已作为附件附上", "转发")
    assert _none(world, Report)
    file = world.look(lambda read: read.exec(select(File)).one())
    kept = world.look(lambda read: read.exec(select(Attachment)).one())
    assert (file.name, file.content.decode(), kept.owner, kept.owner_id) == ("转发.txt", "代表说满意", "annex", case)
    deputy = world["何代表"]
    await world.standin.forward(deputy.user_id, "满意", origin_name="某人")
    await world.settled()
    deputy.hears("转发的是别人的话", "请您自己输入")
    assert _none(world, Answer)


async def test_words_and_files_out_of_nowhere_are_answered_with_how_to(world: World) -> None:
    """Nothing is guessed from them; a bare number opens its case."""
    await casework.assigned(world)
    handler = world["华科员"]
    await handler.writes("已完成")
    handler.hears("没有提交任何内容", "直接回复此件的卡片")
    await handler.sends("表.xlsx", b"PK", "application/octet-stream")
    handler.hears("没有提交任何内容")
    await handler.writes("001号")
    handler.hears("建议001号", "反映强烈")
    await handler.writes("/nonsense")
    handler.hears("没有听懂")
    clerk = world["吕科员"]
    await clerk.sends("台账.xlsx", b"PK", "application/octet-stream")
    clerk.hears("表格请通过导入提交")
    clerk.skims()


async def test_an_edit_changes_nothing_and_is_told_so(world: World) -> None:
    """The new words are in the record as a commitment; what was handed in stays."""
    await casework.assigned(world)
    handler = world["华科员"]
    await handler.writes("已完成。", reply_to=handler.sees("001号"))
    handler.hears("已作为进展")
    for name in ("何主任", "吕科员", "章副局长"):
        world[name].skims()
    mine = [view for view in handler.messages if not view.from_bot][-1]
    await world.standin.edit(handler.user_id, mine.message_id, "没有完成。")
    await world.settled()
    handler.hears("修改消息不影响已提交的内容")
    assert world.look(lambda read: read.exec(select(Report)).one()).text == "已完成。"
    entry = world.look(lambda read: read.exec(select(Entry).where(Entry.kind == "edited")).one())
    assert "没有完成" not in entry.body.decode()
    assert (
        world.look(lambda read: read.exec(select(Opening.words).where(Opening.entry_id == entry.id)).one())
        == "没有完成。"
    )


# chats


async def test_who_blocks_the_bot_is_marked_and_his_keeper_told(world: World) -> None:
    """And found again when he comes back; a deputy's keeper is his desk alone."""
    await casework.assigned(world)
    deputy = world["何代表"]
    await world.standin.block(deputy.user_id)
    await world.settled()
    world["施主任"].hears("何代表已无法通过本助手联系")
    world["何主任"].hears_nothing()
    assert _row(world, Person, _id(world, "何代表")).unreachable_since is not None
    await world.standin.unblock(deputy.user_id)
    await world.settled()
    assert _row(world, Person, _id(world, "何代表")).unreachable_since is None


async def _group(world: World, *names: str) -> int:
    """Bind the office's group."""
    group = await world.standin.group(-100, "督查室", [world[name].user_id for name in names])
    await world.standin.add_bot(group, world[names[0]].user_id)

    def bind(book: Book) -> None:
        book.add(Group(role="office", chat_id=group, title="督查室", bound_at=book.at))

    world.acts(bind)
    await world.settled()
    return group


async def test_a_group_that_moves_or_throws_the_bot_out_is_noted(world: World) -> None:
    """Its letters follow it; a lost one is told to those whose it was."""
    group = await _group(world, "何主任")
    await world.standin.migrate(group, -1001)
    await world.settled()
    assert world.look(lambda read: read.exec(select(Group)).one()).chat_id == -1001
    await world.standin.remove_bot(-1001, world["何主任"].user_id)
    await world.settled()
    for name in ("何主任", "吕科员"):
        world[name].hears("本助手已被移出“督查室”群")
    assert world.look(lambda read: read.exec(select(Group)).one()).chat_id is None


ANONYMOUS = {"id": 1087968824, "is_bot": True, "first_name": "Group", "username": "GroupAnonymousBot"}


async def test_what_an_unseen_administrator_does_to_a_group_is_noted(world: World) -> None:
    """Guard the group's letters: whose face is hidden may not act, but a group that has moved has moved."""
    group = await _group(world, "何主任")
    chat = {"id": group, "type": "group", "title": "督查室"}
    said = {"message_id": 77, "date": 1, "chat": chat, "from": ANONYMOUS, "sender_chat": chat}
    await world.standin.raw_update({"message": {**said, "migrate_to_chat_id": -1001}})
    await world.settled()
    assert world.look(lambda read: read.exec(select(Group)).one()).chat_id == -1001
    chat = {"id": -1001, "type": "supergroup", "title": "督查室"}
    edited = {**said, "chat": chat, "sender_chat": chat, "edit_date": 2, "text": "改了"}
    number = await world.standin.raw_update({"edited_message": edited})
    await world.settled()
    assert _row(world, Update, number).outcome == "ignored"
    bot = {"id": 7000000001, "is_bot": True, "first_name": "督办"}
    was, now = ({"user": bot, "status": status} for status in ("member", "left"))
    change = {"chat": chat, "from": ANONYMOUS, "date": 3, "old_chat_member": was, "new_chat_member": now}
    await world.standin.raw_update({"my_chat_member": change})
    await world.settled()
    for name in ("何主任", "吕科员"):
        world[name].hears("本助手已被移出“督查室”群")
    assert world.look(lambda read: read.exec(select(Group)).one()).chat_id is None


async def test_who_writes_unseen_in_a_group_is_told_once_a_day(world: World) -> None:
    """Anonymous admins, channels and a linked channel, which Telegram itself forwards, have no name on the roster."""
    group = await _group(world, "何主任")
    for _ in range(3):
        await world.standin.speak_as(group, "/board@duban_bot")
        await world.standin.speak_as(group, "/todo@duban_bot", "channel")
        await world.standin.speak_as(group, "/mine@duban_bot", "linked")
    await world.settled()
    assert [view.text for view in world.standin.chat(group) if view.from_bot] == ["匿名身份无法办理，请到私聊办理。"]


@pytest.mark.parametrize("voice", ["group", "channel", "linked"])
async def test_each_unseen_voice_alone_is_told_and_acts_nothing(world: World, voice: str) -> None:
    """Guard each of Telegram's three accounts by itself: 1087968824, 136817688, 777000."""
    group = await _group(world, "何主任")
    await world.standin.speak_as(group, "/board@duban_bot", voice)
    await world.settled()
    assert [view.text for view in world.standin.chat(group) if view.from_bot] == ["匿名身份无法办理，请到私聊办理。"]


async def test_people_who_reply_to_each_other_in_a_group_are_left_alone(world: World) -> None:
    """Only a reply to the bot's own message about one case is taken, and its word goes to the private chat."""
    case = await casework.assigned(world)
    group = await _group(world, "何主任", "吕科员")
    head = world["何主任"]
    await world["吕科员"].writes("大家早", chat_id=group)
    human = world.standin.chat(group)[-1]
    await head.writes("早", reply_to=human, chat_id=group)
    assert not [view for view in world.standin.chat(group) if view.from_bot]
    world.acts(lambda book: book.send("taken_on", chat_id=group, case_id=case, facts={"name": "李副市长"}))
    await world.settled()
    await head.writes("知道了", reply_to=world.standin.chat(group)[-1], chat_id=group)
    head.hears("已记为办理备注")
    assert [view.text for view in world.standin.chat(group) if view.from_bot and "备注" in view.text] == []
    note = world.look(lambda read: read.exec(select(Note)).one())
    assert (note.text, note.case_id) == ("知道了", case)


async def test_in_light_mode_no_words_of_others_travel(tmp_path: Path) -> None:
    """Message and answer say where they are to be read."""
    world = World(tmp_path, Terms(), full=False)
    await world.start()
    try:
        await world.enrol(CAST)
        await casework.assigned(world)
        deputy, desk = world["何代表"], world["施主任"]
        await deputy.writes("没人联系我。", reply_to=deputy.sees("001号"))
        deputy.hears("已作为留言")
        message = desk.hears("何代表的留言", "没人联系我。")
        await desk.writes("我们来问。", reply_to=message)
        desk.hears("已作为答复留言")
        assert "我们来问" not in deputy.hears("答复您").text
        world.everybody_heard()
    finally:
        await world.stop()


async def test_the_line_is_said_in_english(world: World) -> None:
    """One journey in the other language."""
    await casework.assigned(world)
    world.acts(lambda book: book.change(book.get(Person, _id(world, "华科员")), language="en"))
    handler = world["华科员"]
    await handler.writes("Done.", reply_to=handler.sees("001号"))
    handler.hears("Taken as a progress report", "For 10 minutes")
    for name in ("何主任", "吕科员", "章副局长"):
        world[name].hears("Done.")
    assert await handler.presses("Take back") == "Taken back"
    for name in ("何主任", "吕科员", "章副局长"):
        world[name].hears("撤回")


async def test_a_question_answered_long_ago_takes_no_reply(world: World) -> None:
    """A reply to it is not slipped into the case as something else."""
    await casework.assigned(world, level=Level.SECOND)
    leader = world["李副市长"]
    await leader.presses("批示")
    question = leader.hears("批示")
    await leader.writes("取消")
    leader.skims()
    await leader.writes("请抓紧", reply_to=question)
    leader.hears("已经答过")
    assert _none(world, Instruction)
    assert world.look(lambda read: read.exec(select(Letter).where(Letter.kind == "reply_taken")).first()) is None
