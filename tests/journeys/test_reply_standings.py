"""Whose hands a reply passes through, and whose it does not: rights, stand-ins that are missing, own cases."""

import pytest
from sqlmodel import select

from storage.acts import people, replying
from storage.book import Book
from storage.rules.refusals import Refused
from storage.rules.replies import Wording
from storage.rules.stages import Stage
from storage.rules.words import PartKind, Publicity, ResultClass
from storage.tables import Part, Person, Seconder
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
    stage,
    version,
)
from tests.conftest import CAST
from tests.world import World, person

DOCX = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"


STEPS = {
    "drafted": (casework_replies.drafted, {"p.approve": "章副局长", "p.send_back": "章副局长"}),
    "checked": (casework_replies.checked, {"p.sign": "姜局长", "p.send_back": "姜局长"}),
    "signed": (casework_replies.signed, {"p.approve": "吕科员 何主任", "p.send_back": "吕科员 何主任"}),
    "passed": (casework_replies.passed, {"p.deliver": "戚联络员 华科员"}),
}


@pytest.mark.parametrize("placed", STEPS)
@pytest.mark.long
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
