"""签收, 已阅领办 and 批示: who may, who hears of it, and what a second press is told."""

import pytest
from sqlmodel import select

from storage.rules.words import Level
from storage.tables import Person
from tests import casework, casework_assigning
from tests.world import World


async def test_the_liaison_acknowledges_once_and_the_card_says_who_and_when(world: World) -> None:
    """A second press changes nothing and is told who was first."""
    await casework.assigned(world, acknowledged=False)
    liaison, handler = world["戚联络员"], world["华科员"]
    assert await liaison.presses("签收") == "已签收"
    assert "戚联络员 2026年3月2日" in liaison.sees("001号").text
    assert "签收" not in liaison.buttons()
    assert "签收" not in handler.buttons(), "the other's card is brought up to date"


@pytest.mark.both
async def test_an_old_card_is_refused_in_words(world: World) -> None:
    """A press on data that was good before is answered with who was faster."""
    await casework.assigned(world, acknowledged=False)
    liaison, handler = world["戚联络员"], world["华科员"]
    view, button = handler.find("签收")
    await liaison.presses("签收")
    assert "戚联络员" in await handler.presses_data(view, button.data, forged=True)


async def test_a_leader_instructs_and_office_and_unit_hear_it(world: World) -> None:
    """The words go to office and unit in full mode; the question leaves no live buttons behind."""
    await casework.assigned(world, level=Level.SECOND)
    leader = world["李副市长"]
    assert await leader.presses("已阅领办") == "已领办"
    for name in ("何主任", "吕科员"):
        world[name].hears("李副市长", "领办")
    await leader.presses("批示")
    leader.hears("批示")
    await leader.writes("请住建局一周内拿出方案。")
    leader.hears("已转")
    for name in ("何主任", "吕科员", "戚联络员"):
        world[name].hears("李副市长", "一周内拿出方案")


async def test_an_instruction_before_assignment_stays_with_the_office(world: World) -> None:
    """The unit that the sheet proposes has no case yet; its handler hears once the case is in his hands."""
    await casework_assigning.confirmed(world, level=Level.SECOND, cards=("李副市长",))
    await world["李副市长"].presses("批示")
    await world["李副市长"].writes("请先摸清底数。")
    world["李副市长"].skims()
    for name in ("何主任", "吕科员"):
        world[name].hears("李副市长", "摸清底数")
    for name in ("姜局长", "戚联络员", "华科员"):
        world[name].hears_nothing()


async def test_a_secretary_types_and_the_leader_confirms(world: World) -> None:
    """What the secretary typed counts after 确认无误 only."""
    case = await casework.assigned(world, level=Level.SECOND)
    leader, secretary = world["李副市长"], world["秦秘书"]
    world.acts(lambda book: book.turn([_id(world, "秦秘书")], case, "card"))
    await world.settled()
    secretary.skims()
    await secretary.presses("批示")
    secretary.hears("批示")
    await secretary.writes("请抓紧。")
    secretary.hears("确认")
    world["戚联络员"].hears_nothing()
    leader.hears("秘书", "请抓紧")
    assert await leader.presses("确认无误") == "已确认"
    for name in ("何主任", "吕科员", "戚联络员"):
        world[name].hears("请抓紧")


def _id(world: World, name: str) -> int:
    return world.look(lambda read: read.exec(select(Person.id).where(Person.name == name)).one())
