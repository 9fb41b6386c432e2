"""提交答复, 审核通过, 签发, 退回修改: how a unit's reply is drafted, checked, signed and reviewed."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from sqlmodel import select

from handlers import buttons
from handlers.buttons import Button
from storage.acts import people, replying
from storage.book import Book
from storage.rules.refusals import Refused
from storage.rules.replies import Wording
from storage.rules.stages import Stage
from storage.rules.words import PartKind, Publicity, ResultClass
from storage.tables import Case, Part, Person, Promise, Reply, Seconder
from tests import casework, casework_replies
from tests.casework_replies import TEXT, acts_as, part_id, person_id, redraft, reply, stage
from tests.conftest import CAST
from tests.world import Phone, World, person

DOCX = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"


async def handled(world: World, **how: Any) -> int:
    """Place a case that is being handled, the early contact on record, fresh cards in everybody's hands."""
    case = await casework.assigned(world, cards=False, **how)
    casework_replies.contacted(world, case)
    everybody = [person_id(world, name) for name in world.phones]
    world.acts(lambda book: book.turn(everybody, case, "card"))
    await world.settled()
    for phone in world.phones.values():
        phone.skims()
    return case


async def drafts(
    phone: Phone, text: str = TEXT, publicity: str = "全文公开", result: str = "A类已解决或基本解决"
) -> None:
    """Lead a drafter from 提交答复 to the last look at a reply of class A or D."""
    await phone.presses("提交答复")
    phone.hears("办理结果属于哪一类")
    await phone.presses(result)
    await phone.writes(text)
    phone.hears("已收到", "附件0个")
    await phone.presses("就这些")
    await phone.presses(publicity)


async def presses_blindly(phone: Phone, verb: str, row_id: int, version: int) -> str:
    """Press a button that nobody has offered, signed for this chat."""
    assert phone.world.app is not None
    data = buttons.pack(Button(verb, row_id, version), phone.user_id, phone.world.app.office.key)
    return await phone.presses_data(phone.messages[-1], data, forged=True)


def version(world: World, case: int) -> int:
    """Give the version of the unit's part."""
    return world.look(lambda read: read.get_one(Part, part_id(world, case)).version)


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


STEPS = {
    "drafted": (casework_replies.drafted, {"p.approve": "章副局长", "p.send_back": "章副局长"}),
    "checked": (casework_replies.checked, {"p.sign": "姜局长", "p.send_back": "姜局长"}),
    "signed": (casework_replies.signed, {"p.approve": "吕科员 何主任", "p.send_back": "吕科员 何主任"}),
    "passed": (casework_replies.passed, {"p.deliver": "戚联络员 华科员"}),
}


@pytest.mark.parametrize("placed", STEPS)
async def test_nobody_else_can_press_what_he_was_not_offered(world: World, placed: str) -> None:
    """A press that was made up is refused for every other member of the cast, and no other card shows the button."""
    place, may = STEPS[placed]
    case = await place(world)
    before = stage(world, case)
    for phone in world.phones.values():
        await phone.writes("帮助")  # so that there is a message in each chat
        phone.skims()
    for verb, names in may.items():
        for name, phone in world.phones.items():
            if name in names.split():
                continue
            said = await presses_blindly(phone, verb, part_id(world, case), version(world, case))
            assert "没有任何变动" in said or "由本单位" in said, (verb, name, said)
    assert stage(world, case) is before


async def test_drafts_are_not_for_the_proposer_who_works_in_the_unit(world: World) -> None:
    """He hears nothing before the delivery and has no button, as liaison, as deputy head or in the office."""
    roles = (
        ("handler", "市住建局"),
        ("liaison", "市住建局"),
        ("unit_deputy_head", "市住建局"),
        ("clerk", "市政府办公室"),
    )
    await world.enrol([person("何代表", role, unit) for role, unit in roles])
    case = await handled(world)
    deputy = world["何代表"]
    assert "提交答复" not in deputy.buttons()
    said = await presses_blindly(deputy, "p.draft", part_id(world, case), version(world, case))
    assert "由您本人提出" in said
    redraft(world, case)
    await world.settled()
    acts_as(world, "章副局长", replying.approve, part_id(world, case))
    acts_as(world, "姜局长", replying.sign, part_id(world, case))
    await world.settled()
    for act in (replying.approve, replying.check_back):
        with pytest.raises(Refused, match="put this case forward yourself"):
            acts_as(world, "何代表", act, part_id(world, case))
    deputy.hears_nothing()
    for name in ("章副局长", "姜局长", "何主任", "吕科员"):
        world[name].skims()


async def test_a_co_proposer_who_heads_the_unit_leaves_signing_to_the_other_head(world: World) -> None:
    """Only where nobody else could sign does the one head sign for a case of his own."""
    case = await casework_replies.drafted(world)
    world.acts(
        lambda book: book.add(Seconder(case_id=case, place=1, name="姜局长", person_id=person_id(world, "姜局长")))
    )
    acts_as(world, "章副局长", replying.approve, part_id(world, case))
    await world.settled()
    assert "签发" in world["姜局长"].buttons(world["姜局长"].hears("请您签发")), "nobody else could"
    world["姜局长"].hears("第1稿")
    await world.enrol([person("成局长", "unit_head", "市住建局", "局长")])
    with pytest.raises(Refused, match="put this case forward yourself"):
        acts_as(world, "姜局长", replying.sign, part_id(world, case))
    acts_as(world, "成局长", replying.sign, part_id(world, case))
    await world.settled()
    for name in ("何主任", "吕科员"):
        world[name].skims()


async def test_the_office_does_not_review_what_it_drafted_itself(world: World) -> None:
    """A clerk who drafted for the unit is not asked, and refused if he presses; his colleague reviews."""
    await world.enrol([person("吕科员", "handler", "市住建局")])
    case = await handled(world)
    wording = Wording(ResultClass.A, TEXT, Publicity.FULL)
    acts_as(world, "吕科员", replying.draft, part_id(world, case), wording)
    acts_as(world, "章副局长", replying.approve, part_id(world, case))
    acts_as(world, "姜局长", replying.sign, part_id(world, case))
    await world.settled()
    clerk = world["吕科员"]
    clerk.hears_nothing()
    said = await presses_blindly(clerk, "p.approve", part_id(world, case), version(world, case))
    assert "由您起草" in said
    await world["何主任"].presses("审核通过")
    assert stage(world, case) is Stage.TO_DELIVER
    for name in ("章副局长", "姜局长", "何主任", "吕科员", "戚联络员"):
        world[name].skims()


async def test_without_a_deputy_head_the_reply_goes_to_the_head_and_both_are_told(empty_world: World) -> None:
    """A reply never waits for somebody who cannot come."""
    world = empty_world
    await world.enrol([row for row in CAST if row.name != "章副局长"])
    world.acts(people.enrol, [row for row in CAST if row.name == "章副局长"])
    case = await handled(world)
    handler, head = world["华科员"], world["姜局长"]
    await drafts(handler)
    await handler.presses("提交")
    assert "已直接送姜局长签发" in handler.sees("已提交").text
    head.hears("第1稿")
    card = head.hears("分管领导未加入", "审核签发")
    assert head.buttons(card)[:2] == ["签发", "退回修改"]
    assert stage(world, case) is Stage.HEAD_SIGNATURE


async def test_nobody_left_to_sign_is_told_to_the_drafter(world: World) -> None:
    """Where neither deputy head nor head has joined, the drafter hears that nobody will press."""
    await handled(world)
    for name in ("章副局长", "姜局长"):
        world.acts(_leaves, person_id(world, name))
    await drafts(world["华科员"])
    await world["华科员"].presses("提交")
    assert "还没有加入" in world["华科员"].sees("已提交").text


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


async def test_co_handlers_have_no_reply(world: World) -> None:
    """The co-handling unit's own part has no 提交答复, whatever is on record."""
    case = await casework.assigned(world, co_handler=True)
    kinds = world.look(lambda read: {p.kind for p in read.exec(select(Part).where(Part.case_id == case))})
    assert kinds == {PartKind.HOST, PartKind.CO_HANDLER}
    co = part_id(world, case, "市水利局")
    said = await presses_blindly(world["卫科员"], "p.draft", co, 1)
    assert "主办单位" in said


def _leaves(book: Book, who: int) -> None:
    """Take a person's account from him, as if he had never joined."""
    book.change(book.get(Person, who), account=None)
