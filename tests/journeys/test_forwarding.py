"""What is forwarded is somebody else's: a file of it may be handed in, the words that came with it never count."""

from collections.abc import Awaitable, Callable
from itertools import count

import pytest
from sqlmodel import SQLModel, select

from storage.reading import Read
from storage.rules.words import Level
from storage.tables import File, Report
from tests import casework, casework_forms, casework_replies
from tests import casework_conferring as conf
from tests.casework_mornings import watched
from tests.world import Phone, World

WORDS = "all-is-done-0815"  # what somebody else said; Latin, to be found however a row keeps it
ELSEWHERE = count(-900, -1)


async def forwards(phone: Phone, *, spoken: bool = False) -> None:
    """Forward a file with words, or a voice, from a chat in which the bot is not."""
    town = phone.world.standin
    place = await town.group(next(ELSEWHERE), "别处", [phone.user_id])
    if spoken:
        said = await town.send_voice(phone.user_id, b"OggS", chat_id=place)
    else:
        said = await town.send_file(phone.user_id, "转来.pdf", b"%PDF-1.4", "application/pdf", WORDS, chat_id=place)
    await town.forward(phone.user_id, message_id=said, from_chat_id=place)
    await phone.world.settled()


def kept(world: World) -> list[str]:
    """Name the tables in which the forwarded words stand, but for the one of all that ever came in."""

    def found(read: Read) -> list[str]:
        tables = [table for name, table in SQLModel.metadata.tables.items() if name != "inbox"]
        return [table.name for table in tables if WORDS in str(read.connection().execute(table.select()).all())]

    return world.look(found)


async def reporting(world: World) -> Phone:
    """Ask for a report."""
    await casework.assigned(world)
    await world["华科员"].presses("报送进展")
    return world["华科员"]


async def answering(world: World) -> Phone:
    """Ask for the answer to a slip."""
    await watched(world)
    await world["吕科员"].writes("/urge 001")
    await world["吕科员"].presses("用通用措辞")
    await world["何主任"].presses("签发")
    await world["戚联络员"].presses("回复", within="催办单")
    return world["戚联络员"]


async def acting(world: World) -> Phone:
    """Ask a leader where he acted in person."""
    await casework.assigned(world, level=Level.SECOND)
    leader = world["李副市长"]
    for word in ("五个亲自", "亲自推动", "选好了"):
        await leader.presses(word)
    for word in ("现场查看管网。", "3月2日"):
        await leader.writes(word)
    return leader


async def conferring(world: World) -> Phone:
    """Ask what a conference concluded."""
    await conf.spent(world)
    chief = world["何主任"]
    await chief.writes("/case 001")
    await conf.reaches_conclusion(chief)
    return chief


async def drafting(world: World) -> Phone:
    """Ask for a reply."""
    await casework_replies.handled(world)
    await world["华科员"].presses("提交答复")
    await world["华科员"].presses("A类已解决或基本解决")
    return world["华科员"]


STEPS: dict[str, tuple[Callable[[World], Awaitable[Phone]], str]] = {
    "a report": (reporting, "报给谁看"),
    "a slip's answer": (answering, "回复已报政府办"),
    "an act in person": (acting, "已记录"),
    "a conference": (conferring, "还需补充办理什么"),
    "a reply": (drafting, "附件1个"),
}


@pytest.mark.parametrize("name", STEPS)
async def test_a_forwarded_file_is_taken_without_its_words(world: World, name: str) -> None:
    """Guard the record from what others say: the file is kept, the words are not, and it is said so."""
    place, following = STEPS[name]
    phone = await place(world)
    phone.skims()
    await forwards(phone)
    told, after = phone.hears("转发时附带的文字不作为您的话"), phone.sees(following)
    assert told.message_id < after.message_id
    assert "转来.pdf" in world.look(lambda read: list(read.exec(select(File.name))))
    assert kept(world) == []
    for each in world.phones.values():
        each.skims()


async def test_what_was_handed_in_bears_no_word_of_it(world: World) -> None:
    """Guard the way to its end: a report of a file alone, which nobody reads as the unit's own word."""
    handler = await reporting(world)
    await forwards(handler)
    await handler.presses("报政府办和领办领导")
    report = world.look(lambda read: read.exec(select(Report)).one())
    assert report.text == ""
    assert not [
        view for each in world.phones.values() for view in each.messages if view.from_bot and WORDS in view.text
    ]
    for each in world.phones.values():
        each.skims()


async def test_a_forwarded_voice_is_no_reason(world: World) -> None:
    """Guard a rating from what somebody else has said."""
    case = await casework_forms.opened(world)
    deputy = world["何代表"]
    await deputy.presses("填写征询意见表")
    for word in ("不满意", "不满意", "未解决", "没有联系过", "未针对"):
        await deputy.presses(word)
    await forwards(deputy, spoken=True)
    deputy.hears("转发的是别人的话")
    assert world.look(lambda read: list(read.exec(select(File.id)))) == []
    assert case
    deputy.skims()
