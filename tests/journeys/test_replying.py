"""提交答复, 审核通过, 签发, 退回修改: how a unit's reply is drafted, checked, signed and reviewed."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from sqlmodel import select

from storage.acts import replying
from storage.rules.refusals import Refused
from storage.rules.stages import Stage
from storage.rules.words import Publicity, ResultClass
from storage.tables import Case, Person, Promise, Reply
from tests import casework, casework_replies
from tests.casework_replies import (
    TEXT,
    acts_as,
    drafts,
    handled,
    part_id,
    person_id,
    presses_blindly,
    redraft,
    reply,
    stage,
    version,
)
from tests.world import World

DOCX = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"


async def test_a_reply_is_drafted_checked_signed_and_passed(world: World) -> None:
    """Each hears when it is his turn, with the words in a message that stays; nobody else hears of the draft."""
    case = await handled(world)
    handler, liaison, deputy, head = (world[name] for name in ("华科员", "戚联络员", "章副局长", "姜局长"))
    await drafts(handler)
    look = handler.sees("正文")
    assert TEXT in look.text
    assert "A类" in look.text
    await handler.presses("提交")
    assert "送章副局长审核" in handler.sees("已提交").text

    deputy.hears("第1稿", TEXT)
    card = deputy.hears("华科员起草", "请您审核", "001号")
    assert {"审核通过", "退回修改"} <= set(deputy.buttons(card))
    assert await deputy.presses("审核通过") == "已审核通过"
    assert stage(world, case) is Stage.HEAD_SIGNATURE

    head.hears("第1稿", TEXT)
    assert head.buttons(head.hears("请您签发"))[:2] == ["签发", "退回修改"]
    assert "签发" in await head.presses("签发")

    for name in ("何主任", "吕科员"):
        world[name].hears("第1稿", TEXT)
        world[name].hears("请审核")
    clerk, chief = world["吕科员"], world["何主任"]
    view, button = chief.find("审核通过")
    assert await clerk.presses("审核通过") == "已审核通过"
    assert "审核通过" not in chief.buttons(), "the other's card is brought up to date"
    assert "已更新" in await chief.presses_data(view, button.data, forged=True)
    for phone in (handler, liaison):
        assert "送达" in phone.buttons(phone.hears("请送达提出人"))
    assert stage(world, case) is Stage.TO_DELIVER
    row = reply(world, case)
    assert (row.checked_by_id, row.signed_by_id, row.passed_by_id) == tuple(
        person_id(world, name) for name in ("章副局长", "姜局长", "吕科员")
    )


async def test_a_class_that_promises_asks_what_and_until_when(world: World) -> None:
    """B and C are not submitted without a promise for a day to come; going back to A leaves no promise behind."""
    case = await handled(world)
    handler = world["华科员"]
    await drafts(handler, result="B类正在解决或列入规划", publicity="取消")
    assert handler.sees("没有任何变动")
    await handler.presses("提交答复")
    handler.skims()
    await handler.presses("B类正在解决或列入规划")
    await handler.writes(TEXT)
    await handler.presses("就这些")
    assert "承诺什么" in handler.sees("第 3/6 步").text
    await handler.writes("年内完成管网改造。")
    await handler.writes("2026年3月2日")
    handler.skims()
    assert "不能早于" in handler.messages[-1].text
    await handler.writes("11月30日")
    await handler.presses("摘要公开")
    handler.skims()
    assert "年内完成管网改造" in handler.sees("2026年11月30日").text
    await handler.presses("提交")
    promise = world.look(lambda read: read.exec(select(Promise).where(Promise.case_id == case)).one())
    assert (promise.text, promise.due.isoformat()) == ("年内完成管网改造。", "2026-11-30")
    assert "年内完成管网改造" in world["章副局长"].hears("请您审核").text
    world["章副局长"].hears("第1稿")


async def test_words_come_in_several_messages_and_files_beside_them(world: World) -> None:
    """A client cuts a long text in parts: none is taken for the answer to another question, and all arrive."""
    case = await handled(world)
    handler, deputy = world["华科员"], world["章副局长"]
    await handler.presses("提交答复")
    await handler.presses("D类留作参考")
    for part in ("一" * 3000, "二" * 3000):
        await handler.writes(part)
    await handler.sends("答复函.docx", b"PK the letter", DOCX)
    await handler.writes("重新填写")
    handler.skims()
    assert "已收到6006字、附件1个" in handler.messages[-1].text, "typed words are words, also those of a button"
    await handler.presses("重新填写")
    for part in ("一" * 3000, "二" * 3000):
        await handler.writes(part)
    await handler.sends("答复函.docx", b"PK the letter", DOCX)
    handler.skims()
    await handler.presses("就这些")
    await handler.presses("不公开")
    await handler.presses("提交")
    assert reply(world, case).text == f"{'一' * 3000}\n{'二' * 3000}"
    deputy.hears("第1稿")
    deputy.hears(file="全文.txt")
    letter = deputy.hears(file="答复函.docx").file
    assert letter is not None
    assert letter.content == b"PK the letter"
    deputy.hears("请您审核")


async def test_what_cannot_be_an_answer_is_refused_and_nothing_is_lost(world: World) -> None:
    """Voice, forwarded words, an empty hand and too much of it leave the question open as it was."""
    await handled(world)
    handler = world["华科员"]
    await handler.presses("提交答复")
    await handler.presses("A类已解决或基本解决")
    handler.skims()
    await world.standin.send_voice(handler.user_id)
    await world.settled()
    handler.hears("不能用语音")
    await world.standin.forward(handler.user_id, "别人的话", origin_name="某人")
    await world.settled()
    handler.hears("转发的是别人的话")
    assert "就这些" not in handler.buttons(), "there is nothing yet that could be all"
    for _ in range(4):
        await handler.writes("长" * 4000)
    handler.skims()
    await handler.writes("长" * 4000)
    handler.hears("最多20000字")
    assert "就这些" in handler.buttons()


@pytest.mark.parametrize(
    ("placed", "by", "act", "label"),
    [
        (casework_replies.drafted, "章副局长", replying.approve, "请您审核"),
        (casework_replies.checked, "姜局长", replying.sign, "请您签发"),
        (casework_replies.signed, "何主任", replying.approve, "请审核"),
    ],
)
async def test_each_may_send_the_reply_back_with_a_reason(
    world: World, placed: Callable[..., Any], by: str, act: Callable[..., Any], label: str
) -> None:
    """The drafter hears why, goes on from his last draft, and the next edition begins at the first check again."""
    case = await placed(world)
    sender, handler, liaison = world[by], world["华科员"], world["戚联络员"]
    await sender.presses("退回修改")
    sender.hears("需要怎样修改")
    await sender.writes("第二条没有回应，请补充时限。")
    sender.hears("已退回修改")
    assert stage(world, case) is Stage.HANDLING
    liaison.hears(f"{by}退回修改", "请补充时限")
    assert "提交答复" in handler.buttons(handler.hears(f"{by}退回修改", "请补充时限"))
    await handler.presses("提交答复")
    handler.skims()
    await handler.presses("A类已解决或基本解决")
    await handler.presses("沿用上一稿")
    await handler.writes("三、时限为六月底。")
    handler.skims()
    await handler.presses("就这些")
    await handler.presses("全文公开")
    await handler.presses("提交")
    assert (reply(world, case).edition, reply(world, case).text) == (2, f"{TEXT}\n三、时限为六月底。")
    world["章副局长"].hears("第2稿", "六月底")
    world["章副局长"].hears("请您审核")
    with pytest.raises(Refused):
        acts_as(world, by, act, part_id(world, case), 1)


async def test_a_card_of_an_earlier_edition_approves_nothing(world: World) -> None:
    """What was read is what is approved: the button of edition 1 does not pass edition 2."""
    case = await casework_replies.drafted(world)
    deputy = world["章副局长"]
    view, button = deputy.find("审核通过")
    acts_as(world, "章副局长", replying.send_back, part_id(world, case), "请改。")
    redraft(world, case, text="改过的答复。")
    await world.settled()
    world["戚联络员"].skims()
    world["华科员"].skims()
    deputy.skims()
    assert "已更新" in await deputy.presses_data(view, button.data, forged=True)
    assert stage(world, case) is Stage.DEPUTY_REVIEW


@pytest.mark.parametrize(
    ("contacted", "co_handler", "why"), [(False, False, "前期沟通"), (True, True, "会办意见还没有收齐")]
)
async def test_a_reply_waits_for_the_early_contact_and_for_the_opinions(
    world: World, contacted: bool, co_handler: bool, why: str
) -> None:
    """The button is not shown, and a press that was made up hears what is missing."""
    case = await casework.assigned(world, co_handler=co_handler)
    if contacted:
        casework_replies.contacted(world, case)
    handler = world["华科员"]
    assert "提交答复" not in handler.buttons()
    assert why in await presses_blindly(handler, "p.draft", part_id(world, case), version(world, case))


async def test_two_drafters_at_once_make_one_reply(world: World) -> None:
    """The second one's questions end in words as soon as the first has submitted."""
    case = await handled(world)
    first, second = world["华科员"], world["戚联络员"]
    await drafts(second)
    await drafts(first)
    await first.presses("提交")
    assert "目前是" in await second.presses("提交")
    assert world.look(lambda read: len(list(read.exec(select(Reply).where(Reply.case_id == case))))) == 1
    world["章副局长"].skims()


async def test_no_more_is_published_than_the_proposer_agreed_to(world: World) -> None:
    """Where the sheet says 不公开, nothing else is offered, and nothing else is taken."""
    case = await handled(world)
    world.acts(lambda book: book.change(book.get(Case, case), publicity="none"))
    await world["华科员"].presses("提交答复")
    world["华科员"].skims()
    await world["华科员"].presses("A类已解决或基本解决")
    await world["华科员"].writes(TEXT)
    world["华科员"].skims()
    await world["华科员"].presses("就这些")
    assert "不公开" in world["华科员"].buttons()
    assert not {"全文公开", "摘要公开"} & set(world["华科员"].buttons())
    with pytest.raises(Refused, match="agreed to no more"):
        redraft(world, case, publicity=Publicity.SUMMARY)


async def test_light_mode_asks_without_the_words(tmp_path: Path) -> None:
    """The reviewers hear that, what class and until when, and where to read; no word of the text or of a reason."""
    async with casework_replies.light(tmp_path) as world:
        case = await handled(world)
        redraft(world, case, result_class=ResultClass.B)
        await world.settled()
        deputy = world["章副局长"]
        card = deputy.hears("请您审核", "B类", "不在此发送")
        assert "排水管网底数" not in card.text
        assert "六月底前完成改造" not in card.text
        deputy.hears_nothing()
        await deputy.presses("退回修改")
        deputy.skims()
        await deputy.writes("第二条写得太空。")
        deputy.hears("已退回修改")
        for name in ("华科员", "戚联络员"):
            assert "写得太空" not in world[name].hears("退回修改", "不在此发送").text


async def test_english_is_spoken_to_whoever_reads_it(world: World) -> None:
    """The same journey in English."""
    case = await casework_replies.drafted(world)
    head = person_id(world, "姜局长")
    world.acts(lambda book: book.change(book.get(Person, head), language="en"))
    acts_as(world, "章副局长", replying.approve, part_id(world, case))
    await world.settled()
    phone = world["姜局长"]
    phone.hears("draft of the reply, edition 1")
    phone.hears("please sign it", "A · solved or mostly solved")
    assert "gone to the office" in await phone.presses("Sign and issue")
    for name in ("何主任", "吕科员"):
        world[name].skims()


async def test_the_record_keeps_each_step(world: World) -> None:
    """Every step is an entry of its own, in order, with the stage it led to."""
    case = await casework_replies.delivered(world, received=True)
    kinds = [kind for kind in casework_replies.recorded(world, case) if kind.startswith("reply")]
    assert kinds == [
        "reply_drafted", "reply_approved", "reply_signed", "reply_approved", "reply_delivered", "reply_received",
    ]  # fmt: skip
