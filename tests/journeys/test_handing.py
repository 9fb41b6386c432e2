"""内部分办: who may hand on, to whom, and who hears of it."""

from sqlmodel import select

from storage.book import Book
from storage.tables import Part, Person, Unit
from tests import casework
from tests.world import World, person


async def test_the_liaison_names_the_handler_who_gets_the_card(world: World) -> None:
    """The card says who handles it; the former handler is told when it passes on."""
    await world.enrol([person("孔科员", "handler", "市住建局", "科员")])
    await casework.assigned(world)
    liaison = world["戚联络员"]
    await liaison.presses("内部分办")
    liaison.hears("由谁承办")
    await liaison.presses("华科员")
    liaison.sees("已交华科员承办")
    world["华科员"].hears("戚联络员", "交您承办", "反映强烈")
    assert "承办人：华科员" in liaison.sees("001号", "状态").text
    await liaison.presses("内部分办")
    await liaison.presses("孔科员")
    world["孔科员"].hears("交您承办")
    world["华科员"].hears("改由孔科员承办")
    await liaison.presses("内部分办")
    assert "已由孔科员承办" in await liaison.presses("孔科员")
    liaison.skims()


async def test_a_head_hands_on_too_but_a_handler_does_not(world: World) -> None:
    """The button stands only where the step is allowed; another unit's people see none."""
    await casework.assigned(world, co_handler=True)
    assert "内部分办" not in world["华科员"].buttons()
    await world["姜局长"].presses("内部分办")
    await world["姜局长"].presses("华科员")
    world["姜局长"].skims()
    world["华科员"].hears("姜局长")


async def test_a_choice_that_was_overtaken_is_refused(world: World) -> None:
    """Two who name a handler at once: the second is told to look again."""
    case_id = await casework.assigned(world)
    first, second = world["戚联络员"], world["姜局长"]
    await first.presses("内部分办")
    await second.presses("内部分办")
    await first.presses("华科员")
    assert "已更新" in await second.presses("华科员")
    handler = world.look(lambda read: read.exec(select(Part.handler_id).where(Part.case_id == case_id)).one())
    assert handler is not None
    for name in ("戚联络员", "姜局长", "华科员"):
        world[name].skims()


async def test_a_unit_without_a_handler_is_told_whom_to_ask(world: World) -> None:
    """Nobody to hand on to: the way out is named."""
    await world.enrol([person("罗局长", "unit_head", "市水利站"), person("戴联络员", "liaison", "市水利站")])
    case_id = await casework.assigned(world, cards=False)

    world.acts(_move, case_id)
    await world.settled()
    world["戴联络员"].skims()
    assert "没有承办人" in await world["戴联络员"].presses("内部分办")


def _move(book: Book, case_id: int) -> None:
    """Have the unit without a handler hold the part."""
    unit = book.one(select(Unit).where(Unit.name == "市水利站"))
    part = book.one(select(Part).where(Part.case_id == case_id))
    liaison = book.one(select(Person).where(Person.name == "戴联络员"))
    assert unit is not None
    assert part is not None
    assert liaison is not None
    book.change(part, unit_id=unit.id)
    book.turn([liaison.id], case_id, "card")
