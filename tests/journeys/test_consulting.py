"""约见, 记录沟通 and 报送进展: who may, what the proposer says of it, and who hears."""

import struct
import zlib

from tests import casework
from tests.world import World


async def record(world: World, phase: str = "前期", method: str = "面商") -> None:
    """Have the handler record a contact, step by step."""
    handler = world["华科员"]
    await handler.presses("记录沟通")
    assert "第 1/5 步" in handler.hears("记录沟通").text
    await handler.presses(phase)
    await handler.presses(method)
    await handler.writes("3月2日")
    handler.hears("参加人员")
    await handler.writes("何代表、华科员")
    handler.hears("沟通内容")
    await handler.writes("听取了对排水改造的意见。")
    handler.hears("已记录")


async def test_a_contact_is_the_units_word_until_the_proposer_has_answered(world: World) -> None:
    """属实 goes to the unit; a second press is refused in words."""
    await casework.assigned(world)
    await record(world)
    deputy = world["何代表"]
    asked = deputy.hears("前期", "面商", "是否属实", "听取了对排水改造的意见")
    data = asked.button("属实").data
    assert "已记下" in await deputy.presses("属实")
    for name in ("华科员", "戚联络员"):
        world[name].hears("提出人", "属实")
    assert "现在不能" in await deputy.presses_data(asked, data, forged=True)


async def test_no_contact_is_heard_by_desk_and_office(world: World) -> None:
    """What the unit wrote down and the proposer denies is not kept between the two."""
    await casework.assigned(world)
    await record(world)
    world["何代表"].hears("是否属实")
    await world["何代表"].presses("没有联系")
    for name in ("华科员", "戚联络员", "施主任", "何主任", "吕科员"):
        world[name].hears("没有联系")


async def test_it_was_different_takes_a_sentence(world: World) -> None:
    """有出入 asks what; an empty or a forwarded word does not count."""
    await casework.assigned(world)
    await record(world)
    deputy = world["何代表"]
    deputy.hears("是否属实")
    await deputy.presses("有出入")
    deputy.hears("哪里有出入")
    await world.standin.forward(deputy.user_id, text="别人的话")
    await world.settled()
    deputy.hears("转发的是别人的话")
    await deputy.writes("只打了电话,没有见面。")
    deputy.hears("已记下")
    for name in ("华科员", "戚联络员", "施主任", "何主任", "吕科员"):
        world[name].hears("有出入", "只打了电话")


async def test_three_times_are_offered_and_the_proposer_picks_one(world: World) -> None:
    """Two times are too few; the picked one goes to the unit; a second pick is refused."""
    await casework.assigned(world)
    handler, deputy = world["华科员"], world["何代表"]
    await handler.presses("约见")
    handler.hears("三个可选时间")
    await handler.writes("3月5日上午")
    handler.hears("三个时间,一行一个".replace(",", "，"))
    await handler.writes("3月5日上午9点\n3月6日下午2点\n3月9日上午9点")
    handler.hears("已发给提出人")
    offered = deputy.hears("哪个时间方便")
    data = offered.buttons[1][0].data
    assert "3月6日" in await deputy.presses_data(offered, data)
    for name in ("华科员", "戚联络员"):
        world[name].hears("3月6日下午2点")
    assert "已选定" in await deputy.presses_data(offered, data, forged=True)


async def test_a_report_with_a_photo_goes_to_office_and_leader_but_not_to_the_proposer(world: World) -> None:
    """The proposer sees only what is marked for him."""
    await casework.assigned(world)
    handler = world["华科员"]
    await handler.presses("报送进展")
    handler.hears("进展情况")
    await handler.sends("现场.png", _picture(), "image/png", caption="管网已摸底", as_photo=True)
    handler.hears("报给谁看")
    await handler.presses("报政府办和领办领导")
    for name in ("何主任", "吕科员", "章副局长"):
        world[name].hears("管网已摸底")
        assert world[name].unheard[0].file is not None
        world[name].skims()
    world["何代表"].hears_nothing()


async def test_a_voice_or_five_thousand_characters_are_no_report_and_the_question_stays(world: World) -> None:
    """Bad input is answered with what to do; the step is still open."""
    await casework.assigned(world)
    handler = world["戚联络员"]
    await handler.presses("报送进展")
    handler.hears("进展情况")
    await world.standin.send_voice(handler.user_id, b"OggS")
    await world.settled()
    handler.hears("不能用语音")
    await world.standin.raw_update(_long(world, handler.user_id))
    await world.settled()
    handler.hears("5000字")
    await handler.writes("已摸底。")
    handler.hears("报给谁看")
    await handler.presses("同时给提出人看")
    world["何代表"].hears("已摸底")
    for name in ("何主任", "吕科员", "章副局长"):
        world[name].hears("已摸底")


def _picture() -> bytes:
    """A real picture of one grey dot."""

    def chunk(kind: bytes, body: bytes) -> bytes:
        return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))

    head = struct.pack(">IIBBBBB", 1, 1, 8, 0, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(b"\0\x80")) + chunk(b"IEND", b"")


def _long(world: World, user_id: int) -> dict[str, object]:
    """An update of 5,000 characters, which no client sends but the wire may bring."""
    person = {"id": user_id, "is_bot": False, "first_name": "戚"}
    chat = {"id": user_id, "type": "private", "first_name": "戚"}
    message = {
        "message_id": 9999,
        "date": int(world.clock().timestamp()),
        "chat": chat,
        "from": person,
        "text": "字" * 5000,
    }
    return {"message": message}
